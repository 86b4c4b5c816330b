"""What verdict the shots of a file lead one to expect, by the planner's estimators."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.estimators.ergotropy.envelope_gain import EnvelopeGain, SimulatedFits
from analysis.estimators.ergotropy.ergotropy import SIGNS, ErgotropyAt
from analysis.estimators.expectation import Expectation
from analysis.estimators.global_fit.device import planned_expectation
from analysis.estimators.heat.exchange import Exchange
from analysis.estimators.heat.integral import heat_integrals
from analysis.estimators.linear import Estimator
from analysis.estimators.observed import Observed
from analysis.estimators.vacuum.fidelity import Vacuum
from analysis.estimators.windows import averaging_weights, late_window, mean_window
from analysis.observations import ALL_THREE, GAIN, GAIN_MEASURES, HEAT, VACUUM, Judgement
from analysis.verdict import (
    GainParts,
    judge_all,
    judge_gain,
    judge_heat,
    judge_vacuum,
    not_measured,
)
from cqed_battery.compute.threads import one_thread
from cqed_battery.experiment import ExperimentLike, as_experiment
from cqed_battery.operators import FloatArray
from protocols.prediction.predict import named, with_enough_levels
from protocols.settings.axis import check_enough_settings
from protocols.settings.settings import Settings

_GLANCE = 0.1  # how well a gain's standard error is foreseen, as a part of it: a verdict, not hours


@one_thread()
def expected_verdict(experiment: ExperimentLike) -> dict[str, Judgement]:
    """Return the verdict that a run of the file would most likely have, with its own shots.

    Each number is the expected one, its standard error what the planner's estimator of the claim
    expects of the file's shots; a run scatters about it by that much.

    Args:
        experiment: what the laboratory means to measure, or the path of its file.

    Returns:
        Judgements by the key of their observation, and that of all three.

    Raises:
        ConvergenceError: the dynamics cannot be trusted.
        ExperimentError: there are fewer than 4 charging settings, or the device cannot serve a
            measurement of the file.
    """
    given = as_experiment(experiment)
    check_enough_settings(given, "the expected verdict")
    return verdict_of(planned_expectation(named(with_enough_levels(given))))


def verdict_of(expected: Expectation) -> dict[str, Judgement]:
    """Return the verdict that a run would most likely have, from what is expected of its file.

    Args:
        expected: of the file, with how well shots will make its device known; its prediction's
            experiment has the shots.

    Returns:
        Judgements by the key of their observation, and that of all three.
    """
    foreseen = _Foreseen(expected)
    found = {HEAT.key: foreseen.heat(), GAIN.key: foreseen.gain(), VACUUM.key: foreseen.vacuum()}
    return {**found, ALL_THREE.key: judge_all(found)}


@dataclass(frozen=True)
class _Foreseen:
    """The judgements of the expected numbers."""

    expected: Expectation

    @cached_property
    def settings(self) -> Settings:
        """The table of the experiment's settings."""
        return Settings(self.expected.prediction.experiment)

    @cached_property
    def shots(self) -> FloatArray:
        """Shots of every setting, (M,)."""
        return self.settings.shots.astype(float)

    def heat(self) -> Judgement:
        """Return that of J < 0."""
        experiment = self.settings.experiment
        if not experiment.axis.truncated:
            reason = f"J < 0 needs moments of one pulse, and the {experiment.axis.title} is swept."
            return not_measured(HEAT, reason)
        exchange = Exchange(self.expected)
        left, std = self._numbers(exchange)
        end = exchange.window_end
        return judge_heat(
            float(self.settings.times[end]), left, std, experiment.analysis, self._control(end)
        )

    def gain(self) -> Judgement:
        """Return that of the ergotropy gain."""
        experiment = self.settings.experiment
        if not experiment.control.enabled:
            return not_measured(GAIN, "there is no control arm to compare with.")
        parts = self._gains() if experiment.axis.truncated else self._gains_of_ends()
        return judge_gain(parts, experiment.analysis)[0]

    def vacuum(self) -> Judgement:
        """Return that of the resonator's vacuum fidelity."""
        experiment, axis = self.settings.experiment, self.settings.experiment.axis
        value, std = None, 0.0
        if experiment.vacuum.measured:
            value, std = self._number(Vacuum(self.expected))
        last = float(experiment.axis_values[-1])
        return judge_vacuum(
            value, std, last if axis.truncated else axis.show(last), experiment.analysis
        )

    def _gains(self) -> GainParts:
        experiment, times = self.settings.experiment, self.settings.times
        mean_start, mean_end, mean_covers = mean_window(experiment, times)
        late_start, late_end, late_covers = late_window(experiment, times)
        fits = SimulatedFits(self.expected, precision=_GLANCE)
        peak, mean, late = (
            self._number(EnvelopeGain(self.expected, measure, fits)) for measure in GAIN_MEASURES
        )
        return GainParts(
            peak=peak,
            mean=mean,
            late=late,
            mean_window=(mean_start, mean_end),
            late_window=(late_start, late_end),
            covers_a_period=late_covers and mean_covers,
        )

    def _gains_of_ends(self) -> GainParts:
        """Return the gains where each setting has a pulse of its own: time by time."""
        values = self.settings.experiment.axis_values
        window = float(values[0]), float(values[-1])
        mean = averaging_weights(values, *window)
        tops = {a: int(np.argmax(self.expected.arms[a]["ergotropy"])) for a in SIGNS}
        peaks = {arm: np.eye(len(values))[top] for arm, top in tops.items()}
        return GainParts(
            peak=self._weighted(peaks),
            mean=self._weighted(dict.fromkeys(SIGNS, mean)),
            late=None,
            mean_window=window,
            late_window=None,
            covers_a_period=True,
            smoothed=False,
        )

    def _weighted(self, weights: dict[str, FloatArray]) -> tuple[float, float]:
        """Return the arms' weighted ergotropies, catalysed less control, and the error."""
        every = tuple(range(len(self.settings.times)))
        parts = [
            ErgotropyAt(self.expected, every, {arm: sign}).linear(self.shots).combined(row[None])
            for (arm, sign), row in zip(SIGNS.items(), weights.values(), strict=True)
        ]
        found, frequency = parts[0] + parts[1], self.settings.frequencies(self.expected.prediction)
        return float(found.value[0]), float(found.std(frequency, self.shots)[0])

    def _control(self, end: int) -> tuple[float, float] | None:
        """Return the control's S up to a time and its standard error, None without a control."""
        if "control" not in self.settings.arms:
            return None
        known, frequency = self.expected.with_shots(self.shots), self.settings.frequencies
        seen = frequency(self.expected.prediction)
        data = Observed.exact(known, self.settings, seen, self.shots)
        heat, _ = heat_integrals(data, "control")
        return float(heat.value[end]), float(heat.std[end])

    def _numbers(self, estimator: Estimator) -> tuple[FloatArray, FloatArray]:
        linear = estimator.linear(self.shots)
        return linear.value, linear.std(estimator.frequency, self.shots)

    def _number(self, estimator: Estimator) -> tuple[float, float]:
        value, std = self._numbers(estimator)
        return float(value[0]), float(std[0])

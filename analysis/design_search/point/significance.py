"""How many sigmas an operating point's three observations reach, within hours and for how many."""

from dataclasses import dataclass, replace
from functools import cached_property
from math import log, nan

import numpy as np

from analysis.design_search.box.objective import Objective
from analysis.estimators.ergotropy.ergotropy import SIGNS, debiased_ergotropy
from analysis.estimators.expectation import Expectation
from analysis.estimators.heat.exchange import Exchange
from analysis.estimators.linear import LEAST_STD, Linear
from analysis.estimators.observed import Observed
from analysis.estimators.vacuum.fidelity import Vacuum
from analysis.estimators.windows import averaging_weights, late_window, mean_window
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.settings.settings import Settings

_HALVINGS = 14


@dataclass(frozen=True)
class Sigmas:
    """Sigmas above the bars of S, gain and F, each setting with the same shots.

    The bars are those of the verdict: S must lie below 0, the gain at the peak, late and as a
    window mean above 0, F above least_fidelity. S counts as the verdict counts it: corrected by the
    model, where the uncorrected one holds, too. The gains are means of the single times' estimates;
    the analysis smooths them first, so it does no worse. How well the device is known enters where
    the expectation says it (`planned_expectation`).
    """

    experiment: Experiment
    expected: Expectation
    objective: Objective

    def within(self, hours: float) -> FloatArray:
        """Return the sigmas of (S, gain, F) reached within hours, (3,), nan where none fit."""
        shots = self.filling(hours)
        return self.of(shots) if shots >= 1 else np.full(3, nan)

    def filling(self, hours: float) -> float:
        """Return how many shots of every setting fill the hours; below 1 none do."""
        left = hours - self.settings.fixed_hours()
        return left / float(self.settings.shot_hours.sum())

    def of(self, shots: float) -> FloatArray:
        """Return the sigmas of (S, gain, F) for so many shots in each setting, (3,)."""
        return self._each(np.full(3, shots))

    def _each(self, shots: FloatArray) -> FloatArray:
        """Return the sigmas of (S, gain, F), each for shots of its own, (3,)."""
        heat, gain, vacuum = (np.full(self.settings.size, float(count)) for count in shots)
        return np.array(
            [self._heat_sigmas(heat), self._gain_sigmas(gain), self._vacuum_sigmas(vacuum)]
        )

    def _heat_sigmas(self, given: FloatArray) -> float:
        """Return those of what left the battery: the corrected one's where the other holds, too."""
        left = _sigmas(self._heat.linear(given), self._heat.frequency, given)
        holds = (left[1:] >= self.experiment.analysis.sigma_threshold).all()
        return float(left[0] if holds else left.min())

    def _gain_sigmas(self, given: FloatArray) -> float:
        return float(_sigmas(self._gain(given), self._heat.frequency, given).min())

    def _vacuum_sigmas(self, given: FloatArray) -> float:
        found, bar = self._vacuum.linear(given), self.objective.least_fidelity
        above = replace(found, value=found.value - bar)
        return float(_sigmas(above, self._vacuum.frequency, given).min())

    def vacuum_within(self, hours: float) -> float:
        """Return the sigmas of F alone reached within hours, nan where none fit."""
        shots = self.filling(hours)
        if shots < 1:
            return nan
        return self._vacuum_sigmas(np.full(self.settings.size, shots))

    def hours(self) -> float:
        """Return the hours until all three reach the sigmas asked for, nan if beyond the limit."""
        needed = self.needed(self.objective.sigmas)
        return nan if needed is None else self.hours_of(needed)

    def needed(self, wanted: float) -> tuple[float, float] | None:
        """Return the shots of a tomography and of a vacuum setting that reach so many sigmas.

        Each with as many shots everywhere; None where the hours do not suffice.
        """
        most = self.filling(self.objective.hours)
        if not (most >= 1 and self.of(most).min() >= wanted):
            return None
        low, high = np.zeros(3), np.full(3, log(most))
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            enough = self._each(np.exp(middle)) >= wanted
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        heat, gain, vacuum = np.exp(high).tolist()
        return max(heat, gain), vacuum

    def hours_of(self, shots: tuple[float, float]) -> float:
        """Return the hours of so many shots in each tomography and each vacuum setting."""
        tomography, vacuum = shots
        given = np.full(self.settings.size, tomography)
        given[self.settings.vacuum] = vacuum
        given[self.settings.calibration] = max(shots)
        return self.settings.fixed_hours() + float(self.settings.shot_hours @ given)

    @cached_property
    def settings(self) -> Settings:
        """The table of the experiment's settings."""
        return Settings(self.experiment)

    @cached_property
    def _heat(self) -> Exchange:
        return Exchange(self.expected)

    @cached_property
    def _vacuum(self) -> Vacuum:
        return Vacuum(self.expected)

    def _gain(self, shots: FloatArray) -> Linear:
        """Return the gains for shots (M,), on which only how well the device is known depends."""
        return self._file_gain if self.expected.planned is None else self._gain_for(shots)

    @cached_property
    def _file_gain(self) -> Linear:
        return self._gain_for(np.ones(self.settings.size))

    def _gain_for(self, shots: FloatArray) -> Linear:
        """Return the gain as a window mean, late, and at the peaks, (3,)."""
        known = self.expected.with_shots(shots)
        data = Observed.exact(known, self.settings, self._heat.frequency, shots)
        averages, value, by_arm = (
            gain_averages(self.experiment, self.settings.times),
            np.zeros(3),
            {},
        )
        for arm, sign in SIGNS.items():
            bloch = data.bloch(arm).linear
            ergotropy, _, gradient = debiased_ergotropy(bloch, np.zeros((len(bloch), 3, 3)))
            top = int(np.argmax(self.expected.arms[arm]["ergotropy"]))
            weights = sign * np.vstack([averages, np.eye(len(bloch))[top]])
            value = value + weights @ np.clip(ergotropy, 0.0, 1.0)
            by_arm[arm] = weights[:, :, None] * gradient
        return data.linear(value, by_arm, {})


def gain_averages(experiment: Experiment, times: FloatArray) -> FloatArray:
    """Return the weights of the times in the window mean and in the late mean, (2, T)."""
    windows = (mean_window(experiment, times), late_window(experiment, times))
    return np.stack([averaging_weights(times, start, end) for start, end, _ in windows])


def _sigmas(linear: Linear, frequency: FloatArray, shots: FloatArray) -> FloatArray:
    """Return numbers over their standard errors, (Q,)."""
    return np.asarray(linear.value / np.maximum(linear.std(frequency, shots), LEAST_STD))

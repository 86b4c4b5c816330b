"""How many sigmas an operating point's three observations reach, within hours and for how many."""

from dataclasses import dataclass
from functools import cached_property
from math import log, nan

import numpy as np

from analysis.design_search.box import Objective
from analysis.estimators.expectation import Expectation
from analysis.estimators.windows import averaging_weights, late_window, mean_window
from analysis.planning.claims import GAIN_AT, HEAT, VACUUM, Claim
from analysis.planning.hours import fixed_hours, shot_hours
from analysis.planning.information import Linear, shot_variance
from analysis.planning.model_free import ModelFree
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray

_HALVINGS = 14
_LEAST_VARIANCE = 1e-18  # what is 0 for certain, as a gain without a drive, has some, too


@dataclass(frozen=True)
class Sigmas:
    """Sigmas above the bars of S, gain and F, each setting with the same shots.

    S must lie below 0, the gain late and as a window mean above least_gain and at the peak
    above 0, F above least_fidelity. The gains are means of the single times' estimates; the
    analysis smooths them first, so it does no worse.
    """

    experiment: Experiment
    expected: Expectation
    objective: Objective

    def within(self, hours: float) -> FloatArray:
        """Return the sigmas of (S, gain, F) reached within hours, (3,), nan where none fit."""
        left = hours - fixed_hours(self.experiment, self.size)
        shots = left / float(self._shot_hours.sum())
        return self.of(shots) if shots >= 1 else np.full(3, nan)

    def of(self, shots: float) -> FloatArray:
        """Return the sigmas of (S, gain, F) for so many shots in each setting, (3,)."""
        bars = (0.0, 0.0, self.objective.least_fidelity)
        given = np.full(self.size, shots)
        return np.array(
            [
                _least_sigmas(linear, self._heat.frequency, given, bar)
                for linear, bar in zip(self._linears(given), bars, strict=True)
            ]
        )

    def hours(self) -> float:
        """Return the hours until all three reach the sigmas asked for, nan if beyond the limit."""
        needed = self.needed(self.objective.sigmas)
        return nan if needed is None else self.hours_of(needed)

    def needed(self, wanted: float) -> tuple[float, float] | None:
        """Return the shots of a tomography and of a vacuum setting that reach so many sigmas.

        Each with as many shots everywhere; None where the hours do not suffice.
        """
        fixed, each = fixed_hours(self.experiment, self.size), float(self._shot_hours.sum())
        most = (self.objective.hours - fixed) / each
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
        given = np.full(self.size, tomography)
        given[self._heat.schedule.vacuum] = vacuum
        given[self._heat.schedule.calibration] = max(shots)
        return fixed_hours(self.experiment, self.size) + float(self._shot_hours @ given)

    def _each(self, shots: FloatArray) -> FloatArray:
        """Return the sigmas of (S, gain, F), each for shots of its own, (3,)."""
        return np.array([self.of(float(count))[k] for k, count in enumerate(shots)])

    @property
    def size(self) -> int:
        """Number of settings M."""
        return len(self._shot_hours)

    @cached_property
    def _shot_hours(self) -> FloatArray:
        return shot_hours(self.experiment)

    @cached_property
    def _heat(self) -> ModelFree:
        return ModelFree(self.experiment, self.expected, Claim(HEAT, HEAT))

    @cached_property
    def _vacuum(self) -> ModelFree:
        return ModelFree(self.experiment, self.expected, Claim(VACUUM, VACUUM, (), 0.01))

    @cached_property
    def _gain(self) -> Linear:
        """The gains above their bars: window mean, late, and at the peaks, where the bar is 0."""
        times, arms = self.experiment.charging.grid_ns(), self.expected.arms
        claim = Claim(GAIN_AT, GAIN_AT, tuple(times.tolist()))
        estimator = ModelFree(self.experiment, self.expected, claim)
        single = estimator.linear(np.ones(self.size))
        average = gain_averages(self.experiment, times)
        tops = {arm: int(np.argmax(arms[arm]["ergotropy"])) for arm in ("catalysed", "control")}
        peak = np.zeros(self.size)
        for arm, top in tops.items():
            own = estimator.schedule.arm(arm)
            peak[own] = single.weights[top, own]
        high, low = (arms[arm]["ergotropy"][top] for arm, top in tops.items())
        above = average @ single.value - self.objective.least_gain
        return Linear(
            np.append(above, high - low),
            np.vstack([average @ single.weights, peak]),
            {
                cause: np.append(average @ part, sum(part[top] for top in tops.values()))
                for cause, part in single.fixed.items()
            },
        )

    def _linears(self, shots: FloatArray) -> tuple[Linear, Linear, Linear]:
        return self._heat.linear(shots), self._gain, self._vacuum.linear(shots)


def gain_averages(experiment: Experiment, times: FloatArray) -> FloatArray:
    """Return the weights of the times in the window mean and in the late mean, (2, T)."""
    windows = (mean_window(experiment, times), late_window(experiment, times))
    return np.stack([averaging_weights(times, start, end) for start, end, _ in windows])


def _least_sigmas(linear: Linear, frequency: FloatArray, shots: FloatArray, bar: float) -> float:
    variance = shot_variance(linear, frequency, shots) + linear.fixed_variance
    return float(((linear.value - bar) / np.sqrt(np.maximum(variance, _LEAST_VARIANCE))).min())

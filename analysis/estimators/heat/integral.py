"""The heat's integral S(t) at many charging times, without a matrix of times by times.

Simpson's rule gives the integral over one interval from the few samples about it. All that is
asked of the running integral A f follows from those weights: A f itself, A' w, and the variance
sum_t A_qt^2 v_t, where a new interval changes the weights of the samples about it only.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import cumulative_simpson

from analysis.estimators.heat.current import power_weights
from analysis.estimators.heat.estimate import RABI, Estimate, corrected, with_cause
from analysis.estimators.heat.gaps import Gaps
from analysis.estimators.observed import Observed
from analysis.estimators.state.bloch import BlochEstimate
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray

_REACH = 2  # samples before and behind an interval's first one that its integral may need
_WIDTH = 2 * _REACH + 1  # samples about an interval


@dataclass(frozen=True)
class RunningIntegral:
    """Simpson's rule on T times: steps (T - 1, 5), weights of samples i - 2 to i + 2."""

    steps: FloatArray

    @classmethod
    def at(cls, times: FloatArray) -> "RunningIntegral":
        """Return the rule on increasing times (T,), that of `cumulative_simpson`.

        Args:
            times: in ns, increasing, (T,).
        """
        count = len(times)
        near = np.arange(count - 1)[:, None] + np.arange(_WIDTH) - _REACH
        # Five combs of samples 5 apart: an interval needs one tooth of each, so its integral of a
        # comb is the weight of that sample.
        combs = (np.arange(count) % _WIDTH == np.arange(_WIDTH)[:, None]).astype(float)
        parts = np.diff(cumulative_simpson(combs, x=times, axis=-1, initial=0.0), axis=-1)
        inside = (near >= 0) & (near < count)
        intervals = np.arange(count - 1)[:, None]
        return cls(np.where(inside, parts[near % _WIDTH, intervals], 0.0))

    def of(self, values: FloatArray) -> FloatArray:
        """Return A f, the integral of values (T, ...) up to each time.

        Args:
            values: samples at the times, (T, ...).

        Returns:
            (T, ...), in the unit of the values times ns; 0 at the first time.
        """
        found = np.zeros(values.shape)
        np.cumsum(np.einsum("io,i...o->i...", self.steps, _near(values)), axis=0, out=found[1:])
        return found

    def adjoint(self, weights: FloatArray) -> FloatArray:
        """Return A' w for weights (T,) of the integral at each time.

        Args:
            weights: of the integral at each time, (T,).

        Returns:
            Weights of the samples, (T,).
        """
        behind = np.cumsum(weights[:0:-1])[::-1]  # of all times that contain an interval
        padded = np.zeros(len(weights) + 2 * _REACH)
        for offset in range(_WIDTH):
            padded[offset : offset + len(behind)] += self.steps[:, offset] * behind
        return np.asarray(padded[_REACH:-_REACH])

    def variance(self, variance: FloatArray) -> FloatArray:
        """Return sum_t A_qt^2 v_t for variances (T,) of independent samples.

        Args:
            variance: of the samples, (T,).

        Returns:
            Variances of the integral up to each time, (T,).
        """
        before = np.zeros_like(self.steps)  # A_qt of the samples near the next interval
        for back in range(1, _WIDTH):
            before[back:, : _WIDTH - back] += self.steps[:-back, back:]
        # (A + s)^2 - A^2 = (2 A + s) s for the weight A of a sample and what an interval adds to it
        change = ((2 * before + self.steps) * self.steps * _near(variance)).sum(axis=1)
        return np.concatenate([[0.0], np.cumsum(change)])


def _near(values: FloatArray) -> FloatArray:
    """Return the samples (T - 1, ..., 5) about each interval, 0 beyond the ends."""
    pad = [(_REACH, _REACH)] + [(0, 0)] * (values.ndim - 1)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(values, pad), _WIDTH, axis=0)
    return np.asarray(windows[:-1])


@dataclass(frozen=True)
class HeatIntegral:
    """S(t) = [z(t) - z(0)]/2 - integral of P; power (2, T) has P's weights of x and y.

    gaps: single cells without a measurement, which a cubic fills; None where there are none.
    """

    rule: RunningIntegral
    power: FloatArray
    gaps: Gaps | None = None

    @classmethod
    def at(
        cls,
        experiment: Experiment,
        times: FloatArray,
        arm: str = "catalysed",
        measured: NDArray[np.bool_] | None = None,
    ) -> "HeatIntegral":
        """Return S at the charging times.

        Args:
            experiment: the experiment file's content, for the design of the drive.
            times: charging times in ns, increasing, (T,).
            arm: "catalysed" or "control", which may have frequencies of its own.
            measured: of every time and axis, (T, 3); by default all.
        """
        power = np.stack([weight for _, _, weight in power_weights(experiment, times, arm)])
        missing = measured is not None and not measured.all()
        gaps = Gaps.of(times, measured) if measured is not None and missing else None
        return cls(RunningIntegral.at(times), power, gaps)

    def of(self, bloch: FloatArray) -> FloatArray:
        """Return S, (T, ...), of Bloch vectors (T, 3, ...).

        Args:
            bloch: Bloch vectors at the charging times, (T, 3, ...).

        Returns:
            S in hbar w_q; 0 at the first time.

        Source: Zhao 2026, Sec. V.
        """
        if self.gaps is not None:
            bloch = self.gaps.filled(bloch)
        work = self.rule.of(np.einsum("at,ta...->t...", self.power, bloch[:, :2]))
        return np.asarray((bloch[:, 2] - bloch[0, 2]) / 2 - work)

    def estimate(self, data: BlochEstimate, beside: FloatArray | None = None) -> Estimate:
        """Return S with standard errors by shots and shared causes.

        Args:
            data: Bloch vectors of an arm, by linear inversion, with their errors.
            beside: what the last of the data's shared causes add to S beside that, (T, p).

        Returns:
            S in hbar w_q, (T,).
        """
        own, room = self._errors(data)
        shared = self.of(data.shared)
        if beside is not None:
            shared[:, -beside.shape[1] :] += beside
        value, std = self.of(data.linear), np.sqrt(own + (shared**2).sum(axis=1))
        return Estimate(value, std, np.zeros(len(value)), room=room)

    def _errors(self, data: BlochEstimate) -> tuple[FloatArray, FloatArray]:
        """Return the variance by shots and what unmeasured components leave open, (T,) each."""
        if self.gaps is None:
            work = self.rule.variance(np.einsum("at,ta->t", self.power**2, data.shot[:, :2]))
            energy = (data.shot[:, 2] + data.shot[0, 2]) / 4
            energy[0] = 0.0
            return np.maximum(energy + work, 0.0), np.zeros(len(work))
        rows = [self.adjoint(each) for each in np.eye(len(data.linear))]
        known = np.where(data.measured, data.shot, 0.0)
        variance = np.array([(row**2 * known).sum() for row in rows])
        return variance, np.array([(np.abs(row) * data.room).sum() for row in rows])

    def adjoint(self, weights: FloatArray) -> FloatArray:
        """Return the weights (T, 3) of the Bloch vectors in weights (T,) @ S.

        Args:
            weights: of S at each time, (T,).
        """
        found = np.empty((len(weights), 3))
        found[:, :2] = -(self.power * self.rule.adjoint(weights)).T
        found[:, 2] = weights / 2
        found[0, 2] -= weights.sum() / 2
        return found if self.gaps is None else self.gaps.adjoint(found)


def heat_integrals(data: Observed, arm: str) -> tuple[Estimate, Estimate]:
    """Return an arm's S at the charging times, with the model's corrections and without any.

    Corrected are the readout sequence and what Simpson's rule makes of the grid; without the
    model the first is not corrected, either.

    Args:
        data: frequencies of all settings, and the model.
        arm: "catalysed" or "control".

    Returns:
        Two estimates of S in hbar w_q, (T,).
    """
    bloch, device, beside = data.bloch(arm), data.device, None
    functional = HeatIntegral.at(data.driven, data.settings.times, arm, bloch.measured)
    if device is not None:
        model = device.arms[arm]
        beside = functional.of(model["bloch"]) - model["heat_integral"]
    raw_bloch = data.uncorrected_bloch(arm)
    found, raw = functional.estimate(bloch, beside), functional.estimate(raw_bloch)
    relative = data.experiment.priors.rabi_rate  # S = dE - W, and W ~ Rabi rate
    change, raw_change = (
        relative * (series.value - (seen.linear[:, 2] - seen.linear[0, 2]) / 2)
        for series, seen in ((found, bloch), (raw, raw_bloch))
    )
    if data.uses_model:
        model = data.expected.arms[arm]
        bias = functional.of(model["bloch"]) - model["heat_integral"]
        found = corrected(found, bias, data.correction_uncertainty)
    if device is None:
        found = with_cause(found, RABI, change)
    return found, with_cause(raw, RABI, raw_change)

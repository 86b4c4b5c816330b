"""The heat's integral S(t) at many charging times, without a matrix of times by times.

Simpson's rule gives the integral over one interval from the few samples about it. All that is
asked of the running integral A f follows from those weights: A f itself, A' w, and the variance
sum_t A_qt^2 v_t, where a new interval changes the weights of the samples about it only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import cumulative_simpson

from analysis.estimators.ergotropy.ergotropy import SIGNS
from analysis.estimators.expectation import Expectation
from analysis.estimators.heat.current import RABI, Estimate, corrected, power_weights, with_cause
from analysis.estimators.heat.gaps import Gaps
from analysis.estimators.linear import Linear
from analysis.estimators.model_free import ModelFree
from analysis.estimators.observed import Observed
from analysis.estimators.state.bloch import BlochEstimate
from analysis.estimators.windows import heat_window_end
from analysis.results.estimates import NINETY_FIVE
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


UNCORRECTED = "what a model would correct"
"""Cause: readout sequence, grid and what S holds beside the exchange, where no model corrects."""

ONE_SIDED = 2.0
"""Standard errors for an error whose size and sign are known: it is then half of one, always."""

OTHER = "leakage, relaxation and drive energy"
"""Cause: what S holds beside the exchange, on the model's word."""


@dataclass(frozen=True)
class Exchange(ModelFree):
    """The energy that left the battery through the coupling by the end of its window (J < 0).

    S less the control's, or S alone where no control is measured. S counts the qubit's energy, so
    the drive's work on level 2, T1 and the energy of a detuned drive are in it, too: the control
    has nearly the same of them, and the model takes off the rest. The numbers are those with the
    model's corrections and, where there are any, without: an effect that only the corrections make
    is no evidence.

    end: index of the time up to which S is taken; by default that of the file's own window.
    """

    end: int | None = None

    @property
    def arms(self) -> tuple[str, ...]:
        """The catalysed arm, and the control where it is measured."""
        return self.settings.arms

    @cached_property
    def window_end(self) -> int:
        """Index of the time up to which S is taken."""
        if self.end is not None:
            return self.end
        return heat_window_end(self.settings.experiment, self.expected, self.settings.times)

    def estimate(self, data: Observed) -> Linear:
        """Return what left with the model's corrections and without, (2,), or without alone, (1,).

        Args:
            data: frequencies of all settings, and the model.

        Returns:
            In hbar w_q, positive where energy left.
        """
        arms, end, last = data.settings.arms, self.window_end, np.zeros(len(self.settings.times))
        last[end] = 1.0
        times = self.settings.times
        by_arm = {
            arm: SIGNS[arm]
            * HeatIntegral.at(data.driven, times, arm, data.measured_cells(arm)).adjoint(last)[None]
            for arm in arms
        }
        series = {arm: heat_integrals(data, arm) for arm in arms}
        found = []
        for number, used in enumerate((True, False)):
            value, causes = np.zeros(1), dict[str, FloatArray]()
            for arm, sign in ((arm, SIGNS[arm]) for arm in arms):
                value += sign * series[arm][number].value[end]
                for name, change in series[arm][number].causes.items():
                    causes[name] = causes.get(name, np.zeros(1)) + sign * change[[end]]
            if used and data.uses_model:
                other = self.other(data.expected, arms)
                value -= other
                causes[OTHER] = np.array([-data.correction_uncertainty * other])
            elif not data.uses_model:
                causes[UNCORRECTED] = ONE_SIDED * np.array([self._uncorrected(data)])
            truth = None
            if data.device is not None:
                truth = data.device.arms["catalysed"]["exchange"][[end]]
            found.append(data.linear(value, by_arm, causes, corrected=used, truth=truth))
        return -Linear.stacked(found if data.uses_model else found[1:])

    def _uncorrected(self, data: Observed) -> float:
        """Return what the file's own device makes S differ from the exchange by, in hbar w_q."""
        times, seen = self.settings.times, 0.0
        for arm in data.settings.arms:
            functional = HeatIntegral.at(data.driven, times, arm, data.measured_cells(arm))
            heat = functional.of(data.expected.arms[arm]["measured_bloch"])
            seen += SIGNS[arm] * float(heat[self.window_end])
        return seen - float(data.expected.arms["catalysed"]["exchange"][self.window_end])

    def std(self, data: Observed, found: Linear) -> tuple[FloatArray, bool]:
        """Return the standard errors of the estimate, and whether bounds by |r| <= 1 enter.

        What a component that was not measured may add, at most, is 1.96 of them.

        Args:
            data: of the estimate.
            found: the estimate.
        """
        own = found.without(data.shots == 0).std(data.likely, data.shots)
        room = np.zeros(len(own))
        for arm in data.settings.arms:
            series = heat_integrals(data, arm)[-len(own) :]
            room += [np.broadcast_to(s.room, s.value.shape)[self.window_end] for s in series]
        return own + room / NINETY_FIVE, bool(room.any())

    def other(self, model: Expectation, arms: Sequence[str]) -> float:
        """Return what S, less the control's, holds beside the exchange, by the model.

        Args:
            model: what the experiment file predicts.
            arms: that were measured.

        Returns:
            In hbar w_q.
        """
        end = self.window_end
        heat = sum(SIGNS[arm] * model.arms[arm]["heat_integral"][end] for arm in arms)
        return float(heat - model.arms["catalysed"]["exchange"][end])

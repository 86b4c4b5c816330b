"""The catalysed arm's ergotropy less the control's: at each time, at the peak, mean and late."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.estimators.arms.arms import ArmResult, ArmState
from analysis.estimators.ergotropy.ergotropy import SIGNS, debiased_ergotropy
from analysis.estimators.heat.exchange import ONE_SIDED
from analysis.estimators.heat.smooth_bloch import SmoothBloch
from analysis.estimators.observed import Observed
from analysis.estimators.windows import averaging_weights, late_window, mean_window
from analysis.results import quantity
from analysis.results.estimates import NINETY_FIVE
from analysis.verdict import GainParts
from cqed_battery.energetics import qubit_ergotropy, qubit_ergotropy_curvature_error
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray

GAIN_PEAK, GAIN_MEAN, GAIN_LATE = _MEASURES = ("peak", "mean", "late")


def ergotropy_gain(
    experiment: Experiment,
    times: FloatArray,
    catalysed: ArmResult,
    control: ArmResult,
    uncorrected: Mapping[str, float] | None = None,
) -> tuple[GainParts, dict[str, Any]]:
    """Return the gain by each measure, and pointwise as a quantity with intervals.

    Args:
        experiment: the experiment file's content, for the windows.
        times: charging times in ns, increasing, (T,).
        catalysed: estimates of the catalysed arm.
        control: estimates of the control arm.
        uncorrected: a further standard error of each measure (`uncorrected_gains`).

    Returns:
        The three measures, and the gain at each time as an entry of results.json; in hbar w_q.
    """
    late_start, late_end, late_covers = late_window(experiment, times)
    mean_start, mean_end, mean_covers = mean_window(experiment, times)
    arms = (catalysed.smooth, control.smooth)
    whole = all(arm.whole and (arm.describes or arm.data.measured.all()) for arm in arms)

    def gain(measure: str) -> tuple[float, float]:
        """Return a measure and its error, by envelopes, or by bounds where one has none."""
        if whole:
            value, std = envelope_gain(experiment, *arms, measure)
        else:
            value, std = _bounded_gain(experiment, times, catalysed, control, measure)
        return value, float(np.hypot(std, (uncorrected or {}).get(measure, 0.0)))

    parts = GainParts(
        peak=gain(GAIN_PEAK),
        mean=gain(GAIN_MEAN),
        late=gain(GAIN_LATE),
        mean_window=(mean_start, mean_end),
        late_window=(late_start, late_end),
        covers_a_period=late_covers and mean_covers,
        smoothed=all(arm.describes for arm in arms),
        bounded=not whole,
    )
    return parts, pointwise_gain(catalysed, control)


def uncorrected_gains(data: Observed) -> dict[str, float]:
    """Return the standard error of each measure of the gain where no model corrects; else none.

    It is twice what the readout sequence of the file's device adds.

    Args:
        data: of both arms.
    """
    if data.uses_model:
        return {}
    return {measure: _uncorrected(data, measure) for measure in _MEASURES}


def _uncorrected(data: Observed, measure: str) -> float:
    found = 0.0
    for arm, sign in SIGNS.items():
        for seen, way in (("measured_bloch", 1.0), ("bloch", -1.0)):
            bloch = data.expected.arms[arm][seen]
            weights = averaging(data.experiment, data.settings.times, measure, bloch)
            found += sign * way * float(weights @ qubit_ergotropy(bloch))
    return ONE_SIDED * found


def _bounded_gain(
    experiment: Experiment,
    times: FloatArray,
    catalysed: ArmResult,
    control: ArmResult,
    measure: str,
) -> tuple[float, float]:
    """Return the middle of a measure's bounds, and the standard error of which 1.96 reach them."""
    first, second = catalysed.ergotropy, control.ergotropy
    if measure == GAIN_PEAK:
        ends = first.low.max() - second.high.max(), first.high.max() - second.low.max()
    else:
        weights = averaging(experiment, times, measure, catalysed.bloch.linear)
        ends = weights @ (first.low - second.high), weights @ (first.high - second.low)
    return float(sum(ends)) / 2, float(ends[1] - ends[0]) / 2 / NINETY_FIVE


def pointwise_gain(catalysed: ArmState, control: ArmState) -> dict[str, Any]:
    """Return the gain of each charging setting as an entry of results.json, in hbar w_q.

    Args:
        catalysed: states of the catalysed arm.
        control: states of the control arm.
    """
    variance, shared = 0.0, 0.0
    for sign, arm in ((1.0, catalysed), (-1.0, control)):
        gradient, known = arm.ergotropy.gradient, arm.bloch.measured
        curvature = qubit_ergotropy_curvature_error(arm.bloch.linear, arm.bloch.covariance)
        shot = np.where(known, arm.bloch.shot, 0.0)
        variance = variance + (gradient**2 * shot).sum(axis=1) + curvature**2
        shared = shared + sign * np.einsum("ti,tim->tm", gradient, arm.bloch.shared)
    value = catalysed.ergotropy.value - control.ergotropy.value
    std = np.sqrt(variance + np.square(shared).sum(axis=1))
    whole = (catalysed.bloch.measured & control.bloch.measured).all(axis=1)
    std = np.where(whole, std, catalysed.ergotropy.std + control.ergotropy.std)
    return quantity(value, std, "difference of de-biased ergotropies", within=(-1.0, 1.0))


def averaging(
    experiment: Experiment, times: FloatArray, measure: str, bloch: FloatArray
) -> FloatArray:
    """Return the weights (T,) of a measure of the ergotropy: a window's mean, or its peak.

    The peak is the highest over the measured times of Bloch vectors (T, 3): between them an
    envelope of too many modes may overshoot.

    Args:
        experiment: the experiment file's content, for the windows.
        times: charging times in ns, increasing, (T,).
        measure: "peak", "mean" or "late".
        bloch: Bloch vectors at these times, (T, 3); they matter to the peak alone.

    Returns:
        Weights that add up to 1, no unit.
    """
    if measure == GAIN_PEAK:
        top = int(np.argmax(np.linalg.norm(bloch, axis=1) + bloch[:, 2]))
        return np.eye(len(times))[top]
    window = late_window if measure == GAIN_LATE else mean_window
    start, end, _ = window(experiment, times)
    return averaging_weights(times, start, end)


@dataclass(frozen=True)
class ArmMean:
    """A weighted mean over times of an arm's ergotropy, by its envelopes or time by time.

    rows (T, 3): its derivative by the Bloch vectors at the charging times, smoothed or not.
    curvature: its standard error by the curvature of the ergotropy alone, shots and causes both.
    """

    smooth: SmoothBloch
    value: float
    rows: FloatArray
    curvature: float

    @classmethod
    def of(cls, experiment: Experiment, smooth: SmoothBloch, measure: str) -> "ArmMean":
        """Return an arm's mean ergotropy by a measure.

        Envelopes, where they describe the data, because next to the mixed state every single
        time's ergotropy keeps a bias of half its standard error, and a mean would lower the error
        but not the bias. Otherwise each time counts by itself.

        Args:
            experiment: the experiment file's content, for the windows.
            smooth: the arm's envelopes.
            measure: "peak", "mean" or "late".
        """
        times, bloch, covariance = smooth.times, smooth.data.linear, smooth.data.covariance
        if smooth.describes:
            bloch, covariance = smooth.value(times), np.zeros((len(times), 3, 3))
            for axis, fit in enumerate(smooth.fits):
                covariance[:, axis, axis] = fit.variance(times)
        weights = averaging(experiment, times, measure, bloch)
        value, _, gradient = debiased_ergotropy(bloch, covariance)
        if smooth.describes:  # where a gradient vanishes, so does all that causes are carried by
            shared = smooth.data.shared
            covariance = covariance + np.einsum("tim,tjm->tij", shared, shared)
        return cls(
            smooth,
            float(weights @ np.clip(value, 0.0, 1.0)),
            weights[:, None] * gradient,
            float(weights @ qubit_ergotropy_curvature_error(bloch, covariance)),
        )

    @property
    def variance(self) -> float:
        """Its variance by shots, choice of the number of modes and curvature, in (hbar w_q)^2."""
        times, shot = self.smooth.times, self.smooth.data.shot
        if not self.smooth.describes:
            return float((self.rows**2 * shot).sum()) + self.curvature**2
        parts = zip(self.smooth.fits, self.rows.T, strict=True)
        own = sum(fit.functional_variance(times, row) for fit, row in parts)
        return float(own) + self.curvature**2

    def change(self, changes: FloatArray) -> FloatArray:
        """Return how the mean moves when the data moves.

        Args:
            changes: of the Bloch vectors at the charging times, (T, 3, ...).

        Returns:
            The change of the mean, (...,).
        """
        if not self.smooth.describes:
            return np.asarray(np.tensordot(self.rows, changes, axes=2))
        times, fits = self.smooth.times, self.smooth.fits
        return np.asarray(
            sum(
                row @ fit.response(times, changes[:, axis])
                for axis, (fit, row) in enumerate(zip(fits, self.rows.T, strict=True))
            )
        )

    def weights(self) -> FloatArray:
        """Return the derivative of the mean by the data, (T, 3)."""
        times, each = self.smooth.times, np.eye(len(self.smooth.times))
        if not self.smooth.describes:
            return self.rows
        columns = [
            row @ fit.response(times, each)
            for fit, row in zip(self.smooth.fits, self.rows.T, strict=True)
        ]
        return np.stack(columns, axis=1)


def envelope_gain(
    experiment: Experiment, catalysed: SmoothBloch, control: SmoothBloch, measure: str
) -> tuple[float, float]:
    """Return the gain by a measure and its standard error; what both arms share cancels.

    Args:
        experiment: the experiment file's content, for the windows.
        catalysed: envelopes of the catalysed arm.
        control: envelopes of the control arm.
        measure: "peak", "mean" or "late".

    Returns:
        Both in hbar w_q.
    """
    high, low = (ArmMean.of(experiment, arm, measure) for arm in (catalysed, control))
    shared = high.change(catalysed.data.shared) - low.change(control.data.shared)
    variance = high.variance + low.variance + float((shared**2).sum())
    return high.value - low.value, float(np.sqrt(variance))

"""The catalysed arm's ergotropy less the control's: at each time, at the peak, mean and late."""

from typing import Any

import numpy as np

from analysis.arms import ArmResult
from analysis.ergotropy import debiased_ergotropy
from analysis.heat import SmoothBloch
from analysis.results import quantity
from analysis.verdict import GainParts
from analysis.windows import averaging_weights, late_window, mean_window
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray


def ergotropy_gain(
    experiment: Experiment, times: FloatArray, catalysed: ArmResult, control: ArmResult
) -> tuple[GainParts, dict[str, Any]]:
    """Return the gain by each measure, and pointwise as a quantity with intervals."""
    late_start, late_end, late_covers = late_window(experiment, times)
    mean_start, mean_end, mean_covers = mean_window(experiment, times)
    parts = GainParts(
        peak=_peak_gain(times, catalysed.smooth, control.smooth),
        mean=_mean_gain(catalysed, control, averaging_weights(times, mean_start, mean_end)),
        late=_mean_gain(catalysed, control, averaging_weights(times, late_start, late_end)),
        mean_window=(mean_start, mean_end),
        late_window=(late_start, late_end),
        covers_a_period=late_covers and mean_covers,
    )
    pointwise = [_mean_gain(catalysed, control, row) for row in np.eye(len(times))]
    value, std = np.array(pointwise).T
    return parts, quantity(value, std, "difference of de-biased ergotropies", within=(-1.0, 1.0))


def _mean_gain(
    catalysed: ArmResult, control: ArmResult, weights: FloatArray
) -> tuple[float, float]:
    """Return a weighted mean over times of the gain and its standard error."""
    value, own = 0.0, 0.0
    shared = np.zeros(catalysed.bloch.shared.shape[-1])
    for sign, arm in ((1.0, catalysed), (-1.0, control)):
        gradient = arm.ergotropy.gradient
        value += sign * float(weights @ arm.ergotropy.value)
        own += float(weights**2 @ (gradient**2 * arm.bloch.shot).sum(axis=1))
        shared += sign * np.einsum("t,ti,tim->m", weights, gradient, arm.bloch.shared)
    return value, float(np.sqrt(own + (shared**2).sum()))


def _peak_gain(
    times: FloatArray, catalysed: SmoothBloch, control: SmoothBloch
) -> tuple[float, float]:
    """Return the difference of the envelopes' highest ergotropies and its standard error."""
    grid = np.linspace(times[0], times[-1], 8 * len(times))
    (high, high_std), (low, low_std) = (_peak(grid, arm) for arm in (catalysed, control))
    return high - low, float(np.hypot(high_std, low_std))


def _peak(grid: FloatArray, smooth: SmoothBloch) -> tuple[float, float]:
    bloch = smooth.value(grid)
    top = int(np.argmax(np.linalg.norm(bloch, axis=1) + bloch[:, 2]))
    at, vector = grid[top : top + 1], bloch[top : top + 1]
    covariance = np.zeros((1, 3, 3))
    for axis, fit in enumerate(smooth.fits):
        covariance[0, axis, axis] = fit.variance(at)[0]
    shared = np.stack(
        [fit.response(at, smooth.data.shared[:, k])[0] for k, fit in enumerate(smooth.fits)]
    )
    value, _, gradient = debiased_ergotropy(vector, covariance)
    variance = gradient[0] @ covariance[0] @ gradient[0] + ((gradient[0] @ shared) ** 2).sum()
    return float(np.clip(value[0], 0.0, 1.0)), float(np.sqrt(variance))

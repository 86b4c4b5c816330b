"""The catalysed arm's ergotropy less the control's: at each time, at the peak, mean and late."""

from typing import Any

import numpy as np

from analysis.estimators.arms import ArmResult
from analysis.estimators.ergotropy import debiased_ergotropy
from analysis.estimators.heat import SmoothBloch
from analysis.estimators.windows import averaging_weights, late_window, mean_window
from analysis.results import quantity
from analysis.verdict import GainParts
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray


def ergotropy_gain(
    experiment: Experiment, times: FloatArray, catalysed: ArmResult, control: ArmResult
) -> tuple[GainParts, dict[str, Any]]:
    """Return the gain by each measure, and pointwise as a quantity with intervals."""
    late_start, late_end, late_covers = late_window(experiment, times)
    mean_start, mean_end, mean_covers = mean_window(experiment, times)
    arms = (catalysed.smooth, control.smooth)
    parts = GainParts(
        peak=_peak_gain(times, *arms),
        mean=_mean_gain(times, *arms, averaging_weights(times, mean_start, mean_end)),
        late=_mean_gain(times, *arms, averaging_weights(times, late_start, late_end)),
        mean_window=(mean_start, mean_end),
        late_window=(late_start, late_end),
        covers_a_period=late_covers and mean_covers,
    )
    return parts, _pointwise(catalysed, control)


def _pointwise(catalysed: ArmResult, control: ArmResult) -> dict[str, Any]:
    variance, shared = 0.0, 0.0
    for sign, arm in ((1.0, catalysed), (-1.0, control)):
        gradient = arm.ergotropy.gradient
        variance = variance + (gradient**2 * arm.bloch.shot).sum(axis=1)
        shared = shared + sign * np.einsum("ti,tim->tm", gradient, arm.bloch.shared)
    value = catalysed.ergotropy.value - control.ergotropy.value
    std = np.sqrt(variance + np.square(shared).sum(axis=1))
    return quantity(value, std, "difference of de-biased ergotropies", within=(-1.0, 1.0))


def _mean_gain(
    times: FloatArray, catalysed: SmoothBloch, control: SmoothBloch, weights: FloatArray
) -> tuple[float, float]:
    """Return a weighted mean over times of the envelopes' gain and its standard error.

    Envelopes, because next to the mixed state every single time's ergotropy keeps a bias of
    half its standard error, and a mean would lower the error but not the bias.
    """
    high, high_variance, high_shared = _mean(times, catalysed, weights)
    low, low_variance, low_shared = _mean(times, control, weights)
    shared = ((high_shared - low_shared) ** 2).sum()
    return high - low, float(np.sqrt(high_variance + low_variance + shared))


def _mean(
    times: FloatArray, smooth: SmoothBloch, weights: FloatArray
) -> tuple[float, float, FloatArray]:
    """Return an arm's mean ergotropy, its variance by shots, and what shared causes change."""
    covariance = np.zeros((len(times), 3, 3))
    for axis, fit in enumerate(smooth.fits):
        covariance[:, axis, axis] = fit.variance(times)
    value, _, gradient = debiased_ergotropy(smooth.value(times), covariance)
    variance, shared = 0.0, np.zeros(smooth.data.shared.shape[-1])
    for axis, fit in enumerate(smooth.fits):
        row = weights * gradient[:, axis]
        variance += fit.functional_variance(times, row)
        shared += row @ fit.response(times, smooth.data.shared[:, axis])
    return float(weights @ np.clip(value, 0.0, 1.0)), variance, shared


def _peak_gain(
    times: FloatArray, catalysed: SmoothBloch, control: SmoothBloch
) -> tuple[float, float]:
    """Return the difference of the envelopes' highest ergotropies and its standard error.

    Highest over the measured times: between them an envelope of too many modes may overshoot.
    """
    (high, high_std), (low, low_std) = (_peak(times, arm) for arm in (catalysed, control))
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

"""What is left open where a component was not measured: bounds by |r| <= 1.

A state has |r| <= 1, so its ergotropy (|r| + z)/2 lies between that of the measured components
alone and (1 + z)/2. The ends are those of 95 % intervals of what was measured. No model enters; the
global fit, which has one, is narrower.
"""

import numpy as np
from numpy.typing import NDArray

from analysis.estimators.ergotropy.ergotropy import ErgotropyEstimate, estimate_ergotropy
from analysis.estimators.ergotropy.interval import profile_interval
from analysis.estimators.state.bloch import BlochEstimate
from analysis.results.estimates import NINETY_FIVE
from cqed_battery.operators import FloatArray

_PINNED = 1e-8  # variance of a component that is held at 0

BOUNDED = "bounded by |r| <= 1 where a component was not measured"
"""What the method of an estimate says beside its own name."""


def ergotropy_of(bloch: BlochEstimate) -> ErgotropyEstimate:
    """Return the ergotropy at every time, bounded where a component was not measured.

    There the value is the middle of the bounds and 1.96 standard errors reach them.

    Args:
        bloch: an arm's Bloch vectors with their errors.
    """
    whole = np.asarray(bloch.measured.all(axis=1))
    if whole.all():
        return estimate_ergotropy(bloch.linear, bloch.covariance, bloch.spread)
    count, rows = len(whole), np.flatnonzero(whole)
    value, std, low, high, bias = np.zeros((5, count))
    gradient = np.zeros((count, 3))
    low[~whole], high[~whole] = _ends(bloch, np.flatnonzero(~whole))
    value[~whole] = (low + high)[~whole] / 2
    std[~whole] = (high - low)[~whole] / 2 / NINETY_FIVE
    if rows.size:
        spread = None if bloch.spread is None else bloch.spread.take(rows)
        found = estimate_ergotropy(bloch.linear[rows], bloch.covariance[rows], spread)
        value[rows], std[rows], bias[rows] = found.value, found.std, found.bias
        low[rows], high[rows], gradient[rows] = found.low, found.high, found.gradient
    return ErgotropyEstimate(value, std, low, high, bias, gradient)


def _ends(bloch: BlochEstimate, rows: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
    """Return the bounds at some times, (N,) each; without z it is as free as |r| <= 1 leaves it."""
    measured, covariance = bloch.measured[rows], bloch.covariance[rows]
    every = np.arange(3)
    variance = np.where(measured, covariance[:, every, every], _PINNED)
    pinned = np.where(measured[:, :, None] & measured[:, None, :], covariance, 0.0)
    pinned[:, every, every] = variance
    low, _ = profile_interval(bloch.linear[rows], pinned)
    largest = np.minimum(bloch.linear[rows, 2] + NINETY_FIVE * np.sqrt(variance[:, 2]), 1.0)
    high, room = (1 + np.maximum(largest, -1.0)) / 2, bloch.room[rows, 2]
    seen = measured[:, 2]
    low, high = np.where(seen, low, (1 - room) / 2), np.where(seen, high, (1 + room) / 2)
    return np.minimum(low, high), high

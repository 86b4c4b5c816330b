"""Ergotropy from a Bloch vector with covariance: bias named and corrected, honest at zero.

The plug-in (r + z)/2 is biased upwards, because noise makes a vector longer: r by about
(tr C - n'Cn)/(2r) to second order. That is subtracted, and r is not let fall below |z|.
Intervals come from the profile likelihood over all Bloch vectors with the same ergotropy (a
paraboloid), with the chi-square of two degrees of freedom at the corner of passive states.
"""

from dataclasses import dataclass

import numpy as np

from cqed_battery.operators import FloatArray

_LEVEL = 3.841  # 95 % of chi-square, 1 degree of freedom
_CORNER = 5.991  # 95 %, 2 degrees: at zero ergotropy two directions are bounded
_CORNER_AT_ORIGIN = 7.3  # at zero, when z is compatible with 0 as well
_BISECTIONS = 30
_STEPS = 25


@dataclass(frozen=True)
class ErgotropyEstimate:
    """Ergotropy in hbar w_q with standard error and 95 % interval, each (T,); bias removed."""

    value: FloatArray
    std: FloatArray
    low: FloatArray
    high: FloatArray
    bias: FloatArray
    gradient: FloatArray


def estimate_ergotropy(bloch: FloatArray, covariance: FloatArray) -> ErgotropyEstimate:
    """Return the de-biased ergotropy of unconstrained Bloch vectors (T, 3), (T, 3, 3)."""
    value, bias, gradient = debiased_ergotropy(bloch, covariance)
    std = np.sqrt(np.einsum("ti,tij,tj->t", gradient, covariance, gradient))
    shown = np.clip(value, 0.0, 1.0)
    low, high = profile_interval(bloch, covariance)
    return ErgotropyEstimate(
        shown, std, np.minimum(low, shown), np.maximum(high, shown), bias, gradient
    )


def debiased_ergotropy(
    bloch: FloatArray, covariance: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return ergotropy (T,), the plug-in's bias that was removed (T,), and the gradient (T, 3)."""
    length = np.maximum(np.linalg.norm(bloch, axis=-1), 1e-12)
    direction = bloch / length[:, None]
    across = np.einsum("tii->t", covariance) - np.einsum(
        "ti,tij,tj->t", direction, covariance, direction
    )
    shorter = np.maximum(length - across / (2 * length), np.abs(bloch[:, 2]))
    gradient = direction / 2
    gradient[:, 2] += 0.5
    return (shorter + bloch[:, 2]) / 2, (length - shorter) / 2, gradient


def profile_interval(bloch: FloatArray, covariance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the 95 % profile-likelihood interval of the ergotropy within [0, 1], each (T,)."""
    weight = np.linalg.cholesky(np.linalg.inv(covariance))
    plug_in = (np.linalg.norm(bloch, axis=-1) + bloch[:, 2]) / 2
    centre = np.clip(plug_in, 1e-9, 1.0)

    def crossing(inner: FloatArray, outer: FloatArray) -> FloatArray:
        inside = profile(outer, bloch, weight) <= _LEVEL
        for _ in range(_BISECTIONS):
            middle = (inner + outer) / 2
            accepted = profile(middle, bloch, weight) <= _LEVEL
            inner, outer = np.where(accepted, middle, inner), np.where(accepted, outer, middle)
        return np.where(inside, outer, (inner + outer) / 2)

    low = crossing(centre, np.full_like(centre, 1e-9))
    high = crossing(centre, np.ones_like(centre))
    return np.where(zero_is_allowed(bloch, covariance), 0.0, low), high


def zero_is_allowed(bloch: FloatArray, covariance: FloatArray) -> FloatArray:
    """Return where ergotropy 0 (x = y = 0, z <= 0) passes its likelihood-ratio test, (T,)."""
    inverse = np.linalg.inv(covariance)
    transverse, z = bloch[:, :2], bloch[:, 2]
    best_z = z + np.einsum("ti,ti->t", inverse[:, 2, :2], transverse) / inverse[:, 2, 2]
    distance = bloch.copy()
    distance[:, 2] = z - np.minimum(best_z, 0.0)
    ratio = np.einsum("ti,tij,tj->t", distance, inverse, distance)
    at_origin = np.abs(z) < 2 * np.sqrt(covariance[:, 2, 2])
    return np.asarray(ratio <= np.where(at_origin, _CORNER_AT_ORIGIN, _CORNER))


def profile(level: FloatArray, bloch: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the least squared distance from each vector to ergotropy `level` > 0, (T,).

    The surface is z = w - (x^2 + y^2)/(4 w). Levenberg-Marquardt over (x, y) for all states at
    once, from two starting points; `weight` is the Cholesky factor of the inverse covariance.
    """
    radius = np.linalg.norm(bloch[:, :2], axis=-1)
    reach = np.sqrt(4 * level * np.maximum(level - bloch[:, 2], 0.0))
    direction = bloch[:, :2] / np.maximum(radius, 1e-12)[:, None]
    direction = np.where(radius[:, None] > 1e-9, direction, np.array([1.0, 0.0]))
    starts = (bloch[:, :2], reach[:, None] * direction)
    return np.asarray(np.minimum(*(_descend(s, level, bloch, weight) for s in starts)))


def _descend(
    start: FloatArray, level: FloatArray, bloch: FloatArray, weight: FloatArray
) -> FloatArray:
    def residual(point: FloatArray) -> FloatArray:
        z = level - (point**2).sum(axis=-1) / (4 * level)
        return np.einsum("tji,tj->ti", weight, np.column_stack([point, z]) - bloch)

    point, damping = start.copy(), np.full(len(start), 1e-3)
    error = residual(point)
    cost = (error**2).sum(axis=-1)
    for _ in range(_STEPS):
        slope = np.zeros((len(point), 3, 2))
        slope[:, 0, 0] = slope[:, 1, 1] = 1.0
        slope[:, 2, :] = -point / (2 * level[:, None])
        jacobian = np.einsum("tji,tjk->tik", weight, slope)
        normal = np.einsum("tij,tik->tjk", jacobian, jacobian)
        diagonal = np.einsum("tii->ti", normal)
        normal = normal + (damping[:, None] * diagonal)[:, :, None] * np.eye(2)
        step = np.linalg.solve(normal, np.einsum("tij,ti->tj", jacobian, error)[..., None])
        trial = point - step[..., 0]
        trial_error = residual(trial)
        trial_cost = (trial_error**2).sum(axis=-1)
        better = trial_cost < cost
        point = np.where(better[:, None], trial, point)
        error = np.where(better[:, None], trial_error, error)
        cost = np.where(better, trial_cost, cost)
        damping = np.where(better, damping / 5, damping * 4)
    return cost

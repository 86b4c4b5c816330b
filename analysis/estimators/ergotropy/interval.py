"""Profile-likelihood intervals of the ergotropy, for all states at once.

The profile at ergotropy w is the least squared distance, in standard errors, from the measured
Bloch vector to the vectors of that ergotropy, the paraboloid z = w - (x^2 + y^2)/(4 w). Standard
errors are those that the supposed true vector would have (Wilson's score), not those of the
measured one: near a pure state the two differ. At zero ergotropy, where two directions are
bounded, the chi-square has two degrees of freedom.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cqed_battery.operators import FloatArray

LEVEL = 3.841  # 95 % of chi-square, 1 degree of freedom
CORNER = 5.991  # 95 %, 2 degrees: at zero ergotropy two directions are bounded
_CORNER_AT_ORIGIN = 7.3  # at zero, when z is compatible with 0 as well
_REGULAR = 1e-12  # added to the correlations' diagonal
_LEAST = 1e-9  # ergotropy at which the paraboloid still has a width
_SECANTS = 40  # steps of the false position at most
_STEPS = 25  # of Levenberg-Marquardt at most
_CLOSE = 5e-4  # standard errors


class Spread(Protocol):
    """How the standard errors of a measured vector change with the true one."""

    def take(self, index: NDArray[np.int_]) -> "Spread":
        """Return that of single vectors.

        Args:
            index: of the vectors, (N,).
        """

    def scale(self, vectors: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return, for true vectors (..., T, 3), std over that at the measured one, and slope.

        Args:
            vectors: true Bloch vectors, (..., T, 3).

        Returns:
            The ratio and its derivative by the component, each (..., T, 3).
        """


def profile_interval(
    bloch: FloatArray, covariance: FloatArray, spread: Spread | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return the 95 % profile-likelihood interval of the ergotropy within [0, 1], each (T,).

    Args:
        bloch: unconstrained Bloch vectors, (T, 3).
        covariance: of each, (T, 3, 3).
        spread: how standard errors depend on the true vector; by default not at all.
    """
    weight = _weights(covariance)
    centre = np.clip((np.linalg.norm(bloch, axis=-1) + bloch[:, 2]) / 2, _LEAST, 1.0)
    zero = zero_is_allowed(bloch, covariance, spread)
    above, every = np.flatnonzero(~zero), np.arange(len(bloch))
    cases = np.concatenate([above, every])
    outer = np.where(np.arange(len(cases)) < len(above), _LEAST, 1.0)

    def excess(level: FloatArray, chosen: NDArray[np.int_]) -> FloatArray:
        """Return the profile's root less that of `LEVEL`, (N,), in standard errors."""
        index = cases[chosen]
        known = None if spread is None else spread.take(index)
        root = np.sqrt(profile(level, bloch[index], weight[index], known))
        return np.asarray(root - np.sqrt(LEVEL))

    found = _crossing(centre[cases], outer, excess)
    low = np.zeros(len(bloch))
    low[above] = found[: len(above)]
    return low, found[len(above) :]


def _weights(covariance: FloatArray) -> FloatArray:
    """Return the lower triangles L, (T, 3, 3), of L L^T = covariance^-1.

    They are taken from the correlations, which stay regular where a billion shots of one axis
    stand beside three of another, or where the shared calibration is nearly all that is unknown.
    """
    std = np.sqrt(np.einsum("tii->ti", covariance))
    correlation = covariance / (std[:, :, None] * std[:, None, :]) + _REGULAR * np.eye(3)
    return np.asarray(np.linalg.cholesky(np.linalg.inv(correlation)) / std[:, :, None])


def _crossing(
    inner: FloatArray,
    outer: FloatArray,
    excess: Callable[[FloatArray, NDArray[np.int_]], FloatArray],
) -> FloatArray:
    """Return where `excess`, nearly linear, is 0, or else `outer`: Illinois' false position.

    Not `scipy.optimize.elementwise.find_root`: the profile is known to `_CLOSE` alone, where both
    stop after as many calls, at ends that differ by as much, and scipy's takes 1.4 times
    as long for 61 times.
    """
    found, every = outer.copy(), np.arange(len(outer))
    at_inner, at_outer = excess(inner, every), excess(outer, every)
    found[at_inner >= 0] = inner[at_inner >= 0]
    left = np.flatnonzero((at_outer > 0) & (at_inner < 0))
    inner, outer, at_inner, at_outer = (a[left] for a in (inner, outer, at_inner, at_outer))
    before = np.zeros(len(left))
    for _ in range(_SECANTS):
        if not len(left):
            break
        level = inner - at_inner * (outer - inner) / (at_outer - at_inner)
        found[left], here = level, excess(level, left)
        side = np.sign(here)
        beyond, twice = here > 0, side == before
        at_inner = np.where(beyond, np.where(twice, at_inner / 2, at_inner), here)
        at_outer = np.where(beyond, here, np.where(twice, at_outer / 2, at_outer))
        inner, outer = np.where(beyond, inner, level), np.where(beyond, level, outer)
        open_ = (np.abs(here) > _CLOSE) & (np.abs(outer - inner) > 1e-12)
        left, before = left[open_], side[open_]
        inner, outer, at_inner, at_outer = (a[open_] for a in (inner, outer, at_inner, at_outer))
    return found


def zero_is_allowed(
    bloch: FloatArray, covariance: FloatArray, spread: Spread | None = None
) -> NDArray[np.bool_]:
    """Return where ergotropy 0 (x = y = 0, z <= 0) passes its likelihood-ratio test, (T,).

    Args:
        bloch: unconstrained Bloch vectors, (T, 3).
        covariance: of each, (T, 3, 3).
        spread: how standard errors depend on the true vector; by default not at all.
    """
    weight = _weights(covariance)
    inverse = weight @ weight.swapaxes(1, 2)
    passive, scale = np.zeros_like(bloch), np.ones_like(bloch)
    for _ in range(1 if spread is None else 3):
        distance = bloch / scale
        # The passive vector (0, 0, z) that is nearest in the metric of the inverse covariance.
        pull = np.einsum("ti,ti->t", inverse[:, 2, :2], distance[:, :2]) / inverse[:, 2, 2]
        passive[:, 2] = np.minimum((distance[:, 2] + pull) * scale[:, 2], 0.0)
        scale = scale if spread is None else spread.scale(passive)[0]
    distance = (bloch - passive) / scale
    ratio = np.einsum("ti,tij,tj->t", distance, inverse, distance)
    at_origin = np.abs(bloch[:, 2]) < 2 * np.sqrt(covariance[:, 2, 2])
    return np.asarray(ratio <= np.where(at_origin, _CORNER_AT_ORIGIN, CORNER))


def profile(
    level: FloatArray, bloch: FloatArray, weight: FloatArray, spread: Spread | None = None
) -> FloatArray:
    """Return the least squared distance from each vector to ergotropy `level` > 0, (..., T).

    Levenberg-Marquardt over (x, y) for all states at once, from two starting points; `weight`
    (T, 3, 3) is the Cholesky factor of the inverse covariance.

    Args:
        level: ergotropy in hbar w_q, above 0, (..., T).
        bloch: unconstrained Bloch vectors, (T, 3).
        weight: Cholesky factor of the inverse covariance, (T, 3, 3).
        spread: how standard errors depend on the true vector; by default not at all.

    Returns:
        In squared standard errors.
    """
    radius = np.linalg.norm(bloch[:, :2], axis=-1)
    reach = np.sqrt(4 * level * np.maximum(level - bloch[:, 2], 0.0))
    direction = bloch[:, :2] / np.maximum(radius, 1e-12)[:, None]
    direction = np.where(radius[:, None] > 1e-9, direction, np.array([1.0, 0.0]))
    far = reach[..., None] * direction
    starts = np.stack([np.broadcast_to(bloch[:, :2], far.shape), far])
    return np.asarray(_descend(starts, level, bloch, weight, spread).min(axis=0))


def _descend(
    point: FloatArray,
    level: FloatArray,
    bloch: FloatArray,
    weight: FloatArray,
    spread: Spread | None,
) -> FloatArray:
    """Least squared distance reached from points (..., T, 2) at levels (..., T)."""

    def residual(at: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Whitened distance (..., T, 3), and change of each unwhitened axis with its own."""
        z = level - (at**2).sum(axis=-1) / (4 * level)
        vectors = np.concatenate([at, z[..., None]], axis=-1)
        gap = bloch - vectors
        if spread is None:
            return (gap[..., None, :] @ weight)[..., 0, :], -np.ones_like(gap)
        scale, slope = spread.scale(vectors)
        gap = gap / scale
        return (gap[..., None, :] @ weight)[..., 0, :], -(1 + gap * slope) / scale

    error, change = residual(point)
    cost = (error**2).sum(axis=-1)
    damping = np.full(cost.shape, 1e-3)
    for _ in range(_STEPS):
        down = -change[..., 2:] * point / (2 * level[..., None])
        first = weight[:, 0] * change[..., :1] + weight[:, 2] * down[..., :1]
        second = weight[:, 1] * change[..., 1:2] + weight[:, 2] * down[..., 1:]
        step, expected = _damped_step(first, second, error, damping)
        trial = point - step
        trial_error, trial_change = residual(trial)
        trial_cost = (trial_error**2).sum(axis=-1)
        better = trial_cost < cost
        point, error, change = (
            np.where(better[..., None], new, old)
            for new, old in ((trial, point), (trial_error, error), (trial_change, change))
        )
        cost = np.where(better, trial_cost, cost)
        damping = np.where(better, damping / 5, damping * 4)
        if (expected <= _CLOSE**2 * (1 + cost)).all():
            break
    return cost


def _damped_step(
    first: FloatArray, second: FloatArray, error: FloatArray, damping: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Levenberg-Marquardt step (..., 2) of two Jacobian columns (..., 3), and its promise."""
    a, b, c = ((u * v).sum(axis=-1) for u, v in ((first, first), (first, second), (second, second)))
    g, h = ((u * error).sum(axis=-1) for u in (first, second))
    a, c = a * (1 + damping) + 1e-300, c * (1 + damping) + 1e-300
    determinant = np.maximum(a * c - b**2, 1e-300)
    step = np.stack([c * g - b * h, a * h - b * g], axis=-1) / determinant[..., None]
    return step, step[..., 0] * g + step[..., 1] * h

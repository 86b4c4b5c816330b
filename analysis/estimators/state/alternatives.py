"""Other ways from counts to a qubit's state, to compare with maximum likelihood.

`METHODS` maps names to estimators with one signature: counts (T, 3, 2) of the axes x, y, z,
assignment errors, and what the readout sequence adds to each axis (T, 3); they return Bloch
vectors (T, 3).
"""

from collections.abc import Callable

import numpy as np

from analysis.estimators.state.assignment import Assignment
from analysis.estimators.state.bloch import maximum_likelihood
from cqed_battery.operators import FloatArray, IntArray

Estimator = Callable[[IntArray, Assignment, FloatArray], FloatArray]


def linear_inversion(counts: IntArray, assignment: Assignment, offset: FloatArray) -> FloatArray:
    """Return v = 2 (f - P(1|0))/contrast - 1 - offset: unbiased, but also outside the ball.

    Args:
        counts: of outcomes 0 and 1 for the axes x, y, z, (T, 3, 2), with a shot in each.
        assignment: the readout's errors.
        offset: what the readout sequence adds to each axis, (T, 3).

    Returns:
        Bloch vectors, (T, 3).
    """
    frequency = counts[..., 1] / counts.sum(axis=-1)
    return 2 * (frequency - assignment.p1_given_0) / assignment.contrast - 1 - offset


def projected_least_squares(
    counts: IntArray, assignment: Assignment, offset: FloatArray
) -> FloatArray:
    """Return the state nearest to linear inversion in Frobenius norm.

    The eigenvalues (1 +- r)/2 are projected onto the simplex (Smolin, Gambetta and Smith, Phys.
    Rev. Lett. 108, 070502, 2012); for a qubit that shortens a vector to length 1.

    Args:
        counts: of outcomes 0 and 1 for the axes x, y, z, (T, 3, 2), with a shot in each.
        assignment: the readout's errors.
        offset: what the readout sequence adds to each axis, (T, 3).

    Returns:
        Bloch vectors, (T, 3), of length at most 1.
    """
    linear = linear_inversion(counts, assignment, offset)
    length = np.linalg.norm(linear, axis=-1, keepdims=True)
    return linear / np.maximum(length, 1.0)


METHODS: dict[str, Estimator] = {
    "maximum likelihood": maximum_likelihood,
    "linear inversion": linear_inversion,
    "projected least squares": projected_least_squares,
}


def purity(bloch: FloatArray) -> FloatArray:
    """Return tr rho^2 = (1 + r^2)/2 of Bloch vectors (..., 3).

    Args:
        bloch: Bloch vectors, (..., 3).

    Returns:
        (...), from 1/2 (mixed) to 1 (pure) inside the ball.
    """
    return np.asarray((1 + (bloch**2).sum(axis=-1)) / 2)


def trace_distance(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return |v - w|/2 of Bloch vectors (..., 3): half the trace norm of the difference.

    Args:
        first: Bloch vectors, (..., 3).
        second: Bloch vectors, (..., 3).

    Returns:
        (...), from 0 to 1 inside the ball.
    """
    return np.asarray(np.linalg.norm(first - second, axis=-1) / 2)


def fidelity(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return F = [1 + v.w + sqrt((1 - v^2)(1 - w^2))]/2 of Bloch vectors (..., 3) in the ball.

    Args:
        first: Bloch vectors, (..., 3).
        second: Bloch vectors, (..., 3).

    Returns:
        (...), from 0 to 1.

    Source: Hubner, Phys. Lett. A 163, 239 (1992).
    """
    mixed = [np.maximum(1 - (bloch**2).sum(axis=-1), 0.0) for bloch in (first, second)]
    overlap = (first * second).sum(axis=-1)
    return np.asarray((1 + overlap + np.sqrt(mixed[0] * mixed[1])) / 2)

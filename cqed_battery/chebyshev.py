"""The exponential of a master equation's matrix, applied by a Chebyshev series.

For a real matrix L whose spectrum lies near the imaginary axis within +-i R,

    exp(t L) v = sum_k (2 - delta_k0) J_k(t R) phi_k,
    phi_0 = v, phi_1 = (L/R) v, phi_{k+1} = 2 (L/R) phi_k + phi_{k-1}

(Tal-Ezer and Kosloff, J. Chem. Phys. 81, 3967). The vectors phi_k do not depend on t, so a
whole set of times within one step costs no further products with L. Decay amplifies rounding
by exp(t |Re|), which bounds the step.
"""

from collections.abc import Iterator

import numpy as np
from scipy.special import jv

from cqed_battery.operators import FloatArray, SparseMatrix

_LARGEST_ORDER = 48.0  # t R of one step: more saves nothing, as outputs inside a step are free
_LARGEST_DECAY = 5.0  # t |Re| of one step: loses two digits of sixteen


def coefficients(times: FloatArray, radius: float, tolerance: float) -> FloatArray:
    """Return (2 - delta_k0) J_k(t R), shape (T, K), cut where all fall below the tolerance."""
    reach = float(np.max(times, initial=0.0)) * radius
    order = int(np.ceil(reach + 12 * (1 + reach) ** (1 / 3) + 12))
    table = 2 * jv(np.arange(order)[None, :], np.asarray(times)[:, None] * radius)
    table[:, 0] /= 2
    kept = np.flatnonzero(np.abs(table).max(axis=0) > tolerance)
    return np.asarray(table[:, : kept[-1] + 1])


def series(matrix: SparseMatrix, radius: float, vectors: FloatArray, terms: int) -> FloatArray:
    """Return phi_0 ... phi_{K-1}, shape (K, D^2) or (K, D^2, m)."""
    phi = np.empty((terms, *vectors.shape))
    phi[0] = vectors
    if terms > 1:
        scaled = matrix * (2 / radius)
        phi[1] = 0.5 * (scaled @ vectors)
        for k in range(2, terms):
            np.add(scaled @ phi[k - 1], phi[k - 2], out=phi[k])
    return phi


def longest_step(radius: float, decay: float) -> float:
    """Return the longest step in ns for a spectrum within +-i radius and decay >= -Re."""
    return min(_LARGEST_ORDER / max(radius, 1e-300), _LARGEST_DECAY / max(decay, 1e-300))


def propagate(
    matrix: SparseMatrix,
    radius: float,
    decay: float,
    vectors: FloatArray,
    duration: float,
    tolerance: float,
) -> FloatArray:
    """Return exp(duration x matrix) vectors, (D^2,) or (D^2, m), for a duration in ns."""
    for phi, table in steps(
        matrix, radius, decay, vectors, np.empty(0), duration, tolerance
    ):
        vectors = np.tensordot(table[-1], phi, axes=1)
    return vectors


def steps(
    matrix: SparseMatrix,
    radius: float,
    decay: float,
    vectors: FloatArray,
    times: FloatArray,
    duration: float,
    tolerance: float,
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield (phi, table) step by step through a duration with constant matrix.

    States at the increasing times (ns, within the duration) that fall into a step are
    table[:-1] @ phi; the state at the step's end is table[-1] @ phi. Times at a border belong
    to the earlier step.
    """
    if duration <= 0:
        return
    count = max(1, int(np.ceil(duration / longest_step(radius, decay))))
    step, done = duration / count, 0
    for number in range(count):
        last = number == count - 1
        end = duration if last else (number + 1) * step
        upto = len(times) if last else int(np.searchsorted(times, end, side="right"))
        inside = np.append(times[done:upto] - number * step, step)
        table = coefficients(np.maximum(inside, 0.0), radius, tolerance / count)
        phi = series(matrix, radius, vectors, table.shape[1])
        yield phi, table
        vectors, done = np.tensordot(table[-1], phi, axes=1), upto

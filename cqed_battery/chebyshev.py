"""The exponential of a master equation's matrix, applied by a Chebyshev series.

For a real matrix L whose spectrum lies near the imaginary axis within +-i R,

    exp(t L) v = sum_k (2 - delta_k0) J_k(t R) phi_k,
    phi_0 = v, phi_1 = (L/R) v, phi_{k+1} = 2 (L/R) phi_k + phi_{k-1}

(Tal-Ezer and Kosloff, J. Chem. Phys. 81, 3967). The vectors phi_k do not depend on t, so a
whole set of times within one step costs no further products with L. Decay amplifies rounding
by exp(t |Re|), which bounds the step.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import jv

from cqed_battery.operators import FloatArray, SparseMatrix

_LARGEST_ORDER = 48.0  # t R of one step: more saves nothing, as outputs inside a step are free
_LARGEST_DECAY = 3.0  # t |Re| of one step: rounding grows by exp(3), one digit of sixteen


def coefficients(
    times: FloatArray, radius: float, tolerance: float
) -> tuple[FloatArray, FloatArray]:
    """Return c_k(t) = (2 - delta_k0) J_k(t R) and its integral from 0 to t, each (T, K).

    Cut where all values fall below a tenth of the tolerance; what follows falls faster than
    geometrically. The integral of J_k from 0 to z is
    2 (J_{k+1} + J_{k+3} + ...)(z) (Abramowitz and Stegun, 11.1.2).
    """
    reach = np.asarray(times, dtype=float) * radius
    longest = float(np.max(reach, initial=0.0))
    order = int(np.ceil(longest + 12 * (1 + longest) ** (1 / 3) + 12))
    bessel = jv(np.arange(order)[None, :], reach[:, None])
    above = np.zeros_like(bessel)
    for k in range(order - 2, -1, -1):
        above[:, k] = bessel[:, k + 1] + (above[:, k + 2] if k + 2 < order else 0.0)
    factor = np.where(np.arange(order) == 0, 1.0, 2.0)
    kept = 1 + int(np.flatnonzero(np.abs(bessel).max(axis=0) > tolerance / 10)[-1])
    return (bessel * factor)[:, :kept], (above * factor * 2 / radius)[:, :kept]


@lru_cache(maxsize=512)
def _end_coefficients(
    length: float, radius: float, tolerance: float
) -> tuple[FloatArray, FloatArray]:
    """Return `coefficients` of one time alone; pulses repeat the same few lengths."""
    return coefficients(np.array([length]), radius, tolerance)


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
    bounds: tuple[float, float],
    vectors: FloatArray,
    duration: float,
    tolerance: float,
) -> FloatArray:
    """Return exp(duration x matrix) vectors, (D^2,) or (D^2, m), for a duration in ns.

    Bounds and tolerance are those of `steps`.
    """
    radius, decay = bounds
    if duration <= 0 or radius <= 0:
        return vectors
    count = max(1, int(np.ceil(duration / longest_step(radius, decay))))
    table, _ = _end_coefficients(duration / count, radius, tolerance / count)
    scaled = matrix * (2 / radius)
    for _ in range(count):
        before, now = vectors, 0.5 * (scaled @ vectors)
        total = table[0, 0] * before
        for weight in table[0, 1:]:
            total += weight * now
            before, now = now, scaled @ now + before
        vectors = total
    return vectors


@dataclass(frozen=True)
class Step:
    """One step: states are table @ phi, their integrals since its beginning integral @ phi.

    The rows of both tables are the times inside the step, and last its end.
    """

    phi: FloatArray
    table: FloatArray
    integral: FloatArray


def steps(
    matrix: SparseMatrix,
    bounds: tuple[float, float],
    vectors: FloatArray,
    times: FloatArray,
    duration: float,
    tolerance: float,
) -> Iterator[Step]:
    """Yield the steps that cross a duration (ns) with constant matrix, in order.

    Args:
        matrix: real, (D^2, D^2), in 1/ns.
        bounds: on |Im| and -Re of its eigenvalues, in 1/ns.
        vectors: the start, (D^2,) or (D^2, m).
        times: increasing, from the start, within the duration; one at a border between two
            steps belongs to the earlier.
        duration: in ns; nothing is yielded when it is 0.
        tolerance: on the truncation of the whole duration, relative to the start.
    """
    radius, decay = bounds
    if duration <= 0:
        return
    if radius <= 0:
        ends = np.append(times, duration)
        yield Step(vectors[None], np.ones((len(ends), 1)), ends[:, None])
        return
    count = max(1, int(np.ceil(duration / longest_step(radius, decay))))
    length, done = duration / count, 0
    for number in range(count):
        last = number == count - 1
        upto = len(times) if last else int(np.searchsorted(times, (number + 1) * length, "right"))
        if upto > done:
            inside = np.append(times[done:upto] - number * length, length)
            table, integral = coefficients(np.maximum(inside, 0.0), radius, tolerance / count)
        else:
            table, integral = _end_coefficients(length, radius, tolerance / count)
        phi = series(matrix, radius, vectors, table.shape[1])
        yield Step(phi, table, integral)
        vectors, done = np.tensordot(table[-1], phi, axes=1), upto

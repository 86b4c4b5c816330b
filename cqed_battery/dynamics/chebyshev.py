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
from itertools import repeat
from math import ceil, log

import numpy as np

from cqed_battery.dynamics.sparse import AnyMatrix, add_product, scaled
from cqed_battery.operators import FloatArray

_LARGEST_REACH = 192.0  # t R of one step, which costs some 40 products more than that
_LEAST_REACH = 32.0
_MOST_ELEMENTS = 2**22  # of the vectors of one step: 32 MB
_MOST_TIMES = 2048  # of one table
_MANY_PRODUCTS = 100  # that make it worth while to drop zeros
_ROUNDING = 1e-15
_GRID = 1.02


def coefficients(
    times: FloatArray, radius: float, tolerance: float, decay: float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Return c_k(t) = (2 - delta_k0) J_k(t R) and its integral from 0 to t, each (T, K).

    Cut where all terms fall below a tenth of the tolerance; what follows falls faster than
    geometrically. With eigenvalues down to -decay, phi_k grows as rho^k, where
    rho = x + sqrt(1 + x^2), x = decay / R. The integral of J_k from 0 to z is
    2 (J_{k+1} + J_{k+3} + ...)(z) (Abramowitz and Stegun, 11.1.2).
    """
    growth = decay / radius + np.hypot(1.0, decay / radius)
    reach, places = np.unique(np.asarray(times, dtype=float) * radius, return_inverse=True)
    bessel = bessel_functions(reach, growth)
    order = np.arange(len(bessel))
    terms = np.abs(bessel).max(axis=1) * growth**order
    kept = 1 + int(np.flatnonzero(terms > tolerance / 10)[-1])
    factor = np.where(order == 0, 1.0, 2.0)[:kept, None]
    found = bessel[:kept] * factor, _every_second_above(bessel)[:kept] * (factor * 2 / radius)
    if not np.array_equal(places, np.arange(len(reach))):
        found = found[0][:, places], found[1][:, places]
    return found[0].T, found[1].T


def bessel_functions(reach: FloatArray, growth: float = 1.0) -> FloatArray:
    """Return J_k(z) of increasing z >= 0 for k = 0 ... K - 1, shape (K, len(reach)).

    K lies where J_k growth^k falls below rounding for the last z. Downwards recurrence J_{k-1} =
    2 k J_k / z - J_{k+1} from an arbitrary beginning above, scaled by J_0 + 2 J_2 + ... = 1
    (Abramowitz and Stegun, 9.12); for the smallest z it would overflow, and three terms suffice.
    """
    small = int(np.searchsorted(reach, 1e-5))
    z = reach[small:]
    reached = 1 + growth * z
    beginning = np.ceil(reached + 12 * reached ** (1 / 3) + 11).astype(int)
    order = int(beginning[-1]) if z.size else 2
    first = np.searchsorted(beginning, np.arange(order + 2)).tolist()
    values = np.zeros((order + 2, len(reach)))
    values[:3, :small] = 1 - reach[:small] ** 2 / 4, reach[:small] / 2, reach[:small] ** 2 / 8
    rising, ratio = values[:, small:], np.arange(order + 1)[:, None] * (2 / z)
    rows = list(zip(ratio, rising[:-1], rising[1:], strict=True))
    for k in range(order, 0, -1):
        if first[k] < first[k + 1]:
            rising[k, first[k] : first[k + 1]] = 1e-300
        factor, now, above = rows[k]
        np.multiply(factor, now, out=factor)
        np.subtract(factor, above, out=rows[k - 1][1])
    rising /= rising[0] + 2 * rising[2::2].sum(axis=0)
    return values[:-1]


def _every_second_above(bessel: FloatArray) -> FloatArray:
    """Return J_{k+1} + J_{k+3} + ... for every k, shape (K, Z) as given."""
    above = np.zeros_like(bessel)
    above[:-1] = bessel[1:]
    for parity in (0, 1):
        downwards = above[parity::2][::-1]
        np.cumsum(downwards, axis=0, out=downwards)
    return above


def _upwards(bound: float) -> float:
    """Return the next power of 1.02, so that pulses and devices have few series between them."""
    return _GRID ** ceil(log(bound, _GRID)) if bound > 0 else bound


@lru_cache(maxsize=4096)
def _end_coefficients(
    length: float, radius: float, tolerance: float, decay: float
) -> tuple[FloatArray, FloatArray]:
    """Return `coefficients` of one time alone; pulses repeat the same few lengths."""
    return coefficients(np.array([length]), radius, tolerance, decay)


def series(matrix: AnyMatrix, phi: FloatArray) -> None:
    """Fill phi_1 ... phi_{K-1} of an array (K, D^2) or (K, D^2, m) that holds phi_0.

    The matrix is 2 L / R.
    """
    for k in range(1, len(phi)):
        if k == 1:
            np.multiply(0.5, matrix @ phi[0], out=phi[1])
        else:
            phi[k] = phi[k - 2]
            add_product(matrix, phi[k - 1], phi[k])


def longest_step(radius: float, decay: float, tolerance: float, size: int) -> float:
    """Return the longest step in ns for a spectrum within +-i radius and decay >= -Re.

    Rounding, which grows by exp(t decay), stays below the tolerance, and the step's vectors of
    that size within some memory.
    """
    growth = np.log(max(tolerance / _ROUNDING, 10.0))
    reach = min(max(_MOST_ELEMENTS / size - _LEAST_REACH, _LEAST_REACH), _LARGEST_REACH)
    return float(min(reach / max(radius, 1e-300), growth / max(decay, 1e-300)))


def propagate(
    matrix: AnyMatrix,
    bounds: tuple[float, float],
    vectors: FloatArray,
    duration: float,
    tolerance: float,
) -> FloatArray:
    """Return exp(duration x matrix) vectors, (D^2,) or (D^2, m), for a duration in ns.

    Bounds and tolerance are those of `steps`.
    """
    radius, decay = map(_upwards, bounds)
    if duration <= 0 or radius <= 0:
        return vectors
    count = max(1, int(np.ceil(duration / longest_step(radius, decay, tolerance, 1))))
    table, _ = _end_coefficients(duration / count, radius, tolerance / count, decay)
    twice = scaled(matrix, 2 / radius, prune=count * table.shape[1] >= _MANY_PRODUCTS)
    for _ in range(count):
        before, now = vectors.copy(), 0.5 * (twice @ vectors)
        total = table[0, 0] * before
        for k, weight in enumerate(table[0, 1:]):
            if k > 0:
                add_product(twice, now, before)
                before, now = now, before
            total += weight * now
        vectors = total
    return vectors


@dataclass(frozen=True)
class Step:
    """One step: states are table @ phi, their integrals since its beginning integral @ phi.

    The rows of both tables are the times inside the step, and last its end, with the state
    `end`. The vectors phi are overwritten by the next step.
    """

    phi: FloatArray
    table: FloatArray
    integral: FloatArray
    end: FloatArray


def steps(
    matrix: AnyMatrix,
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
        yield Step(vectors[None], np.ones((len(ends), 1)), ends[:, None], vectors)
        return
    count = max(1, int(np.ceil(duration / longest_step(radius, decay, tolerance, vectors.size))))
    length, twice, phi = duration / count, None, None
    for table, integral in _tables(times, length, count, radius, tolerance, decay):
        if twice is None or phi is None or len(phi) != table.shape[1]:
            phi = np.empty((table.shape[1], *vectors.shape))
            twice = scaled(matrix, 2 / radius, prune=count * len(phi) >= _MANY_PRODUCTS)
        phi[0] = vectors
        series(twice, phi)
        vectors = np.tensordot(table[-1], phi, axes=1)
        yield Step(phi, table, integral, vectors)


def _tables(
    times: FloatArray, length: float, count: int, radius: float, tolerance: float, decay: float
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield `coefficients` of each step's times and its end; many steps share one calculation."""
    cut = tolerance / count
    if not len(times):
        yield from repeat(_end_coefficients(length, radius, cut, decay), count)
        return
    numbers = np.clip(np.ceil(times / length) - 1, 0, count - 1)
    inside = np.maximum(times - numbers * length, 0.0)
    begins = np.searchsorted(numbers, np.arange(count + 1))
    for part in np.array_split(np.arange(count), min(count, 1 + len(times) // _MOST_TIMES)):
        first, last = begins[part[0]], begins[part[-1] + 1]
        found = coefficients(np.append(inside[first:last], length), radius, cut, decay)
        if len(part) == 1:
            yield found
            continue
        for number in part:
            rows = np.append(np.arange(begins[number], begins[number + 1]) - first, last - first)
            yield found[0][rows], found[1][rows]

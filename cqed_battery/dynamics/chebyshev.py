"""The exponential of a master equation's matrix, applied by a Chebyshev series.

For a real matrix L whose spectrum lies near the imaginary axis within +-i R,

    exp(t L) v = sum_k (2 - delta_k0) J_k(t R) phi_k,
    phi_0 = v, phi_1 = (L/R) v, phi_{k+1} = 2 (L/R) phi_k + phi_{k-1}

(Tal-Ezer and Kosloff, J. Chem. Phys. 81, 3967). The vectors phi_k do not depend on t, so a
whole set of times within one step costs no further products with L. Decay amplifies rounding
by exp(t |Re|), which bounds the step.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from math import ceil, log

import numpy as np

from cqed_battery.dynamics.bessel import coefficients
from cqed_battery.dynamics.sparse import AnyMatrix, add_product, scaled
from cqed_battery.operators import FloatArray

# t R of one step: a series takes about t R + 40 products, so a large reach wastes few of them.
_LARGEST_REACH = 192.0
_LEAST_REACH = 32.0  # t R; below it the 40 products on top would be most of the work
_MOST_ELEMENTS = 2**22  # of the vectors of one step: 32 MB
_MOST_TIMES = 2048  # of one table
_MANY_PRODUCTS = 100  # with one matrix, from which it pays to drop its zeros first
_ROUNDING = 1e-15  # of one product in double precision, relative (machine epsilon is 2.2e-16)
_GRID = 1.02  # bounds are rounded up by at most 2 %, which costs 2 % more products


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
    """Fill phi_1 ... phi_{K-1} in place from phi_0.

    Args:
        matrix: 2 L / R, (D^2, D^2), no unit.
        phi: (K, D^2) or (K, D^2, m), C-contiguous; phi[0] holds the start, the rest is overwritten.
    """
    for k in range(1, len(phi)):
        if k == 1:
            np.multiply(0.5, matrix @ phi[0], out=phi[1])
        else:
            # Plus, where Chebyshev's own recurrence has minus: the factors i^k are inside phi_k, so
            # that all arithmetic is real.
            phi[k] = phi[k - 2]
            add_product(matrix, phi[k - 1], phi[k])


def longest_step(radius: float, decay: float, tolerance: float, size: int) -> float:
    """Return the longest step in ns whose rounding and memory stay within bounds.

    Rounding grows by exp(t decay) and stays below the tolerance; the vectors phi of one step stay
    below `_MOST_ELEMENTS`.

    Args:
        radius: bound on |Im| of the eigenvalues, in 1/ns.
        decay: bound on -Re of the eigenvalues, in 1/ns.
        tolerance: relative to the start, above 0.
        size: number of elements of one vector phi_k, D^2 x m.
    """
    growth = np.log(max(tolerance / _ROUNDING, 10.0))
    reach = min(max(_MOST_ELEMENTS / size - _LEAST_REACH, _LEAST_REACH), _LARGEST_REACH)
    # 1e-300 keeps the division defined where the matrix or its decay is 0.
    return float(min(reach / max(radius, 1e-300), growth / max(decay, 1e-300)))


def propagate(
    matrix: AnyMatrix,
    bounds: tuple[float, float],
    vectors: FloatArray,
    duration: float,
    tolerance: float,
) -> FloatArray:
    """Return exp(duration x matrix) vectors, of the shape of vectors.

    Args:
        matrix: L, real, (D^2, D^2), in 1/ns.
        bounds: on |Im| and -Re of its eigenvalues, in 1/ns.
        vectors: the start, (D^2,) or (D^2, m).
        duration: in ns; at 0 the vectors themselves are returned.
        tolerance: on the truncation of the whole duration, relative to the start.
    """
    radius, decay = map(_upwards, bounds)
    if duration <= 0 or radius <= 0:
        return vectors
    count = max(1, int(np.ceil(duration / longest_step(radius, decay, tolerance, 1))))
    table, _ = _end_coefficients(duration / count, radius, tolerance / count, decay)
    twice = scaled(matrix, 2 / radius, prune=count * table.shape[1] >= _MANY_PRODUCTS)
    for _ in range(count):
        total = np.zeros_like(vectors)
        for weight, phi in zip(table[0], _in_turn(twice, vectors), strict=False):
            total += weight * phi
        vectors = total
    return vectors


def _in_turn(matrix: AnyMatrix, start: FloatArray) -> Iterator[FloatArray]:
    """Yield phi_0, phi_1, ... of `series`; each is overwritten when the next but one is asked for.

    Args:
        matrix: 2 L / R, (D^2, D^2), no unit.
        start: phi_0, (D^2,) or (D^2, m).
    """
    before = start.copy()
    yield before
    now = 0.5 * (matrix @ start)
    while True:
        yield now
        add_product(matrix, now, before)  # `before` becomes phi_k in place
        before, now = now, before


@dataclass(frozen=True)
class Step:
    """One step: states are table @ phi, their integrals since its beginning integral @ phi.

    The rows of both tables are the times inside the step, then its end. The vectors phi are
    overwritten by the next step.

    Args:
        phi: the series' vectors, (K, D^2) or (K, D^2, m), or what is kept of them, (K, ...).
        table: coefficients, (T + 1, K), no unit.
        integral: their integrals, (T + 1, K), in ns.
        end: the state at the step's end, (D^2,) or (D^2, m).
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
    kept: Callable[[FloatArray], FloatArray] | None = None,
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
        kept: returns what a step holds of each phi_k, linear in it: with many columns that is
            faster than all of it, which no cache holds. By default all.
    """
    radius, decay = bounds
    if duration <= 0:
        return
    if radius <= 0:
        ends = np.append(times, duration)
        alone = vectors if kept is None else kept(vectors)
        yield Step(alone[None], np.ones((len(ends), 1)), ends[:, None], vectors)
        return
    size = vectors.size if kept is None else 1
    count = max(1, int(np.ceil(duration / longest_step(radius, decay, tolerance, size))))
    length, twice, phi = duration / count, None, None
    for table, integral in _tables(times, length, count, radius, tolerance, decay):
        if twice is None:
            twice = scaled(matrix, 2 / radius, prune=count * table.shape[1] >= _MANY_PRODUCTS)
        if kept is not None:
            found, vectors = _kept_in_turn(twice, vectors, table[-1], kept)
            yield Step(found, table, integral, vectors)
            continue
        if phi is None or len(phi) != table.shape[1]:
            phi = np.empty((table.shape[1], *vectors.shape))
        phi[0] = vectors
        series(twice, phi)
        vectors = np.tensordot(table[-1], phi, axes=1)
        yield Step(phi, table, integral, vectors)


def at_times(
    matrix: AnyMatrix,
    bounds: tuple[float, float],
    vectors: FloatArray,
    times: FloatArray,
    tolerance: float,
    kept: Callable[[FloatArray], FloatArray] | None = None,
) -> FloatArray:
    """Return exp(t x matrix) vectors at increasing times, (T, ...), or what is kept of them.

    Args:
        matrix: as in `steps`, like the bounds.
        bounds: on |Im| and -Re of its eigenvalues, in 1/ns.
        vectors: the start, (D^2,) or (D^2, m).
        times: increasing from at least 0, in ns, (T,).
        tolerance: on the truncation of the whole duration, relative to the start.
        kept: linear in a state; by default all of it.
    """
    if times[-1] <= 0:
        alone = vectors if kept is None else kept(vectors)
        return np.repeat(alone[None], len(times), axis=0)
    passed = steps(matrix, bounds, vectors, times, float(times[-1]), tolerance, kept)
    return np.concatenate([np.tensordot(step.table[:-1], step.phi, axes=1) for step in passed])


def _kept_in_turn(
    matrix: AnyMatrix,
    start: FloatArray,
    weights: FloatArray,
    kept: Callable[[FloatArray], FloatArray],
) -> tuple[FloatArray, FloatArray]:
    """Return what is kept of each phi_k, (K, ...), and the sum of all with their weights (K,)."""
    found, total = [], np.zeros_like(start)
    for weight, phi in zip(weights, _in_turn(matrix, start), strict=False):
        found.append(kept(phi))
        total += weight * phi
    return np.stack(found), total


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

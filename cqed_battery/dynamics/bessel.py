"""Bessel functions: the coefficients of a Chebyshev series, and their integrals over time.

R and the vectors phi_k are those of `cqed_battery.dynamics.chebyshev`.
"""

import numpy as np

from cqed_battery.operators import FloatArray


def coefficients(
    times: FloatArray, radius: float, tolerance: float, decay: float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Return c_k(t) = (2 - delta_k0) J_k(t R) and its integral from 0 to t, each (T, K).

    Cut where all terms fall below a tenth of the tolerance; what follows falls faster than
    geometrically. With eigenvalues down to -decay, phi_k grows as rho^k, where
    rho = x + sqrt(1 + x^2), x = decay / R. The integral of J_k from 0 to z is
    2 (J_{k+1} + J_{k+3} + ...)(z) (Abramowitz and Stegun, 11.1.2).

    Args:
        times: t in ns, >= 0, (T,), in any order.
        radius: R in 1/ns, above 0, a bound on |Im| of the eigenvalues.
        tolerance: on the truncation, relative to the vector, above 0.
        decay: bound on -Re of the eigenvalues in 1/ns, >= 0.

    Returns:
        c_k(t), no unit, and its integral in ns, each (T, K).
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

    Args:
        reach: z, no unit, increasing and >= 0, (Z,).
        growth: rho >= 1, by which the vectors phi_k grow from one k to the next.
    """
    # Below 1e-5 what three terms of the power series leave out, z^3/16, is below rounding.
    small = int(np.searchsorted(reach, 1e-5))
    z = reach[small:]
    reached = 1 + growth * z
    # J_k(z) falls below 1e-16 some 12 z^(1/3) orders above z (transition region of the Airy
    # function); 11 more are for small z.
    beginning = np.ceil(reached + 12 * reached ** (1 / 3) + 11).astype(int)
    order = int(beginning[-1]) if z.size else 2
    first = np.searchsorted(beginning, np.arange(order + 2)).tolist()
    values = np.zeros((order + 2, len(reach)))
    values[:3, :small] = 1 - reach[:small] ** 2 / 4, reach[:small] / 2, reach[:small] ** 2 / 8
    rising, ratio = values[:, small:], np.arange(order + 1)[:, None] * (2 / z)
    rows = list(zip(ratio, rising[:-1], rising[1:], strict=True))
    for k in range(order, 0, -1):
        if first[k] < first[k + 1]:
            # Any small number begins the recurrence; the sum below removes its scale.
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
    for parity in (0, 1):  # J_k of even and odd k are summed apart, the smallest first
        downwards = above[parity::2][::-1]
        np.cumsum(downwards, axis=0, out=downwards)
    return above

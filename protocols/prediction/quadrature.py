"""How many nodes suffice: Chebyshev interpolation over a range, Gauss-Hermite over a normal spread.

Both error bounds are those of cos(phase), a probability that turns as the parameter moves:
Chebyshev 2 (phase/4)^n / n! with `phase` over the whole range, Gauss-Hermite
phase^(2n) n!/(2n)! with `phase` at one standard deviation.
"""

from collections.abc import Callable
from math import lgamma, log

import numpy as np

from cqed_battery.errors import CqedBatteryError
from cqed_battery.operators import FloatArray

_MOST = 60  # nodes; each is a whole calculation


def chebyshev_count(phase: float, tolerance: float) -> int:
    """Return the fewest nodes that interpolate cos over `phase` (rad) to half the tolerance.

    Args:
        phase: by which the state turns over the whole range, in rad, at least 0.
        tolerance: of a probability, above 0.

    Raises:
        CqedBatteryError: 60 nodes do not suffice.
    """
    if phase == 0.0:
        return 1
    return _fewest(lambda n: n * log(phase / 4) - lgamma(n + 1), tolerance, phase)


def gauss_hermite_count(phase: float, tolerance: float) -> int:
    """Return the fewest nodes that average cos(phase x), x normal, to the tolerance.

    Args:
        phase: by which the state turns at one standard deviation, in rad, at least 0.
        tolerance: of a probability, above 0.

    Raises:
        CqedBatteryError: 60 nodes do not suffice.
    """
    if phase == 0.0:
        return 1
    return _fewest(
        lambda n: 2 * n * log(phase) + lgamma(n + 1) - lgamma(2 * n + 1), tolerance, phase
    )


def _fewest(log_error: Callable[[int], float], tolerance: float, phase: float) -> int:
    for count in range(1, _MOST + 1):
        if log_error(count) <= log(tolerance):
            return count
    raise CqedBatteryError(
        f"noise or drift turns the state by {phase:.0f} rad before the readout, more than {_MOST}"
        " calculations can follow: lower faults.frequency_noise_MHz,"
        " transmon.frequency_noise_MHz or the drift, or charge for a shorter time"
    )


def chebyshev_nodes(low: float, high: float, count: int) -> FloatArray:
    """Return the zeros of the Chebyshev polynomial T_count on [low, high], rising, (count,).

    Args:
        low: start of the range.
        high: end of the range.
        count: number of nodes, at least 1.
    """
    angles = np.pi * (np.arange(count) + 0.5) / count
    return (low + high) / 2 - (high - low) / 2 * np.cos(angles)


def lagrange_weights(nodes: FloatArray, points: FloatArray) -> FloatArray:
    """Return w (P, N): w @ f(nodes) is the polynomial through all nodes at the points.

    Args:
        nodes: all different, (N,).
        points: where the polynomial is wanted, (P,).
    """
    weights = np.ones((len(points), len(nodes)))
    for k, node in enumerate(nodes):
        for other in np.delete(nodes, k):
            weights[:, k] *= (points - other) / (node - other)
    return weights


def normal_average(count: int) -> tuple[FloatArray, FloatArray]:
    """Return nodes (standard normal, rising) and weights of Gauss-Hermite quadrature, (count,).

    Args:
        count: number of nodes, at least 1.

    Returns:
        Nodes and weights, (count,) each; the weights add up to 1.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(count)
    return nodes, weights / weights.sum()

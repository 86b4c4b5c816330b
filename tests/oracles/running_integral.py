"""The running integral and the heat as dense matrices of weights, by scipy's Simpson rule."""

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import cumulative_simpson


def integral_matrix(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return A (T, T): A @ f is the integral of f from the first time up to each, (T,)."""
    return np.asarray(cumulative_simpson(np.eye(len(times)), x=times, axis=-1, initial=0.0).T)


def heat_weights(times: NDArray[np.float64], power: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights (T, T, 3) of all Bloch vectors in S(t) = [z(t) - z(0)]/2 - integral of P.

    Args:
        times: (T,).
        power: P's weights of x and y at each time, (2, T).
    """
    count = len(times)
    weights = np.zeros((count, count, 3))
    weights[:, :, 2] = np.eye(count) / 2
    weights[:, 0, 2] -= 0.5
    for axis in (0, 1):
        weights[:, :, axis] = -integral_matrix(times) * power[axis]
    return weights

"""Entanglement of two qubits."""

import numpy as np

from cqed_battery.operators import ComplexArray, FloatArray

_FLIP = np.diag([-1.0, 1.0, 1.0, -1.0])[::-1]  # sigma_y x sigma_y, in either order of the levels


def flipped(states: ComplexArray) -> ComplexArray:
    """Return (sigma_y x sigma_y) rho* (sigma_y x sigma_y) of states (..., 4, 4).

    Args:
        states: density matrices of two qubits, in the product basis.
    """
    return _FLIP @ states.conj() @ _FLIP


def concurrence(states: ComplexArray) -> FloatArray:
    """Return the concurrence of states (..., 4, 4) of two qubits.

    C = max(0, v1 - v2 - v3 - v4), v the square roots of the eigenvalues of rho times its flipped
    state, the largest first (Wootters, Phys. Rev. Lett. 80, 2245). Negative eigenvalues of rho,
    which a Redfield equation may leave, count as 0.

    Args:
        states: (..., 4, 4), in the product basis.

    Returns:
        (...), from 0 (separable) to 1 (maximally entangled).

    >>> bell = np.zeros((4, 4), dtype=complex)
    >>> bell[1:3, 1:3] = 0.5
    >>> round(float(concurrence(bell)), 12)
    1.0
    """
    return first_less_others(concurrence_roots(states))


def concurrence_roots(states: ComplexArray) -> FloatArray:
    """Return v of `concurrence`, (..., 4), as singular values: eigenvalues lose half the digits.

    Args:
        states: (..., 4, 4), in the product basis.
    """
    populations, vectors = np.linalg.eigh(states)
    root = vectors * np.sqrt(np.maximum(populations, 0.0))[..., None, :]
    return np.linalg.svd(np.swapaxes(root, -1, -2) @ _FLIP @ root, compute_uv=False)


def first_less_others(values: FloatArray) -> FloatArray:
    """Return the first of the values (..., N) less all others, 0 where that is negative.

    Args:
        values: (..., N), the largest first.
    """
    return np.maximum(0.0, 2 * values[..., 0] - values.sum(axis=-1))

"""States and Hamiltonians as a caller gave them, refused where they are not physical."""

from typing import Any

import numpy as np

from cqed_battery.errors import CqedBatteryError
from cqed_battery.operators import ComplexArray, as_matrix, as_state

STATE_TOLERANCE = 1e-6
"""How far trace, Hermiticity and eigenvalues of a state may be off: what solvers with a relative
tolerance of 1e-6, QuTiP's own, leave of them."""
_HERMITIAN_TOLERANCE = 1e-8  # of the largest element; sums of a few rounded products are at 1e-15


def physical_states(state: Any) -> ComplexArray:
    """Return states as density matrices, (..., d, d), or say why they are none.

    Args:
        state: as `cqed_battery.operators.as_state` takes it.

    Raises:
        CqedBatteryError: no square matrices of finite numbers, not Hermitian, a trace other than
            1, or a negative eigenvalue; each to 1e-6.
    """
    states = _square("state", state, as_state, "density matrices (..., d, d)")
    skew = _skew(states)
    if skew > STATE_TOLERANCE:
        raise CqedBatteryError(_not_hermitian("state", skew, STATE_TOLERANCE))
    traces = np.trace(states, axis1=-2, axis2=-1).real
    if traces.size and (off := np.abs(traces - 1)).max() > STATE_TOLERANCE:
        worst = float(traces.flat[off.argmax()])
        raise CqedBatteryError(
            f"`state` must have trace 1 to {STATE_TOLERANCE:.0e}, but its trace is {worst:.7g};"
            " divide it by its trace if nothing is missing in it"
        )
    lowest = float(np.linalg.eigvalsh(states).min(initial=0.0))
    if lowest < -STATE_TOLERANCE:
        raise CqedBatteryError(
            f"`state` must have no negative eigenvalue to {STATE_TOLERANCE:.0e}, but one is"
            f" {lowest:.2g}; compute it with a smaller tolerance, or fit it by maximum likelihood"
        )
    return states


def physical_hamiltonian(hamiltonian: Any, levels: int) -> ComplexArray:
    """Return a Hamiltonian, (levels, levels), or say why it is none.

    Args:
        hamiltonian: as `cqed_battery.operators.as_matrix` takes it.
        levels: of the states that it belongs to.

    Raises:
        CqedBatteryError: no square matrix of finite numbers of that size, or not Hermitian to
            1e-8 of its largest element.
    """
    must = f"one matrix ({levels}, {levels}), as the state is"
    matrix = _square("hamiltonian", hamiltonian, as_matrix, must)
    if matrix.shape != (levels, levels):
        raise CqedBatteryError(f"`hamiltonian` must be {must}, but has the shape {matrix.shape}")
    largest = float(np.abs(matrix).max())
    skew = _skew(matrix)
    if skew > _HERMITIAN_TOLERANCE * largest:
        raise CqedBatteryError(_not_hermitian("hamiltonian", skew, _HERMITIAN_TOLERANCE * largest))
    return matrix


def _square(name: str, given: Any, read: Any, must: str) -> ComplexArray:
    """Return square matrices of finite numbers."""
    try:
        matrix: ComplexArray = read(given)
    except (TypeError, ValueError):
        raise CqedBatteryError(
            f"`{name}` must be {must}, but is of type {type(given).__name__} and no array of"
            " numbers"
        ) from None
    if matrix.ndim < 2 or not matrix.shape[-1] or matrix.shape[-2] != matrix.shape[-1]:
        raise CqedBatteryError(f"`{name}` must be {must}, but has the shape {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise CqedBatteryError(f"`{name}` must hold finite numbers, but one is nan or infinite")
    return matrix


def _skew(matrices: ComplexArray) -> float:
    return float(np.abs(matrices - matrices.conj().swapaxes(-1, -2)).max(initial=0.0))


def _not_hermitian(name: str, skew: float, limit: float) -> str:
    return (
        f"`{name}` must be Hermitian to {limit:.1e}, but differs from its adjoint by {skew:.2g};"
        " take the mean of the two if that is meant"
    )

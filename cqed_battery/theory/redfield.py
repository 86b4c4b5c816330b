"""Redfield master equations from a Hamiltonian's eigenstates, for one case or stacks of cases.

Every function takes leading dimensions, so that a map over parameters is one call. Matrices of
the eigenbasis have the energies in rising order; generators act on row-stacked matrices there.
"""

import numpy as np

from cqed_battery.dynamics.hermitian import from_real, to_real
from cqed_battery.errors import CqedBatteryError
from cqed_battery.operators import ComplexArray, FloatArray

_ROUNDING = 1e-10  # relative: what a real generator may have left of an imaginary part
_WORST_CONDITION = 1e12  # of a steady state's equations; above it there are several


def lowering_part(operator: ComplexArray) -> ComplexArray:
    """Return what lowers the energy in an operator (..., D, D) of the eigenbasis.

    The elements |E_p><E_q| with E_p < E_q, p before q. Where two levels cross exactly their
    order, and so the part, is arbitrary.

    Args:
        operator: (..., D, D), the energies of the basis in rising order.
    """
    return np.triu(operator, k=1)


def gaps(energies: FloatArray) -> FloatArray:
    """Return E_q - E_p, what an element |E_p><E_q| gives away, (..., D, D), from (..., D).

    Args:
        energies: (..., D), in rising order.
    """
    return energies[..., None, :] - energies[..., :, None]


def dissipator(
    coupling: ComplexArray, rates: FloatArray, energies: FloatArray, *, cutoff: float = np.inf
) -> ComplexArray:
    """Return a reservoir's part of the generator, (..., D^2, D^2), in the eigenbasis.

    D rho = B rho A† - A† B rho + h.c., with B_pq = rates_pq A_pq. With constant rates it is
    Lindblad's 2 A rho A† - {A† A, rho} times the rate.

    Args:
        coupling: A, (..., D, D).
        rates: of each of A's elements, (..., D, D), half a transition's rate.
        energies: (..., D).
        cutoff: products of two elements whose transition frequencies differ by more are left
            out: inf keeps all, 0 (or a rounding error) is the secular approximation.

    Source: Breuer and Petruccione, Eq. 3.118 without shifts; Wang et al., Eqs. 11-16.
    """
    size = coupling.shape[-1]
    product = coupling[..., :, :, None, None] * coupling.conj()[..., None, None, :, :]
    if np.isfinite(cutoff):
        frequency = gaps(energies)
        distance = frequency[..., :, :, None, None] - frequency[..., None, None, :, :]
        product = product * (np.abs(distance) <= cutoff)
    weights = rates[..., :, :, None, None] + rates[..., None, None, :, :]
    jumps = np.moveaxis(weights * product, -3, -2)
    loss = np.einsum("...pq,...pqps->...sq", rates, product)
    flat = jumps.reshape(*jumps.shape[:-4], size**2, size**2)
    return flat - from_left(loss) - from_right(np.swapaxes(loss.conj(), -1, -2))


def commutator(energies: FloatArray) -> ComplexArray:
    """Return -i [H, rho] in the eigenbasis, (..., D^2, D^2), from energies (..., D).

    Args:
        energies: (..., D), in rising order.
    """
    turn = 1j * gaps(energies).reshape(*energies.shape[:-1], -1)
    return np.asarray(turn[..., None] * np.eye(turn.shape[-1]), dtype=complex)


def from_left(matrix: ComplexArray) -> ComplexArray:
    """Return the map rho -> M rho on row-stacked matrices, (..., D^2, D^2).

    Args:
        matrix: M, (..., D, D).
    """
    return _kron(matrix, np.eye(matrix.shape[-1]))


def from_right(matrix: ComplexArray) -> ComplexArray:
    """Return the map rho -> rho M on row-stacked matrices, (..., D^2, D^2).

    Args:
        matrix: M, (..., D, D).
    """
    return _kron(np.eye(matrix.shape[-1]), np.swapaxes(matrix, -1, -2))


def _kron(left: ComplexArray | FloatArray, right: ComplexArray | FloatArray) -> ComplexArray:
    size = left.shape[-1]
    product = np.einsum("...pq,...rs->...prqs", left, right)
    return product.reshape(*product.shape[:-4], size**2, size**2)


def on_hermitian(generator: ComplexArray, states: ComplexArray) -> ComplexArray:
    """Return the generator on Hermitian matrices of the bare basis as real vectors.

    (..., D^2, D^2); complex, and real up to rounding exactly if it keeps matrices Hermitian.

    Args:
        generator: in the eigenbasis, row-stacked.
        states: the eigenvectors as columns, (..., D, D).
    """
    size = states.shape[-1]
    units = from_real(np.eye(size**2))
    turned = np.swapaxes(states.conj(), -1, -2)[..., None, :, :] @ units @ states[..., None, :, :]
    change = np.swapaxes(turned.reshape(*turned.shape[:-2], size**2), -1, -2)
    return np.swapaxes(change.conj(), -1, -2) @ generator @ change


def hermiticity_defect(generator: ComplexArray) -> FloatArray:
    """Return the largest imaginary element of `on_hermitian` over the largest real one.

    Args:
        generator: a result of `on_hermitian`, (..., D^2, D^2).

    Returns:
        (...), no unit; 0 for a generator that keeps Hermitian matrices Hermitian.
    """
    largest = np.abs(generator.real).max(axis=(-1, -2))
    return np.asarray(np.abs(generator.imag).max(axis=(-1, -2)) / largest)


def as_real(generator: ComplexArray) -> FloatArray:
    """Return the result of `on_hermitian` as a real matrix.

    Args:
        generator: (..., D^2, D^2).

    Raises:
        CqedBatteryError: the generator does not keep Hermitian matrices Hermitian.
    """
    defect = float(hermiticity_defect(generator).max(initial=0.0))
    if defect > _ROUNDING:
        raise CqedBatteryError(
            f"the generator does not keep Hermitian matrices Hermitian: {defect:.1e} of it turns "
            "them away; use it as a complex matrix, or another equation"
        )
    return np.ascontiguousarray(generator.real)


def steady_vectors(generator: ComplexArray | FloatArray) -> ComplexArray:
    """Return the steady states (..., D^2) of generators on Hermitian matrices as real vectors.

    Their imaginary parts are 0 if the generators are real.

    With t the row that takes the trace and t L = 0, (L + t† t) rho = t† has L rho = 0 and
    Tr rho = 1.

    Args:
        generator: (..., D^2, D^2), on vectors of `cqed_battery.dynamics.hermitian`.

    Raises:
        CqedBatteryError: the steady state is not unique.
    """
    size = round(generator.shape[-1] ** 0.5)
    trace = to_real(np.eye(size, dtype=complex))  # the row t; equal to its own conjugate
    matrix = generator + np.outer(trace, trace)
    if not np.all(np.linalg.cond(matrix) < _WORST_CONDITION):
        raise CqedBatteryError(
            "the steady state is not unique: two levels do not exchange energy with a reservoir; "
            "change the detunings, or switch the coupling or the damping on"
        )
    return np.asarray(np.linalg.solve(matrix, trace[:, None])[..., 0], dtype=complex)


def relaxation_rates(generator: ComplexArray | FloatArray) -> FloatArray:
    """Return the slowest rate of decay towards the unique steady state, (...), in the unit of H.

    Args:
        generator: (..., D^2, D^2), with one eigenvalue 0 and the others to its left.
    """
    decays = np.sort(-np.linalg.eigvals(generator).real, axis=-1)
    return np.asarray(decays[..., 1])

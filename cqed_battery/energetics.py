"""Energy, ergotropy, power and heat current of the battery: pure functions of its state.

Energies are in units of hbar w_q, powers and currents in hbar w_q per ns. The battery is the
transmon's qubit (levels 0 and 1): E = z/2 with z = P(1) - P(0); the functions for any
Hamiltonian serve the full ladder. With dE = dW + dQ and J = dQ/dt, J < 0 is energy that
leaves the battery (the papers call it inward).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from cqed_battery.operators import ComplexArray, FloatArray, as_state, pauli
from cqed_battery.physical import physical_hamiltonian, physical_states

_SHORTEST = 1e-12  # Bloch vector's length: only to divide by it


def bloch_vector(state: Any) -> FloatArray:
    """Return (x, y, z) of levels 0 and 1, shape (..., 3), for transmon states (..., d, d).

    x = Tr[rho sigma_x] and so on; populations above level 1 do not enter and z = P(1) - P(0).
    The state may also be one of QuTiP's or Qiskit's.

    Args:
        state: density matrices (..., d, d) with d >= 2, or a ket of QuTiP or Qiskit.
    """
    states = as_state(state)
    paulis = pauli(states.shape[-1])
    return np.stack([np.einsum("...ij,ji->...", states, p).real for p in paulis], axis=-1)


def bloch_state(bloch: npt.ArrayLike) -> ComplexArray:
    """Return rho_QB (..., 2, 2) in the basis (|0>, |1>) of Bloch vectors (..., 3).

    rho = (1 + x sigma_x + y sigma_y + z sigma_z)/2 with sigma_z = |1><1| - |0><0|.

    Args:
        bloch: (..., 3), no unit, of length at most 1 for a physical state.

    >>> bloch_state((0.0, 0.0, 1.0)).real
    array([[0., 0.],
           [0., 1.]])
    """
    x, y, z = np.moveaxis(np.asarray(bloch, dtype=float), -1, 0)
    coherence = (x + 1j * y) / 2  # <0|rho|1>: + i y, because |1> has sigma_z = +1
    rows = [[(1 - z) / 2 + 0j, coherence], [coherence.conj(), (1 + z) / 2 + 0j]]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def qubit_energy(bloch: FloatArray) -> FloatArray:
    """Return E = z/2 in hbar w_q, (...) (Zhao 2026, Sec. V).

    Args:
        bloch: (..., 3); the empty battery has E = -1/2.
    """
    return np.asarray(bloch)[..., 2] / 2


def qubit_ergotropy(bloch: FloatArray) -> FloatArray:
    """Return (r + z)/2 in hbar w_q, r the Bloch vector's length (Zhao 2026, Eq. 11).

    Args:
        bloch: (..., 3).

    Returns:
        (...), from 0 (ground state) to 1.

    >>> float(qubit_ergotropy(np.array([0.0, 0.0, 1.0])))
    1.0
    """
    bloch = np.asarray(bloch)
    return (np.linalg.norm(bloch, axis=-1) + bloch[..., 2]) / 2


def qubit_ergotropy_gradient(bloch: FloatArray) -> FloatArray:
    """Return the gradient of `qubit_ergotropy` by (x, y, z), (..., 3), per unit of each.

    Half the sum of the Bloch vector's direction and of the z axis; at the origin, where the
    ergotropy has a corner, the z axis alone.

    Args:
        bloch: Bloch vectors, (..., 3), of any length.

    >>> qubit_ergotropy_gradient(np.array([0.6, 0.0, 0.8]))
    array([0.3, 0. , 0.9])
    """
    length = np.linalg.norm(bloch, axis=-1, keepdims=True)
    return np.asarray(bloch / np.where(length > 0, length, 1.0) / 2 + np.array([0.0, 0.0, 0.5]))


def qubit_ergotropy_curvature_error(bloch: FloatArray, covariance: FloatArray) -> FloatArray:
    """Return the standard error of the ergotropy by the curvature of r alone, (T,), in hbar w_q.

    To second order r/2 varies by noise C with the variance tr[(H C)^2]/2, H = (1 - n n')/(2 r).
    It is what is left where the gradient vanishes, and where noise is as large as r.

    Args:
        bloch: unconstrained Bloch vectors, (T, 3).
        covariance: of each, (T, 3, 3).
    """
    length = np.linalg.norm(bloch, axis=-1)
    direction = bloch / np.maximum(length, _SHORTEST)[:, None]
    projector = np.eye(3) - direction[:, :, None] * direction[:, None, :]
    across = np.einsum("tij,tji->t", projector, covariance)
    shortest = np.maximum(np.maximum(length, np.sqrt(np.maximum(across, 0.0))), _SHORTEST)
    product = projector @ covariance / (2 * shortest)[:, None, None]
    return np.sqrt(np.maximum(np.einsum("tij,tji->t", product, product), 0.0) / 2)


def passive_state(state: Any, hamiltonian: Any) -> ComplexArray:
    """Return the passive states (..., d, d) of states (..., d, d) for any Hamiltonian (d, d).

    They have rho's eigenvalues in falling order on H's eigenstates in rising order
    (Allahverdyan et al., Europhys. Lett. 67, 565). Both may also be QuTiP's or Qiskit's.

    Args:
        state: density matrices (..., d, d).
        hamiltonian: Hermitian, (d, d), in any unit.

    Raises:
        CqedBatteryError: one of them is not physical, as in `ergotropy`.
    """
    states = physical_states(state)
    populations = np.linalg.eigvalsh(states)[..., ::-1]  # the largest first
    levels = np.linalg.eigh(physical_hamiltonian(hamiltonian, states.shape[-1]))[1]
    return np.asarray((levels * populations[..., None, :]) @ levels.conj().T)


def ergotropy(state: Any, hamiltonian: Any) -> FloatArray:
    """Return Tr[rho H] - Tr[rho_passive H], (...), in the unit of H.

    States and Hamiltonian may also be QuTiP's or Qiskit's.

    Args:
        state: density matrices (..., d, d).
        hamiltonian: Hermitian, (d, d).

    Raises:
        CqedBatteryError: a state is not Hermitian, has a trace other than 1 or a negative
            eigenvalue (each to 1e-6), the Hamiltonian is not Hermitian, or the shapes do not fit.

    Source: Allahverdyan et al., Europhys. Lett. 67, 565.
    """
    states = physical_states(state)
    operator = physical_hamiltonian(hamiltonian, states.shape[-1])
    populations = np.linalg.eigvalsh(states)[..., ::-1]
    energies = np.linalg.eigvalsh(operator)
    energy = np.einsum("...ij,ji->...", states, operator).real
    return np.asarray(energy - populations @ energies)


def drive_power_weights(
    eps: complex, drive_frequency: float, transmon_frequency: float
) -> FloatArray:
    """Return the weights of (x, y) in P while the drive envelope eps (rad/ns) is constant, (2,).

    With eps = i Omega exp(-i phi), Omega x' = Im[eps (x + i y)] for (x, y) in the rotating frame.

    Args:
        eps: in rad/ns.
        drive_frequency: w_d in rad/ns.
        transmon_frequency: w_q in rad/ns.

    Returns:
        In 1/ns, so that weights @ (x, y) is P in hbar w_q per ns.
    """
    return 0.5 * drive_frequency / transmon_frequency * np.array([eps.imag, eps.real])


def work_jump_weights(change: complex, transmon_frequency: float) -> FloatArray:
    """Return the weights of (x, y) in the work done when eps jumps by `change` (rad/ns), (2,).

    The term -(dOmega/dt) y'/(2 w_q) of P, integrated over the jump.

    Args:
        change: eps after less eps before the jump, in rad/ns.
        transmon_frequency: w_q in rad/ns.

    Returns:
        No unit, so that weights @ (x, y) is the work in hbar w_q.
    """
    return np.array([change.real, -change.imag]) / (2 * transmon_frequency)


def heat_current(energy_rate: FloatArray, power: FloatArray) -> FloatArray:
    """Return J = dE/dt - P in hbar w_q per ns, which a laboratory infers; J < 0 leaves the battery.

    Args:
        energy_rate: dE/dt, (...), in hbar w_q per ns.
        power: P, (...), in hbar w_q per ns.

    Source: Zhao 2026, Sec. V, which calls J < 0 inward.
    """
    return np.asarray(energy_rate) - np.asarray(power)

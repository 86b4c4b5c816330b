"""Ladder, level and Pauli operators of a transmon (d levels) beside a resonator (n Fock levels).

The joint space is transmon x resonator, the transmon's index running slowest.
"""

from typing import Any, TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

ComplexArray = NDArray[np.complex128]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
SparseMatrix: TypeAlias = sp.csr_array


def lowering(levels: int) -> SparseMatrix:
    """Return the lowering operator b of a ladder, (levels, levels), with b|n> = sqrt(n) |n - 1>.

    Args:
        levels: of the ladder, from 1.
    """
    return sp.csr_array(sp.diags_array(np.sqrt(np.arange(1.0, levels)), offsets=1, dtype=complex))


def pauli(levels: int) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
    """Return sigma_x, sigma_y, sigma_z of levels 0 and 1, zero on all higher ones.

    The battery's convention: sigma_z = |1><1| - |0><0| (the empty battery has z = -1, opposite
    to Qiskit's Z) and sigma_+ = (sigma_x + i sigma_y)/2 = |1><0|.

    Args:
        levels: d, from 2; each matrix is (d, d).
    """
    raising = np.zeros((levels, levels), dtype=complex)
    raising[1, 0] = 1.0
    sigma_z = np.zeros((levels, levels), dtype=complex)
    sigma_z[0, 0], sigma_z[1, 1] = -1.0, 1.0
    return raising + raising.T, -1j * (raising - raising.T), sigma_z


def excitations(levels: int, fock_levels: int) -> IntArray:
    """Return the number of excitations of each joint basis state, (D,), D = levels x fock_levels.

    Args:
        levels: of the transmon.
        fock_levels: of the resonator.
    """
    return np.add.outer(np.arange(levels), np.arange(fock_levels)).ravel()


def on_transmon(operator: ComplexArray | SparseMatrix, fock_levels: int) -> SparseMatrix:
    """Return a transmon operator embedded in the joint space, (d n, d n).

    Args:
        operator: (d, d).
        fock_levels: n of the resonator.
    """
    return sp.csr_array(sp.kron(operator, sp.eye_array(fock_levels), format="csr"))


def on_resonator(operator: ComplexArray | SparseMatrix, transmon_levels: int) -> SparseMatrix:
    """Return a resonator operator embedded in the joint space, (d n, d n).

    Args:
        operator: (n, n).
        transmon_levels: d.
    """
    return sp.csr_array(sp.kron(sp.eye_array(transmon_levels), operator, format="csr"))


def as_matrix(operator: Any) -> ComplexArray:
    """Return an operator as a complex array: arrays, sparse ones, `Qobj`, `Operator`, states.

    Neither QuTiP nor Qiskit is imported: their objects say themselves what they hold. Kets stay
    columns (d, 1) in QuTiP and vectors (d,) in Qiskit; `as_state` makes density matrices of them.

    Args:
        operator: a numpy or scipy.sparse array, or an object of QuTiP or Qiskit.
    """
    if sp.issparse(operator):
        return np.asarray(operator.toarray(), dtype=complex)
    if hasattr(operator, "full"):  # of QuTiP
        return np.asarray(operator.full(), dtype=complex)
    if not isinstance(operator, np.ndarray) and hasattr(operator, "data"):  # of Qiskit
        return np.asarray(operator.data, dtype=complex)
    return np.asarray(operator, dtype=complex)


def as_state(state: Any) -> ComplexArray:
    """Return states as density matrices (..., d, d).

    Args:
        state: arrays (..., d, d) as they are; `Qobj`, `DensityMatrix`; and kets of QuTiP or Qiskit,
            which become |psi><psi|.
    """
    matrix = as_matrix(state)
    if isinstance(state, np.ndarray):
        return matrix
    if matrix.ndim == 1 or (matrix.ndim == 2 and matrix.shape[1] == 1 < matrix.shape[0]):
        return np.outer(matrix, matrix.conj())
    return matrix

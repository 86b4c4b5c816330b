"""Ladder, level and Pauli operators of a transmon (d levels) beside a resonator (n Fock levels).

The joint space is transmon x resonator, the transmon's index running slowest, and a density
matrix rho is turned into a vector column by column (as qiskit-dynamics does), so that for
Hermitian A the expectation Tr[A rho] is the inner product of vec(A) and vec(rho).
"""

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

ComplexArray = NDArray[np.complex128]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
SparseMatrix = sp.csr_array[Any, Any]


def lowering(levels: int) -> SparseMatrix:
    """Return the lowering operator b of a ladder with that many levels, shape (levels, levels)."""
    return sp.csr_array(sp.diags_array(np.sqrt(np.arange(1.0, levels)), offsets=1, dtype=complex))


def level_projector(levels: int, level: int) -> SparseMatrix:
    """Return |level><level| in a space of that many levels."""
    weights = np.zeros(levels, dtype=complex)
    weights[level] = 1.0
    return sp.csr_array(sp.diags_array(weights))


def pauli(levels: int) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
    """Return sigma_x, sigma_y, sigma_z of levels 0 and 1, zero on all higher ones.

    The battery's convention: sigma_z = |1><1| - |0><0| (the empty battery has z = -1, opposite
    to Qiskit's Z) and sigma_+ = (sigma_x + i sigma_y)/2 = |1><0|.
    """
    raising = np.zeros((levels, levels), dtype=complex)
    raising[1, 0] = 1.0
    sigma_z = np.zeros((levels, levels), dtype=complex)
    sigma_z[0, 0], sigma_z[1, 1] = -1.0, 1.0
    return raising + raising.T, -1j * (raising - raising.T), sigma_z


def on_transmon(operator: ComplexArray | SparseMatrix, fock_levels: int) -> SparseMatrix:
    """Embed a transmon operator (d, d) in the joint space, shape (d n, d n)."""
    return sp.csr_array(sp.kron(operator, sp.eye_array(fock_levels), format="csr"))


def on_resonator(operator: ComplexArray | SparseMatrix, transmon_levels: int) -> SparseMatrix:
    """Embed a resonator operator (n, n) in the joint space, shape (d n, d n)."""
    return sp.csr_array(sp.kron(sp.eye_array(transmon_levels), operator, format="csr"))


def to_vector(operator: ComplexArray | SparseMatrix) -> ComplexArray:
    """Stack the columns of a matrix (D, D) into a vector (D^2,)."""
    dense = operator.toarray() if sp.issparse(operator) else np.asarray(operator)
    return np.asarray(dense, dtype=complex).flatten(order="F")


def to_matrix(vector: ComplexArray) -> ComplexArray:
    """Undo `to_vector`: a vector (D^2,) becomes a matrix (D, D)."""
    dimension = round(len(vector) ** 0.5)
    return np.asarray(vector).reshape((dimension, dimension), order="F")


def partial_traces(levels: int, fock_levels: int) -> tuple[SparseMatrix, SparseMatrix]:
    """Return the maps vec(rho) -> transmon matrix (d^2 rows) and -> photon distribution (n rows).

    The first map's rows run over (row, column) of the reduced transmon state in C order; the
    second gives the populations of the Fock levels.
    """
    dimension = levels * fock_levels
    row, column, photon = np.meshgrid(
        np.arange(levels), np.arange(levels), np.arange(fock_levels), indexing="ij"
    )
    position = (row * fock_levels + photon) + dimension * (column * fock_levels + photon)
    entry = row * levels + column
    transmon = sp.csr_array(
        (np.ones(entry.size), (entry.ravel(), position.ravel())),
        shape=(levels**2, dimension**2),
    )
    diagonal = row == column
    photons = sp.csr_array(
        (np.ones(diagonal.sum()), (photon[diagonal], position[diagonal])),
        shape=(fock_levels, dimension**2),
    )
    return transmon, photons

"""Hermitian matrices as real vectors, and superoperators on them as real sparse matrices.

The basis is orthonormal: E_ii, (E_ij + E_ji)/sqrt2 and i (E_ij - E_ji)/sqrt2 for i < j. So
Tr[A B] is the plain inner product, the adjoint of a superoperator is the transpose, and a
master equation costs real arithmetic on D^2 numbers.
"""

from functools import lru_cache

import numpy as np
import scipy.sparse as sp

from cqed_battery.operators import ComplexArray, FloatArray, IntArray, SparseMatrix, lowering


@lru_cache(maxsize=16)
def _upper(dimension: int) -> tuple[IntArray, IntArray]:
    rows, columns = np.triu_indices(dimension, k=1)
    return rows, columns


def to_real(matrices: ComplexArray) -> FloatArray:
    """Return Hermitian matrices (..., D, D) as real vectors (..., D^2).

    Order: the diagonal, then sqrt2 Re and sqrt2 Im of the upper triangle, row by row.

    Args:
        matrices: Hermitian, (..., D, D); only the upper triangle is read.
    """
    rows, columns = _upper(matrices.shape[-1])
    upper = matrices[..., rows, columns] * np.sqrt(2)
    diagonal = np.diagonal(matrices, axis1=-2, axis2=-1).real
    return np.concatenate([diagonal, upper.real, upper.imag], axis=-1)


def from_real(vectors: FloatArray) -> ComplexArray:
    """Return real vectors (..., D^2) as Hermitian matrices (..., D, D), the inverse of `to_real`.

    Args:
        vectors: (..., D^2), in the order of `to_real`.
    """
    dimension = round(vectors.shape[-1] ** 0.5)
    rows, columns = _upper(dimension)
    pairs = len(rows)
    upper = vectors[..., dimension : dimension + pairs] + 1j * vectors[..., dimension + pairs :]
    matrices = np.zeros((*vectors.shape[:-1], dimension, dimension), dtype=complex)
    matrices[..., rows, columns] = upper / np.sqrt(2)
    matrices[..., columns, rows] = upper.conj() / np.sqrt(2)  # Hermitian by construction
    matrices[..., np.arange(dimension), np.arange(dimension)] = vectors[..., :dimension]
    return matrices


@lru_cache(maxsize=32)
def places_of_fewer(levels: int, fock_levels: int, fewer: int) -> IntArray:
    """Return where elements on the lowest Fock levels stand among those on all, ((d m)^2,).

    `vectors[..., places]` restricts an operator to them, in the order of `to_real`; a state of
    them is one of all with zeros elsewhere.

    Args:
        levels: d of the transmon.
        fock_levels: n of all.
        fewer: m, from 1 to n.
    """
    lowest = np.arange(fock_levels) < fewer
    kept = np.tile(lowest, levels)
    rows, columns = _upper(levels * fock_levels)
    diagonal, pairs = np.flatnonzero(kept), np.flatnonzero(kept[rows] & kept[columns])
    above = len(kept) + pairs
    return np.concatenate([diagonal, above, above + len(rows)])


def turned(vectors: FloatArray, phase: float, excitations: IntArray) -> FloatArray:
    """Return exp(i phase N) A exp(-i phase N) of Hermitian matrices as real vectors (..., D^2).

    N is diagonal with the numbers of excitations (D,). It turns what a drive eps makes of a
    state, or of a measurement operator, into what eps exp(i phase) makes of it.

    Args:
        vectors: (..., D^2).
        phase: in rad.
        excitations: of each basis state, (D,).
    """
    turn = np.exp(1j * phase * excitations)
    return to_real(turn[:, None] * from_real(vectors) * turn.conj())


@lru_cache(maxsize=8)
def _change_of_basis(dimension: int) -> SparseMatrix:
    """Return the unitary map from real vectors to column-stacked matrices, (D^2, D^2)."""
    rows, columns = _upper(dimension)
    pairs, diagonal = len(rows), np.arange(dimension)
    symmetric = dimension + np.arange(pairs)
    above, below = rows + dimension * columns, columns + dimension * rows
    half = np.full(pairs, np.sqrt(0.5), dtype=complex)
    entries = (
        (diagonal * (dimension + 1), diagonal, np.ones(dimension, dtype=complex)),
        (above, symmetric, half),
        (below, symmetric, half),
        (above, symmetric + pairs, 1j * half),
        (below, symmetric + pairs, -1j * half),
    )
    position, index, value = (np.concatenate(part) for part in zip(*entries, strict=True))
    return sp.csr_array((value, (position, index)), shape=(dimension**2, dimension**2))


def real_superoperator(matrix: SparseMatrix) -> SparseMatrix:
    """Turn a Hermiticity-preserving superoperator on column-stacked matrices into a real one.

    Args:
        matrix: (D^2, D^2), on column-stacked matrices, taking Hermitian ones to Hermitian ones.

    Returns:
        The real matrix (D^2, D^2) on vectors of `to_real`, in the unit of the given one.
    """
    change = _change_of_basis(round(matrix.shape[0] ** 0.5))
    product = sp.csr_array(change.conj().T @ matrix @ change)
    real = sp.csr_array(product.real)
    # What the change of basis leaves of cancelled elements is a few times 1e-16 of the largest.
    real.data[np.abs(real.data) < 1e-15 * np.abs(real.data).max(initial=1.0)] = 0.0
    real.eliminate_zeros()
    return real


@lru_cache(maxsize=16)
def transmon_rows(levels: int, fock_levels: int) -> SparseMatrix:
    """Return the map from a joint state to its reduced transmon state, real vectors, (d^2, D^2).

    Args:
        levels: d of the transmon.
        fock_levels: n of the resonator; D = d n.
    """
    elements = from_real(np.eye(levels**2))
    return sp.csr_array(to_real(np.kron(elements, np.eye(fock_levels)).astype(np.complex128)))


@lru_cache(maxsize=16)
def photon_rows(levels: int, fock_levels: int) -> SparseMatrix:
    """Return the map from a joint state to the populations of its Fock levels, (n, D^2).

    Args:
        levels: d of the transmon.
        fock_levels: n of the resonator; D = d n.
    """
    dimension = levels * fock_levels
    diagonal = np.arange(dimension)  # populations come first in a real vector
    rows = (np.ones(dimension), (diagonal % fock_levels, diagonal))
    return sp.csr_array(rows, shape=(fock_levels, dimension**2))


@lru_cache(maxsize=16)
def flow_row(levels: int, fock_levels: int) -> SparseMatrix:
    """Return the map from a joint state to 2 Im<b'a>, (1, D^2).

    Times g it is the rate at which quanta come to the transmon through the coupling, no unit.

    Args:
        levels: d of the transmon.
        fock_levels: n of the resonator; D = d n.
    """
    b, a = lowering(levels), lowering(fock_levels)
    exchanged = np.kron(b.conj().T.toarray(), a.toarray())
    flow = -1j * (exchanged - exchanged.conj().T)
    return sp.csr_array(to_real(flow.astype(np.complex128))[None])

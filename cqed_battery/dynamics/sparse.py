"""Sparse matrices that share their pattern, and products added in place."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from cqed_battery.operators import FloatArray, SparseMatrix

try:  # scipy's own kernels: the checks around them take as long as a small product itself
    from scipy.sparse._sparsetools import csr_matvec, csr_matvecs
except ImportError:  # they are not public, so they may go
    csr_matvec = csr_matvecs = None


def with_data(pattern: SparseMatrix, data: FloatArray) -> SparseMatrix:
    """Return a matrix with the sparsity pattern of another, which it shares, and its own data.

    Args:
        pattern: whose index arrays are shared, not copied.
        data: the non-zero elements in the pattern's order, (N,).
    """
    matrix = copy(pattern)
    matrix.data = data
    return matrix


def aligned(parts: Sequence[SparseMatrix]) -> tuple[NDArray[Any], SparseMatrix]:
    """Return the data of matrices on their common pattern, (parts, N), and the pattern.

    Args:
        parts: at least one, all of one shape, real or complex.
    """
    rows, width = parts[0].shape
    entries = [sp.coo_array(part) for part in parts]
    keys = [entry.row.astype(np.int64) * width + entry.col for entry in entries]
    places = np.unique(np.concatenate(keys))
    data = np.zeros((len(parts), len(places)), np.result_type(*(part.dtype for part in parts)))
    for row, where, entry in zip(data, keys, entries, strict=True):
        row[np.searchsorted(places, where)] = entry.data
    begins = np.searchsorted(places, np.arange(rows + 1) * width)
    found = np.ones(len(places)), (places % width).astype(np.int32), begins.astype(np.int32)
    return data, sp.csr_array(found, shape=(rows, width))


def without_zeros(data: FloatArray, pattern: SparseMatrix) -> tuple[FloatArray, SparseMatrix]:
    """Return data (parts, N) and pattern without the places where all parts are zero.

    Args:
        data: (parts, N), real.
        pattern: whose N places the data belong to.
    """
    kept = data.any(axis=0)
    rows = np.concatenate([[0], np.cumsum(kept)])[pattern.indptr].astype(pattern.indptr.dtype)
    smaller = (np.ones(int(kept.sum())), pattern.indices[kept], rows)
    return data[:, kept], sp.csr_array(smaller, shape=pattern.shape)


@dataclass(frozen=True)
class SourcedMatrix:
    """A matrix that acts on all columns of (N, 1 + p), the first column feeding the others.

    Args:
        matrix: (N, N).
        sources: (N (1 + p), N); row i (1 + p) + k feeds element i of column k, and k = 0 is empty.
    """

    matrix: SparseMatrix
    sources: SparseMatrix

    def __matmul__(self, vectors: FloatArray) -> FloatArray:
        """Return the product with columns (N, 1 + p)."""
        total = np.zeros(vectors.shape)
        self.add_product(vectors, total)
        return total

    def add_product(self, vectors: FloatArray, total: FloatArray) -> None:
        """Add the product with columns (N, 1 + p) to a total in place.

        Args:
            vectors: (N, 1 + p).
            total: (N, 1 + p), changed in place.
        """
        add_product(self.matrix, vectors, total)
        if total.flags.c_contiguous:
            add_product(self.sources, vectors[:, 0].copy(), total.reshape(-1))
        else:
            total += (self.sources @ vectors[:, 0]).reshape(total.shape)


AnyMatrix = SparseMatrix | SourcedMatrix


def scaled(matrix: AnyMatrix, factor: float, *, prune: bool) -> AnyMatrix:
    """Return factor times a matrix.

    Args:
        matrix: plain or sourced.
        factor: a real number.
        prune: drop stored zeros, such as those of controls that are off, which costs a copy.
    """
    if isinstance(matrix, SourcedMatrix):
        first = scaled(matrix.matrix, factor, prune=prune)
        return SourcedMatrix(first, with_data(matrix.sources, matrix.sources.data * factor))
    if not prune:
        return with_data(matrix, matrix.data * factor)
    product = matrix * factor
    product.eliminate_zeros()
    return product


def add_product(matrix: AnyMatrix, vectors: FloatArray, total: FloatArray) -> None:
    """Add matrix @ vectors to a total in place.

    Args:
        matrix: (N, N), or sourced.
        vectors: (N,) or (N, m); contiguous arrays take the fast way.
        total: as vectors.
    """
    if isinstance(matrix, SourcedMatrix):
        matrix.add_product(vectors, total)
    elif csr_matvec is None or not (vectors.flags.c_contiguous and total.flags.c_contiguous):
        total += matrix @ vectors
    elif vectors.ndim == 1:
        csr_matvec(*matrix.shape, matrix.indptr, matrix.indices, matrix.data, vectors, total)
    else:
        parts = (matrix.indptr, matrix.indices, matrix.data, vectors.ravel(), total.ravel())
        csr_matvecs(*matrix.shape, vectors.shape[1], *parts)

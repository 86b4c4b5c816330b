"""Sparse matrices that share their pattern, and products added in place."""

from copy import copy

from cqed_battery.operators import FloatArray, SparseMatrix

try:  # scipy's own kernels: the checks around them take as long as a small product itself
    from scipy.sparse._sparsetools import csr_matvec, csr_matvecs
except ImportError:  # they are not public, so they may go
    csr_matvec = csr_matvecs = None


def with_data(pattern: SparseMatrix, data: FloatArray) -> SparseMatrix:
    """Return a matrix with the sparsity pattern of another, which it shares, and its own data."""
    matrix = copy(pattern)
    matrix.data = data
    return matrix


def add_product(matrix: SparseMatrix, vectors: FloatArray, total: FloatArray) -> None:
    """Add matrix @ vectors, (N,) or (N, m), to a total in place."""
    if csr_matvec is None or not (vectors.flags.c_contiguous and total.flags.c_contiguous):
        total += matrix @ vectors
    elif vectors.ndim == 1:
        csr_matvec(*matrix.shape, matrix.indptr, matrix.indices, matrix.data, vectors, total)
    else:
        parts = (matrix.indptr, matrix.indices, matrix.data, vectors.ravel(), total.ravel())
        csr_matvecs(*matrix.shape, vectors.shape[1], *parts)

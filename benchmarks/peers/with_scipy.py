"""scipy: action of the exponential of the sparse complex matrix, which is always to rounding."""

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import expm_multiply

from benchmarks.problem import Method, Problem, Solve, dense_liouvillian
from cqed_battery.operators import ComplexArray


def methods(problem: Problem) -> Iterator[Method]:
    """Yield `expm_multiply` on the whole grid."""

    def prepare(_: float) -> Solve:
        matrix = sp.csr_array(dense_liouvillian(problem))
        matrix.eliminate_zeros()
        trace, start = matrix.trace(), problem.state.ravel().astype(complex)

        def solve() -> ComplexArray:
            end, count = float(problem.times[-1]), len(problem.times)
            states = expm_multiply(matrix, start, 0.0, end, count, endpoint=True, traceA=trace)
            return np.asarray(states).reshape(count, *problem.state.shape)

        return solve

    yield Method("scipy", "expm_multiply, sparse", prepare, tunable=False)

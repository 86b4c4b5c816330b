"""dynamiqs in double precision: explicit integrators on sparse diagonals, compiled."""

from collections.abc import Iterator
from itertools import product

import dynamiqs as dq
import numpy as np

from benchmarks.problem import Method, Problem, Solve
from cqed_battery.operators import ComplexArray

TOOL = "dynamiqs"
INTEGRATORS = ("Tsit5", "Dopri5", "Dopri8")


def methods(problem: Problem) -> Iterator[Method]:
    """Yield each integrator, on matrices and vectorised, and the dense exponential."""
    dq.set_precision("double")
    dq.set_progress_meter(False)
    for integrator, vectorized in product(INTEGRATORS, (False, True)):
        yield _mesolve(problem, integrator, vectorized)


def _mesolve(problem: Problem, integrator: str, vectorized: bool) -> Method:
    def prepare(tolerance: float) -> Solve:
        hamiltonian, *jumps = (
            dq.asqarray(matrix, dims=problem.dims, layout=dq.dia)
            for matrix in (problem.hamiltonian, *problem.jumps)
        )
        state = dq.asqarray(problem.state, dims=problem.dims)
        method = getattr(dq.method, integrator)(
            rtol=tolerance, atol=tolerance * 1e-2, max_steps=10**6
        )

        def solve() -> ComplexArray:
            result = dq.mesolve(
                hamiltonian, jumps, state, problem.times, method=method, vectorized=vectorized
            )
            return np.asarray(result.states.to_jax())

        return solve

    form = "vectorised" if vectorized else "matrices"
    return Method(TOOL, f"mesolve {integrator}, sparse diagonals, {form}", prepare)

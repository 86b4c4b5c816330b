"""qiskit-dynamics' Solver: numpy and scipy forms, and JAX forms that are compiled."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from qiskit_dynamics import Solver

from benchmarks.problem import Method, Problem, Solve
from cqed_battery.operators import ComplexArray

NUMPY, JAX = "qiskit-dynamics (numpy)", "qiskit-dynamics (JAX)"
_FORMS = (("numpy", False), ("scipy_sparse", True))
_COMPILED_FORMS = (("jax", False), ("jax_sparse", False), ("jax_sparse", True))

Options = Callable[[float], dict[str, Any]]


def methods(problem: Problem) -> Iterator[Method]:
    """Yield scipy's integrators on dense matrices and on the sparse vectorised equation."""
    for library, vectorized in _FORMS:
        for integrator in ("DOP853", "RK45"):

            def options(tolerance: float, integrator: str = integrator) -> dict[str, Any]:
                return {"method": integrator, "rtol": tolerance, "atol": tolerance * 1e-2}

            yield _method(problem, NUMPY, (library, vectorized), integrator, options)


def compiled_methods(problem: Problem) -> Iterator[Method]:
    """Yield JAX' own integrator and diffrax' ones, compiled as a whole, in double precision."""
    import diffrax
    import jax

    jax.config.update("jax_enable_x64", True)

    def odeint(tolerance: float) -> dict[str, Any]:
        return {"method": "jax_odeint", "rtol": tolerance, "atol": tolerance * 1e-2}

    def dopri8(tolerance: float) -> dict[str, Any]:
        control = diffrax.PIDController(rtol=tolerance, atol=tolerance * 1e-2)
        return {"method": diffrax.Dopri8(), "stepsize_controller": control, "max_steps": 10**6}

    for form in _COMPILED_FORMS:
        yield _method(problem, JAX, form, "diffrax Dopri8", dopri8)
    yield _method(problem, JAX, ("jax_sparse", True), "jax_odeint", odeint)


def _method(
    problem: Problem, tool: str, form: tuple[str, bool], integrator: str, options: Options
) -> Method:
    library, vectorized = form

    def prepare(tolerance: float) -> Solve:
        solver = Solver(
            static_hamiltonian=problem.hamiltonian,
            static_dissipators=list(problem.jumps),
            array_library=library,
            vectorized=vectorized,
        )
        chosen = options(tolerance)

        def solved(start: Any) -> Any:
            end = float(problem.times[-1])
            return solver.solve(t_span=[0.0, end], y0=start, t_eval=problem.times, **chosen).y

        return _called(problem, solved, vectorized=vectorized, compiled=tool == JAX)

    shape = "vectorised" if vectorized else "matrices"
    return Method(tool, f"{integrator}, {library}, {shape}", prepare)


def _called(
    problem: Problem, solved: Callable[[Any], Any], *, vectorized: bool, compiled: bool
) -> Solve:
    """Return a call that starts from the initial state, column-stacked where vectorised."""
    start: Any = problem.state.ravel(order="F") if vectorized else problem.state
    if compiled:
        import jax

        solved, start = jax.jit(solved), jax.numpy.asarray(start)
    shape = (len(problem.times), *problem.state.shape)

    def solve() -> ComplexArray:
        states = np.asarray(solved(start)).reshape(shape)
        return states.transpose(0, 2, 1) if vectorized else states

    return solve

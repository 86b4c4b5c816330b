"""QuTiP 5: mesolve with every integrator, on superoperators and Hamiltonians in sparse layers."""

from collections.abc import Iterator
from itertools import product

import numpy as np
import qutip

from benchmarks.problem import Method, Problem, Solve
from cqed_battery.operators import ComplexArray

TOOL = "QuTiP"
INTEGRATORS = ("adams", "bdf", "lsoda", "dop853", "vern7", "vern9")
LAYERS = ("CSR", "Dia")
_LARGEST_WHOLE = 40  # dimension up to which the whole matrix may be exponentiated


def methods(problem: Problem) -> Iterator[Method]:
    """Yield each integrator on each form, and powers of one dense exponential."""
    for layer, form, integrator in product(LAYERS, ("superoperator", "H"), INTEGRATORS):
        yield _mesolve(problem, layer, form, integrator)
    if len(problem.state) <= _LARGEST_WHOLE:
        yield Method(TOOL, "powers of Qobj.expm, dense", lambda _: _powers(problem), tunable=False)


def _mesolve(problem: Problem, layer: str, form: str, integrator: str) -> Method:
    def prepare(tolerance: float) -> Solve:
        hamiltonian, jumps, state = _objects(problem, layer)
        generator, losses = hamiltonian, jumps
        if form == "superoperator":
            generator, losses = qutip.liouvillian(hamiltonian, jumps), []
        options = {
            "method": integrator,
            "rtol": tolerance,
            "atol": tolerance * 1e-2,
            "nsteps": 10**7,
            "store_states": True,
            "progress_bar": "",
        }

        def solve() -> ComplexArray:
            result = qutip.mesolve(generator, state, problem.times, c_ops=losses, options=options)
            return np.array([found.full() for found in result.states])

        return solve

    return Method(TOOL, f"mesolve {integrator}, {layer} {form}", prepare)


def _powers(problem: Problem) -> Solve:
    def solve() -> ComplexArray:
        hamiltonian, jumps, state = _objects(problem, "CSR")
        step = (qutip.liouvillian(hamiltonian, jumps) * float(problem.times[1])).expm()
        states = [qutip.operator_to_vector(state)]
        for _ in problem.times[1:]:
            states.append(step @ states[-1])
        return np.array([qutip.vector_to_operator(found).full() for found in states])

    return solve


def _objects(problem: Problem, layer: str) -> tuple[qutip.Qobj, list[qutip.Qobj], qutip.Qobj]:
    dims = [list(problem.dims)] * 2
    hamiltonian = qutip.Qobj(problem.hamiltonian, dims=dims).to(layer)
    jumps = [qutip.Qobj(jump, dims=dims).to(layer) for jump in problem.jumps]
    return hamiltonian, jumps, qutip.Qobj(problem.state, dims=dims)

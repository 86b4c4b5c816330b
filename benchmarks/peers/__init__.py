"""The same trajectory, solved by this package and by its peers, each in its own best forms."""

from collections.abc import Iterator
from importlib.util import find_spec

from benchmarks.problem import Method, Problem


def methods(problem: Problem) -> Iterator[Method]:
    """Yield the methods of every tool that is installed, this package's first."""
    from benchmarks.peers import ours, with_qiskit_dynamics, with_scipy

    yield from ours.methods(problem)
    yield from with_scipy.methods(problem)
    yield from with_qiskit_dynamics.methods(problem)
    if find_spec("diffrax"):
        yield from with_qiskit_dynamics.compiled_methods(problem)
    if find_spec("qutip"):
        from benchmarks.peers import with_qutip

        yield from with_qutip.methods(problem)
    if find_spec("dynamiqs"):
        from benchmarks.peers import with_dynamiqs

        yield from with_dynamiqs.methods(problem)

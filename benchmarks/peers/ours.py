"""This package: Chebyshev action of the exponential, at the tolerance of its default."""

from collections.abc import Iterator

from benchmarks.problem import Method, Problem, Solve
from cqed_battery.evolution import Liouvillian
from cqed_battery.observation import density_matrices
from cqed_battery.pulses import flat

TOOL = "cqed-battery"


def methods(problem: Problem) -> Iterator[Method]:
    """Yield the exponential."""

    def prepare(_: float) -> Solve:
        liouvillian = Liouvillian(problem.generator)
        liouvillian.matrix(problem.controls)
        waveform = flat(float(problem.times[-1]), problem.controls)
        return lambda: density_matrices(liouvillian, problem.state, waveform, problem.times)

    yield Method(TOOL, "exponential, tolerance 1e-10", prepare, tunable=False)

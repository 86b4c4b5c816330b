"""This package: Chebyshev action of the exponential, at its default and a tuned tolerance."""

from collections.abc import Iterator

from benchmarks.problem import Method, Problem, Solve
from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.dynamics.recorder import density_matrices
from cqed_battery.dynamics.waveforms import flat

TOOL = "cqed-battery"


_DEFAULT = 1e-10


def methods(problem: Problem) -> Iterator[Method]:
    """Yield the exponential as the package uses it, and tuned as the peers are."""

    def prepare(tolerance: float) -> Solve:
        liouvillian = Liouvillian(problem.generator)
        liouvillian.matrix(problem.controls)
        waveform = flat(float(problem.times[-1]), problem.controls)
        return lambda: density_matrices(
            liouvillian, problem.state, waveform, problem.times, tolerance=tolerance
        )

    default = f"exponential, default tolerance {_DEFAULT:g}"
    yield Method(TOOL, default, lambda _: prepare(_DEFAULT), tunable=False)
    yield Method(TOOL, "exponential", prepare)

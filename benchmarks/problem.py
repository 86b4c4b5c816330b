"""The trajectory that every solver is given, its exact states, and how a solver is tuned to it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import expm

from cqed_battery.dynamics.generator import Generator, drive_envelope, rotating_frame
from cqed_battery.dynamics.waveforms import Controls
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.units import angular_from_mhz
from protocols.stages.charging import initial_state

ACCURACY = 1e-8
_SLOW_S = 20.0
_HALVINGS = 3

Solve = Callable[[], ComplexArray]
"""Returns the states (T, D, D)."""


@dataclass(frozen=True)
class Problem:
    """The default device, coupler open, driven on resonance: matrices (D, D), times in ns."""

    generator: Generator
    controls: Controls
    hamiltonian: ComplexArray
    jumps: tuple[ComplexArray, ...]
    state: ComplexArray
    times: FloatArray

    @property
    def dims(self) -> tuple[int, int]:
        """Transmon levels and Fock levels."""
        return self.generator.levels, self.generator.fock_levels


def default_device(levels: int, fock_levels: int, duration: float, count: int) -> Problem:
    """Return the default device in the ground state, watched at evenly spaced times."""
    experiment = Experiment().replace({"transmon.levels": levels})
    terms = rotating_frame(experiment.device, fock_levels)
    g, eps = angular_from_mhz(experiment.coupler.g_on_MHz), drive_envelope(experiment.device)
    driven = terms.static + g * terms.coupling + eps.real * terms.drive_real
    return Problem(
        terms,
        Controls(g, eps),
        (driven + eps.imag * terms.drive_imag).toarray(),
        tuple(jump.toarray() for jump in terms.jumps),
        initial_state(levels, fock_levels, 0.0, 0.0),
        np.linspace(0.0, duration, count),
    )


def dense_liouvillian(problem: Problem) -> ComplexArray:
    """Return the master equation's matrix on row-stacked matrices, (D^2, D^2), from its formula."""
    one = np.eye(len(problem.state))
    matrix = -1j * (np.kron(problem.hamiltonian, one) - np.kron(one, problem.hamiltonian.T))
    for jump in problem.jumps:
        loss = jump.conj().T @ jump
        matrix += np.kron(jump, jump.conj())
        matrix -= (np.kron(loss, one) + np.kron(one, loss.T)) / 2
    return matrix


def exact_states(problem: Problem) -> tuple[ComplexArray, float]:
    """Return the states by powers of one dense exponential, and how long that took in s."""
    start = time.perf_counter()
    step = expm(problem.times[1] * dense_liouvillian(problem))
    states = [problem.state.ravel()]
    for _ in problem.times[1:]:
        states.append(step @ states[-1])
    return np.array(states).reshape(-1, *problem.state.shape), time.perf_counter() - start


@dataclass(frozen=True)
class Method:
    """One way to solve the problem: prepare(tolerance) returns a call that solves it."""

    tool: str
    settings: str
    prepare: Callable[[float], Solve]
    tunable: bool = True


@dataclass(frozen=True)
class Tuned:
    """A method at the loosest tolerance that is accurate enough; times in s.

    Preparing is everything before the second solve: building, compiling, the first call.
    """

    method: Method
    tolerance: float
    solve: Solve
    prepare_s: float
    solve_s: float
    error: float

    @property
    def label(self) -> str:
        """Tool, settings and tolerance."""
        note = f", tolerance {self.tolerance:.0e}" if self.method.tunable else ""
        return f"{self.method.settings}{note}"


def tuned(
    method: Method, exact: ComplexArray, loosest: int = 5, promising_s: float = np.inf
) -> Tuned | None:
    """Return the method at the loosest tolerance with max |delta rho| <= 1e-8.

    Decades are tried downwards from 10^-loosest; a promising time is then refined by halving
    the last decade. None if no tolerance is accurate enough, or once a solve takes over 20 s.
    """
    if not method.tunable:
        found = _tried(method, 0.0, exact)
        return found if found.error <= ACCURACY else None
    for decade in range(loosest, 14):
        found = _tried(method, 10.0**-decade, exact)
        if found.error <= ACCURACY:
            return _loosest(method, found, exact) if found.solve_s < promising_s else found
        if found.solve_s > _SLOW_S:
            return None
    return None


def _loosest(method: Method, found: Tuned, exact: ComplexArray) -> Tuned:
    tight, loose = np.log10(found.tolerance), np.log10(found.tolerance) + 1
    for _ in range(_HALVINGS):
        middle = (tight + loose) / 2
        tried = _tried(method, 10.0**middle, exact)
        if tried.error <= ACCURACY:
            tight, found = middle, tried
        else:
            loose = middle
    return found


def _tried(method: Method, tolerance: float, exact: ComplexArray) -> Tuned:
    start = time.perf_counter()
    solve = method.prepare(tolerance)
    states = solve()
    middle = time.perf_counter()
    repeat = method.tunable or middle - start < 2.0
    if repeat:
        solve()
    end = time.perf_counter()
    error = float(np.abs(states - exact).max())
    prepare_s, solve_s = (middle - start, end - middle) if repeat else (0.0, middle - start)
    return Tuned(method, tolerance, solve, prepare_s, solve_s, error)

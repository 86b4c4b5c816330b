"""Climbing: L-BFGS-B with exact gradients, from several starting pulses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import pi

import numpy as np
from scipy.optimize import minimize

from analysis.optimal_charging.envelope import Envelope
from analysis.optimal_charging.goals import figure_of, over_the_ensemble
from analysis.optimal_charging.members import Ensemble
from cqed_battery.dynamics.generator import drive_envelope
from cqed_battery.operators import ComplexArray, FloatArray

_MEMORY = 10  # pairs that L-BFGS-B keeps
_PRECISION = 1e-11  # relative change of the figure at which it stops
_FIRST = 30  # iterations after which only the best climb goes on
_WAVES = 4  # of a random starting pulse


@dataclass(frozen=True)
class Problem:
    """What is maximised.

    Args:
        ensemble: the devices.
        envelope: the limits.
        goal: one of `goals.GOALS`.
        over: "mean" or "worst" of the devices.
    """

    ensemble: Ensemble
    envelope: Envelope
    goal: str
    over: str = "mean"

    def value(self, numbers: FloatArray) -> tuple[float, FloatArray]:
        """Return the figure less what roughness costs, and its derivatives by the numbers, (2 F,).

        Args:
            numbers: of the envelope, from -1 to 1, (2 F,).
        """
        samples = self.envelope.samples(numbers)
        bloch, states, controls = self.ensemble.charged(samples)
        values, slopes = figure_of(self.goal, bloch, self.ensemble.times)
        value, shares = over_the_ensemble(values, self.over)
        by_bloch = slopes * shares[:, None]
        slope = self.ensemble.slope(samples, states, controls, by_bloch)
        cost, by_samples = self.envelope.roughness(samples)
        return value - cost, self.envelope.pulled_back(numbers, slope - by_samples)

    def figures(self, samples: ComplexArray) -> FloatArray:
        """Return the goal's figure of every device, (M,).

        Args:
            samples: (S,).
        """
        bloch, _, _ = self.ensemble.charged(samples)
        return figure_of(self.goal, bloch, self.ensemble.times)[0]


@dataclass(frozen=True)
class Climb:
    """Where a climb ended: the numbers, the value there, and how often it was evaluated."""

    numbers: FloatArray
    value: float
    evaluations: int


def climb(problem: Problem, start: FloatArray, iterations: int) -> Climb:
    """Return where L-BFGS-B arrives from a start (Byrd et al., SIAM J. Sci. Comput. 16, 1190).

    Args:
        problem: what is maximised.
        start: numbers, (2 F,).
        iterations: at most so many.
    """

    def falling(numbers: FloatArray) -> tuple[float, FloatArray]:
        """Return what scipy minimises."""
        value, slope = problem.value(numbers)
        return -value, -slope

    found = minimize(
        falling,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-1.0, 1.0)] * len(start),
        options={"maxiter": iterations, "maxcor": _MEMORY, "ftol": _PRECISION, "gtol": 1e-9},
    )
    return Climb(np.clip(found.x, -1.0, 1.0), -float(found.fun), int(found.nfev))


def best_climb(
    problem: Problem,
    starts: Sequence[FloatArray],
    iterations: int,
    report: Callable[[int], None] = lambda done: None,
) -> Climb:
    """Return the best of the climbs from several starts: the one ahead after some is finished.

    Args:
        problem: what is maximised.
        starts: numbers, (2 F,) each.
        iterations: at most so many of each climb.
        report: called with how many climbs are done.
    """
    found = []
    for number, start in enumerate(starts, 1):
        found.append(climb(problem, start, min(iterations, _FIRST)))
        report(number)
    best = max(found, key=lambda one: one.value)
    if iterations <= _FIRST:
        return best
    return climb(problem, best.numbers, iterations - _FIRST)


def starting_points(problem: Problem, count: int, seed: int) -> list[FloatArray]:
    """Return starting pulses as numbers, (2 F,) each: physically informed ones, then random ones.

    A half turn as fast and as late as can be, a half turn over the whole time, the best constant
    amplitude; then sums of a few waves.

    Args:
        problem: what is maximised.
        count: how many.
        seed: of the random ones.
    """
    envelope, ensemble = problem.envelope, problem.ensemble
    rabi = abs(drive_envelope(ensemble.members[0].experiment.device))
    spans = ensemble.durations[-envelope.free :]
    area = pi / rabi if rabi else 0.0  # ns at full amplitude
    late = np.cumsum(spans[::-1])[::-1] <= max(area, spans[-1]) * (1 + 1e-9)
    even = np.full(envelope.free, min(1.0, area / spans.sum()))
    known = [late.astype(float), even]
    if count > len(known):
        known.append(np.full(envelope.free, best_constant(problem)[0]))
    rng, found = np.random.default_rng(seed), []
    for disc in known[:count]:
        found.append(envelope.numbers(_inside(disc.astype(complex))))
    for _ in range(count - len(found)):
        found.append(envelope.numbers(_inside(_random_pulse(rng, envelope.free))))
    return found


def _inside(disc: ComplexArray) -> ComplexArray:
    """Return a pulse a little inside the limit, where every derivative is felt."""
    return np.asarray(0.999 * disc)


def _random_pulse(rng: np.random.Generator, count: int) -> ComplexArray:
    phases = np.linspace(0, pi, count)[:, None] * np.arange(_WAVES)
    weights = rng.normal(size=(_WAVES, 2)) @ np.array([1, 1j])
    pulse = np.cos(phases) @ weights
    return np.asarray(pulse / max(np.abs(pulse).max(), 1e-9) * rng.random())


def best_constant(problem: Problem, count: int = 61) -> tuple[float, FloatArray]:
    """Return the best amplitude of a square pulse, from 0 to 1, and the devices' figures, (M,).

    Args:
        problem: what is maximised.
        count: of the amplitudes tried.
    """
    tried = np.linspace(0, 1, count)
    ones = np.ones(len(problem.ensemble.durations), dtype=complex)
    figures = [problem.figures(amplitude * ones) for amplitude in tried]
    values = [over_the_ensemble(each, problem.over)[0] for each in figures]
    best = int(np.argmax(values))
    return float(tried[best]), figures[best]

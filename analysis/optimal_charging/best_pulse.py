"""The best charging pulse from an experiment to its file: levels, ensemble, climbs, comparison."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf

import numpy as np

from analysis.optimal_charging.envelope import Envelope
from analysis.optimal_charging.errors import OptimisationError
from analysis.optimal_charging.members import Ensemble, Member, drawn_members
from analysis.optimal_charging.played import played_experiment, played_levels, sample_durations
from analysis.optimal_charging.search import (
    Climb,
    Problem,
    best_climb,
    best_constant,
    climb,
    starting_points,
)
from cqed_battery.dynamics.generator import drive_envelope
from cqed_battery.experiment import Allocation, Experiment
from cqed_battery.files.datasets import ARMS
from cqed_battery.operators import ComplexArray, FloatArray
from protocols.prediction.predict import with_enough_levels
from protocols.settings.axis import check_one_pulse

Report = Callable[[int, int, str], None]

_FOCK_TOLERANCE = 1e-5  # population of the highest Fock level that a pulse may reach
_MOST_FOCK_LEVELS = 60
_FRESH = 1_000_003  # what the seed of the draws that judge a pulse is beyond that of its own
_JUDGED = 40  # of those draws


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked for: the goal, the limits, and for which devices.

    Args:
        goal: one of `goals.GOALS`.
        arm: "catalysed" or "control".
        duration_ns: of the pulse, at whose end the ergotropy counts.
        bandwidth_MHz: of the envelope; infinite for none.
        smoothness: weight of the mean square slope.
        robust: None for the file's device alone, "mean" or "worst" of the laboratory draw.
        draws: devices of the laboratory draw beside the file's.
        starts: starting pulses.
        iterations: at most so many of each climb.
        seed: of draws and random starts.
    """

    goal: str = "ergotropy"
    arm: str = "catalysed"
    duration_ns: float
    bandwidth_MHz: float = inf
    smoothness: float = 0.0
    robust: str | None = None
    draws: int = 8
    starts: int = 5
    iterations: int = 200
    seed: int = 0


@dataclass(frozen=True)
class Optimum:
    """The best pulse that was found, and what it is compared with.

    Args:
        experiment: the file that was given, its transmon levels a number.
        wanted: what was asked for.
        problem: what was maximised.
        found: where the best climb ended.
        constant: the best amplitude of a square pulse, over the drive's.
    """

    experiment: Experiment
    wanted: Wanted
    problem: Problem
    found: Climb
    constant: float

    @cached_property
    def samples(self) -> ComplexArray:
        """The pulse, relative to the drive's amplitude, (S,)."""
        return self.problem.envelope.samples(self.found.numbers)

    @property
    def square(self) -> ComplexArray:
        """The best square pulse, (S,)."""
        return np.full(len(self.samples), self.constant, dtype=complex)

    @cached_property
    def alone(self) -> Problem:
        """The same goal for the file's device alone."""
        return replace(self.problem, ensemble=_ensemble(self.problem, self.experiment, None))

    @cached_property
    def value(self) -> float:
        """The goal's figure for the file's device, in `goals.UNITS`."""
        return float(self.alone.figures(self.samples)[0])

    @cached_property
    def square_value(self) -> float:
        """The same of the best square pulse."""
        return float(self.alone.figures(self.square)[0])

    def over_the_draw(self) -> tuple[FloatArray, FloatArray]:
        """Return figures of pulse and square pulse for devices that no pulse was made for, (N,)."""
        wanted = replace(self.wanted, draws=_JUDGED, seed=self.wanted.seed + _FRESH)
        judged = replace(self.problem, ensemble=_ensemble(self.problem, self.experiment, wanted))
        figures = [judged.figures(pulse)[1:] for pulse in (self.samples, self.square)]
        return figures[0], figures[1]

    @cached_property
    def played(self) -> Experiment:
        """The experiment whose charging pulse is the optimal one."""
        return played_experiment(self.experiment, self.alone.ensemble.times, self.samples)


def best_pulse(experiment: Experiment, wanted: Wanted, report: Report | None = None) -> Optimum:
    """Return the pulse that serves a goal best, of those that climbs from several starts found.

    A robust pulse is climbed to from the best one for the file's device. Fock levels are added
    until the pulse leaves the highest one empty.

    Args:
        experiment: the device, and the drive whose Rabi rate limits the amplitude.
        wanted: goal, limits and devices.
        report: called as report(done, total, what) after each climb.

    Raises:
        OptimisationError: the experiment or what is wanted cannot be served.
        ConvergenceError: the dynamics cannot be trusted.
    """
    _check(experiment, wanted)
    # Shots listed for the times that the file has say nothing of other times.
    experiment = with_enough_levels(experiment).replace({"allocation": Allocation()})
    total = wanted.starts + (wanted.robust is not None)
    tell = report or (lambda done, total, what: None)
    envelope = _envelope(experiment, wanted)
    fock = played_levels(experiment, wanted.arm, wanted.duration_ns)
    alone = Problem(
        Ensemble([Member(experiment)], wanted.arm, envelope.durations, fock), envelope, wanted.goal
    )
    starts = starting_points(alone, wanted.starts, wanted.seed)
    found = best_climb(alone, starts, wanted.iterations, lambda n: tell(n, total, "climbs"))
    alone, found = _with_fock_levels(alone, found, wanted.iterations)
    constant, problem = best_constant(alone)[0], alone
    if wanted.robust is not None:
        problem = replace(alone, ensemble=_ensemble(alone, experiment, wanted), over=wanted.robust)
        found = climb(problem, found.numbers, wanted.iterations)
        tell(total, total, "climbs")
    return Optimum(experiment, wanted, problem, found, constant)


def _with_fock_levels(problem: Problem, found: Climb, iterations: int) -> tuple[Problem, Climb]:
    """Return problem and climb with as many Fock levels as the pulse found asks for."""
    while True:
        ensemble = problem.ensemble
        _, states, _ = ensemble.charged(problem.envelope.samples(found.numbers))
        top, levels = ensemble.highest_fock(states), ensemble.fock_levels
        if levels == 1 or top < _FOCK_TOLERANCE:
            return problem, found
        if levels >= _MOST_FOCK_LEVELS:
            raise OptimisationError(
                f"the best pulse fills the resonator beyond {levels} Fock levels, which are not"
                " calculated with: shorten `duration_ns`, or lower drive.rabi_rate_MHz"
            )
        more = min(levels + max(levels // 3, 2), _MOST_FOCK_LEVELS)
        problem = replace(problem, ensemble=replace(ensemble, fock_levels=more))
        found = climb(problem, found.numbers, iterations)


def _ensemble(problem: Problem, experiment: Experiment, wanted: Wanted | None) -> Ensemble:
    """Return the devices of the draw, the file's first; without `wanted` that one alone."""
    members = [Member(experiment)]
    if wanted is not None:
        members = drawn_members(experiment, wanted.draws, wanted.seed)
    return replace(problem.ensemble, members=members)


def _envelope(experiment: Experiment, wanted: Wanted) -> Envelope:
    durations = sample_durations(experiment, wanted.duration_ns)
    found = Envelope(durations, wanted.bandwidth_MHz, wanted.smoothness)
    if found.free < 1:
        raise OptimisationError(
            f"`bandwidth_MHz` must let a pulse of {wanted.duration_ns:g} ns begin and end at 0, but"
            f" is {wanted.bandwidth_MHz:g} MHz: raise it, or make `duration_ns` longer"
        )
    return found


def _check(experiment: Experiment, wanted: Wanted) -> None:
    check_one_pulse(experiment, "an optimal pulse")
    if wanted.arm not in ARMS:
        raise OptimisationError(f"`arm` must be one of {', '.join(ARMS)}, but is {wanted.arm}")
    if wanted.robust not in (None, "mean", "worst"):
        raise OptimisationError(f"`robust` must be mean or worst, but is {wanted.robust}")
    if not abs(drive_envelope(experiment.device)):
        raise OptimisationError(
            "drive.rabi_rate_MHz is the largest amplitude of the pulse and must be above 0, but is"
            " 0: raise it"
        )
    if experiment.drive.second_ratio:
        raise OptimisationError(
            "drive.second_ratio must be 0 for an optimal pulse, whose samples hold every tone, but"
            f" is {experiment.drive.second_ratio:g}: set it to 0"
        )
    if wanted.goal == "gain" and wanted.arm != ARMS[0]:
        raise OptimisationError(
            "`goal` gain compares the catalysed arm with the control, so `arm` must be catalysed,"
            f" but is {wanted.arm}: leave it out"
        )

"""The best charging pulse in one call: an experiment in, its file and a picture out."""

import json
from dataclasses import replace
from math import inf
from os import PathLike
from pathlib import Path
from typing import Any

from analysis.optimal_charging.best_pulse import Optimum, Wanted, best_pulse
from analysis.optimal_charging.errors import OptimisationError
from analysis.optimal_charging.goals import GOALS
from analysis.optimal_charging.quickest import quickest_pulse
from analysis.optimal_charging.summary import TIME, summary
from analysis.report.figures.optimal_pulse import draw_optimal_pulse
from cqed_battery.arguments import real_number, seed_or, whole_number
from cqed_battery.experiment import Experiment, ExperimentLike, as_experiment
from cqed_battery.files.datasets import write_text
from cqed_battery.files.run_folder import EXPERIMENT, claimed
from cqed_battery.progress import Progress

RESULTS, PICTURE = "optimum.json", "pulse.svg"
_LONGEST_NS, _WIDEST_MHZ, _ROUGHEST = 1e6, 1e6, 1e3
_MOST_DRAWS, _MOST_STARTS, _MOST_ITERATIONS = 64, 50, 10_000


def optimise(
    experiment: ExperimentLike,
    folder: str | PathLike[str] | None = None,
    *,
    goal: str = "ergotropy",
    arm: str = "catalysed",
    duration_ns: float | None = None,
    bandwidth_MHz: float | None = None,
    smoothness: float = 0.0,
    target: float | None = None,
    robust: str | None = None,
    draws: int = 8,
    starts: int = 5,
    iterations: int = 200,
    seed: int | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Find the charging pulse that serves a goal best, its amplitude at most the file's Rabi rate.

    The gradients are exact, for the open system with all levels. Every limit holds for every
    sample that is written.

    Args:
        experiment: what is done to which device, or the path of its file.
        folder: receives experiment.toml with the samples, optimum.json and pulse.svg; by default
            nothing is written.
        goal: "ergotropy" or "gain" at the end of the pulse, "sustained" (mean over its second
            half), "power" (largest ergotropy over the time it took), or "time" (shortest pulse).
        arm: "catalysed" or "control".
        duration_ns: of the pulse, by default the last charging time.
        bandwidth_MHz: at which a Gaussian filter lets half of the power pass; by default none.
        smoothness: weight of the mean square slope, from 0.
        target: ergotropy in hbar w_q that the goal "time" asks for, 0.99 by default.
        robust: "mean" or "worst" of devices drawn as a laboratory's are; by default the file's.
        draws: how many of them, beside the file's.
        starts: pulses that the search starts from.
        iterations: at most so many of each climb.
        seed: of draws and random starts, by default the experiment's.
        progress: called as progress(done, total, what).

    Returns:
        The content of optimum.json.

    Raises:
        OptimisationError: a goal, a limit or the experiment is refused.
        ConvergenceError: the dynamics cannot be trusted.
        OSError: the folder cannot be written to.
    """
    known = as_experiment(experiment)
    wanted = Wanted(
        goal=goal,
        arm=arm,
        duration_ns=_duration(known, duration_ns),
        bandwidth_MHz=_positive("bandwidth_MHz", bandwidth_MHz, _WIDEST_MHZ, inf),
        smoothness=0.0 if smoothness == 0 else _positive("smoothness", smoothness, _ROUGHEST, 0.0),
        robust=robust,
        draws=whole_number("draws", draws, 1, _MOST_DRAWS, OptimisationError),
        starts=whole_number("starts", starts, 1, _MOST_STARTS, OptimisationError),
        iterations=whole_number("iterations", iterations, 1, _MOST_ITERATIONS, OptimisationError),
        seed=seed_or(seed, known.seed),
    )
    aim = _target(goal, target)
    if folder is None:
        return _found(known, wanted, aim, progress)[1]
    with claimed(Path(folder)) as place:
        optimum, results = _found(known, wanted, aim, progress)
        write_text(place / EXPERIMENT, optimum.played.to_toml())
        write_text(place / RESULTS, json.dumps(results, indent=1, allow_nan=False) + "\n")
        draw_optimal_pulse(results, place / PICTURE)
    return results


def _found(
    experiment: Experiment, wanted: Wanted, aim: float | None, progress: Progress | None
) -> tuple[Optimum, dict[str, Any]]:
    if aim is not None:
        optimum = quickest_pulse(experiment, wanted, aim, progress)
        return optimum, summary(optimum, wanted.goal, None, aim)
    optimum, control = best_pulse(experiment, wanted, progress), None
    if wanted.goal == "gain":
        control = best_pulse(experiment, replace(wanted, goal="ergotropy", arm="control"), progress)
    return optimum, summary(optimum, wanted.goal, control, None)


def _duration(experiment: Experiment, given: float | None) -> float:
    last = float(experiment.charging_times_ns[-1])
    return _positive("duration_ns", given, _LONGEST_NS, last)


def _positive(name: str, given: float | None, high: float, default: float) -> float:
    return default if given is None else real_number(name, given, high, OptimisationError)


def _target(goal: str, target: float | None) -> float | None:
    """Return the target of the goal "time", None with another one."""
    if goal not in (*GOALS, TIME):
        raise OptimisationError(f"`goal` must be one of {', '.join((*GOALS, TIME))}, but is {goal}")
    if goal == TIME:
        return _positive("target", target, 1.0, 0.99)
    if target is not None:
        raise OptimisationError(
            f"`target` belongs to the goal time, but `goal` is {goal}: leave the one out or change"
            " the other"
        )
    return None

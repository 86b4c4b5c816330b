"""The coverage study (Monte Carlo): many runs of known truths, on all cores.

Each repeat has a seed of its own, spawned from the seed, the scenario's and the repeat's number;
so results depend neither on the number of workers nor on the order of finishing.
"""

from collections.abc import Sequence
from dataclasses import asdict
from os import PathLike
from pathlib import Path

from analysis.validation.devices.scenarios import Scenario, default_scenarios, drawn_scenario
from analysis.validation.outcomes.statistics import Study, summarise
from analysis.validation.repeats.drawn import DRAWS
from analysis.validation.repeats.estimators import GLOBAL_FIT, MODEL_FREE, load_estimator
from analysis.validation.repeats.kept import KeptOutcomes
from analysis.validation.repeats.repeat import Outcome, repeat
from cqed_battery.arguments import seed_or, whole_number
from cqed_battery.compute.points import Job, Progress, Workers, resumable_map
from cqed_battery.errors import CqedBatteryError, join_words, show_value
from cqed_battery.experiment import Experiment, ExperimentLike, as_experiment
from protocols.settings.axis import check_enough_settings, check_one_pulse

OURS = (GLOBAL_FIT, MODEL_FREE)
_FEWEST, _MOST = 2, 100_000  # repeats; a scatter takes two
_MOST_DEVICES = 1000


def validate(
    experiment: ExperimentLike,
    *,
    repeats: int = 200,
    devices: int = 2,
    estimators: Sequence[str] = (),
    only: str | None = None,
    draw: str | None = None,
    keep: str | PathLike[str] | None = None,
    seed: int | None = None,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> list[Study]:
    """Draw counts of known truths many times, analyse them, and say how well estimates do.

    Truths: this device, random ones near it, three that the model gets wrong on purpose, and one
    without coupling. Or, with `draw`, a device off the file for every repeat, emulated and analysed
    as it is run, with the verdicts that its truth contradicts.

    Args:
        experiment: the device and what is done to it.
        repeats: runs of each truth.
        devices: random devices.
        estimators: further ones beside ours, "module:function" each, a function of a dataset.
        only: the name of the one truth to inject, such as "this device".
        draw: "laboratory" for devices as careful calibrations leave them, "wide" for three times
            their errors, "devices" for devices, grids and shots of any kind.
        keep: file of outcomes, from which the same call, also with more repeats, goes on.
        seed: by default the experiment's.
        workers: where to compute, by default on all cores.
        progress: called with what is done, what there is, and a word.

    Returns:
        A study for each truth: bias, RMSE over the Cramer-Rao bound, pulls and coverage.

    Raises:
        CqedBatteryError: a number is out of range, an estimator cannot be imported, or `keep` is of
            another study.
        OSError: `keep` cannot be written.
    """
    experiment = as_experiment(experiment)
    check_one_pulse(experiment, "a coverage study")
    check_enough_settings(experiment, "a coverage study")
    repeats = whole_number("repeats", repeats, _FEWEST, _MOST)
    devices = whole_number("devices", devices, 0, _MOST_DEVICES)
    chosen = seed_or(seed, experiment.seed)
    scenarios = _scenarios(experiment, devices, chosen, only, draw)
    outcomes = run_study(
        scenarios,
        repeats,
        chosen,
        estimators=[*OURS, *estimators],
        keep=None if keep is None else Path(keep),
        workers=workers,
        progress=progress,
    )
    return [summarise(scenario, found) for scenario, found in zip(scenarios, outcomes, strict=True)]


def run_study(
    scenarios: Sequence[Scenario],
    repeats: int,
    seed: int,
    *,
    estimators: Sequence[str] = OURS,
    expanded: bool = False,
    keep: Path | None = None,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> list[list[Outcome]]:
    """Return every scenario's outcomes, in order.

    Args:
        scenarios: truths, and what the analysis assumes of each.
        repeats: runs of each.
        seed: of all counts.
        estimators: "global fit", "model-free", or a user's "module:function".
        expanded: whether fits use the model's second-order expansion (`SimulatedRuns`).
        keep: file of outcomes, which are not computed again; those of a study with fewer repeats
            are the first of one with more.
        workers: where to compute; by default a process for each core.
        progress: called as progress(done, total, "repeats").

    Raises:
        CqedBatteryError: an experiment is refused, or a user's estimator fails.
        WorkError: the workers cannot compute.
    """
    for name in estimators:
        if name not in OURS:
            load_estimator(name)  # a name that is wrong is found before the long part
    same = (seed, tuple(estimators), expanded)
    identity = {"same": same, "scenarios": [asdict(each) for each in scenarios]}
    outcomes = KeptOutcomes(keep, identity)
    kinds = len(scenarios)
    job = Job(
        function=repeat,
        count=kinds * repeats,
        arguments=lambda n: (scenarios[n % kinds], n % kinds, n // kinds, *same),
        name=lambda n: f"repeat {n // kinds} of {scenarios[n % kinds].name}",
    )

    report = progress and (lambda done, total, _: progress(done, total, "repeats"))
    resumable_map(job, outcomes, workers or Workers(), report)
    return [[outcomes[number] for number in range(n, job.count, kinds)] for n in range(kinds)]


def _scenarios(
    experiment: Experiment, devices: int, seed: int, only: str | None, draw: str | None
) -> Sequence[Scenario]:
    """Return the truths that are asked for."""
    if draw is None:
        return _chosen(default_scenarios(experiment, devices, seed), only)
    for known in DRAWS:
        if draw == known:
            return _chosen((drawn_scenario(experiment, known),), only)
    raise CqedBatteryError(
        f"`draw` must be {join_words(list(DRAWS), 'or')}, but is {show_value(draw)}"
    )


def _chosen(scenarios: Sequence[Scenario], only: str | None) -> Sequence[Scenario]:
    names = [scenario.name for scenario in scenarios]
    if only is not None and only not in names:
        raise CqedBatteryError(
            f"`only` must be {join_words(names, 'or')}, but is {show_value(only)}"
        )
    return [scenario for scenario in scenarios if only in (None, scenario.name)]

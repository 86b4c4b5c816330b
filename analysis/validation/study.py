"""The self-test in one call: truths injected, analysed and counted."""

from collections.abc import Sequence

from analysis.validation.coverage_study import run_mill
from analysis.validation.estimators import ESTIMATORS, load_estimator
from analysis.validation.scenarios import Scenario, default_scenarios
from analysis.validation.statistics import Study, summarise
from cqed_battery.arguments import seed_or, whole_number
from cqed_battery.compute.points import Progress, Workers
from cqed_battery.errors import CqedBatteryError, join_words, show_value
from cqed_battery.experiment import ExperimentLike, as_experiment

_FEWEST, _MOST, _MOST_DEVICES = 2, 100_000, 1000


def validate(
    experiment: ExperimentLike,
    *,
    repeats: int = 200,
    devices: int = 2,
    estimators: Sequence[str] = (),
    only: str | None = None,
    seed: int | None = None,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> list[Study]:
    """Draw counts of known truths many times, analyse them, and say how well estimates do.

    Truths: this device, random ones near it, three that the model gets wrong on purpose, and one
    without coupling.

    Args:
        experiment: the device and what is done to it.
        repeats: runs of each truth.
        devices: random devices.
        estimators: further ones beside ours, "module:function" each, a function of a dataset.
        only: the name of the one truth to inject, such as "this device".
        seed: by default the experiment's.
        workers: where to compute, by default on all cores.
        progress: called with what is done, what there is, and a word.

    Returns:
        A study for each truth: bias, RMSE over the Cramer-Rao bound, pulls and coverage.

    Raises:
        CqedBatteryError: a number is out of range, or an estimator cannot be imported.
    """
    experiment = as_experiment(experiment)
    repeats = whole_number("repeats", repeats, _FEWEST, _MOST)
    devices = whole_number("devices", devices, 0, _MOST_DEVICES)
    for name in estimators:
        load_estimator(name)  # before the long part
    chosen = seed_or(seed, experiment.seed)
    scenarios = _chosen(default_scenarios(experiment, devices, chosen), only)
    outcomes = run_mill(
        scenarios,
        repeats,
        chosen,
        estimators=[*ESTIMATORS[:2], *estimators],
        workers=workers or Workers(),
        progress=progress,
    )
    return [summarise(scenario, found) for scenario, found in zip(scenarios, outcomes, strict=True)]


def _chosen(scenarios: Sequence[Scenario], only: str | None) -> Sequence[Scenario]:
    names = [scenario.name for scenario in scenarios]
    if only is not None and only not in names:
        raise CqedBatteryError(
            f"`only` must be {join_words(names, 'or')}, but is {show_value(only)}"
        )
    return [scenario for scenario in scenarios if only in (None, scenario.name)]

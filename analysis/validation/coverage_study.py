"""The mill: many runs of every scenario through every estimator, on all cores.

Each repeat has a seed of its own, spawned from the seed, the scenario's and the repeat's number;
so results depend neither on the number of workers nor on the order of finishing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from analysis.estimators.expectation import expectation
from analysis.estimators.global_fit import FitError
from analysis.estimators.windows import heat_window_end
from analysis.validation.estimators import (
    GLOBAL_FIT,
    MODEL_FREE,
    REPORTED,
    Estimates,
    Interval,
    ModelFree,
    analyse_model_free,
    consistent,
    fit_estimates,
    fit_run,
    load_estimator,
    user_estimates,
    widened_estimates,
)
from analysis.validation.heat_test import HeatSignificance, heat_significance
from analysis.validation.scenarios import Scenario
from analysis.validation.simulated_runs import Laboratory
from cqed_battery.compute.points import Job, Workers, resumable_map
from cqed_battery.compute.threads import one_thread
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray

Progress = Callable[[int, int, str], None]
_ROUNDING = 1e-9
_SURE = 1e-6  # of the largest standard error: below it a number was never in doubt


@dataclass(frozen=True)
class Errors:
    """Value less truth, standard error, and whether the interval holds the truth (0, 1, nan)."""

    error: FloatArray
    std: FloatArray
    covered: FloatArray


@dataclass(frozen=True)
class Outcome:
    """One repeat: errors by estimator and "arm.quantity", and what the tests said.

    `truths` and `bounds` come with a scenario's first repeat only.
    """

    errors: dict[str, dict[str, Errors]]
    flagged: bool | None = None
    failed: bool = False
    heat: HeatSignificance | None = None
    truths: dict[str, FloatArray] = field(default_factory=dict)
    bounds: dict[str, FloatArray] = field(default_factory=dict)


def run_mill(
    scenarios: Sequence[Scenario],
    repeats: int,
    seed: int,
    *,
    estimators: Sequence[str] = (GLOBAL_FIT, MODEL_FREE),
    expanded: bool = False,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> list[list[Outcome]]:
    """Return every scenario's outcomes, in order.

    Args:
        scenarios: truths and beliefs.
        repeats: runs of each.
        seed: of all counts.
        estimators: "global fit", "model-free", or a user's "module:function".
        expanded: whether the fits use the model's second-order expansion (`Laboratory`).
        workers: where to compute; by default a process for each core.
        progress: called as progress(done, total, "repeats").

    Raises:
        CqedBatteryError: an experiment is refused, or a user's estimator fails.
        WorkError: the workers cannot compute.
    """
    for name in estimators:
        if ":" in name:
            load_estimator(name)
    store = _Memory()
    job = Job(
        function=repeat,
        count=len(scenarios) * repeats,
        arguments=lambda n: (
            *(scenarios[n // repeats], n // repeats, n % repeats),
            *(seed, tuple(estimators), expanded),
        ),
        name=lambda n: f"repeat {n % repeats} of {scenarios[n // repeats].name}",
    )

    def report(done: int, total: int, what: str) -> None:
        if progress is not None:
            progress(done, total, "repeats")

    resumable_map(job, store, workers or Workers(), report)
    every = [store.kept[number] for number in range(job.count)]
    return [every[n * repeats : (n + 1) * repeats] for n in range(len(scenarios))]


class _Memory:
    """Outcomes kept in memory."""

    def __init__(self) -> None:
        self.kept: dict[int, Outcome] = {}

    def finished(self) -> set[int]:
        return set(self.kept)

    def save(self, number: int, result: Outcome) -> None:
        self.kept[number] = result


@one_thread()
def repeat(
    scenario: Scenario,
    place: int,
    number: int,
    seed: int,
    estimators: Sequence[str],
    expanded: bool = False,
) -> Outcome:
    """Measure once and put the run through every estimator.

    Args:
        scenario: truth and belief.
        place: its number, for the seed.
        number: of the repeat.
        seed: of all counts.
        estimators: names, as `run_mill` takes them.
        expanded: as `run_mill` takes it.
    """
    try:
        source = np.random.SeedSequence(seed, spawn_key=(1, place, number))
        return _repeat(_laboratory(scenario, expanded), source, estimators, first=number == 0)
    except CqedBatteryError as error:
        raise CqedBatteryError(f"in scenario {scenario.name!r}, {error}") from None


def _repeat(
    laboratory: Laboratory,
    source: np.random.SeedSequence,
    estimators: Sequence[str],
    *,
    first: bool,
) -> Outcome:
    scenario = laboratory.scenario
    run = laboratory.measure(np.random.default_rng(source))
    found: dict[str, Estimates] = {}
    flagged, failed, heat = None, False, None
    if GLOBAL_FIT in estimators:
        try:
            fit = fit_run(laboratory, run)
        except FitError:
            failed = True
        else:
            found[GLOBAL_FIT] = fit_estimates(fit)
            flagged = not consistent(fit, int(source.generate_state(1)[0]))
    if MODEL_FREE in estimators:
        free = analyse_model_free(run.dataset)
        found[MODEL_FREE] = free.estimates()
        heat = _heat(scenario, free)
    if GLOBAL_FIT in found and MODEL_FREE in found:
        found[REPORTED] = widened_estimates(fit, free) if flagged else found[GLOBAL_FIT]
    truths = laboratory.truths()
    found |= {name: user_estimates(name, run.dataset, truths) for name in estimators if ":" in name}
    return Outcome(
        errors={name: _errors(estimates, truths) for name, estimates in found.items()},
        flagged=flagged,
        failed=failed,
        heat=heat,
        truths=truths if first else {},
        bounds=laboratory.bounds() if first and scenario.kind != "wrong" else {},
    )


@lru_cache(maxsize=2)
def _laboratory(scenario: Scenario, expanded: bool) -> Laboratory:
    return Laboratory(scenario, expanded=expanded)


def _heat(scenario: Scenario, free: ModelFree) -> HeatSignificance | None:
    """Test J < 0 where there is none, over the window in which the coupled device has it."""
    if scenario.kind != "null":
        return None
    index = _window(scenario.window)
    return heat_significance(free.data, index)


@lru_cache(maxsize=2)
def _window(text: str) -> int:
    experiment = Experiment.from_text(text)
    return heat_window_end(experiment, expectation(experiment), experiment.charging.grid_ns())


def _errors(estimates: Estimates, truths: dict[str, FloatArray]) -> dict[str, Errors]:
    return {name: _error(found, truths[name]) for name, found in estimates.items()}


def _error(found: Interval, truth: FloatArray) -> Errors:
    """Compare with the truth; an estimate of the last time alone is shorter than the truth."""
    true = truth[-len(found.value) :]
    inside = (found.low - _ROUNDING <= true) & (true <= found.high + _ROUNDING)
    doubtful = found.std > _SURE * found.std.max(initial=0.0, axis=0)
    covered = np.where(doubtful, inside, np.nan)
    return Errors(found.value - true, found.std, covered)

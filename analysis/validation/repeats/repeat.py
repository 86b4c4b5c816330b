"""One repeat of a coverage study: counts of a known truth through every estimator."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from analysis.estimators.expectation import expectation
from analysis.estimators.global_fit import FitError, goodness
from analysis.estimators.global_fit.device import described
from analysis.estimators.windows import heat_window_end
from analysis.results import Quantity
from analysis.results.estimates import Floats, read_typed
from analysis.validation.devices.scenarios import Scenario
from analysis.validation.repeats.claims import Claimed
from analysis.validation.repeats.drawn import Drawn, drawn_run
from analysis.validation.repeats.estimators import (
    GLOBAL_FIT,
    MODEL_FREE,
    REPORTED,
    Estimates,
    HeatSignificance,
    ModelFree,
    analyse_model_free,
    fit_estimates,
    fit_run,
    heat_significance,
    user_estimates,
    widened_estimates,
)
from analysis.validation.repeats.simulated_runs import SimulatedRuns
from cqed_battery.compute.threads import one_thread
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray

_ROUNDING = 1e-9  # absolute, far below any standard error: an end that is the truth holds it
_SURE = 1e-6  # of the largest standard error: below it a number was never in doubt


@dataclass(frozen=True)
class Errors:
    """Value less truth, standard error, and whether the interval holds the truth (0, 1, nan)."""

    error: Floats
    std: Floats
    covered: Floats


@dataclass(frozen=True)
class Outcome:
    """One repeat: errors by estimator and "arm.quantity", and what the tests said.

    `bounds` come with a scenario's first repeat only; `claims` and what was `off`, in standard
    deviations, with a device that was drawn.
    """

    errors: dict[str, dict[str, Errors]]
    flagged: bool | None = None
    failed: bool = False
    heat: HeatSignificance | None = None
    bounds: dict[str, Floats] = field(default_factory=dict)
    claims: dict[str, Claimed] = field(default_factory=dict)
    off: dict[str, float] = field(default_factory=dict)


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
        scenario: truth, and what the analysis assumes.
        place: the scenario's number, for the seed.
        number: of the repeat, for the seed.
        seed: of all counts.
        estimators: "global fit", "model-free", or a user's "module:function".
        expanded: whether fits use the model's second-order expansion (`SimulatedRuns`).

    Returns:
        Errors of every estimate, and what the tests said. Where both are asked for, "reported"
        holds the fit's intervals, or those that are reported when it is not consistent.

    Raises:
        CqedBatteryError: an experiment is refused, or a user's estimator fails.
    """
    try:
        source = np.random.SeedSequence(seed, spawn_key=(1, place, number))
        if scenario.draw is not None:
            file = Experiment.from_text(scenario.assumed)
            return _drawn(drawn_run(file, scenario.draw, np.random.default_rng(source)))
        return _repeat(_simulated(scenario, expanded), source, estimators, first=number == 0)
    except CqedBatteryError as error:
        raise CqedBatteryError(f"in scenario {scenario.name!r}, {error}") from None


def _repeat(
    simulated: SimulatedRuns,
    source: np.random.SeedSequence,
    estimators: Sequence[str],
    *,
    first: bool,
) -> Outcome:
    scenario = simulated.scenario
    run = simulated.measure(np.random.default_rng(source))
    found: dict[str, Estimates] = {}
    flagged, failed, heat, device = None, False, None, None
    if GLOBAL_FIT in estimators:
        try:
            fit = fit_run(simulated, run)
        except FitError:
            failed = True
        else:
            found[GLOBAL_FIT] = fit_estimates(fit)
            device = described(simulated.model, fit) if MODEL_FREE in estimators else None
            flagged = not goodness(fit, int(source.generate_state(1)[0])).consistent
    if MODEL_FREE in estimators:
        free = analyse_model_free(run.dataset, device)
        found[MODEL_FREE] = free.estimates()
        heat = _heat(scenario, free)
    if GLOBAL_FIT in found and MODEL_FREE in found:
        found[REPORTED] = widened_estimates(fit, free) if flagged else found[GLOBAL_FIT]
    truths = simulated.truths()
    found |= {name: user_estimates(name, run.dataset, truths) for name in estimators if ":" in name}
    return Outcome(
        errors={name: _errors(estimates, truths) for name, estimates in found.items()},
        flagged=flagged,
        failed=failed,
        heat=heat,
        bounds=simulated.bounds() if first and scenario.kind != "wrong" else {},
    )


def _drawn(run: Drawn) -> Outcome:
    """Return what the results of a device off its file say."""
    truths, found = run.truths(), {MODEL_FREE: run.estimates(run.results["arms"])}
    fit = run.results["global_fit"]
    failed = fit is not None and not fit.get("arms")
    if fit is not None and not failed:
        found[REPORTED] = run.estimates(fit["arms"])
    vacuum = run.results["vacuum_fidelity"]
    if vacuum is not None:
        ends = {name: np.atleast_1d(vacuum[name]) for name in ("value", "std", "ci_low", "ci_high")}
        found[MODEL_FREE]["catalysed.vacuum_fidelity"] = read_typed(Quantity, ends)
    return Outcome(
        errors={name: _errors(estimates, truths) for name, estimates in found.items()},
        flagged=run.results["checks"]["model_agreement"]["outcome"] != "pass",
        failed=failed,
        claims=run.claims(),
        off=run.errors,
    )


@lru_cache(maxsize=2)
def _simulated(scenario: Scenario, expanded: bool) -> SimulatedRuns:
    return SimulatedRuns(scenario, expanded=expanded)


def _heat(scenario: Scenario, free: ModelFree) -> HeatSignificance | None:
    """Test J < 0 where there is none, over the window in which the coupled device has it."""
    if scenario.kind != "null":
        return None
    return heat_significance(free.data, _window(scenario.window))


@lru_cache(maxsize=2)
def _window(text: str) -> int:
    experiment = Experiment.from_text(text)
    return heat_window_end(experiment, expectation(experiment), experiment.charging_times_ns)


def _errors(estimates: Estimates, truths: dict[str, FloatArray]) -> dict[str, Errors]:
    return {name: _error(found, truths[name]) for name, found in estimates.items()}


def _error(found: Quantity, truth: FloatArray) -> Errors:
    """Compare with the truth; an estimate of the last time alone is shorter than the truth."""
    true = truth[-len(found.value) :]
    inside = (found.ci_low - _ROUNDING <= true) & (true <= found.ci_high + _ROUNDING)
    doubtful = found.std > _SURE * found.std.max(initial=0.0, axis=0)
    covered = np.where(doubtful, inside, np.nan)
    return Errors(found.value - true, found.std, covered)

"""What a coverage study's outcomes say: bias, RMSE over the bound, pulls and coverage, with errors.

Runs are independent, times within a run are not: Monte-Carlo errors are those of means over
runs.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.estimators.global_fit.model.response import QUANTITIES
from analysis.validation.devices.scenarios import Scenario
from analysis.validation.outcomes.number import NONE, Number, mean_over_runs, rate, show
from analysis.validation.outcomes.verdict_rows import ClaimRow, ErrorRow, claim_rows, error_rows
from analysis.validation.repeats.repeat import Errors, Outcome
from analysis.validation.repeats.simulated_runs import PARAMETERS
from cqed_battery.files.html_table import html_table
from cqed_battery.operators import FloatArray

ONE_SIDED = 1.645  # standard errors that a normal number exceeds in 5 % of runs


@dataclass(frozen=True)
class Row:
    """One quantity by one estimator over all runs, arms and times of a scenario.

    bias: mean error. pull_mean, pull_std: of error over stated standard error. rmse: root of
    the mean squared error; std: of the mean squared standard error that is stated; over_bound:
    rmse over the root of the mean squared bound. coverage: of 95 % intervals over all times;
    worst: at the worst single time and component.
    """

    quantity: str
    estimator: str
    bias: Number
    rmse: float
    std: float
    over_bound: Number
    pull_mean: Number
    pull_std: float
    coverage: Number
    worst: Number


@dataclass(frozen=True, repr=False)
class Study:
    """One scenario's statistics; rates are nan where the test was not made.

    `claims` and `errors` where devices were drawn: verdicts beside truths, and the coverage by what
    was off.
    """

    scenario: Scenario
    repeats: int
    rows: tuple[Row, ...]
    coverage: dict[str, dict[str, FloatArray]]
    flagged: Number
    failed: int
    heat_verdict: Number
    heat_statistical: Number
    claims: tuple[ClaimRow, ...] = ()
    errors: tuple[ErrorRow, ...] = ()

    @property
    def headline(self) -> str:
        """What the tests said of the scenario, as one sentence."""
        parts = [f"{self.scenario.name}: {self.repeats} runs"]
        if not math.isnan(self.flagged.value):
            what = "rightly" if self.scenario.kind == "wrong" else "falsely"
            parts.append(f"the model is {what} flagged in {show(self.flagged.percent, 1)} %")
        if self.failed:
            parts.append(f"{self.failed} fits did not converge")
        if not math.isnan(self.heat_verdict.value):
            parts.append(
                "J < 0 is falsely seen at 5 % in"
                f" {show(self.heat_statistical.percent, 1)} % (shots and Rabi rate), in"
                f" {show(self.heat_verdict.percent, 1)} % with all systematics"
            )
        return "; ".join(parts) + "."

    def plot(self, axes: Any = None) -> Any:
        """Draw the coverage of every quantity's 95 % intervals, by estimator; return the axes."""
        from analysis.report.figures.plots import plot_coverage

        rows = [
            (row.estimator, row.quantity, row.coverage.value, row.coverage.error)
            for row in self.rows
        ]
        return plot_coverage(rows, axes)

    def __repr__(self) -> str:
        rows = (f"{', '.join(row[:2])}: covers {row[2]} %" for row in self._coverages())
        return "\n".join([f"Study of {self.headline}", *rows])

    def _repr_html_(self) -> str:
        return html_table(self.headline, ("estimator", "quantity", "covers %"), self._coverages())

    def _coverages(self) -> list[tuple[str, str, str]]:
        return [
            (row.estimator, row.quantity.replace("_", " "), show(row.coverage.percent, 1))
            for row in self.rows
        ]


def summarise(scenario: Scenario, outcomes: Sequence[Outcome]) -> Study:
    """Return one scenario's statistics from its outcomes."""
    rows, coverage = [], {}
    for estimator in dict.fromkeys(name for found in outcomes for name in found.errors):
        runs = [found.errors[estimator] for found in outcomes if estimator in found.errors]
        for quantity in (*QUANTITIES, PARAMETERS):
            if stacked := _stack(runs, outcomes[0].bounds, quantity):
                rows.append(_row(quantity, estimator, *stacked))
            elif pooled := _pooled(runs, quantity):
                rows.append(_pooled_row(quantity, estimator, pooled))
        coverage[estimator] = _curves(runs)
    heat = [outcome.heat for outcome in outcomes if outcome.heat is not None]
    return Study(
        scenario=scenario,
        repeats=len(outcomes),
        rows=tuple(rows),
        coverage=coverage,
        flagged=rate(np.array([o.flagged for o in outcomes if o.flagged is not None], float)),
        failed=sum(outcome.failed for outcome in outcomes),
        heat_verdict=rate(np.array([found.verdict > ONE_SIDED for found in heat], float)),
        heat_statistical=rate(np.array([found.statistical > ONE_SIDED for found in heat], float)),
        claims=claim_rows(outcomes),
        errors=error_rows(outcomes),
    )


def _stack(
    runs: Sequence[Mapping[str, Errors]], bounds: Mapping[str, FloatArray], quantity: str
) -> tuple[Errors, FloatArray | None] | None:
    """Return errors (R, K) of all arms, times and components, and their bounds (K,)."""
    names = [name for name in runs[0] if quantity in name.split(".")]
    # with estimators that report a quantity in some runs only, those runs count
    runs = [run for run in runs if all(name in run for name in names)]
    sizes = {sum(run[name].error.size for name in names) for run in runs}
    if not names or len(sizes) != 1:
        return None
    parts = {
        part: np.array([_flat([getattr(run[name], part) for name in names]) for run in runs])
        for part in ("error", "std", "covered")
    }
    last = {name: -len(runs[0][name].error) for name in names}
    bound = _flat([bounds[name][last[name] :] for name in names]) if bounds else None
    return Errors(**parts), bound


def _pooled(runs: Sequence[Mapping[str, Errors]], quantity: str) -> list[Errors]:
    """Return each run's errors (K,) of all arms, times and components; runs differ in K."""
    found = []
    for run in runs:
        held = [run[name] for name in run if quantity in name.split(".")]
        if not held:
            continue
        parts = {
            part: _flat([getattr(each, part) for each in held])
            for part in ("error", "std", "covered")
        }
        doubtful = np.isfinite(parts["covered"])
        if doubtful.any():
            found.append(Errors(**{part: values[doubtful] for part, values in parts.items()}))
    return found


def _pooled_row(quantity: str, estimator: str, runs: Sequence[Errors]) -> Row:
    """Return the statistics of runs with grids of their own: no time is the worst of all."""

    def mean(values: Iterable[FloatArray]) -> Number:
        """Return the mean of each run's mean."""
        return mean_over_runs(np.array([[part.mean()] for part in values]))

    pulls = [run.error / run.std for run in runs]
    return Row(
        quantity=quantity,
        estimator=estimator,
        bias=mean(run.error for run in runs),
        rmse=_root_mean_square([run.error for run in runs]),
        std=_root_mean_square([run.std for run in runs]),
        over_bound=NONE,
        pull_mean=mean(pulls),
        pull_std=float(np.concatenate(pulls).std()),
        coverage=mean(run.covered for run in runs),
        worst=NONE,
    )


def _root_mean_square(arrays: Sequence[FloatArray]) -> float:
    return float(np.sqrt(np.mean(np.concatenate(arrays) ** 2)))


def _flat(arrays: Sequence[FloatArray]) -> FloatArray:
    return np.concatenate([np.asarray(array, dtype=float).ravel() for array in arrays])


def _row(quantity: str, estimator: str, found: Errors, bound: FloatArray | None) -> Row:
    error, doubtful = found.error, np.isfinite(found.covered).all(axis=0)
    mixed = quantity == PARAMETERS  # parameters have different units: each in its own bound
    scale = bound if mixed and bound is not None else np.ones(error.shape[1])
    pulls = error[:, doubtful] / found.std[:, doubtful]
    squares = ((error / scale) ** 2).mean(axis=1)
    over = NONE
    if bound is not None and bound.any():  # a quantity that is known for certain has none
        over = _root_mean(squares / ((bound / scale) ** 2).mean())
    covered = found.covered[:, doubtful]
    worst = covered[:, int(covered.mean(axis=0).argmin())] if covered.size else np.array([])
    return Row(
        quantity=quantity,
        estimator=estimator,
        bias=NONE if mixed else mean_over_runs(error),
        rmse=np.nan if mixed else float(np.sqrt((error**2).mean())),
        std=np.nan if mixed else float(np.sqrt((found.std**2).mean())),
        over_bound=over,
        pull_mean=mean_over_runs(pulls),
        pull_std=float(pulls.std()) if pulls.size else np.nan,
        coverage=mean_over_runs(covered),
        worst=rate(worst),
    )


def _root_mean(squares: FloatArray) -> Number:
    """Return the root of a mean over runs, its error by the chain rule."""
    mean = mean_over_runs(squares)
    root = float(np.sqrt(mean.value))
    return Number(root, mean.error / (2 * root) if root > 0 else np.nan)


def _curves(runs: Sequence[Mapping[str, Errors]]) -> dict[str, FloatArray]:
    """Return coverage at every time of each "arm.quantity" (scalars of a time only), (T,)."""
    found = {}
    for name in (name for name in runs[0] if all(name in run for run in runs)):
        if len({run[name].covered.shape for run in runs}) != 1:
            continue  # some runs report the last time alone
        covered = np.array([run[name].covered for run in runs], dtype=float)
        if covered.ndim == 2 and covered.shape[1] > 1 and not name.startswith(PARAMETERS):
            certain = np.isnan(covered).any(axis=0)
            found[name] = np.where(certain, np.nan, np.nan_to_num(covered).mean(axis=0))
    return found

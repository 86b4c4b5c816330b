"""What a coverage study's outcomes say: bias, RMSE over the bound, pulls and coverage, with errors.

Runs are independent, times within a run are not: Monte-Carlo errors are those of means over
runs.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.estimators.global_fit.response import QUANTITIES
from analysis.validation.repeats import Errors, Outcome
from analysis.validation.scenarios import Scenario
from analysis.validation.simulated_runs import PARAMETERS
from cqed_battery.files.html_table import html_table
from cqed_battery.operators import FloatArray

ONE_SIDED = 1.645  # standard errors that a normal number exceeds in 5 % of runs
_LARGE = 1000.0  # from here a power of ten is written: nothing that is right is that far off


@dataclass(frozen=True)
class Number:
    """A mean over runs and its Monte-Carlo standard error; nan where there is none."""

    value: float
    error: float

    @property
    def percent(self) -> "Number":
        """The same in percent."""
        return Number(100 * self.value, 100 * self.error)


NONE = Number(math.nan, math.nan)


def show(number: Number, digits: int) -> str:
    """Write a number with its Monte-Carlo error in units of the last digit, "0.95(2)"."""
    if math.isnan(number.value):
        return "-"
    if abs(number.value) >= _LARGE:
        return f"{number.value:.0e}"
    text = f"{number.value:.{digits}f}"
    if math.isnan(number.error):
        return text
    return f"{text}({max(1, math.ceil(number.error * 10**digits))})"


@dataclass(frozen=True)
class Row:
    """One quantity by one estimator over all runs, arms and times of a scenario.

    bias: mean error. pull_mean, pull_std: of error over stated standard error. rmse: root of
    the mean squared error; over_bound: that over the root of the mean squared bound. coverage:
    of 95 % intervals over all times; worst: at the worst single time and component.
    """

    quantity: str
    estimator: str
    bias: Number
    rmse: float
    over_bound: Number
    pull_mean: Number
    pull_std: float
    coverage: Number
    worst: Number


@dataclass(frozen=True, repr=False)
class Study:
    """One scenario's statistics; rates are nan where the test was not made."""

    scenario: Scenario
    repeats: int
    rows: tuple[Row, ...]
    coverage: dict[str, dict[str, FloatArray]]
    flagged: Number
    failed: int
    heat_verdict: Number
    heat_statistical: Number

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
        from analysis.report.plots import plot_coverage

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
    )


def rate(hits: FloatArray) -> Number:
    """Return the share of hits (0 or 1 each) with its binomial standard error.

    (k + 1/2)/(n + 1) stands for the share in the error, so that no hit is not certainty.
    """
    hits = hits[np.isfinite(hits)]
    if hits.size == 0:
        return NONE
    share = (hits.sum() + 0.5) / (hits.size + 1)
    return Number(float(hits.mean()), float(np.sqrt(share * (1 - share) / hits.size)))


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
        bias=NONE if mixed else _mean(error),
        rmse=np.nan if mixed else float(np.sqrt((error**2).mean())),
        over_bound=over,
        pull_mean=_mean(pulls),
        pull_std=float(pulls.std()) if pulls.size else np.nan,
        coverage=_mean(covered),
        worst=rate(worst),
    )


def _mean(values: FloatArray) -> Number:
    """Return the mean over runs, (R,), or over runs and what each holds, (R, K)."""
    if not values.size:
        return NONE
    means = values.reshape(len(values), -1).mean(axis=1)
    spread = means.std(ddof=1) / np.sqrt(len(means)) if len(means) > 1 else np.nan
    return Number(float(means.mean()), float(spread))


def _root_mean(squares: FloatArray) -> Number:
    """Return the root of a mean over runs, its error by the chain rule."""
    mean = _mean(squares)
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

"""Studies as tables, as JSON and as curves of coverage."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any, get_args

import numpy as np
import xarray as xr
from pydantic_core import to_json

from analysis.observations import Outcome
from analysis.papers.figure import curve
from analysis.validation.outcomes.number import Number, show
from analysis.validation.outcomes.statistics import Study
from analysis.validation.outcomes.verdict_rows import STRENGTHS
from analysis.validation.repeats.estimators import REPORTED
from cqed_battery.experiment import Experiment
from protocols.settings.axis import axis_coordinate

CLAIM_HEADERS = ("claim", *get_args(Outcome), "contradicted %")
ERROR_HEADERS = ("what is off", "covers % where it is large", "elsewhere")
HEADERS = ("quantity", "RMSE/bound", "pull mean", "pull std", "covers %", "worst %")


def table_rows(study: Study) -> dict[str, list[tuple[str, ...]]]:
    """Return each estimator's rows of texts under `HEADERS`; errors in brackets (`show`)."""
    tables: dict[str, list[tuple[str, ...]]] = {}
    for row in study.rows:
        spread = Number(row.pull_std, math.nan)
        cells = ((row.over_bound, 2), (row.pull_mean, 2), (spread, 2))
        shares = ((row.coverage.percent, 1), (row.worst.percent, 0))
        texts = (show(number, digits) for number, digits in (*cells, *shares))
        tables.setdefault(row.estimator, []).append((row.quantity, *texts))
    return tables


def claim_table(study: Study) -> list[tuple[str, ...]]:
    """Return a row of texts for each claim, under `CLAIM_HEADERS`."""
    return [
        (
            row.claim.replace("_", " "),
            *(str(row.outcomes[name]) for name in get_args(Outcome)),
            show(row.contradicting.percent, 1),
        )
        for row in study.claims
    ]


def power_headers(study: Study) -> tuple[str, ...]:
    """Return the headers of `power_table`."""
    return ("true sigma", *(f"{row.claim.replace('_', ' ')}, %" for row in study.claims))


def power_table(study: Study) -> list[tuple[str, ...]]:
    """Return each claim's share of decided verdicts by how far the truth is from the bar."""
    spans = [f"{low:g} to {high:g}" for low, high in pairwise(STRENGTHS[:-1])]
    spans.append(f"from {STRENGTHS[-2]:g}")
    return [
        (span, *(_of_runs(row.decided[place], row.runs[place]) for row in study.claims))
        for place, span in enumerate(spans)
    ]


def _of_runs(share: Number, runs: int) -> str:
    return f"{show(share.percent, 0)} of {runs}" if runs else "-"


def error_table(study: Study) -> list[tuple[str, ...]]:
    """Return a row of texts for each error of the laboratory, under `ERROR_HEADERS`."""
    shares = ((row.error, row.large.percent, row.small.percent) for row in study.errors)
    return [(name, show(large, 1), show(small, 1)) for name, large, small in shares]


def as_json(studies: Sequence[Study]) -> str:
    """Return every study as JSON; what does not exist is null."""
    plain = [study_dict(study) for study in studies]
    return to_json(plain, indent=1, inf_nan_mode="null").decode()


def study_dict(study: Study) -> dict[str, Any]:
    """Return a study as plain values."""
    return {
        "scenario": study.scenario.name,
        "kind": study.scenario.kind,
        "repeats": study.repeats,
        "flagged": asdict(study.flagged),
        "failed_fits": study.failed,
        "false_heat": {
            "verdict": asdict(study.heat_verdict),
            "shots_and_rabi_rate": asdict(study.heat_statistical),
        },
        "rows": [asdict(row) for row in study.rows],
        "claims": [asdict(row) for row in study.claims],
        "strengths": list(STRENGTHS),
        "errors": [asdict(row) for row in study.errors],
    }


NOMINAL = 0.95
_PANELS = ("energy", "energy_rate", "ergotropy", "heat_current")


def coverage_figure(study: Study) -> xr.Dataset:
    """Return coverage of 95 % intervals at each time, a panel for every quantity.

    Returns:
        Dataset for `analysis.report.figures.curves.draw_curves`: a variable over time (ns) for each
        arm and estimator, and the nominal 0.95 dashed.
    """
    time = axis_coordinate(Experiment.from_text(study.scenario.assumed))
    found: dict[str, xr.DataArray] = {}
    for panel, quantity in enumerate(_PANELS):
        drawn = {
            f"{estimator}.{name}".replace("/", "_"): (values, f"{arm}, {estimator}", "solid")
            for estimator, curves in study.coverage.items()
            for name, values in curves.items()
            for arm, _, held in [name.partition(".")]
            if held == quantity and estimator != REPORTED
        }
        drawn[f"nominal.{quantity}"] = (np.full(len(time), NOMINAL), "nominal", "dashed")
        words = f"coverage of {quantity.replace('_', ' ')}"
        for key, (values, label, style) in drawn.items():
            array = xr.DataArray(values, dims=("time",), coords={"time": time})
            found[key] = curve(array, label=label, panel=panel, axis=words, style=style)
    title = f"{study.scenario.name}: coverage of 95 % intervals in {study.repeats} runs"
    return xr.Dataset(found, attrs={"title": title})

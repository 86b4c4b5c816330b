"""Studies as tables, as JSON and as curves of coverage."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import xarray as xr
from pydantic_core import to_json

from analysis.papers.figure import curve
from analysis.validation.estimators import REPORTED
from analysis.validation.statistics import Number, Study, show
from cqed_battery.experiment import Experiment
from protocols.counts import times_coordinate

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
    }


NOMINAL = 0.95
_PANELS = ("energy", "energy_rate", "ergotropy", "heat_current")


def coverage_figure(study: Study) -> xr.Dataset:
    """Return coverage of 95 % intervals at each time, a panel for every quantity.

    Returns:
        Dataset for `analysis.report.curves.draw_curves`: a variable over time (ns) for each arm
        and estimator, and the nominal 0.95 dashed.
    """
    time = times_coordinate(Experiment.from_text(study.scenario.assumed).charging_times_ns)
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

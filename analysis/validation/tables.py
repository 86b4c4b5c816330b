"""Studies as a table, as JSON and as sentences."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from analysis.validation.statistics import Number, Row, Study

_LARGE = 1000.0  # from here a number is a power of ten: nothing that is right is that far off
HEADERS = ("quantity", "RMSE/bound", "pull mean", "pull std", "covers %", "worst %")


def table_rows(study: Study) -> dict[str, list[tuple[str, ...]]]:
    """Return each estimator's rows of texts under `HEADERS`; errors in brackets (`show`)."""
    tables: dict[str, list[tuple[str, ...]]] = {}
    for row in study.rows:
        tables.setdefault(row.estimator, []).append(_texts(row))
    return tables


def _texts(row: Row) -> tuple[str, ...]:
    return (
        row.quantity,
        show(row.over_bound, 2),
        show(row.pull_mean, 2),
        show(Number(row.pull_std, math.nan), 2),
        show(_percent(row.coverage), 1),
        show(_percent(row.worst), 0),
    )


def _percent(number: Number) -> Number:
    return Number(100 * number.value, 100 * number.error)


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


def headline(study: Study) -> str:
    """Return what the tests said of a scenario, as one sentence."""
    parts = [f"{study.scenario.name}: {study.repeats} runs"]
    if not math.isnan(study.flagged.value):
        what = "rightly" if study.scenario.kind == "wrong" else "falsely"
        parts.append(f"the model is {what} flagged in {show(_percent(study.flagged), 1)} %")
    if study.failed:
        parts.append(f"{study.failed} fits did not converge")
    if not math.isnan(study.heat_verdict.value):
        parts.append(
            "J < 0 is falsely seen at 5 % in"
            f" {show(_percent(study.heat_statistical), 1)} % (shots and Rabi rate), in"
            f" {show(_percent(study.heat_verdict), 1)} % with all systematics"
        )
    return "; ".join(parts) + "."


def as_json(studies: Sequence[Study]) -> str:
    """Return every study as JSON; what does not exist is null."""
    return json.dumps([_plain(study_dict(study)) for study in studies], indent=1)


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


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value

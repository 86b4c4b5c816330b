"""Studies as a table, as JSON and as sentences."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from analysis.validation.numbers import Number, show
from analysis.validation.statistics import Row, Study

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
        show(row.coverage.percent, 1),
        show(row.worst.percent, 0),
    )


def headline(study: Study) -> str:
    """Return what the tests said of a scenario, as one sentence."""
    return study.headline


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

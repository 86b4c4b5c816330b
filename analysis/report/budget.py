"""The error budget's tables in the report; there are none unless it was computed."""

from collections.abc import Mapping
from typing import Any

from analysis.error_budget.summary import (
    bias_headers,
    bias_rows,
    shift_rows,
    std_headers,
    std_rows,
)
from analysis.report.tables import Table


def budget_tables(results: Mapping[str, Any]) -> list[Table]:
    """Return bias and standard error of each arm, cause by cause, and the state's shift."""
    block = results.get("error_budget")
    if not block:
        return []
    tables = []
    for arm in block["arms"]:
        bias, errors = bias_rows(block, arm), std_rows(block, arm)
        tables += [
            Table(title=f"{arm}: bias", head=bias_headers(block, arm), rows=tuple(bias)),
            Table(title=f"{arm}: standard error", head=std_headers(block, arm), rows=tuple(errors)),
        ]
    head = ("arm, estimator", "z, largest", "rms", "coherence, largest", "rms")
    shift = Table(title="State less that before closing", head=head, rows=tuple(shift_rows(block)))
    return [*tables, shift]

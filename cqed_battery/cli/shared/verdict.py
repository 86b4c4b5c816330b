"""The verdict as it is printed: a table of numbers, and under it the sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.observations import ALL_THREE, OBSERVATIONS
from cqed_battery.cli.shared.tables import table, wrapped
from cqed_battery.cli.shared.verb import Answer
from cqed_battery.files.run_folder import REPORT

_COLOURS = {"holds": "green", "fails": "red", "undecided": "yellow"}
_HEADERS = ("observation", "outcome", "number", "95 % interval", "sigmas")


def verdict_answer(results: Mapping[str, Any], folder: Path) -> Answer:
    """Return the verdict of a run, and where its report lies."""
    return Answer(
        lambda: f"{verdict_words(results)}\nreport: {folder / REPORT}",
        {"folder": folder, "verdict": results["verdict"], "checks": results["checks"]},
    )


def verdict_words(results: Mapping[str, Any]) -> str:
    """Return the three observations and their conjunction, and every check that did not pass.

    Args:
        results: the content of results.json.
    """
    from rich.text import Text

    entries = (*OBSERVATIONS, ALL_THREE)
    verdict = {entry.label: results["verdict"][entry.key] for entry in entries}
    rows = [
        (name, Text(entry["outcome"], style=_COLOURS[entry["outcome"]]), *numbers(entry))
        for name, entry in verdict.items()
    ]
    lines = [table(_HEADERS, rows, words=2, numbers=(2, 3, 4)), ""]
    for name, entry in verdict.items():
        lines.append(wrapped(f"{name}: {entry['statement']} Zhao 2026 expects {entry['expected']}"))
    for name, check in results["checks"].items():
        if check["outcome"] != "pass":
            lines.append(wrapped(f"{check['outcome']}, {name}: {check['statement']}"))
    return "\n".join(lines)


def numbers(entry: Mapping[str, Any]) -> tuple[str, str, str]:
    """Write the value, the interval and the significance of one observation.

    The interval sets the digits: its half width is shown with two of them.  A number that does
    not exist is a dash.

    Args:
        entry: an observation of results.json, with value, ci_low, ci_high and significance.
    """
    value, low, high = entry["value"], entry["ci_low"], entry["ci_high"]
    digits = _digits(low, high)
    shown = "-" if value is None else f"{value:.{digits}f}"
    missing = low is None or high is None
    interval = "-" if missing else f"{low:.{digits}f} to {high:.{digits}f}"
    sigmas = entry["significance"]
    return shown, interval, "-" if sigmas is None else f"{sigmas:+.1f}"


def _digits(low: float | None, high: float | None) -> int:
    if low is None or high is None or not high > low:
        return 4
    return min(max(1 - math.floor(math.log10((high - low) / 2)), 0), 8)

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
    control = results.get("control", {})
    if control.get("kind") == "detuned":
        lines.append(wrapped(control["statement"]))
    if results.get("extraction"):
        lines += ["", _extraction(results["extraction"])]
    if results.get("qutrit"):
        lines += ["", _qutrit(results["qutrit"])]
    for name, check in results["checks"].items():
        if check["outcome"] != "pass":
            lines.append(wrapped(f"{check['outcome']}, {name}: {check['statement']}"))
    return "\n".join(lines)


def _extraction(block: Mapping[str, Any]) -> str:
    """Return the work that the pulses took out, and the tomographic ergotropy beside it."""
    rows = []
    for name, arm in block["arms"].items():
        for number, time in enumerate(arm["times"]):
            work, ergotropy = (_single(arm[key], number) for key in ("work", "ergotropy"))
            rows.append((name, f"{time:g}", *work, *ergotropy))
    heads = ("extraction", "ns", "work", "95 % interval", "ergotropy", "95 % interval")
    return table(heads, rows, words=1, numbers=range(1, 6))


def _qutrit(block: Mapping[str, Any]) -> str:
    """Return energy and ergotropy of three levels, and the population of level 2."""
    rows = []
    for name, arm in block.items():
        for number, time in enumerate(arm["times"]):
            energy, ergotropy = (_single(arm[key], number) for key in ("energy", "ergotropy"))
            level = f"{arm['populations']['value'][number][-1]:.3f}"
            rows.append((name, f"{time:g}", level, *energy, *ergotropy))
    heads = ("qutrit", "ns", "level 2", "energy", "95 % interval", "ergotropy", "95 % interval")
    return table(heads, rows, words=1, numbers=range(1, 7))


def _single(block: Mapping[str, Any], number: int) -> tuple[str, str]:
    names = ("value", "ci_low", "ci_high")
    entry = {name: block[name][number] for name in names} | {"significance": None}
    return numbers(entry)[:2]


def numbers(entry: Mapping[str, Any]) -> tuple[str, str, str]:
    """Write the value, the interval and the significance of one observation.

    The interval sets the digits: its half width is shown with two of them.  A number that does
    not exist is a dash.

    Args:
        entry: an observation of results.json, with value, ci_low, ci_high and significance.
    """
    value, low, high = entry["value"], entry["ci_low"], entry["ci_high"]
    digits = digits_for(low, high)
    shown = "-" if value is None else f"{value:z.{digits}f}"
    missing = low is None or high is None
    interval = "-" if missing else f"{low:z.{digits}f} to {high:z.{digits}f}"
    sigmas = entry["significance"]
    return shown, interval, "-" if sigmas is None else f"{sigmas:+.1f}"


def digits_for(low: float | None, high: float | None) -> int:
    """Return the decimals of an interval: its half width gets two digits.

    Args:
        low: its lower end; None where there is none.
        high: its upper end.
    """
    if low is None or high is None or not high > low:
        return 4
    return min(max(1 - math.floor(math.log10((high - low) / 2)), 0), 8)

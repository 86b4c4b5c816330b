"""The verdict as it is printed: a table of numbers, and under it the sentences."""

from __future__ import annotations

import math
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from analysis.observations import ALL_THREE, OBSERVATIONS
from cqed_battery.cli.answers import answer
from cqed_battery.cli.folders import REPORT

PLAIN_WIDTH = 80
WIDEST = 100

_COLOURS = {"holds": "green", "fails": "red", "undecided": "yellow"}


def print_verdict(results: Mapping[str, Any]) -> None:
    """Print the three observations and their conjunction, then every check that did not pass.

    Args:
        results: the content of results.json.
    """
    width = _width()
    _print_table(results["verdict"], width)
    for observation in (*OBSERVATIONS, ALL_THREE):
        entry = results["verdict"][observation.key]
        sentences = (
            f"{observation.label}: {entry['statement']} Zhao 2026 expects {entry['expected']}"
        )
        typer.echo(_sentence(sentences, width))
    for name, check in results["checks"].items():
        if check["outcome"] != "pass":
            typer.echo(_sentence(f"{check['outcome']}, {name}: {check['statement']}", width))


def answer_verdict(results: Mapping[str, Any], folder: Path, *, as_json: bool, quiet: bool) -> None:
    """Print the verdict and where the report lies, as words or as a JSON object."""
    if not (quiet or as_json):
        print_verdict(results)
    values = {"folder": folder, "verdict": results["verdict"], "checks": results["checks"]}
    answer(f"report: {folder / REPORT}", values, as_json=as_json, quiet=quiet)


def _print_table(verdict: Mapping[str, Any], width: int) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("observation", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    for header in ("number", "95 % interval", "sigmas"):
        table.add_column(header, justify="right", no_wrap=True)
    for observation in (*OBSERVATIONS, ALL_THREE):
        entry = verdict[observation.key]
        outcome = Text(entry["outcome"], style=_COLOURS[entry["outcome"]])
        table.add_row(Text(observation.label), outcome, *map(Text, numbers(entry)))
    console = Console(width=width, highlight=False)
    with console.capture() as capture:
        console.print(table)
    typer.echo("\n".join(line.rstrip() for line in capture.get().splitlines() if line.strip()))
    typer.echo()


def print_rows(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows of texts as a table; long texts are wrapped, keys in the first column are not."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, header in enumerate(headers):
        table.add_column(header, no_wrap=number == 0)
    for row in rows:
        table.add_row(*map(Text, row))
    console = Console(width=_width(), highlight=False)
    with console.capture() as capture:
        console.print(table)
    typer.echo("\n".join(line.rstrip() for line in capture.get().splitlines() if line.strip()))


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


def print_sentence(text: str) -> None:
    """Print a sentence with a capital letter first, wrapped at the terminal's width."""
    typer.echo(_sentence(f"{text[:1].upper()}{text[1:]}", _width()))


def _sentence(text: str, width: int) -> str:
    return textwrap.fill(
        text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def _width() -> int:
    if not sys.stdout.isatty():
        return PLAIN_WIDTH
    from rich.console import Console

    return min(Console().width, WIDEST)

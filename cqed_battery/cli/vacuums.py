"""The verb that compares the ways to measure the resonator: vacuum."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

import typer

from cqed_battery.cli.errors import plain_errors
from cqed_battery.cli.options import AsJson, ExperimentFile, Quiet
from cqed_battery.cli.table import PLAIN_WIDTH, print_rows

if TYPE_CHECKING:
    from analysis.vacuum_table import MethodRow

HEADERS = ("method", "ns", "lost %", "plain %", "bias %", "rest %", "shots", "at best")


_EXPLAINED = textwrap.fill(
    "ns: from the end of charging to the readout, at the longest. lost: photons that decay before"
    " the pulse ends. plain, bias: of the textbook estimate and of the optimal linear one."
    " rest: the latter's root mean square while charging, which shots do not lower. shots: of"
    " all settings, for 1 % more than that, evenly or best spread.",
    PLAIN_WIDTH,
)


def vacuum(
    file: ExperimentFile,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Compare the ways to measure the vacuum fidelity: length, photons lost, bias and shots.

    Each runs with the file's [vacuum] keys on the file's device; one that the device cannot
    serve is refused with the numbers.
    """
    with plain_errors():
        from analysis.vacuum_table import compare_methods
        from cqed_battery.experiment import Experiment

        rows = list(compare_methods(Experiment.from_toml(file)))
        if as_json:
            typer.echo(json.dumps([row.as_dict() for row in rows], indent=1))
        elif not quiet:
            _print(rows)


def _print(rows: list[MethodRow]) -> None:
    print_rows(HEADERS, [_texts(row) for row in rows])
    typer.echo(f"\n{_EXPLAINED}")
    for row in rows:
        if row.refused is not None:
            typer.echo("\n" + textwrap.fill(f"refused: {row.refused}", PLAIN_WIDTH))


def _texts(row: MethodRow) -> tuple[str, ...]:
    if row.refused is not None:
        return (row.method, *["-"] * (len(HEADERS) - 1))
    shots = ["never" if count is None else f"{count}" for count in (row.shots, row.best_shots)]
    return (
        row.method,
        f"{row.sequence_ns:.0f}",
        f"{100 * (row.lost or 0.0):.1f}",
        *(f"{100 * (bias or 0.0):+.2f}" for bias in (row.plain_bias, row.bias)),
        f"{100 * (row.systematic or 0.0):.2f}",
        *shots,
    )

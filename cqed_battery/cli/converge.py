"""The verb that checks the discretisation: check."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from cqed_battery.cli.bar import Bar
from cqed_battery.cli.errors import plain_errors
from cqed_battery.cli.options import AsJson, ExperimentFile, Quiet
from cqed_battery.cli.table import PLAIN_WIDTH

if TYPE_CHECKING:
    from protocols.prediction.refinement import Refinement


def check(
    file: ExperimentFile,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Refine the calculation, one kind at a time, and print what changes in z, x, J and F.

    Fock levels, transmon levels, the clock of the waveforms, the solver's tolerance and kind,
    and the laboratory frame in place of the rotating-wave approximation.
    """
    with plain_errors():
        from cqed_battery.experiment import Experiment
        from protocols.prediction.refinement import refinements

        experiment = Experiment.from_toml(file)
        with Bar((1.0,), quiet=quiet) as bar:
            rows = list(refinements(experiment, bar.stage(0)))
        noise = experiment.tomography.shots**-0.5
        if as_json:
            typer.echo(json.dumps([asdict(row) for row in rows], indent=1))
        elif not quiet:
            _print(rows, noise)


def _print(rows: list[Refinement], noise: float) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("refined", no_wrap=True)
    table.add_column("from", no_wrap=True)
    table.add_column("to", no_wrap=True)
    for header in ("z", "x", "J (hw/ns)", "F"):
        table.add_column(header, justify="right", no_wrap=True)
    for row in rows:
        changes = (row.z, row.x, row.heat_current, row.vacuum_fidelity)
        table.add_row(row.kind, row.before, row.after, *(f"{change:.0e}" for change in changes))
    console = Console(width=PLAIN_WIDTH, highlight=False)
    with console.capture() as capture:
        console.print(table)
    typer.echo("\n".join(line.rstrip() for line in capture.get().splitlines() if line.strip()))
    largest = max(rows, key=lambda row: max(row.z, row.x))
    size = max(largest.z, largest.x)
    compared = "below" if size < noise else "above"
    typer.echo(
        "\nLargest changes over arms and times. The largest of z and x is"
        f" {size:.0e}\n({largest.kind}), {compared} the {noise:.0e} of one setting's shot noise."
    )

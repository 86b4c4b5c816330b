"""The verb that fits traces: characterise."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cqed_battery.cli.device_ import carried_words
from cqed_battery.cli.shared.options import BaseExperiment, Force, NewExperiment
from cqed_battery.cli.shared.tables import table
from cqed_battery.cli.shared.verb import Answer, verb

_FITTED = ("parameter", "value", "error", "unit")


@verb("Before the measurement")
def characterise(
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA", help="File of a trace, in any format of import.", show_default=False
        ),
    ],
    trace: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="TRACE",
            help="t1, ramsey, echo, rabi-time, rabi-amplitude, line (spectroscopy) or readout.",
        ),
    ],
    experiment: BaseExperiment = None,
    x: Annotated[
        str | None,
        typer.Option("--x", metavar="COLUMN", help="Abscissa.", show_default="the first"),
    ] = None,
    y: Annotated[
        str | None,
        typer.Option("--y", metavar="COLUMN", help="Signal.", show_default="the second"),
    ] = None,
    std: Annotated[
        str | None,
        typer.Option(
            "--std",
            metavar="COLUMN",
            help="Standard errors of the signal.",
            show_default="by the residuals",
        ),
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option(
            "--unit",
            metavar="UNIT",
            help="Of the abscissa: ns, us, s, GHz, MHz or Hz.",
            show_default="what the file or the column's name tells",
        ),
    ] = None,
    q: Annotated[
        str | None,
        typer.Option("--q", metavar="COLUMN", help="Quadrature, where --y is I."),
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(
            "--group", metavar="NAME", help="Group of the file, or TASK/QUBIT of Qibocal's folder."
        ),
    ] = None,
    out: NewExperiment = None,
    force: Force = False,
) -> Answer:
    """Fit a trace of a device, and update an experiment file with what it tells."""
    import cqed_battery as cb

    fitted, found = cb.characterise(
        data,
        trace,
        experiment=experiment,
        x=x,
        y=y,
        std=std,
        unit=unit,
        q=q,
        group=group,
        out=out,
        force=force,
    )
    rows = [(f.name, f"{f.value:.6g}", f"{f.std:.2g}", f.unit) for f in fitted]
    values = {"fitted": [asdict(parameter) for parameter in fitted], **found.as_dict()}
    words = "\n".join([table(_FITTED, rows), *carried_words(found, out)])
    return Answer(words, values)

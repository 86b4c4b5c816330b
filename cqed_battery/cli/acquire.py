"""The verb that takes counts from control electronics, or rehearses that: acquire."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cqed_battery.cli.shared.progress_bar import Bar
from cqed_battery.cli.shared.verb import Answer, Given, verb
from cqed_battery.units import show_hours

if TYPE_CHECKING:
    from analysis.planning.measuring import Round


@verb("Run and analyse", seed=True)
def acquire(
    given: Given,
    bar: Bar,
    setup: Annotated[
        Path,
        typer.Option("--setup", metavar="SETUP", help="Instruments and their signals (YAML)."),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="DATASET", help="Dataset to write (netCDF).")
    ],
    rehearse: Annotated[
        bool,
        typer.Option(
            "--rehearse", help="Emulate the instruments, and the chip behind their samples."
        ),
    ] = False,
    claim: Annotated[
        str | None,
        typer.Option(
            "--claim",
            metavar="CLAIM",
            help="Measure in rounds until this is decided, as plan names it.",
            show_default=False,
        ),
    ] = None,
    sigma: Annotated[
        float | None,
        typer.Option(
            "--sigma", metavar="N", help="Standard errors that decide it.", show_default="5"
        ),
    ] = None,
) -> Answer:
    """Play the experiment on control electronics, or rehearse it, and write its counts.

    Chunks are kept as they come; the same command goes on where another one stopped.
    """
    import cqed_battery as cb

    rounds: list[Round] = []
    cb.acquire(
        given.experiment,
        setup,
        out,
        rehearse=rehearse,
        claim=claim,
        sigma=sigma,
        progress=bar.report,
        each=rounds.append,
    )
    lines = [_line(number, found) for number, found in enumerate(rounds, start=1)]
    values = {"dataset": out, "rounds": [found.as_dict() for found in rounds]}
    return Answer("\n".join([*lines, f"dataset: {out}"]), values)


def _line(number: int, found: Round) -> str:
    judged = found.judged
    return (
        f"round {number}: {found.shots} shots of {found.settings} settings in"
        f" {show_hours(found.hours)}, {judged.sigmas:.1f} sigmas: {judged.decision}"
    )

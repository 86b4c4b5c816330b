"""The verb that compiles a run for control electronics: instruments."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cqed_battery.cli.shared.progress_bar import Bar
from cqed_battery.cli.shared.tables import sentence, table
from cqed_battery.cli.shared.verb import Answer, Given, verb

if TYPE_CHECKING:
    from protocols.instruments.compilation import Compilation

_HEADERS = ("channel", "signal", "GSa/s", "largest amplitude", "samples", "off by")


@verb("Before the measurement")
def instruments(
    given: Given,
    bar: Bar,
    setup: Annotated[
        Path,
        typer.Option("--setup", metavar="SETUP", help="Instruments and their signals (YAML)."),
    ],
) -> Answer:
    """Compile every setting for control electronics, without hardware, and read it back."""
    import cqed_battery as cb

    found = cb.instruments(given.experiment, setup, progress=bar.report)
    return Answer(lambda: _words(found), found.to_dict())


def _words(found: Compilation) -> str:
    rows = [
        (
            name,
            channel.signal,
            f"{channel.rate_GHz:g}",
            f"{channel.amplitude:.3f}",
            str(channel.memory),
            f"{channel.off:.2g}",
        )
        for name, channel in found.channels.items()
    ]
    same = (
        "what was read back is the sequence, to the instruments' resolution"
        if found.faithful
        else "what was read back is NOT the sequence"
    )
    lines = [
        table(_HEADERS, rows, words=2, numbers=range(2, 6)),
        sentence(
            f"{found.settings} settings in {found.programmes} programs, {found.shots} shots in"
            f" {found.seconds:.3g} s: {same} ({found.resolution:.1e} of full scale)"
        ),
        *map(sentence, found.notes),
    ]
    return "\n".join(lines)

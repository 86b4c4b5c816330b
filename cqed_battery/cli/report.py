"""The verb that writes a page anew: report."""

from pathlib import Path
from typing import Annotated

import typer

from cqed_battery.cli.shared.verb import Answer, verb


@verb("Run and analyse")
def report(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of a run.", show_default=False)
    ],
) -> Answer:
    """Write report.html anew from dataset.nc and results.json in DIR, or from a search's files."""
    import cqed_battery as cb

    page = cb.report(folder)
    return Answer(f"report: {page}", {"report": page})

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
    summary: Annotated[
        Path | None,
        typer.Option(
            "--summary",
            metavar="PICTURE",
            help="Draw the verdict for a talk, too: PNG or SVG, 16 to 9.",
            show_default="none",
        ),
    ] = None,
) -> Answer:
    """Write report.html anew from dataset.nc and results.json in DIR, or from a search's files."""
    import cqed_battery as cb

    page = cb.report(folder, summary=summary)
    values = {"report": page} | ({} if summary is None else {"summary": summary})
    return Answer("\n".join(f"{name}: {path}" for name, path in values.items()), values)

"""The verb that writes a page anew, or the list of a folder's runs: report."""

from pathlib import Path
from typing import Annotated

import typer

from cqed_battery.cli.shared.progress_bar import Bar
from cqed_battery.cli.shared.verb import Answer, verb


@verb("Run and analyse")
def report(
    bar: Bar,
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="Folder of a run; with --all, of runs.", show_default=False
        ),
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
    every: Annotated[
        bool, typer.Option("--all", help="List the runs that lie in DIR on one page, runs.html.")
    ] = False,
) -> Answer:
    """Write report.html anew from dataset.nc and results.json in DIR, or from a search's files."""
    import cqed_battery as cb

    page = cb.report(folder, summary=summary, every=every, progress=bar.report, say=bar.say)
    if every:
        return Answer(f"runs: {page}", {"runs": page})
    values = {"report": page} | ({} if summary is None else {"summary": summary})
    return Answer("\n".join(f"{name}: {path}" for name, path in values.items()), values)

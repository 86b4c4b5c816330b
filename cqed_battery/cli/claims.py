"""The verb that computes what the papers claim: claims."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cqed_battery.cli.shared.progress_bar import Bar
from cqed_battery.cli.shared.tables import table
from cqed_battery.cli.shared.verb import Answer, verb


@verb("The seed papers")
def claims(
    bar: Bar,
    name: Annotated[
        str | None,
        typer.Argument(metavar="[PAPER]", help="Short name of a paper.", show_default="all"),
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option(
            "--page", metavar="FILE", help="Write a Markdown page, and its pictures beside it."
        ),
    ] = None,
) -> Answer:
    """Compute what the papers claim, under each reading, and say what of it holds."""
    import cqed_battery as cb
    from analysis.papers.ledger import as_json, as_page
    from cqed_battery.files.datasets import write_text
    from cqed_battery.verbs.papers import PICTURES, save_pictures

    entries = cb.claims(name, progress=bar.report)
    if page is not None:
        save_pictures(entries, page.parent / PICTURES, progress=bar.report)
        write_text(page, as_page(entries, PICTURES))
    rows = [
        (entry.claim.key, entry.claim.place, entry.claim.says, entry.finding.verdict)
        for entry in entries
    ]
    headers = ("claim", "place", "says", "verdict")
    return Answer(lambda: table(headers, rows), json.loads(as_json(entries)))

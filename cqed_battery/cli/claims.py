"""The verb that computes what the papers claim: claims."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cqed_battery.cli.shared.completion import papers_and_claims
from cqed_battery.cli.shared.progress_bar import Bar
from cqed_battery.cli.shared.tables import table, wrapped
from cqed_battery.cli.shared.verb import Answer, verb
from cqed_battery.errors import CqedBatteryError

if TYPE_CHECKING:
    from analysis.papers.ledger import Entry


@verb("The seed papers")
def claims(
    bar: Bar,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[PAPER]",
            help="Short name of a paper, or a claim's key.",
            show_default="all",
            autocompletion=papers_and_claims,
        ),
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option(
            "--page", metavar="FILE", help="Write a Markdown page, and its pictures beside it."
        ),
    ] = None,
) -> Answer:
    """Compute what the papers claim, under each reading, and say what of it holds.

    A claim's key, such as Z1-5, shows the number of each reading.
    """
    import cqed_battery as cb
    from analysis.papers.ledger import as_json, as_page
    from cqed_battery.files.datasets import write_text
    from cqed_battery.verbs.papers import PICTURES, save_pictures

    entries = cb.claims(name, progress=bar.report)
    if len(entries) == 1:
        return _one(entries[0], page)
    if page is not None:
        save_pictures(entries, page.parent / PICTURES, progress=bar.report)
        write_text(page, as_page(entries, PICTURES))
    rows = [
        (entry.claim.key, entry.claim.place, entry.claim.says, entry.finding.verdict)
        for entry in entries
    ]
    headers = ("claim", "place", "says", "verdict")
    return Answer(lambda: table(headers, rows), json.loads(as_json(entries)))


def _one(entry: Entry, page: Path | None) -> Answer:
    """Return every number that tests a claim."""
    from analysis.papers.ledger import as_json, reading_rows

    if page is not None:
        raise CqedBatteryError(
            "--page needs all claims of a paper, as it says which reading fits how many at once; "
            f"leave it out, or write claims {entry.paper.key} --page {page}"
        )
    claim, finding = entry.claim, entry.finding

    def words() -> str:
        """Return the claim, its verdict, its numbers, and what a reader must know."""
        rows = (
            f"{found} ({held}): {reading}; holds if {rule}"
            for reading, found, rule, held in reading_rows(finding)
        )
        lines = [f"{claim.heading}.", f"{claim.place}: {finding.verdict}.", *rows]
        lines += [finding.remark] if finding.remark else []
        lines += [f"figure: {claim.drawing}"] if claim.drawing else []
        return "\n".join(map(wrapped, lines))

    return Answer(words, json.loads(as_json([entry])))

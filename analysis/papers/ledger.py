"""The ledger: every claim of the papers with what was found, as values, JSON and a page."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from analysis.papers.claim import Finding, PaperClaim
from analysis.papers.paper import Paper
from cqed_battery.compute.threads import one_thread

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Entry:
    """One row of the ledger."""

    paper: Paper
    claim: PaperClaim
    finding: Finding


@one_thread()
def compute_ledger(papers: Iterable[Paper], progress: Progress | None = None) -> list[Entry]:
    """Compute the finding of every claim of the papers, in their order."""
    rows = [(paper, claim) for paper in papers for claim in paper.claims]
    entries = []
    for number, (paper, claim) in enumerate(rows):
        if progress:
            progress(number, len(rows), f"{claim.key}")
        entries.append(Entry(paper, claim, claim.compute()))
    if progress:
        progress(len(rows), len(rows), "ledger")
    return entries


def as_json(entries: Iterable[Entry]) -> str:
    """Return the ledger as a JSON list, one object for each claim."""
    return json.dumps([_as_dict(entry) for entry in entries], indent=1, allow_nan=False)


def _as_dict(entry: Entry) -> dict[str, Any]:
    claim = entry.claim
    return {
        "paper": entry.paper.key,
        "claim": claim.key,
        "place": claim.place,
        "says": claim.says,
        "verdict": entry.finding.verdict,
        "readings": [asdict(reading) for reading in entry.finding.readings],
        "remark": entry.finding.remark,
        "command": claim.command,
    }


def as_page(entries: Iterable[Entry]) -> str:
    """Return the ledger as a Markdown page."""
    return "\n".join([*_HEAD, *_paragraphs(list(entries))]).rstrip() + "\n"


_HEAD = (
    "# The ledger: what the papers claim, and what of it holds",
    "",
    "Written by `cqed-battery claims --page docs/claims.md` from what it computes; not by hand.",
    "Each claim is in our own words, with its place. A reading is one way to understand an",
    "ambiguous text; a claim that holds under some readings only says under which.",
)


def _paragraphs(entries: list[Entry]) -> Iterator[str]:
    paper = None
    for entry in entries:
        if entry.paper is not paper:
            paper = entry.paper
            yield from ("", f"## {paper.key}: {paper.title}", "", f"{paper.source}.")
        yield from _row(entry)


def _row(entry: Entry) -> Iterator[str]:
    claim, finding = entry.claim, entry.finding
    yield from ("", f"### {claim.key}: {finding.verdict}", "", f"{claim.says} ({claim.place})")
    if finding.readings:
        yield from ("", "| reading | found | holds if | holds |", "|---|---|---|---|")
    for reading in finding.readings:
        held = "yes" if reading.holds else "no"
        number = f"{reading.number:.3g} {reading.unit}".strip()
        yield f"| {_cell(reading.name)} | {number} | {_cell(reading.criterion)} | {held} |"
    if finding.remark:
        yield from ("", finding.remark)
    if claim.command:
        yield from ("", f"    {claim.command}")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")

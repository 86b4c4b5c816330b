"""The ledger: every claim of the papers with what was found, as values, JSON and a page."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from analysis.papers.claim import PaperClaim
from analysis.papers.finding import DEPENDS, FAILS, HOLDS, NOT_TESTABLE, Finding, Reading
from analysis.papers.joint import joint_readings
from analysis.papers.paper import Paper
from cqed_battery.compute.threads import one_thread
from cqed_battery.files.markdown import link, table

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Entry:
    """One row of the ledger."""

    paper: Paper
    claim: PaperClaim
    finding: Finding


@one_thread()
def compute_ledger(
    claims: Iterable[tuple[Paper, PaperClaim]], progress: Progress | None = None
) -> list[Entry]:
    """Compute the finding of claims, each given with its paper, in their order."""
    rows = list(claims)
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
        "drawing": claim.drawing,
    }


_HEAD = (
    "# The ledger: what the papers claim, and what of it holds",
    "",
    "Written by `cqed-battery claims --page docs/claims.md` from what it computes; not by hand.",
    "Each claim is in our own words, with its place. A reading is one way to understand an",
    "ambiguous text, a range of an axis among them; a claim that holds under some readings only",
    "says under which. A number within a tenth of its limit is called near: a small change of a",
    "convention or of a range would turn it. How each text was covered, section by section, stands",
    "in [the coverage of the texts](coverage.md).",
    "",
    "A sentence judged alone may hold under a reading that makes another one fail. At the head of",
    "each paper a table takes one value for each thing that the text leaves open, and counts the",
    "sentences that then hold; a sentence counts, too, if it holds at one of the ranges or points",
    "that it leaves open besides. A sentence of Zhao's that has parts counts if all of them hold.",
    "Which reading fits a sentence was looked for after the numbers were known, so that a fit",
    "proves little; that no reading fits them all says more.",
    "",
    "## All claims",
)
_MOST_JOINT = 5  # rows beside the text's own reading


def as_page(entries: Iterable[Entry], pictures: str = "") -> str:
    """Return the ledger as a Markdown page: all verdicts first, then each claim.

    Args:
        entries: of the ledger.
        pictures: folder of the figures' pictures as seen from the page, by "paper-figure.png";
            "" for none.
    """
    rows = list(entries)
    papers = list({entry.paper.key: entry.paper for entry in rows}.values())
    of = {paper.key: [e for e in rows if e.paper.key == paper.key] for paper in papers}
    parts = [*_HEAD, "", *_counts(papers, of)]
    for paper in papers:
        parts += ["", *_index(paper, of[paper.key])]
    for paper in papers:
        parts += ["", f"## {_title(paper)}", "", f"{paper.source}."]
        parts += ["", *_at_once(paper, of[paper.key])]
        for entry in of[paper.key]:
            parts += ["", *_row(entry, pictures)]
    return "\n".join(parts).rstrip() + "\n"


def _title(paper: Paper) -> str:
    return f"{paper.key}: {paper.title}"


def _counts(papers: Iterable[Paper], of: Mapping[str, list[Entry]]) -> Iterator[str]:
    """Yield the matrix of papers and verdicts."""
    kinds = (HOLDS, DEPENDS, FAILS, NOT_TESTABLE)
    rows = (
        [link(_title(paper), _title(paper)), *(str(_count(of[paper.key], kind)) for kind in kinds)]
        for paper in papers
    )
    return table(("paper", *kinds), rows)


def _count(entries: Iterable[Entry], kind: str) -> int:
    return sum(entry.finding.short.startswith(kind) for entry in entries)


def _index(paper: Paper, entries: Iterable[Entry]) -> Iterator[str]:
    rows = (
        (link(e.claim.key, e.claim.heading), e.claim.says.removesuffix("."), e.finding.short)
        for e in entries
    )
    return table((paper.key, "claims that", "verdict"), rows)


def _at_once(paper: Paper, entries: Iterable[Entry]) -> Iterator[str]:
    """Yield the table of the readings that fit most sentences at once, and the text's own."""
    found = joint_readings({e.claim.key: e.finding for e in entries}, paper.options)
    shown = [one for place, one in enumerate(found) if place < _MOST_JOINT or one.own]
    yield from (f"### {paper.key}: which reading fits how many sentences at once", "")
    rows = (
        (
            f"{one.name}{' (the text)' if one.own else ''}",
            f"{len(one.held)} of {len(one.held) + len(one.failed)}",
            " ".join(one.failed),
        )
        for one in shown
    )
    yield from table(("reading", "hold", "fail"), rows)
    rest = len(found) - len(shown)
    if rest:
        fewest = len(found[-1].held)
        yield from ("", f"Of {rest} further choices the worst fits {fewest}.")


def _row(entry: Entry, pictures: str) -> Iterator[str]:
    claim, finding = entry.claim, entry.finding
    yield from (f"### {claim.heading}", "", f"{claim.place}. **{_sentence(finding.verdict)}**")
    if pictures and claim.figure:
        name = f"{entry.paper.key}-{claim.figure}"
        yield from ("", f"![Figure {name}]({pictures}/{name}.png)")
    if finding.readings:
        yield from ("", *table(READING, reading_rows(finding)))
    if finding.remark:
        yield from ("", finding.remark)
    yield from ("", *(f"    {command}" for command in (claim.command, claim.drawing) if command))


READING = ("reading", "found", "holds if", "holds")
"""Headers of `reading_rows`."""


def reading_rows(finding: Finding) -> list[tuple[str, str, str, str]]:
    """Return one row for each reading, as `READING` names them.

    Args:
        finding: of a claim.
    """
    return [
        (r.name, f"{r.number:.3g} {r.unit}".strip(), r.criterion, _held(r))
        for r in finding.readings
    ]


def _sentence(verdict: str) -> str:
    return f"{verdict[:1].upper()}{verdict[1:]}."


def _held(reading: Reading) -> str:
    words = "yes" if reading.holds else "no"
    return f"{words}, near: {reading.margin:.1%} off" if reading.near else words

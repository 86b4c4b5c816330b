"""The page of a search and the picture for the wall, written from what the search saved."""

from pathlib import Path
from typing import Any

from analysis.observations import ALL_THREE, OBSERVATIONS
from analysis.report.design import tables
from analysis.report.design.figures import design_drawings
from analysis.report.design.found import Found
from analysis.report.design.poster import write_poster
from analysis.report.design.words import describe
from analysis.report.formatting import number, sentence, typeset
from analysis.report.html import render
from analysis.report.page import SYMBOLS
from cqed_battery.files.datasets import write_text

__all__ = ["render_design", "write_design_report"]

REPORT, POSTER = "report.html", "where-it-holds"
ONLY_ON_MAP = (
    "Yet the map, computed around the best point afterwards, has places where all three hold:"
    " search on from there."
)
NUMBERS = (("S", "heat", 3), ("late gain", "late_gain", 3), ("F", "fidelity", 4))


def write_design_report(folder: Path) -> Path:
    """Write report.html, where-it-holds.svg and where-it-holds.png into a search's folder.

    Everything is read from design.json, points.nc and, where there is one, map.nc: the same
    files give the same page. Returns the page's path.

    Raises:
        CqedBatteryError: the folder holds no complete search.
        OSError: the folder cannot be written to.
    """
    found = Found.read(folder)
    write_text(folder / REPORT, render_design(found))
    for suffix in (".svg", ".png"):
        write_poster(found, (folder / POSTER).with_suffix(suffix))
    return folder / REPORT


def render_design(found: Found) -> str:
    """Return the HTML of a search's page."""
    return render("design.html.j2", _context(found))


def _context(found: Found) -> dict[str, Any]:
    results = found.results
    return {
        "title": str(results["title"]),
        "description": describe(found),
        "together": _together(found),
        "cards": _cards(found),
        "drawings": design_drawings(found),
        "points": tables.points_table(found),
        "controls": tables.control_table(found),
        "where_controls": tables.where_controls_table(found),
        "control_statement": sentence(str(results["control"])),
        "robust": sentence(str(results["robust"])),
        "tolerances": tables.tolerance_table(found),
        "box": tables.box_table(found),
        "screening": sentence(str(results["screening"])),
        "versions": tables.version_rows(found),
    }


def _together(found: Found) -> dict[str, str]:
    outcome = "holds" if found.results[ALL_THREE.key] else "fails"
    statement = sentence(typeset(str(found.results["statement"])))
    if outcome == "fails" and found.anywhere:
        statement += f" {ONLY_ON_MAP}"
    return {
        "title": ALL_THREE.title,
        "outcome": outcome,
        "symbol": SYMBOLS[outcome],
        "statement": statement,
    }


def _cards(found: Found) -> list[dict[str, str]]:
    """Return the three observations at the best point."""
    best, cards = found.results["best"][0], []
    for each, (letter, quantity, digits) in zip(OBSERVATIONS, NUMBERS, strict=True):
        outcome, words = _outcome(best[each.column], found.bar)
        cards.append(
            {
                "title": each.title,
                "outcome": outcome,
                "symbol": SYMBOLS[outcome],
                "letter": letter,
                "value": number(best[quantity], digits),
                "unit": each.unit,
                "sigmas": words,
            }
        )
    return cards


def _outcome(sigmas: float | None, bar: float) -> tuple[str, str]:
    """Return whether so many sigmas hold, and how they are said; undecided below those asked."""
    if sigmas is None:
        return "undecided", "sigmas not computed"
    outcome = "holds" if sigmas >= bar else "undecided" if sigmas > 0 else "fails"
    side = "clear of" if sigmas > 0 else "short of"
    return outcome, f"{number(abs(sigmas), 1)} σ {side} its bar, {bar:g} asked for"

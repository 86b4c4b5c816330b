"""The page of a search, written from what the search saved."""

from pathlib import Path
from typing import Any

from analysis.observations import ALL_THREE, OBSERVATIONS, Observation
from analysis.report.design import tables
from analysis.report.design.figures import design_drawings
from analysis.report.design.saved_search import SavedSearch
from analysis.report.formatting import number, sentence
from analysis.report.html import render
from cqed_battery.files.datasets import write_text

REPORT = "report.html"
KINDS = {
    "significance": "the smallest of the three observations' sigmas within the hours",
    "sustained-gain": "the gain that stays, with F above its bar",
    "peak-gain": "the gain at the peak",
    "ladder-gain": "the gain of all levels of the transmon at the end",
    "power": "the largest ergotropy over the time it took",
    "efficiency": "the ergotropy at the end over the drive's work, with the gain above its bar",
    "hours-to-5-sigma": "few hours until all three observations hold",
}
ONLY_ON_MAP = (
    "Yet the map, computed around the best point afterwards, has places where all three hold:"
    " search on from there."
)
NUMBERS = (("S", "heat", 3), ("late gain", "late_gain", 3), ("F", "fidelity", 4))
"""What stands on the cards: letter, field of a point, decimals; in the order of `OBSERVATIONS`."""


def write_design_report(folder: Path) -> Path:
    """Write report.html into a search's folder.

    Everything is read from design.json, points.nc and, where there is one, map.nc: the same
    files give the same page.

    Args:
        folder: where the search saved its files.

    Returns:
        The page's path.

    Raises:
        CqedBatteryError: the folder holds no complete search.
        OSError: the folder cannot be written to.
    """
    write_text(folder / REPORT, render_design(SavedSearch.read(folder)))
    return folder / REPORT


def render_design(search: SavedSearch) -> str:
    """Return the HTML of a search's page."""
    results = search.results
    context = {
        "title": str(results["title"]),
        "description": _describe(search),
        "together": ALL_THREE,
        "outcome": "holds" if results[ALL_THREE.key] else "fails",
        "statement": _statement(search),
        "cards": [
            _card(search, each, *shown) for each, shown in zip(OBSERVATIONS, NUMBERS, strict=True)
        ],
        "drawings": design_drawings(search),
        "points": tables.points_table(search),
        "controls": tables.control_table(search),
        "where_controls": tables.where_controls_table(search),
        "tolerances": tables.tolerance_table(search),
        "box": tables.box_table(search),
        "refusals": tables.refusal_table(search),
        "results": results,
        "versions": tables.version_rows(search),
    }
    return render("design.html.j2", context)


def _describe(search: SavedSearch) -> str:
    """Say in one line what was searched: the box, how many points, what for."""
    wanted, box = search.results["objective"], search.results["box"]
    return (
        f"A box of {len(box)} {'key' if len(box) == 1 else 'keys'}, "
        f"{len(search.exact)} points evaluated, searched for {KINDS[wanted['kind']]}. Asked for:"
        f" a gain of {wanted['least_gain']:g} ħω late and as a window mean,"
        f" F ≥ {wanted['least_fidelity']:g}, S < 0 by {wanted['early_ns']:g} ns; J, gain and F"
        f" each {wanted['sigmas']:g} sigmas clear of its bar, within {wanted['hours']:g} h in the"
        " laboratory."
    )


def _statement(search: SavedSearch) -> str:
    statement = sentence(str(search.results["statement"]))
    if search.anywhere and not search.results[ALL_THREE.key]:
        statement += f" {ONLY_ON_MAP}"
    return statement


def _card(
    search: SavedSearch, each: Observation, letter: str, quantity: str, digits: int
) -> dict[str, Any]:
    """Return one observation at the best point, undecided below the sigmas asked for."""
    best = search.results["best"][0]
    sigmas, outcome, words = best[each.column], "undecided", "sigmas not computed"
    if sigmas is not None:
        outcome = "holds" if sigmas >= search.bar else "undecided" if sigmas > 0 else "fails"
        side = "clear of" if sigmas > 0 else "short of"
        bar = search.results["objective"]["least_fidelity"] if each.bar else 0
        words = f"{number(abs(sigmas), 1)} σ {side} its bar of {bar:g}; {search.bar:g} asked for"
    value = number(best[quantity], digits)
    return {"claim": each, "letter": letter, "value": value, "outcome": outcome, "sigmas": words}

"""The page of a search, written from what the search saved."""

from pathlib import Path

from analysis.report.design import tables
from analysis.report.design.figures import design_drawings
from analysis.report.design.saved_search import SavedSearch
from analysis.report.rendering import render
from analysis.report.summary import SYMBOLS
from analysis.report.wording import number, sentence, typeset
from cqed_battery.files.datasets import write_text

__all__ = ["render_design", "write_design_report"]

REPORT = "report.html"
KINDS = {
    "significance": "the smallest of the three observations' sigmas within the hours",
    "sustained-gain": "the gain that stays, with F above its bar",
    "peak-gain": "the gain at the peak",
    "hours-to-5-sigma": "few hours until all three observations hold",
}
ONLY_ON_MAP = (
    "Yet the map, computed around the best point afterwards, has places where all three hold:"
    " search on from there."
)
CARDS = (
    ("heat_sigmas", "Energy leaves the battery early", "S", "heat", "ħω", 3),
    ("gain_sigmas", "More ergotropy than the control", "late gain", "late_gain", "ħω", 3),
    ("vacuum_sigmas", "The resonator is back in its vacuum", "F", "fidelity", "", 4),
)


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
        "all_three": _all_three(search),
        "cards": [_card(search, *card) for card in CARDS],
        "drawings": design_drawings(search),
        "points": tables.points_table(search),
        "controls": tables.control_table(search),
        "where_controls": tables.where_controls_table(search),
        "control_statement": sentence(str(results["control"])),
        "robust": sentence(str(results["robust"])),
        "tolerances": tables.tolerance_table(search),
        "box": tables.box_table(search),
        "screening": sentence(str(results["screening"])),
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
        f" F ≥ {wanted['least_fidelity']:g}, S < 0 by {wanted['early_ns']:g} ns, each by"
        f" {wanted['sigmas']:g} sigmas, within {wanted['hours']:g} h in the laboratory."
    )


def _all_three(search: SavedSearch) -> dict[str, str]:
    outcome = "holds" if search.results["all_three"] else "fails"
    statement = sentence(typeset(str(search.results["statement"])))
    if outcome == "fails" and search.anywhere:
        statement += f" {ONLY_ON_MAP}"
    return {"outcome": outcome, "symbol": SYMBOLS[outcome], "statement": statement}


def _card(
    search: SavedSearch, name: str, title: str, letter: str, quantity: str, unit: str, digits: int
) -> dict[str, str]:
    """Return one observation at the best point, undecided below the sigmas asked for."""
    best = search.results["best"][0]
    sigmas, outcome, words = best[name], "undecided", "sigmas not computed"
    if sigmas is not None:
        outcome = "holds" if sigmas >= search.bar else "undecided" if sigmas > 0 else "fails"
        side = "clear of" if sigmas > 0 else "short of"
        words = f"{number(abs(sigmas), 1)} σ {side} its bar, {search.bar:g} asked for"
    return {
        "title": title,
        "outcome": outcome,
        "symbol": SYMBOLS[outcome],
        "letter": letter,
        "value": number(best[quantity], digits),
        "unit": unit,
        "sigmas": words,
    }

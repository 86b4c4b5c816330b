"""The tables of a search's page: best points, gains kept apart, tolerances, the box."""

from collections.abc import Mapping
from typing import Any

from analysis.report.design.saved_search import SavedSearch, axis_label
from analysis.report.formatting import number, sentence, value_text
from analysis.report.tables import Table

KINDS = {"peak": "at the peak", "mean": "window mean", "late": "late"}
COLUMNS = {  # of a point: heading and decimals
    "peak_gain": ("gain at the peak", 3),
    "mean_gain": ("window mean", 3),
    "late_gain": ("late (ħω)", 3),
    "fidelity": ("F", 4),
    "heat": ("S (ħω)", 3),
    "heat_sigmas": ("sigmas of J", 1),
    "gain_sigmas": ("of the gain", 1),
    "vacuum_sigmas": ("of F", 1),
}
LADDER = {"ladder_end": ("gain of all levels, at the end", 3)}
"""Besides, where a search raises it."""


def _columns(search: SavedSearch) -> dict[str, tuple[str, int]]:
    raises_it = search.results["objective"]["kind"] == "ladder-gain"
    return (LADDER if raises_it else {}) | COLUMNS


def _headings(search: SavedSearch) -> tuple[str, ...]:
    return tuple(heading for heading, _ in _columns(search).values())


def _cells(search: SavedSearch, point: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(number(point[name], digits) for name, (_, digits) in _columns(search).items())


def points_table(search: SavedSearch) -> Table:
    """Return the best points: gains apart, F, S, significances, hours, file."""
    head = ("point", *_headings(search), f"hours to {search.bar:g} sigmas", "experiment file")
    rows = tuple(
        (f"best {rank}", *_cells(search, point), number(point["hours"], 2), point["file"] or "–")
        for rank, point in enumerate(search.results["best"], 1)
    )
    return Table("The best points", head, rows)


def control_table(search: SavedSearch) -> Table:
    """Return ergotropy and gain of the best points against both controls, by kind."""
    rows = []
    for rank, point in enumerate(search.results["best"], 1):
        for kind, words in KINDS.items():
            gain, control = point[f"{kind}_gain"], point[f"{kind}_control"]
            highest = search.results["best_control"][f"{kind}_control"]
            own = None if None in (gain, control) else gain + control
            against = None if own is None else own - highest
            cells = (number(value, 3) for value in (own, control, gain, highest, against))
            rows.append((f"best {rank}, {words}", *cells))
    head = (
        "ergotropy (ħω)",
        "catalysed",
        "control, coupler closed",
        "gain",
        "best control within the box",
        "gain against it",
    )
    return Table("Gain against two controls", head, rows)


def where_controls_table(search: SavedSearch) -> Table:
    """Return what the best control of each kind is, by the keys that act on a control."""
    chosen = search.results["best_control_values"]
    keys = list(chosen["late_control"])
    rows = tuple(
        (words, *(_value(chosen[f"{kind}_control"][key]) for key in keys))
        for kind, words in KINDS.items()
    )
    head = ("best control", *map(axis_label, keys))
    return Table("Where the best controls lie", head, rows)


def tolerance_table(search: SavedSearch) -> Table | None:
    """Return what is left when each key is off by its tolerance; None where none was tried."""
    off, tolerance = search.results["robustness"], search.results["tolerance"]
    if not off:
        return None
    rows = [("as found", "–", *_cells(search, search.results["best"][0]))]
    for key, sides in off.items():
        for side, sign in (("below", "\N{MINUS SIGN}"), ("above", "+")):
            step = f"{sign}{value_text(float(tolerance[key]))}"
            rows.append((axis_label(key), step, *_cells(search, sides[side])))
    head = ("what is off", "by", *_headings(search))
    return Table("Off by the tolerance", head, rows)


def box_table(search: SavedSearch) -> Table:
    """Return the box: bounds, the file's own value, and the values of the best points."""
    results = search.results
    rows = tuple(
        (
            axis_label(key),
            *(value_text(float(bound)) for bound in bounds),
            _value(results["own"][key]),
            *(_value(point["values"][key]) for point in results["best"]),
        )
        for key, bounds in results["box"].items()
    )
    ranks = (f"best {rank}" for rank in range(1, len(results["best"]) + 1))
    head = ("key", "from", "to", "the file's own", *ranks)
    return Table("The box and where the points lie", head, rows)


def refusal_table(search: SavedSearch) -> Table | None:
    """Return how many points were refused or cannot be measured, by reason; None without any."""
    found = search.results.get("refusals", [])  # searches of before do not tell
    rows = tuple((row["status"], str(row["points"]), sentence(row["reason"])) for row in found)
    return Table("What was refused", ("status", "points", "reason"), rows) if rows else None


def _value(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}".replace("-", "\N{MINUS SIGN}")


def version_rows(search: SavedSearch) -> Table:
    """Return the versions that computed the points."""
    rows = tuple((name, str(version)) for name, version in search.results["versions"].items())
    return Table("Versions", (), rows)

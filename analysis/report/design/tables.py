"""The tables of a search's page: best points, gains kept apart, tolerances, the box."""

from collections.abc import Mapping
from typing import Any

from analysis.report.design.found import Found, axis_label
from analysis.report.formatting import number, value_text
from analysis.report.tables import Table

__all__ = [
    "box_table",
    "control_table",
    "points_table",
    "tolerance_table",
    "version_rows",
    "where_controls_table",
]

KINDS = {"peak": "at the peak", "mean": "window mean", "late": "late"}
NUMBERS = (
    ("peak_gain", 3),
    ("mean_gain", 3),
    ("late_gain", 3),
    ("fidelity", 4),
    ("heat", 3),
    ("heat_sigmas", 1),
    ("gain_sigmas", 1),
    ("vacuum_sigmas", 1),
    ("hours", 2),
)
NAMES = (
    "gain at the peak",
    "window mean",
    "late (ħω)",
    "F",
    "S (ħω)",
    "sigmas of J",
    "of the gain",
    "of F",
)


def points_table(found: Found) -> Table:
    """Return the best points: gains apart, F, S, sigmas of each observation, hours, file."""
    head = ("point", *NAMES, f"hours to {found.bar:g} sigmas", "experiment file")
    rows = tuple(
        (f"best {rank}", *_cells(point), point["file"] or "–")
        for rank, point in enumerate(found.results["best"], 1)
    )
    return Table(title="The best points", head=head, rows=rows)


def _cells(point: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(number(point[name], digits) for name, digits in NUMBERS)


def control_table(found: Found) -> Table:
    """Return ergotropy and gain of the best points against both controls, by kind."""
    highest = found.results["best_control"]
    rows = []
    for rank, point in enumerate(found.results["best"], 1):
        for kind, words in KINDS.items():
            gain, control = point[f"{kind}_gain"], point[f"{kind}_control"]
            rows.append(
                (f"best {rank}, {words}", *_against(gain, control, highest[f"{kind}_control"]))
            )
    head = (
        "ergotropy (ħω)",
        "catalysed",
        "control, coupler closed",
        "gain",
        "best control within the box",
        "gain against it",
    )
    return Table(title="Gain against two controls", head=head, rows=tuple(rows))


def where_controls_table(found: Found) -> Table:
    """Return what the best control of each kind is, by the keys that act on a control."""
    chosen = found.results["best_control_values"]
    keys = list(chosen["late_control"])
    rows = tuple(
        (words, *(_value(chosen[f"{kind}_control"][key]) for key in keys))
        for kind, words in KINDS.items()
    )
    head = ("best control", *(axis_label(key) for key in keys))
    return Table(title="Where the best controls lie", head=head, rows=rows)


def _against(gain: float | None, control: float | None, highest: float) -> tuple[str, ...]:
    """Return catalysed ergotropy, control, gain, best control and the gain against it."""
    own = None if gain is None or control is None else gain + control
    against = None if own is None else own - highest
    return tuple(number(value, 3) for value in (own, control, gain, highest, against))


def tolerance_table(found: Found) -> Table | None:
    """Return what is left when each key is off by its tolerance; None where none was tried."""
    off = found.results["robustness"]
    if not off:
        return None
    rows = [("as found", "–", *_left(found.results["best"][0]))]
    for key, sides in off.items():
        step = value_text(float(found.results["tolerance"][key]))
        rows.append((axis_label(key), f"{chr(0x2212)}{step}", *_left(sides["below"])))
        rows.append((axis_label(key), f"+{step}", *_left(sides["above"])))
    head = ("what is off", "by", *NAMES)
    return Table(title="Off by the tolerance", head=head, rows=tuple(rows))


def _left(point: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(number(point[name], digits) for name, digits in NUMBERS[:-1])


def box_table(found: Found) -> Table:
    """Return the box: bounds, the file's own value, and the values of the best points."""
    results = found.results
    rows = [
        (
            axis_label(key),
            *(value_text(float(bound)) for bound in bounds),
            _value(results["own"][key]),
            *(_value(point["values"][key]) for point in results["best"]),
        )
        for key, bounds in results["box"].items()
    ]
    ranks = (f"best {rank}" for rank in range(1, len(results["best"]) + 1))
    head = ("key", "from", "to", "the file's own", *ranks)
    return Table(title="The box and where the points lie", head=head, rows=tuple(rows))


def _value(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}".replace("-", chr(0x2212))


def version_rows(found: Found) -> Table:
    """Return the versions that computed the points."""
    rows = tuple((name, str(version)) for name, version in found.results["versions"].items())
    return Table(title="Versions", head=(), rows=rows)

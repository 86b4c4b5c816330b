"""Numbers of the ergotropy over time, and the points of the panels at which they are taken."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from analysis.papers.finding import Finding
from analysis.papers.rule import Rule
from analysis.papers.zhao.readings import (
    DRIVE,
    LATE,
    PASSIVE,
    START,
    Z2_DEPHASING,
    Case,
    Options,
    ergotropy,
    listed,
)
from cqed_battery.operators import FloatArray

Statistic: TypeAlias = Callable[[FloatArray], float]

NOT_PASSIVE = 0.1  # u; a twentieth of what the battery holds at most
SMALLEST_GAIN = 0.01  # u; the battery holds 2 u at most
GAINED = f"> {SMALLEST_GAIN:g} u"
GRID: Options = {**START, **PASSIVE, **Z2_DEPHASING, **DRIVE}
MEAN, LATER = "mean over t <= 60", "late mean, 50 <= t <= 60"
STATISTICS: dict[str, Statistic] = {
    "peak": lambda values: float(values.max()),
    MEAN: lambda values: float(values.mean()),
    LATER: lambda values: float(values[LATE].mean()),
}
SCANS = {
    "omega_c": (0.01, 0.5, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0),
    "g": (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0),
}


def gain(case: Case, statistic: Statistic, **changes: float) -> float:
    """Return a statistic of the ergotropy with the catalyst less that without it, in u."""
    alone = ergotropy(case, catalyst=False, **changes)
    return statistic(ergotropy(case, **changes)) - statistic(alone)


Places: TypeAlias = Mapping[str, Sequence[Mapping[str, float]]]
PLACES: Places = {
    "at Table I": ({},),
    "at the best omega_c": tuple({"kappa": 0.5, "omega_c": value} for value in SCANS["omega_c"]),
    "at the best g": tuple({"g": value} for value in SCANS["g"]),
}
"""Where the texts' "tuning omega_c and g" can be read: Table I alone, or the best of a panel."""


def best_of(
    number: Callable[..., float], points: Sequence[Mapping[str, float]]
) -> Callable[[Case], float]:
    """Return what gives a case the largest number among the points of a place.

    Args:
        number: of a case and a point's parameters.
        points: parameters, one mapping for each.
    """
    return lambda case: max(number(case, **point) for point in points)


def over_places(
    options: Options, number: Callable[..., float], rule: Rule, remark: str = ""
) -> Finding:
    """Return the finding of a number at the best point of each of `PLACES`.

    Args:
        options: the readings' names and values.
        number: of a case and a point's parameters.
        rule: what it must be.
        remark: what a reader must know besides.
    """
    rows = ((words, best_of(number, points), rule) for words, points in PLACES.items())
    return listed(options, rows, remark)

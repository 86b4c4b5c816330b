"""What `plot()` of results, plans and studies draws, into the user's own matplotlib style."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from matplotlib import pyplot
from matplotlib.axes import Axes
from numpy.typing import NDArray

if TYPE_CHECKING:
    from analysis.results import Results

GivenAxes: TypeAlias = Axes | Sequence[Axes] | NDArray[np.object_]
DrawnAxes: TypeAlias = NDArray[np.object_]

_PANELS = ("z", "ergotropy", "heat_current", "heat_integral")
_LEVEL = 0.95


def plot_curves(results: Results, axes: GivenAxes | None = None) -> DrawnAxes:
    """Draw z, ergotropy, J and S of every arm over time with 95 % bands; return axes."""
    panels, times = _axes(axes, len(_PANELS)), results.times
    for axis, name in zip(panels, _PANELS, strict=True):
        for arm, found in results.arms.items():
            shown = found.bloch[:, 2] if name == "z" else getattr(found, name)
            (line,) = axis.plot(times, shown.value, label=arm)
            bounds = shown.ci_low, shown.ci_high
            axis.fill_between(times, *bounds, color=line.get_color(), alpha=0.2, lw=0)
        words, units = name.replace("_", " "), results["units"].get(name, "1")
        axis.set_ylabel(words if units == "1" else f"{words}\n({units})")
    panels[0].legend()
    panels[-1].set_xlabel("charging time (ns)")
    return panels


def plot_shots(shots: Mapping[str, Any], axes: GivenAxes | None = None) -> DrawnAxes:
    """Draw the shots of every arm's settings over charging time, one panel each; return axes."""
    panels = _axes(axes, len(shots["arms"]))
    for axis, (arm, counts) in zip(panels, shots["arms"].items(), strict=True):
        for component, along in zip("xyz", np.transpose(counts), strict=True):
            axis.plot(shots["times"], along, "o-", ms=3, label=component)
        axis.set_ylabel(f"shots, {arm}")
    panels[0].legend()
    panels[-1].set_xlabel("charging time (ns)")
    return panels


def plot_coverage(
    rows: Sequence[tuple[str, str, float, float]], axes: GivenAxes | None = None
) -> DrawnAxes:
    """Draw coverages of 95 % intervals, (estimator, quantity, share, error); return axes."""
    panels = _axes(axes, 1)
    places = list(dict.fromkeys(quantity for _, quantity, _, _ in rows))
    estimators = list(dict.fromkeys(estimator for estimator, _, _, _ in rows))
    for shift, estimator in enumerate(estimators):
        own = [row for row in rows if row[0] == estimator]
        x = [places.index(row[1]) + 0.15 * shift for row in own]
        y, error = [row[2] for row in own], np.nan_to_num([row[3] for row in own])
        panels[0].errorbar(x, y, error, fmt="o", ms=4, label=estimator)
    panels[0].axhline(_LEVEL, color="black", lw=0.8, ls="--")
    panels[0].set_xticks(range(len(places)), [p.replace("_", " ") for p in places], rotation=30)
    panels[0].set_ylabel("coverage of 95 % intervals")
    panels[0].legend()
    return panels


def plot_points(points: Sequence[Mapping[str, Any]], axes: GivenAxes | None = None) -> DrawnAxes:
    """Draw late ergotropy gain over vacuum fidelity of points, numbered by rank; return axes."""
    panels = _axes(axes, 1)
    for rank, point in enumerate(points, 1):
        place = np.array([point["fidelity"], point["late_gain"]], dtype=float)  # None is NaN
        panels[0].plot(*place, "o", label=f"point {rank}")
    panels[0].set_xlabel("vacuum fidelity")
    panels[0].set_ylabel("ergotropy gain late (hbar w_q)")
    if points:
        panels[0].legend()
    return panels


def _axes(axes: GivenAxes | None, count: int) -> DrawnAxes:
    """Return so many axes as an array, stacked new ones unless they are given.

    Raises:
        ValueError: another number of axes was given.
    """
    if axes is None:
        size = (6.4, 1.2 + 1.8 * count if count > 1 else 4.0)
        figure, made = pyplot.subplots(count, sharex=True, squeeze=False, figsize=size)
        figure.set_layout_engine("constrained")
        return made[:, 0]
    given = np.array([axes] if isinstance(axes, Axes) else axes, dtype=object).ravel()
    if len(given) != count:
        raise ValueError(f"axes must be {count} of matplotlib's, but are {len(given)}")
    return given

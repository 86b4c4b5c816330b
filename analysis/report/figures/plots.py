"""What `plot()` of results, plans and studies draws, into the user's own matplotlib style."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from matplotlib import pyplot
from matplotlib.axes import Axes
from numpy.typing import NDArray

from analysis.results.blocks import swept_axis

if TYPE_CHECKING:
    from analysis.results import Results

GivenAxes: TypeAlias = Axes | Sequence[Axes] | NDArray[np.object_]
DrawnAxes: TypeAlias = NDArray[np.object_]

_PANELS = ("z", "ergotropy", "heat_current", "heat_integral")
_LEVEL = 0.95


def plot_curves(results: Results, axes: GivenAxes | None = None) -> DrawnAxes:
    """Draw z, ergotropy, J and S of every arm over time with 95 % bands; return axes.

    Over another axis than time, z and ergotropy alone.
    """
    names = _PANELS if results.axis.truncated else _PANELS[:2]
    panels = _axes(axes, len(names))
    for axis, name in zip(panels, names, strict=True):
        for arm in results.arms:
            plot_quantity(axis, results, arm, name)
        words, units = name.replace("_", " "), results["units"].get(name, "1")
        axis.set_ylabel(words if units == "1" else f"{words}\n({units})")
    _legend(panels[0])
    panels[-1].set_xlabel(results.axis.label)
    return panels


def plot_quantity(axis: Axes, results: Results, arm: str, name: str, **style: Any) -> None:
    """Draw one quantity of an arm over what is swept, with its 95 % band.

    Args:
        axis: drawn into.
        results: whose.
        arm: its name.
        name: "z", or an estimate of `ArmResults`, (T,).
        style: of the line, as matplotlib takes it.
    """
    found, swept = results.arms[arm], results.axis.values
    shown = found.bloch[:, 2] if name == "z" else getattr(found, name)
    (line,) = axis.plot(swept, shown.value, label=arm, **style)
    bounds = shown.ci_low, shown.ci_high
    axis.fill_between(swept, *bounds, color=line.get_color(), alpha=0.2, lw=0)


def plot_shots(shots: Mapping[str, Any], axes: GivenAxes | None = None) -> DrawnAxes:
    """Draw the shots of every arm's settings over what is swept, one panel each; return axes."""
    panels, swept = _axes(axes, len(shots["arms"])), swept_axis(shots)
    for axis, (arm, counts) in zip(panels, shots["arms"].items(), strict=True):
        for component, along in zip("xyz", np.transpose(counts), strict=True):
            axis.plot(swept.values, along, "o-", ms=3, label=component)
        axis.set_ylabel(f"shots, {arm}")
    _legend(panels[0])
    panels[-1].set_xlabel(swept.label)
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
    _legend(panels[0])
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
        _legend(panels[0])
    return panels


def _legend(panel: Axes) -> None:
    """Put the key above the panel, where it hides no data."""
    panel.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, frameon=False)


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

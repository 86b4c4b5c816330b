"""The panels of a search's figures: what is drawn on the axes, and its numbers for the pointer.

`draw_*` draws, and returns what gives the panels that the page's script reads under the pointer,
to be asked once the layout of the figure is final.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Rectangle
from scipy.interpolate import RectBivariateSpline

from analysis.observations import OBSERVATIONS, Observation
from analysis.report.design.saved_search import SavedSearch, axis_label, together
from analysis.report.figures.traces import (
    COLOURS,
    INK,
    MARKS,
    Floats,
    Trace,
    panel_of_places,
    panel_of_traces,
)

Numbers = Callable[[], list[dict[str, Any]]]

TOGETHER = "#006d5b"
SHEET = "#fefefe"
_UNKNOWN_ALPHA, _TOGETHER_ALPHA = 0.22, 0.9
_SPREAD = 10.0  # standard errors shown above and below the bar, at least
_FINER = 8  # steps drawn between two computed places
_DOTTED: Any = {"color": COLOURS["guide"], "dashes": (1, 1.5)}


def draw_regions(axis: Axes, search: SavedSearch) -> Numbers:
    """Draw the map: one hatched region for each observation, a full one where all three hold."""
    x, y = at = search.map_values
    unknown = np.isnan(together(search.map))
    if unknown.any():
        shade = np.ma.masked_where(~unknown, np.ones(unknown.shape))
        grey = ListedColormap([COLOURS["guide"]])
        axis.pcolormesh(x, y, shade, cmap=grey, alpha=_UNKNOWN_ALPHA, shading="nearest")
    fields = [_finer(*at, search.map[item.column].values) for item in OBSERVATIONS]
    if search.anywhere:
        above = np.min([_relative(values - search.bar) for _, values in fields], axis=0)
        known = np.ma.masked_invalid(above)
        axis.contourf(*fields[0][0], known, [0.0, np.inf], colors=[TOGETHER], alpha=_TOGETHER_ALPHA)
    for item, (places, values) in zip(OBSERVATIONS, fields, strict=True):
        _outline(axis, places, values, search.bar, item)
    axis.set_xlim(x[0], x[-1])
    axis.set_ylim(y[0], y[-1])
    _mark_places(axis, search)
    places, title = np.meshgrid(x, y), "nearest computed place"
    return _place_numbers(axis, search, title, places, search.map)


def _finer(x: Floats, y: Floats, values: Floats) -> tuple[tuple[Floats, Floats], Floats]:
    """Return a finer grid and the cubic spline through values (y, x); as given with a gap."""
    if np.isnan(values).any():
        return (x, y), values
    orders = {"kx": min(3, len(y) - 1), "ky": min(3, len(x) - 1)}
    across, up = (np.linspace(a[0], a[-1], _FINER * (len(a) - 1) + 1) for a in (x, y))
    return (across, up), RectBivariateSpline(y, x, values, **orders)(up, across)


def _relative(above: Floats) -> Floats:
    """Return what is above the bar over the largest of it, so that borders stay where they are."""
    return above / (np.nanmax(np.abs(above), initial=0.0) or 1.0)


def _outline(
    axis: Axes, at: tuple[Floats, Floats], values: Floats, bar: float, item: Observation
) -> None:
    """Hatch where the values reach the bar, and draw the border."""
    known = np.ma.masked_invalid(values)
    if not known.count() or known.max() < bar:
        return
    ink = COLOURS[item.colour]
    filled: Any = axis.contourf(*at, known, [bar, np.inf], colors="none", hatches=[item.hatch])
    filled.set(edgecolor=ink, linewidth=0.0)
    if known.min() < bar:
        axis.contour(*at, known, [bar], colors=[ink], linewidths=1.6)


def draw_points(axis: Axes, search: SavedSearch) -> Numbers:
    """Draw the box: every point of the search, full where all three hold, and the map's frame."""
    x, y = (search.point_values(key) for key in search.axes)
    hold = together(search.points) >= search.bar
    kinds = (
        (~search.exact, COLOURS["guide"], 1.6, 0.7),
        (search.exact & ~hold, COLOURS["control"], 2.2, 0.9),
        (hold, TOGETHER, 3.4, 1.0),
    )
    for chosen, ink, size, alpha in kinds:
        axis.plot(x[chosen], y[chosen], "o", color=ink, ms=size, mew=0, alpha=alpha)
    axis.set_xlim(_widened(search, 0))
    axis.set_ylim(_widened(search, 1))
    if search.has_regions:
        across, up = search.map_values
        corner, sides = (across[0], up[0]), (np.ptp(across), np.ptp(up))
        axis.add_patch(Rectangle(corner, *sides, fill=False, ec=INK, lw=0.9))
    _mark_places(axis, search, 0.8)
    return _place_numbers(axis, search, "nearest point of the search", [x, y], search.points)


def _widened(search: SavedSearch, place: int) -> tuple[float, float]:
    """Return the box's bounds along an axis with a little room for marks."""
    low, high = search.results["box"][search.axes[place]]
    margin = 0.03 * (high - low)
    return low - margin, high + margin


def _place_numbers(
    axis: Axes,
    search: SavedSearch,
    title: str,
    at: Sequence[Floats],
    found: xr.Dataset,
) -> Numbers:
    """Return the numbers of places with the significance of the three observations there."""
    x, y = (values.ravel() for values in at)
    columns = {axis_label(key): values for key, values in zip(search.axes, (x, y), strict=True)}
    columns |= {f"{item.label} (σ)": found[item.column].values.ravel() for item in OBSERVATIONS}
    return lambda: [panel_of_places(axis, title, (x, y), columns)]


def draw_significances(axis: Axes, search: SavedSearch) -> Numbers:
    """Draw the three observations' significance along a single key, as far as twice the bar."""
    (key,) = search.axes
    x, most = search.point_values(key), max(_SPREAD, 2 * search.bar)
    top, traces = 1.1 * most, []
    for item in OBSERVATIONS:
        values = search.point_values(item.column)
        look, shown = f"{item.colour} {MARKS[item.marker]}", np.clip(values, -most, most)
        axis.plot(x, shown, item.marker, color=COLOURS[item.colour], ms=3.2, mew=0, alpha=0.8)
        inside = np.where(np.abs(values) <= top, values, np.nan)
        traces.append(Trace(item.label, look, x, inside))
    axis.axhline(search.bar, lw=1.0, **_DOTTED)
    held = x[together(search.points) >= search.bar]
    axis.plot(held, np.full(held.size, -1.08 * most), "|", color=TOGETHER, ms=8, mew=1.5)
    axis.set_ylim(-1.2 * most, top)
    axis.set_xlabel(axis_label(key))
    title = "sigmas above the bar"
    axis.set_ylabel(title)
    return lambda: [panel_of_traces(axis, title, axis_label(key), traces)]


def draw_front(left: Axes, right: Axes, search: SavedSearch) -> Numbers:
    """Draw F, at the left, and hours, at the right, over the gain for what no point beats."""
    objective, (gain, fidelity, hours) = search.results["objective"], search.front
    left.plot(gain, fidelity, "o", color=COLOURS["gain"], ms=3.5)
    left.set_title("vacuum fidelity F")
    left.axhline(objective["least_fidelity"], lw=0.9, **_DOTTED)
    left.axvline(objective["least_gain"], lw=0.9, **_DOTTED)
    right.plot(gain, hours, "s", color=COLOURS["catalysed"], ms=3.5)
    right.set_title(f"hours to {search.bar:g} sigmas")
    if np.isfinite(hours).any():
        right.set_ylim(0, 1.1 * float(np.nanmax(hours)))
    else:
        right.set_yticks([])
        right.text(0.5, 0.5, "none gets there", transform=right.transAxes, ha="center")
    columns = {"gain (ħω)": gain, "vacuum fidelity F": fidelity, "hours": hours}
    views, title = ((left, fidelity), (right, hours)), "nearest point of the front"
    return lambda: [panel_of_places(axis, title, (gain, up), columns) for axis, up in views]


def _mark_places(axis: Axes, search: SavedSearch, scale: float = 1.0) -> None:
    """Mark the best point by a star and the file's own by a diamond, where they are inside."""
    for place, marker, size in ((search.own_place, "D", 6.75), (search.best_place, "*", 11.25)):
        if place is not None and inside(axis, place):
            x, y = place
            look: Any = {"ms": size * scale, "mew": scale, "mfc": SHEET, "mec": INK}
            axis.plot([x], [y], marker, zorder=5, clip_on=False, **look)
    axis.set_xlabel(axis_label(search.axes[0]))
    axis.set_ylabel(axis_label(search.axes[1]))


def inside(axis: Axes, place: tuple[float, ...]) -> bool:
    """Return whether a place lies within the axes' limits."""
    limits = (axis.get_xlim(), axis.get_ylim())
    return all(low <= value <= high for value, (low, high) in zip(place, limits, strict=True))

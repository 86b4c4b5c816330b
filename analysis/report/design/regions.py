"""Where each observation holds and where all three do: regions, points and marks on axes."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from scipy.interpolate import RectBivariateSpline

from analysis.observations import HEAT, OBSERVATIONS, Observation
from analysis.report.design.found import Floats, Found, axis_label
from analysis.report.sheet import COLOURS, INK

__all__ = ["TOGETHER", "draw_main", "draw_points", "draw_regions", "draw_sigmas"]

TOGETHER = "#006d5b"
SHEET = "#fefefe"
_UNKNOWN_ALPHA, _TOGETHER_ALPHA = 0.22, 0.9
_SPREAD = 10.0  # sigmas shown above and below, at least
_STAR, _DIAMOND = 15.0, 9.0
_FINER = 8  # steps drawn between two computed places


def draw_main(axis: Axes, found: Found, scale: float = 1.0) -> str:
    """Draw what the search allows: regions, points over two keys, or sigmas along one.

    `scale` multiplies the sizes of lines and marks. Returns which of them it drew.
    """
    if found.has_regions:
        draw_regions(axis, found, scale)
        return "regions"
    if len(found.axes) > 1:
        draw_points(axis, found, scale)
        return "points"
    draw_sigmas(axis, found, scale)
    return "sigmas"


def draw_regions(axis: Axes, found: Found, scale: float) -> None:
    """Draw the map: one hatched region for each observation, a full one where all three hold."""
    x, y = at = found.map_values
    unknown = np.isnan(found.map_together())
    if unknown.any():
        shade = np.ma.masked_where(~unknown, np.ones(unknown.shape))
        axis.pcolormesh(
            x, y, shade, cmap=_single(COLOURS["guide"]), alpha=_UNKNOWN_ALPHA, shading="nearest"
        )
    fields = {item.column: _finer(*at, found.map_sigmas(item.column)) for item in OBSERVATIONS}
    above = [_relative(values - found.bar) for _, values in fields.values()]
    if found.anywhere:
        _fill(axis, fields[HEAT.column][0], np.min(above, axis=0))
    for item in OBSERVATIONS:
        _outline(axis, *fields[item.column], found.bar, item, scale)
    axis.set_xlim(x[0], x[-1])
    axis.set_ylim(y[0], y[-1])
    _mark_places(axis, found, scale)
    _label(axis, found)


def _finer(x: Floats, y: Floats, values: Floats) -> tuple[tuple[Floats, Floats], Floats]:
    """Return a finer grid and the cubic spline through values (y, x); as given with a gap."""
    if np.isnan(values).any():
        return (x, y), values
    orders = {"kx": min(3, len(y) - 1), "ky": min(3, len(x) - 1)}
    across, up = (np.linspace(a[0], a[-1], _FINER * (len(a) - 1) + 1) for a in (x, y))
    return (across, up), RectBivariateSpline(y, x, values, **orders)(up, across)


def _relative(above: Floats) -> Floats:
    """Return sigmas above the bar over the largest of them, so that borders stay where they are."""
    return above / (np.nanmax(np.abs(above), initial=0.0) or 1.0)


def _fill(axis: Axes, at: tuple[Floats, Floats], above: Floats) -> None:
    """Fill where all are above their bar, `above` being the least of them."""
    known = np.ma.masked_invalid(above)
    axis.contourf(*at, known, [0.0, np.inf], colors=[TOGETHER], alpha=_TOGETHER_ALPHA)


def _outline(
    axis: Axes,
    at: tuple[Floats, Floats],
    values: Floats,
    bar: float,
    item: Observation,
    scale: float,
) -> None:
    """Hatch where the values reach the bar, and draw the border."""
    known = np.ma.masked_invalid(values)
    if not known.count() or known.max() < bar:
        return
    ink = COLOURS[item.colour]
    filled: Any = axis.contourf(*at, known, [bar, np.inf], colors="none", hatches=[item.hatch])
    filled.set(edgecolor=ink, linewidth=0.0)
    if known.min() < bar:
        axis.contour(*at, known, [bar], colors=[ink], linewidths=1.6 * scale)


def draw_points(axis: Axes, found: Found, scale: float) -> None:
    """Draw the box: every point of the search, full where all three hold, and the map's frame."""
    x, y = (found.point_values(key) for key in found.axes)
    together = np.nan_to_num(found.point_together(), nan=-np.inf) >= found.bar
    kinds = (
        (~found.exact, COLOURS["guide"], 1.6, 0.7),
        (found.exact & ~together, COLOURS["control"], 2.2, 0.9),
        (together, TOGETHER, 3.4, 1.0),
    )
    for chosen, ink, size, alpha in kinds:
        axis.plot(x[chosen], y[chosen], "o", color=ink, ms=size * scale, mew=0, alpha=alpha)
    axis.set_xlim(_widened(found, 0))
    axis.set_ylim(_widened(found, 1))
    if found.has_regions:
        across, up = found.map_values
        corner, size_x, size_y = (across[0], up[0]), np.ptp(across), np.ptp(up)
        axis.add_patch(Rectangle(corner, size_x, size_y, fill=False, ec=INK, lw=0.9 * scale))
    _mark_places(axis, found, 0.8 * scale)
    _label(axis, found)


def _widened(found: Found, place: int) -> tuple[float, float]:
    """Return the box's bounds along an axis with a little room for marks."""
    low, high = found.results["box"][found.axes[place]]
    margin = 0.03 * (high - low)
    return low - margin, high + margin


def draw_sigmas(axis: Axes, found: Found, scale: float) -> None:
    """Draw the three observations' sigmas along a single key, as far as the bar's double."""
    (key,) = found.axes
    x, most = found.point_values(key), max(_SPREAD, 2 * found.bar)
    for item in OBSERVATIONS:
        values = np.clip(found.point_values(item.column), -most, most)
        ink = COLOURS[item.colour]
        axis.plot(x, values, item.marker, color=ink, ms=3.2 * scale, mew=0, alpha=0.8)
    axis.axhline(found.bar, color=COLOURS["guide"], lw=1.0 * scale, dashes=(1, 1.5))
    together = np.nan_to_num(found.point_together(), nan=-np.inf) >= found.bar
    axis.plot(
        x[together],
        np.full(together.sum(), -1.08 * most),
        "|",
        color=TOGETHER,
        ms=8 * scale,
        mew=1.5 * scale,
    )
    axis.set_ylim(-1.2 * most, 1.1 * most)
    axis.set_xlabel(axis_label(key))
    axis.set_ylabel("sigmas above the bar")


def _mark_places(axis: Axes, found: Found, scale: float) -> None:
    """Mark the best point by a star and the file's own by a diamond, where they are inside."""
    for place, marker, size in (
        (found.own_place, "D", _DIAMOND),
        (found.best_place, "*", _STAR),
    ):
        if place is not None and inside(axis, place):
            axis.plot(
                *[[value] for value in place],
                marker,
                mfc=SHEET,
                mec=INK,
                ms=size * scale * 0.75,
                mew=1.0 * scale,
                zorder=5,
                clip_on=False,
            )


def inside(axis: Axes, place: tuple[float, ...]) -> bool:
    """Return whether a place lies within the axes' limits."""
    limits = (axis.get_xlim(), axis.get_ylim())
    return all(low <= value <= high for value, (low, high) in zip(place, limits, strict=True))


def _label(axis: Axes, found: Found) -> None:
    axis.set_xlabel(axis_label(found.axes[0]))
    axis.set_ylabel(axis_label(found.axes[1]))


def _single(colour: str) -> Any:
    from matplotlib.colors import ListedColormap

    return ListedColormap([colour])

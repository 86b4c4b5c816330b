"""The drawings of a search's page: where it holds, the whole box, and the front."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from analysis.observations import OBSERVATIONS
from analysis.report.design.found import Found
from analysis.report.design.hover import (
    front_numbers,
    front_panels,
    map_panel,
    points_panel,
    sigmas_panel,
)
from analysis.report.design.regions import SHEET, TOGETHER, draw_main, draw_points, inside
from analysis.report.design.words import wall_title
from analysis.report.drawing import Drawing
from analysis.report.hover_data import as_json
from analysis.report.html import inline_svg
from analysis.report.sheet import COLOURS, CSS_COLOURS, INK, drawing_style

__all__ = ["design_drawings"]

WALL, BOX, FRONT, ALONE = (4.4, 4.5), (4.4, 2.35), (4.4, 1.9), (4.4, 3.4)  # inches
CSS = {**CSS_COLOURS, TOGETHER: "var(--holds)", SHEET: "var(--sheet)"}
PLACES = (("star", "best point"), ("diamond", "the file's own point"))


def design_drawings(found: Found) -> list[Drawing]:
    """Return the drawings in the order of the page, the absent ones left out."""
    with drawing_style(), matplotlib.rc_context({"hatch.linewidth": 0.6}):
        drawings = [_wall(found), _box(found), _front(found)]
    return [drawing for drawing in drawings if drawing is not None]


def _wall(found: Found) -> Drawing:
    figure = _figure(WALL if found.has_regions else ALONE)
    axis = figure.subplots()
    kind = draw_main(axis, found)
    captions = {"regions": _region_caption, "points": _point_caption, "sigmas": _sigma_caption}
    caption = captions[kind](found)
    if kind != "sigmas" and found.own_place is not None and not inside(axis, found.own_place):
        caption += " The file's own point lies outside this picture."
    keys = {"regions": _region_keys, "points": _point_keys, "sigmas": _sigma_keys}[kind](found)
    panels = {"regions": map_panel, "points": points_panel, "sigmas": sigmas_panel}[kind]
    title = wall_title(found)
    return _drawing(figure, "where", title, caption, keys, lambda: [panels(axis, found)])


def _region_caption(found: Found) -> str:
    sides = " × ".join(str(len(values)) for values in found.map_values)
    return (
        f"Around the best point, the rest of the box held there; {sides} places computed, borders"
        f" interpolated between them. {_bar_words(found)} Grey: too many photons to compute, or"
        " refused."
    )


def _point_caption(found: Found) -> str:
    return (
        "Every point of the search over two keys of the box; the other keys differ from point to"
        f" point. {_bar_words(found)} Grey: screened by the steady state, or refused."
    )


def _sigma_caption(found: Found) -> str:
    return (
        f"Every point of the search that has exact dynamics. {_bar_words(found)} Ticks at the"
        " bottom: all three hold."
    )


def _bar_words(found: Found) -> str:
    hours = found.results["objective"]["hours"]
    return f"An observation holds at {found.bar:g} sigmas within {hours:g} h."


def _region_keys(found: Found) -> tuple[tuple[str, str], ...]:
    regions = [(f"{item.colour} patch {item.look}", item.label) for item in OBSERVATIONS]
    return (*regions, ("together patch full", "all three"), *PLACES)


def _point_keys(found: Found) -> tuple[tuple[str, str], ...]:
    return (
        ("together dot", "all three hold"),
        ("control dot", "computed, not all hold"),
        ("guide dot", "screened or refused"),
        *PLACES,
    )


def _sigma_keys(found: Found) -> tuple[tuple[str, str], ...]:
    shapes = {"o": "dot", "s": "square", "^": "up"}
    marks = [(f"{item.colour} {shapes[item.marker]}", item.label) for item in OBSERVATIONS]
    return (*marks, ("guide dotted", "bar"), ("together upright", "all three"))


def _box(found: Found) -> Drawing | None:
    """Draw the whole box around the map; None where the wall picture shows it already."""
    if not found.has_regions:
        return None
    figure = _figure(BOX)
    axis = figure.subplots()
    draw_points(axis, found, 1.0)
    caption = (
        "The whole box, with every point of the search; the frame is the picture of the regions."
        " The other keys differ from point to point."
    )
    title, keys = "Where in the box that is", _point_keys(found)
    return _drawing(figure, "box", title, caption, keys, lambda: [points_panel(axis, found)])


def _front(found: Found) -> Drawing | None:
    """Draw F and hours over the gain for what no other point beats."""
    front = found.results["front"]
    if not front:
        return None
    gain, fidelity, hours = front_numbers(found)
    figure = _figure(FRONT if found.has_regions else ALONE)
    left, right = figure.subplots(1, 2, sharex=True)
    left.plot(gain, fidelity, "o", color=COLOURS["gain"], ms=3.5)
    left.set_title("vacuum fidelity F")
    _bars(left, found)
    right.plot(gain, hours, "s", color=COLOURS["catalysed"], ms=3.5)
    right.set_title(f"hours to {found.bar:g} sigmas")
    if np.isfinite(hours).any():
        right.set_ylim(0, 1.1 * float(np.nanmax(hours)))
    else:
        right.set_yticks([])
        right.text(0.5, 0.5, "none gets there", transform=right.transAxes, ha="center")
    figure.supxlabel("gain, the smaller of late and window mean (ħω)", fontsize=8)
    beyond = int(np.isnan(hours).sum())
    caption = (
        f"What no other point beats in gain, F and hours at once, {len(front)} in all. Dotted: the"
        " least gain and the least F asked for."
    )
    if beyond:
        limit = found.results["objective"]["hours"]
        caption += f" {beyond} of them do not get there within {limit:g} h and have no hours."
    keys = (("gain dot", "F"), ("catalysed square", "hours"), ("guide dotted", "asked for"))
    title = "Gain against F against hours"
    return _drawing(figure, "front", title, caption, keys, lambda: front_panels(left, right, found))


def _bars(axis: Axes, found: Found) -> None:
    objective, ink = found.results["objective"], COLOURS["guide"]
    axis.axhline(objective["least_fidelity"], dashes=(1, 1.5), color=ink, lw=0.9)
    axis.axvline(objective["least_gain"], dashes=(1, 1.5), color=ink, lw=0.9)


def _figure(size: tuple[float, float]) -> Figure:
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasSVG(figure)
    figure.patch.set_visible(False)
    return figure


def _drawing(
    figure: Figure,
    slug: str,
    title: str,
    caption: str,
    keys: tuple[tuple[str, str], ...],
    panels: Callable[[], Sequence[Mapping[str, Any]]],
) -> Drawing:
    """Turn a figure into a fragment of the page, its colours those of the style.

    `panels` is asked for the numbers behind it once the layout is final.
    """
    for axis in figure.axes:
        axis.set_facecolor("none")
        for spine in axis.spines.values():
            spine.set_edgecolor(INK)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    svg = inline_svg(buffer.getvalue().decode("utf-8"), prefix=slug, label=title, colours=CSS)
    hover = as_json(panels())
    return Drawing(slug=slug, title=title, caption=caption, keys=keys, svg=svg, hover=hover)

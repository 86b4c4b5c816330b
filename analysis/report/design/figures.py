"""The figures of a search's page: where it holds, the whole box, and the front."""

from collections.abc import Callable, Iterator
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes

from analysis.observations import OBSERVATIONS
from analysis.report.design import panels
from analysis.report.design.saved_search import SavedSearch
from analysis.report.figures.sheet import (
    CSS_COLOURS,
    Drawing,
    Keys,
    Parts,
    blank_figure,
    drawing_style,
)
from analysis.report.figures.traces import MARKS

WHERE, BOX, FRONT, ALONE = (4.4, 4.5), (4.4, 2.35), (4.4, 1.9), (4.4, 3.4)  # inches
CSS = {**CSS_COLOURS, panels.TOGETHER: "var(--holds)", panels.SHEET: "var(--sheet)"}

PLACE_KEYS = (("star", "best point"), ("diamond", "the file's own point"))
REGION_KEYS = (
    *((f"{item.colour} patch {item.look}", item.label) for item in OBSERVATIONS),
    ("together patch full", "all three"),
    *PLACE_KEYS,
)
POINT_KEYS = (
    ("together dot", "all three hold"),
    ("control dot", "computed, not all hold"),
    ("guide dot", "screened or refused"),
    *PLACE_KEYS,
)
SIGNIFICANCE_KEYS = (
    *((f"{item.colour} {MARKS[item.marker]}", item.label) for item in OBSERVATIONS),
    ("guide dotted", "bar"),
    ("together upright", "all three"),
)
FRONT_KEYS = (("gain dot", "F"), ("catalysed square", "hours"), ("guide dotted", "asked for"))


View = tuple[Callable[[Axes, SavedSearch], panels.Numbers], Keys, str]
"""One way to draw a search: what draws its panel, its key and its caption."""


def design_drawings(search: SavedSearch) -> list[Drawing]:
    """Return the drawings in the order of the page, the absent ones left out."""
    style: Any = {"hatch.linewidth": 0.6, "axes.facecolor": "none"}
    with drawing_style(), matplotlib.rc_context(style):
        return [_where(search), *_box(search), *_front(search)]


def _where(search: SavedSearch) -> Drawing:
    """Draw what the search allows: regions, points over two keys, or significance along one."""
    figure = blank_figure(*(WHERE if search.has_regions else ALONE), layout="constrained")
    axis, (draw, keys, caption) = figure.subplots(), _view(search)
    numbers = draw(axis, search)
    hours = search.results["objective"]["hours"]
    caption = caption.format(
        hold=f"An observation holds at {search.bar:g} sigmas within {hours:g} h."
    )
    place = search.own_place if len(search.axes) > 1 else None
    if place is not None and not panels.inside(axis, place):
        caption += " The file's own point lies outside this picture."
    title = (
        "Where all three observations hold together"
        if search.anywhere
        else "Nowhere here do all three hold together"
    )
    return Parts(figure, keys, caption, numbers).finish("where", title, CSS)


def _view(search: SavedSearch) -> View:
    if search.has_regions:
        sides = " × ".join(str(len(values)) for values in search.map_values)
        caption = (
            f"Around the best point, the rest of the box held there; {sides} places computed,"
            " borders interpolated between them. {hold} Grey: too many photons to compute, or"
            " refused."
        )
        return panels.draw_regions, REGION_KEYS, caption
    if len(search.axes) > 1:
        caption = (
            "Every point of the search over two keys of the box; the other keys differ from point"
            " to point. {hold} Grey: screened or refused."
        )
        return panels.draw_points, POINT_KEYS, caption
    caption = (
        "Every point of the search that has exact dynamics. {hold} Ticks at the bottom: all three"
        " hold."
    )
    return panels.draw_significances, SIGNIFICANCE_KEYS, caption


def _box(search: SavedSearch) -> Iterator[Drawing]:
    """Draw the whole box around the map; nothing where the first figure shows it already."""
    if not search.has_regions:
        return
    figure = blank_figure(*BOX, layout="constrained")
    numbers = panels.draw_points(figure.subplots(), search)
    caption = (
        "The whole box, with every point of the search; the frame is the picture of the regions."
        " The other keys differ from point to point."
    )
    yield Parts(figure, POINT_KEYS, caption, numbers).finish("box", "Where in the box that is", CSS)


def _front(search: SavedSearch) -> Iterator[Drawing]:
    """Draw F and hours over the gain for what no other point beats, if there is such a point."""
    gain, _, hours = search.front
    if not gain.size:
        return
    figure = blank_figure(*(FRONT if search.has_regions else ALONE), layout="constrained")
    left, right = figure.subplots(1, 2, sharex=True)
    numbers = panels.draw_front(left, right, search)
    figure.supxlabel("gain, the smaller of late and window mean (ħω)", fontsize=8)
    caption = (
        f"What no other point beats in gain, F and hours at once, {gain.size} in all. Dotted: the"
        " least gain and the least F asked for."
    )
    if beyond := int(np.isnan(hours).sum()):
        limit = search.results["objective"]["hours"]
        caption += f" {beyond} of them do not get there within {limit:g} h and have no hours."
    yield Parts(figure, FRONT_KEYS, caption, numbers).finish(
        "front", "Gain against F against hours", CSS
    )

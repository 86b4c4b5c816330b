"""The figures of a search's page: where it holds, the whole box, and the front."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.observations import OBSERVATIONS
from analysis.report.design import panels
from analysis.report.design.saved_search import SavedSearch
from analysis.report.drawing import Drawing
from analysis.report.hover_data import as_json
from analysis.report.sheet import (
    CSS_COLOURS,
    INK,
    MARKS,
    blank_figure,
    drawing_style,
    figure_svg,
)

__all__ = ["design_drawings"]

WHERE, BOX, FRONT, ALONE = (4.4, 4.5), (4.4, 2.35), (4.4, 1.9), (4.4, 3.4)  # inches
CSS = {**CSS_COLOURS, panels.TOGETHER: "var(--holds)", panels.SHEET: "var(--sheet)"}

Keys = tuple[tuple[str, str], ...]

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


@dataclass(frozen=True)
class _View:
    """One way to draw a search: its panel, the panel's numbers, its key and its caption."""

    draw: Callable[[Axes, SavedSearch], None]
    numbers: Callable[[Axes, SavedSearch], dict[str, Any]]
    keys: Keys
    caption: str


def design_drawings(search: SavedSearch) -> list[Drawing]:
    """Return the drawings in the order of the page, the absent ones left out."""
    with drawing_style(), matplotlib.rc_context({"hatch.linewidth": 0.6}):
        drawings = [_where(search), _box(search), _front(search)]
    return [drawing for drawing in drawings if drawing is not None]


def _where(search: SavedSearch) -> Drawing:
    """Draw what the search allows: regions, points over two keys, or significance along one."""
    figure = blank_figure(*(WHERE if search.has_regions else ALONE), layout="constrained")
    axis, view = figure.subplots(), _view(search)
    view.draw(axis, search)
    hours = search.results["objective"]["hours"]
    caption = view.caption.format(
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
    return _drawing(
        figure, "where", title, caption, view.keys, lambda: [view.numbers(axis, search)]
    )


def _view(search: SavedSearch) -> _View:
    if search.has_regions:
        sides = " × ".join(str(len(values)) for values in search.map_values)
        caption = (
            f"Around the best point, the rest of the box held there; {sides} places computed,"
            " borders interpolated between them. {hold} Grey: too many photons to compute, or"
            " refused."
        )
        return _View(panels.draw_regions, panels.region_numbers, REGION_KEYS, caption)
    if len(search.axes) > 1:
        caption = (
            "Every point of the search over two keys of the box; the other keys differ from point"
            " to point. {hold} Grey: screened by the steady state, or refused."
        )
        return _View(panels.draw_points, panels.point_numbers, POINT_KEYS, caption)
    caption = (
        "Every point of the search that has exact dynamics. {hold} Ticks at the bottom: all three"
        " hold."
    )
    numbers = panels.significance_numbers
    return _View(panels.draw_significances, numbers, SIGNIFICANCE_KEYS, caption)


def _box(search: SavedSearch) -> Drawing | None:
    """Draw the whole box around the map; None where the first figure shows it already."""
    if not search.has_regions:
        return None
    figure = blank_figure(*BOX, layout="constrained")
    axis = figure.subplots()
    panels.draw_points(axis, search)
    caption = (
        "The whole box, with every point of the search; the frame is the picture of the regions."
        " The other keys differ from point to point."
    )
    title, numbers = "Where in the box that is", panels.point_numbers
    return _drawing(figure, "box", title, caption, POINT_KEYS, lambda: [numbers(axis, search)])


def _front(search: SavedSearch) -> Drawing | None:
    """Draw F and hours over the gain for what no other point beats."""
    gain, _, hours = search.front
    if not gain.size:
        return None
    figure = blank_figure(*(FRONT if search.has_regions else ALONE), layout="constrained")
    left, right = figure.subplots(1, 2, sharex=True)
    panels.draw_front(left, right, search)
    figure.supxlabel("gain, the smaller of late and window mean (ħω)", fontsize=8)
    caption = (
        f"What no other point beats in gain, F and hours at once, {gain.size} in all. Dotted: the"
        " least gain and the least F asked for."
    )
    if beyond := int(np.isnan(hours).sum()):
        limit = search.results["objective"]["hours"]
        caption += f" {beyond} of them do not get there within {limit:g} h and have no hours."
    title = "Gain against F against hours"
    numbers = panels.front_numbers
    return _drawing(
        figure, "front", title, caption, FRONT_KEYS, lambda: numbers(left, right, search)
    )


def _drawing(
    figure: Figure,
    slug: str,
    title: str,
    caption: str,
    keys: Keys,
    numbers: Callable[[], Sequence[Mapping[str, Any]]],
) -> Drawing:
    """Turn a figure into a fragment of the page, its colours those of the style.

    `numbers` is asked for what stands behind it once the layout is final.
    """
    for axis in figure.axes:
        axis.set_facecolor("none")
        for spine in axis.spines.values():
            spine.set_edgecolor(INK)
    svg = figure_svg(figure, slug, title, CSS)
    hover = as_json(numbers())
    return Drawing(slug=slug, title=title, caption=caption, keys=keys, svg=svg, hover=hover)

"""The picture for the wall: where each observation holds and where all three do, on A3."""

import textwrap
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from analysis.observations import ALL_THREE, OBSERVATIONS
from analysis.report.design.found import Found
from analysis.report.design.regions import SHEET, TOGETHER, draw_main, draw_points
from analysis.report.design.words import best_line, wall_title
from analysis.report.sheet import COLOURS, INK, drawing_style
from cqed_battery.files.datasets import write_atomically

__all__ = ["write_poster"]

A3 = (16.54, 11.69)  # inches
DPI = 150
SCALE = 2.6  # of lines and marks, over those of the page
TITLE, SUBTITLE, TEXT = 42, 19, 17  # points
MAIN = (0.1, 0.1, 0.505, 0.68)
SIDE = (0.705, 0.1, 0.265, 0.32)
KEY_LEFT, KEY_TOP, KEY_STEP = 0.645, 0.755, 0.052
SETTINGS: Any = {
    "font.size": TEXT,
    "axes.labelsize": TEXT + 3,
    "axes.titlesize": TEXT,
    "axes.linewidth": 1.4,
    "xtick.major.width": 1.4,
    "ytick.major.width": 1.4,
    "xtick.major.size": 6,
    "ytick.major.size": 6,
    "hatch.linewidth": 1.5,
    "svg.fonttype": "path",  # a printer need not have the font
}


def write_poster(found: Found, path: Path) -> None:
    """Write the picture as the suffix says, SVG or PNG, whole or not at all.

    Raises:
        OSError: the file cannot be written.
    """
    with drawing_style(), matplotlib.rc_context(SETTINGS):
        figure = _poster(found)
        (FigureCanvasSVG if path.suffix == ".svg" else FigureCanvasAgg)(figure)
        kind = path.suffix[1:]
        metadata = {"Date": None} if kind == "svg" else {}
        write_atomically(
            path,
            lambda file: figure.savefig(file, format=kind, dpi=DPI, metadata=metadata),
        )


def _poster(found: Found) -> Figure:
    figure = Figure(figsize=A3, facecolor=SHEET)
    figure.text(0.03, 0.955, wall_title(found), size=TITLE, weight="bold", va="top")
    line = "\n".join(textwrap.wrap(best_line(found), 100))
    figure.text(0.03, 0.875, line, size=SUBTITLE, va="top", linespacing=1.35)
    main = figure.add_axes(MAIN, facecolor="none")
    kind = draw_main(main, found, SCALE)
    if kind == "regions":
        side = figure.add_axes(SIDE, facecolor="none")
        draw_points(side, found, 1.4)
        side.set_title("the whole box; frame: the picture at the left", size=TEXT - 3)
        side.xaxis.label.set_fontsize(TEXT - 2)
        side.yaxis.label.set_fontsize(TEXT - 2)
        side.tick_params(labelsize=TEXT - 3)
    _key(figure, kind)
    objective = found.results["objective"]
    words = (
        f"{found.results['title']}. An observation holds at {found.bar:g} sigmas within"
        f" {objective['hours']:g} h." + (" Grey: not computed." if kind == "regions" else "")
    )
    figure.text(0.03, 0.022, textwrap.shorten(words, 150, placeholder=" …"), size=TEXT - 4)
    return figure


def _key(figure: Figure, kind: str) -> None:
    """Draw the key beside the picture: a sample and its words, line by line."""
    axis = figure.add_axes((0, 0, 1, 1), facecolor="none")
    axis.set_axis_off()
    axis.set_xlim(0, 1)
    axis.set_ylim(0, 1)
    rows = {"regions": _region_key, "points": _point_key, "sigmas": _sigma_key}[kind]
    for row, words in enumerate(rows(axis)):
        axis.text(KEY_LEFT + 0.05, _height(row), words, size=TEXT + 2, va="center")


def _height(row: int) -> float:
    return KEY_TOP - KEY_STEP * row


def _region_key(axis: Axes) -> list[str]:
    for row, item in enumerate(OBSERVATIONS):
        _patch(axis, row, ec=COLOURS[item.colour], fc="none", hatch=item.hatch)
    _patch(axis, 3, ec=TOGETHER, fc=TOGETHER)
    _places(axis, 4)
    return [*(item.label for item in OBSERVATIONS), ALL_THREE.label, *_PLACES]


def _point_key(axis: Axes) -> list[str]:
    colours = (TOGETHER, COLOURS["control"], COLOURS["guide"])
    for row, colour in enumerate(colours):
        axis.plot([KEY_LEFT + 0.017], [_height(row)], "o", color=colour, ms=11)
    _places(axis, 3)
    return ["all three hold", "computed, not all hold", "screened or refused", *_PLACES]


def _sigma_key(axis: Axes) -> list[str]:
    for row, item in enumerate(OBSERVATIONS):
        ink = COLOURS[item.colour]
        axis.plot([KEY_LEFT + 0.017], [_height(row)], item.marker, color=ink, ms=12)
    axis.plot([KEY_LEFT + 0.017], [_height(3)], "|", color=TOGETHER, ms=18, mew=4)
    return [*(item.label for item in OBSERVATIONS), "all three hold"]


_PLACES = ("best point", "the file's own point")


def _places(axis: Axes, first: int) -> None:
    for row, (marker, size) in enumerate((("*", 26), ("D", 15)), first):
        axis.plot([KEY_LEFT + 0.017], [_height(row)], marker, mfc=SHEET, mec=INK, ms=size, mew=2.4)


def _patch(axis: Axes, row: int, **look: Any) -> None:
    corner = (KEY_LEFT, _height(row) - 0.016)
    axis.add_patch(Rectangle(corner, 0.036, 0.032, lw=3.0, **look))

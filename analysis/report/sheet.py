"""A sheet of stacked panels and the marks drawn on it.

Colours are handed to the page as CSS variables, so that one drawing serves light, dark and paper.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, StrMethodFormatter

from analysis.report.hover_data import Trace, as_json, panel_of_traces
from analysis.report.html import inline_svg
from analysis.report.run_data import Curve, Floats

__all__ = ["MARKS", "Sheet", "blank_figure", "drawing_style", "figure_svg"]

INK = "#000000"
COLOURS = {
    "catalysed": "#0072b2",
    "control": "#d55e00",
    "gain": "#7b4fa3",
    "none": "#009e73",
    "pi": "#cc79a7",
    "bound": "#8a6d00",
    "guide": "#808081",
}
CSS_COLOURS = {INK: "currentColor"} | {
    literal: f"var(--{name})" for name, literal in COLOURS.items()
}
SETTINGS: Any = {
    "svg.fonttype": "none",
    "path.simplify": False,
    "svg.hashsalt": "cqed-battery",
    "font.family": ["DejaVu Sans"],
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.titlelocation": "left",
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
}

WIDTH, PANEL, TITLE, BOTTOM = 4.2, 1.28, 0.3, 0.42  # inches
LEFT, SPAN = 0.125, 0.855  # fractions of the width
MANY_POINTS, FEW_POINTS = 150, 12
MARKS = {"o": "dot", "s": "square", "^": "up"}  # as the style sheet calls them


@contextmanager
def drawing_style() -> Iterator[None]:
    """Draw with the report's settings only, whatever the machine's own are."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        yield


def blank_figure(width: float, height: float, **how: Any) -> Figure:
    """Return a transparent figure of so many inches that is drawn as SVG."""
    figure = Figure(figsize=(width, height), **how)
    FigureCanvasSVG(figure)
    figure.patch.set_visible(False)
    return figure


def figure_svg(
    figure: Figure, slug: str, label: str, colours: Mapping[str, str] = CSS_COLOURS
) -> str:
    """Return a figure as an inline SVG fragment (`inline_svg`)."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    raw = buffer.getvalue().decode("utf-8")
    return inline_svg(raw, prefix=slug, label=label, colours=colours)


class Sheet:
    """A figure of panels stacked at fixed places, the first on top.

    Args:
        titles: one title per panel; a title also names the unit.
        xlabel: what runs along the bottom.
    """

    def __init__(self, *titles: str, xlabel: str = "charging time (ns)") -> None:
        height = BOTTOM + len(titles) * (PANEL + TITLE)
        self._figure = blank_figure(WIDTH, height)
        self._panels: list[Axes] = []
        self._titles, self._xlabel = titles, xlabel
        self._traces: list[list[Trace]] = [[] for _ in titles]
        for row, title in enumerate(titles):
            bottom = BOTTOM + (len(titles) - 1 - row) * (PANEL + TITLE)
            box = (LEFT, bottom / height, SPAN, PANEL / height)
            self._panels.append(_panel(self._figure, box, title))
        self._panels[-1].set_xlabel(xlabel, labelpad=2)

    def draw_band(self, row: int, curve: Curve, colour: str, name: str = "") -> None:
        """Draw a line inside its 95 % band; dots too when times are few.

        `name` is what the page calls it under the pointer, here and below: that of its colour
        unless another is given.
        """
        panel, ink = self._panels[row], COLOURS[colour]
        panel.fill_between(curve.times, curve.low, curve.high, color=ink, alpha=0.25, lw=0)
        marker = "o" if len(curve) <= FEW_POINTS else ""
        panel.plot(curve.times, curve.value, color=ink, lw=1.3, marker=marker, ms=3)
        self._note_curve(row, curve, name or colour, f"{colour} band")

    def draw_points(self, row: int, curve: Curve, colour: str, name: str = "") -> None:
        """Draw dots with 95 % bars; a band when there are too many to tell apart."""
        if len(curve) > MANY_POINTS:
            self.draw_band(row, curve, colour, name)
            return
        panel, ink = self._panels[row], COLOURS[colour]
        gap = np.full(len(curve), np.nan)
        x = np.stack([curve.times, curve.times, gap], axis=1).ravel()
        y = np.stack([curve.low, curve.high, gap], axis=1).ravel()
        panel.plot(x, y, color=ink, lw=0.8, alpha=0.7)
        panel.plot(curve.times, curve.value, "o", color=ink, ms=2.6, mew=0)
        self._note_curve(row, curve, name or colour, f"{colour} dot")

    def draw_line(self, row: int, curve: Curve, colour: str) -> None:
        """Join the values by a thin line that guides the eye."""
        ink = COLOURS[colour]
        self._panels[row].plot(curve.times, curve.value, color=ink, lw=0.6)

    def draw_counts(self, row: int, trace: Trace, colour: str, marker: str) -> None:
        """Draw whole numbers, at least 1, as marks on a logarithmic scale."""
        panel, ink = self._panels[row], COLOURS[colour]
        panel.set_yscale("log")
        panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=6))
        panel.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        panel.yaxis.set_minor_locator(NullLocator())
        at = trace.at + trace.aside
        panel.plot(at, trace.value, marker, color=ink, ms=3, mew=0, alpha=0.85)
        self._traces[row].append(trace)

    def draw_truth(
        self, row: int, times: Floats, truth: Floats | None, name: str = "truth"
    ) -> None:
        """Draw the emulated truth, always dashed and in the ink of the text."""
        if truth is not None:
            panel = self._panels[row]
            panel.plot(times, truth, color=INK, lw=0.8, dashes=(4, 2.5))
            self._traces[row].append(Trace(name=name, look="truth dashed", at=times, value=truth))

    def draw_estimate(self, row: int, estimate: Trace, colour: str, marker: str) -> None:
        """Draw a single number with its interval."""
        panel, ink = self._panels[row], COLOURS[colour]
        at = estimate.at + estimate.aside
        if estimate.low is not None and estimate.high is not None:
            ends = np.concatenate([estimate.low, estimate.high])
            panel.plot(np.repeat(at, 2), ends, color=ink, lw=1.6, clip_on=False)
        panel.plot(at, estimate.value, marker, color=ink, ms=5.5, mew=0, clip_on=False)
        self._traces[row].append(estimate)

    def draw_level(self, row: int, level: float) -> None:
        """Draw a dotted horizontal line at a value that matters."""
        self._panels[row].axhline(level, color=COLOURS["guide"], lw=0.9, dashes=(1, 1.5))

    def fit(
        self, row: int, curves: Sequence[Curve | None], truths: Sequence[Floats | None]
    ) -> None:
        """Set the vertical range by values and truths, with zero marked.

        A band may widen the range by at most its own size on either side, so that
        one badly known end does not flatten everything else.
        """
        drawn = [curve for curve in curves if curve is not None]
        inner = _extent([c.value for c in drawn] + [t for t in truths if t is not None])
        outer = _extent([c.low for c in drawn] + [c.high for c in drawn])
        if inner is None:
            return
        low, high = inner
        room = (high - low) or 0.05
        if outer is not None:
            low = max(min(low, outer[0]), low - room)
            high = min(max(high, outer[1]), high + room)
        margin = 0.05 * (high - low) or 0.05
        self.limit(row, low - margin, high + margin)

    def limit(self, row: int, low: float, high: float) -> None:
        """Set the vertical range, and mark zero when it lies inside."""
        self._panels[row].set_ylim(low, high)
        if low < 0 < high:
            self._panels[row].axhline(0.0, color=COLOURS["guide"], lw=0.7, zorder=0.5)

    def to_svg(self, slug: str, label: str, times: Floats) -> str:
        """Return the sheet as an inline SVG fragment over the given times."""
        start, end = float(np.min(times)), float(np.max(times))
        margin = 0.02 * (end - start) or 1.0
        for panel in self._panels:
            panel.set_xlim(start - margin, end + margin)
        for panel in self._panels[:-1]:
            panel.tick_params(labelbottom=False)
        return figure_svg(self._figure, slug, label)

    def hover(self) -> str:
        """Return the drawn numbers for the page's script, once the sheet is an SVG."""
        rows = zip(self._panels, self._titles, self._traces, strict=True)
        return as_json([panel_of_traces(axis, t, self._xlabel, drawn) for axis, t, drawn in rows])

    def _note_curve(self, row: int, curve: Curve, name: str, look: str) -> None:
        where = {"at": curve.times, "value": curve.value, "low": curve.low, "high": curve.high}
        self._traces[row].append(Trace(name=name, look=look, aside=0.0, **where))


def _panel(figure: Figure, box: tuple[float, float, float, float], title: str) -> Axes:
    panel = figure.add_axes(box, facecolor="none")
    panel.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    panel.grid(axis="y", color=COLOURS["guide"], alpha=0.25, lw=0.5)
    panel.set_title(title, pad=4)
    return panel


def _extent(arrays: Sequence[Floats]) -> tuple[float, float] | None:
    """Return the least and the greatest finite number of several arrays."""
    if not arrays:
        return None
    numbers = np.concatenate([np.ravel(array) for array in arrays])
    numbers = numbers[np.isfinite(numbers)]
    return (float(numbers.min()), float(numbers.max())) if numbers.size else None

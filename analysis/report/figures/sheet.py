"""A sheet of stacked panels, the marks drawn on it, and the figure of a page it becomes.

Colours are handed to the page as CSS variables, so that one drawing serves light, dark and paper.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, StrMethodFormatter

from analysis.report.figures.traces import COLOURS, INK, Floats, Trace, as_json, panel_of_traces
from analysis.report.html import inline_svg

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
MOST_POINTS = 400  # marks of one kind in a panel; more make the page heavy


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


Keys = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """One figure of the page: a heading, a key, an SVG fragment, a caption.

    `keys` holds (style, words) pairs; the style is a class of the style sheet. `hover` are the
    drawn numbers for the page's script (`analysis.report.figures.traces`), empty where it shows
    none.
    """

    slug: str
    title: str
    caption: str
    keys: Keys
    svg: str
    hover: str = ""


@dataclass(frozen=True)
class Parts:
    """What a figure's function returns: the drawing, its key, its caption.

    `numbers` returns the panels that the page's script reads, asked for once the layout is final;
    `truth` says whether the emulated truth, where there is one, is drawn.
    """

    figure: Figure
    keys: Keys
    caption: str
    numbers: Callable[[], list[dict[str, Any]]] = list
    truth: bool = True

    def finish(
        self, slug: str, title: str, colours: Mapping[str, str] = CSS_COLOURS, more: Keys = ()
    ) -> Drawing:
        """Return the figure of the page.

        Args:
            slug: its name on the page, with which its identifiers begin.
            title: its heading.
            colours: literal colour -> CSS value.
            more: further entries of the key.
        """
        svg = figure_svg(self.figure, slug, title, colours)
        panels, keys = self.numbers(), (*self.keys, *more)
        hover = as_json(panels) if panels else ""
        return Drawing(
            slug=slug, title=title, caption=self.caption, keys=keys, svg=svg, hover=hover
        )


class Sheet:
    """A figure of panels stacked at fixed places, the first on top.

    What is drawn is a `Trace`; its look, a class of the style sheet such as "catalysed band",
    begins with its colour and ends with its kind.

    Args:
        times: what runs along x, of which the panels show all, [T].
        titles: one title per panel; a title also names the unit.
        xlabel: what runs along the bottom.
    """

    def __init__(self, times: Floats, *titles: str, xlabel: str = "charging time (ns)") -> None:
        height = BOTTOM + len(titles) * (PANEL + TITLE)
        self.figure = blank_figure(WIDTH, height)
        self._titles, self._xlabel = titles, xlabel
        self._traces: list[list[Trace]] = [[] for _ in titles]
        self._panels: list[Axes] = []
        margin = 0.02 * float(np.ptp(times)) or 1.0
        for row, title in enumerate(titles):
            bottom = BOTTOM + (len(titles) - 1 - row) * (PANEL + TITLE)
            box = (LEFT, bottom / height, SPAN, PANEL / height)
            panel = _panel(self.figure, box, title)
            panel.set_xlim(float(np.min(times)) - margin, float(np.max(times)) + margin)
            panel.tick_params(labelbottom=row == len(titles) - 1)
            self._panels.append(panel)
        self._panels[-1].set_xlabel(xlabel, labelpad=2)

    def draw(self, row: int, trace: Trace) -> None:
        """Draw a trace as the end of its look says.

        A band is a line inside its 95 % limits, with dots when times are few; dots have 95 % bars,
        and become a band when there are too many to tell apart; dashed is the emulated truth.
        """
        panel, ink = self._panels[row], trace.ink
        if trace.kind == "dot" and len(trace.at) > MANY_POINTS:
            trace = replace(trace, look=trace.look.replace("dot", "band"))
        if trace.kind == "dashed":
            panel.plot(trace.at, trace.value, color=ink, lw=0.8, dashes=(4, 2.5))
        elif trace.kind == "band":
            panel.fill_between(trace.at, trace.low, trace.high, color=ink, alpha=0.25, lw=0)
            marker = "o" if len(trace.at) <= FEW_POINTS else ""
            panel.plot(trace.at, trace.value, color=ink, lw=1.3, marker=marker, ms=3)
        else:
            panel.plot(*trace.bars(), color=ink, lw=0.8, alpha=0.7)
            panel.plot(trace.at, trace.value, "o", color=ink, ms=2.6, mew=0)
        self._traces[row].append(trace)

    def draw_line(self, row: int, trace: Trace) -> None:
        """Join a trace's values by a thin line that guides the eye."""
        self._panels[row].plot(trace.at, trace.value, color=trace.ink, lw=0.6)

    def draw_counts(self, row: int, trace: Trace) -> None:
        """Draw whole numbers, at least 1, as marks on a logarithmic scale."""
        panel = self._panels[row]
        panel.set_yscale("log")
        panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=6))
        panel.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        panel.yaxis.set_minor_locator(NullLocator())
        self.draw_marks(row, trace)

    def draw_marks(self, row: int, trace: Trace) -> None:
        """Draw values as marks without intervals."""
        panel, at = self._panels[row], trace.at + trace.aside
        panel.plot(at, trace.value, trace.marker, color=trace.ink, ms=3, mew=0, alpha=0.85)
        self._traces[row].append(trace)

    def draw_estimate(self, row: int, trace: Trace) -> None:
        """Draw a single number with its interval, where it has one."""
        panel, ink, at = self._panels[row], trace.ink, trace.at + trace.aside
        if trace.low.size:
            ends = np.concatenate([trace.low, trace.high])
            panel.plot(np.repeat(at, 2), ends, color=ink, lw=1.6, clip_on=False)
        panel.plot(at, trace.value, trace.marker, color=ink, ms=5.5, mew=0, clip_on=False)
        self._traces[row].append(trace)

    def draw_level(self, row: int, level: float) -> None:
        """Draw a dotted horizontal line at a value that matters."""
        self._panels[row].axhline(level, color=COLOURS["guide"], lw=0.9, dashes=(1, 1.5))

    def fit(self, row: int, also: Iterable[float] = ()) -> None:
        """Set the vertical range by what is drawn, with zero marked.

        A band may widen the range by at most its own size on either side, so that
        one badly known end does not flatten everything else.

        Args:
            row: the panel's number.
            also: further values that the range holds.
        """
        traces = self._traces[row]
        inner = _extent([*(trace.value for trace in traces), np.array([*also])])
        if inner is None:
            return
        low, high = inner
        room = (high - low) or 0.05
        if outer := _extent([end for trace in traces for end in (trace.low, trace.high)]):
            low = max(min(low, outer[0]), low - room)
            high = min(max(high, outer[1]), high + room)
        margin = 0.05 * (high - low) or 0.05
        self.limit(row, low - margin, high + margin)

    def limit(self, row: int, low: float, high: float) -> None:
        """Set the vertical range, and mark zero when it lies inside."""
        self._panels[row].set_ylim(low, high)
        if low < 0 < high:
            self._panels[row].axhline(0.0, color=COLOURS["guide"], lw=0.7, zorder=0.5)

    def parts(self, keys: Keys, caption: str, *, truth: bool = True) -> Parts:
        """Return the sheet as a figure's parts, with its key and caption."""
        return Parts(self.figure, keys, caption, numbers=self.numbers, truth=truth)

    def numbers(self) -> list[dict[str, Any]]:
        """Return the drawn numbers for the page's script, a panel each."""
        rows = zip(self._panels, self._titles, self._traces, strict=True)
        return [panel_of_traces(axis, t, self._xlabel, drawn) for axis, t, drawn in rows]


def _panel(figure: Figure, box: tuple[float, float, float, float], title: str) -> Axes:
    panel = figure.add_axes(box, facecolor="none")
    panel.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    panel.grid(axis="y", color=COLOURS["guide"], alpha=0.25, lw=0.5)
    panel.set_title(title, pad=4)
    return panel


def _extent(arrays: Iterable[Floats]) -> tuple[float, float] | None:
    """Return the least and the greatest finite number of several arrays, None without one."""
    numbers = np.concatenate([np.empty(0), *map(np.ravel, arrays)])
    numbers = numbers[np.isfinite(numbers)]
    return (float(numbers.min()), float(numbers.max())) if numbers.size else None

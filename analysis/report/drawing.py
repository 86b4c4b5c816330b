"""What a figure of the page is, and the one list of those of a run, which they enter themselves.

A new figure is a function under `figure`, in a module that `analysis.report.page` imports.
"""

from bisect import insort
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from analysis.report.hover_data import Floats, Trace, as_json
from analysis.report.run_data import RunData
from analysis.report.sheet import CSS_COLOURS, Sheet, drawing_style, figure_svg

ASIDE = 0.02  # of the time axis: keeps two marks of the same time apart
TRUTH_KEY = ("truth dashed", "truth of the emulated device")

Keys = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """One figure of the page: a heading, a key, an SVG fragment, a caption.

    `keys` holds (style, words) pairs; the style is a class of the style sheet. `hover` are the
    drawn numbers for the page's script (`analysis.report.hover_data`), empty where it shows none.
    """

    slug: str
    title: str
    caption: str
    keys: Keys
    svg: str
    hover: str = ""


@dataclass(frozen=True, kw_only=True)
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


PartsOf = Callable[[RunData], Parts | None]


@dataclass(frozen=True, kw_only=True)
class PageFigure:
    """A kind of figure: its name on the page, and the function that draws it, None if absent."""

    slug: str
    title: str
    parts: PartsOf
    place: int
    compared: bool

    def draw(self, run: RunData) -> Drawing | None:
        """Return a run's figure, None where the run has nothing to show there."""
        found = self.parts(run)
        if found is None:
            return None
        truth = (TRUTH_KEY,) if found.truth and run.has_truth else ()
        return found.finish(self.slug, self.title, more=truth)


FIGURES: list[PageFigure] = []
"""The figures of a run's page in their order."""


def figure(title: str, *, place: int = 1, compared: bool = True) -> Callable[[PartsOf], PartsOf]:
    """Enter a function, whose name is the figure's on the page, in the list of figures.

    Args:
        title: the heading.
        place: figures of a lower place stand before it, others of its own in the order they came.
        compared: whether two runs' figures stand side by side on a comparison's page.
    """

    def enter(parts: PartsOf) -> PartsOf:
        new = PageFigure(
            slug=parts.__name__, title=title, parts=parts, place=place, compared=compared
        )
        insort(FIGURES, new, key=lambda each: each.place)
        return parts

    return enter


def draw_all(run: RunData) -> list[Drawing]:
    """Return a run's drawings in the order of the page, the absent ones left out."""
    with drawing_style():
        drawings = [each.draw(run) for each in FIGURES]
    return [drawing for drawing in drawings if drawing is not None]


def draw_arms(sheet: Sheet, row: int, run: RunData, name: str) -> None:
    """Draw one banded quantity of every arm, then the truths on top."""
    for arm, found in run.arms.items():
        sheet.draw(row, Trace.of(run.times, getattr(found, name), f"{arm} band"))
    draw_truths(sheet, row, run, name)
    sheet.fit(row)


def draw_truths(
    sheet: Sheet, row: int, run: RunData, name: str, component: int | None = None
) -> None:
    """Draw the truth of a quantity in every arm where it is known, or of one of its components."""
    for arm in run.arms:
        truth = run.truth(arm, name)
        if truth is not None and component is not None:
            truth = truth[:, component]
        draw_truth(sheet, row, run, truth, arm)


def draw_truth(sheet: Sheet, row: int, run: RunData, truth: Floats | None, arm: str = "") -> None:
    """Draw a curve of the emulated truth, (T,), always dashed and in the ink of the text."""
    if truth is not None:
        name = f"{arm}, truth" if arm else "truth"
        sheet.draw(row, Trace(name=name, look="truth dashed", at=run.times, value=truth))


def arm_keys(run: RunData, style: str) -> Keys:
    """Return the key of the arms, each in its colour and this style."""
    return tuple((f"{arm} {style}", arm) for arm in run.arms)

"""What a figure of the page is, and the one list of those of a run, which they enter themselves.

A new figure is a function under `figure`, in a module that `analysis.report.page` imports.
"""

from bisect import insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from analysis.report.run_data import Floats, RunData
from analysis.report.sheet import Sheet, drawing_style

__all__ = [
    "ASIDE",
    "FIGURES",
    "Drawing",
    "Parts",
    "arm_keys",
    "draw_all",
    "draw_arms",
    "draw_truths",
    "figure",
]

ASIDE = 0.02  # of the time axis: keeps two marks of the same time apart
TRUTH_KEY = ("truth dashed", "truth of the emulated device")

Keys = tuple[tuple[str, str], ...]


class Canvas(Protocol):
    """What can become a figure of the page: a `Sheet`, or another drawing."""

    def to_svg(self, slug: str, label: str, times: Floats) -> str:
        """Return the drawing as an inline SVG fragment, its identifiers beginning with the slug."""
        ...

    def hover(self) -> str:
        """Return the drawn numbers for the page's script, empty where it shows none."""
        ...


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

    `times` are those along x in ns, by default the charging times; `truth` says whether the
    emulated truth, where there is one, is drawn.
    """

    canvas: Canvas
    keys: Keys
    caption: str
    times: Floats | None = None
    truth: bool = True


@dataclass(frozen=True, kw_only=True)
class PageFigure:
    """A kind of figure: its name on the page, and the function that draws it, None if absent."""

    slug: str
    title: str
    parts: Callable[[RunData], Parts | None]
    place: int
    compared: bool

    def draw(self, run: RunData) -> Drawing | None:
        """Return a run's figure, None where the run has nothing to show there."""
        found = self.parts(run)
        if found is None:
            return None
        truth = (TRUTH_KEY,) if found.truth and run.has_truth else ()
        times = run.times if found.times is None else found.times
        return Drawing(
            slug=self.slug,
            title=self.title,
            caption=found.caption,
            keys=(*found.keys, *truth),
            svg=found.canvas.to_svg(self.slug, self.title, times),
            hover=found.canvas.hover(),
        )


FIGURES: list[PageFigure] = []
"""The figures of a run's page in their order."""

PartsOf = Callable[[RunData], Parts | None]


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
    curves = [run.quantity(arm, name) for arm in run.arms]
    truths = [run.truth(arm, name) for arm in run.arms]
    for arm, curve in zip(run.arms, curves, strict=True):
        if curve is not None:
            sheet.draw_band(row, curve, arm)
    draw_truths(sheet, row, run, truths)
    sheet.fit(row, curves, truths)


def draw_truths(sheet: Sheet, row: int, run: RunData, truths: Sequence[Floats | None]) -> None:
    """Draw the truth of every arm, None where it is unknown."""
    for arm, truth in zip(run.arms, truths, strict=True):
        sheet.draw_truth(row, run.times, truth, f"{arm}, truth")


def arm_keys(run: RunData, style: str) -> Keys:
    """Return the key of the arms, each in its colour and this style."""
    return tuple((f"{arm} {style}", arm) for arm in run.arms)

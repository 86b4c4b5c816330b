"""What a figure of the page is, and the one list of those of a run, which they enter themselves.

A new figure is a function under `figure` in `run_figures` (what came out) or `setup_figures` (how
it was made), in the page's order.
"""

from collections.abc import Callable
from dataclasses import dataclass

from analysis.report.figures.sheet import Drawing, Keys, Parts, Sheet
from analysis.report.figures.traces import Floats, Trace
from analysis.report.run_data import RunData

ASIDE = 0.02  # of the time axis: keeps two marks of the same time apart
TRUTH_KEY = ("truth dashed", "truth of the emulated device")

PartsOf = Callable[[RunData], Parts | None]


@dataclass(frozen=True)
class PageFigure:
    """A kind of figure: its name on the page, and the function that draws it, None if absent."""

    slug: str
    title: str
    parts: PartsOf
    compared: bool

    def draw(self, run: RunData, prefix: str = "") -> Drawing | None:
        """Return a run's figure, its name with a prefix; None where there is nothing to show."""
        found = self.parts(run)
        if found is None:
            return None
        truth = (TRUTH_KEY,) if found.truth and run.has_truth else ()
        return found.finish(prefix + self.slug, self.title, more=truth)


FIGURES: list[PageFigure] = []
"""The figures of a run's page in their order."""


def figure(title: str, *, compared: bool = True) -> Callable[[PartsOf], PartsOf]:
    """Enter a function, whose name is the figure's on the page, at the end of the list of figures.

    Args:
        title: the heading.
        compared: whether two runs' figures stand side by side on a comparison's page.
    """

    def enter(parts: PartsOf) -> PartsOf:
        FIGURES.append(PageFigure(parts.__name__, title, parts, compared))
        return parts

    return enter


def draw_arms(sheet: Sheet, row: int, run: RunData, name: str) -> None:
    """Draw one banded quantity of every arm, then the truths on top."""
    for arm, found in run.arms.items():
        sheet.draw(row, Trace.of(run.swept, getattr(found, name), f"{arm} band"))
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
        sheet.draw(row, Trace(name=name, look="truth dashed", at=run.swept, value=truth))


def arm_keys(run: RunData, style: str) -> Keys:
    """Return the key of the arms, each in its colour and this style."""
    return tuple((f"{arm} {style}", arm) for arm in run.arms)

"""All figures of a run's page; the files enter theirs in the list in the order of their import."""

from analysis.report.figures import run_figures, setup_figures  # noqa: F401
from analysis.report.figures.drawing import FIGURES
from analysis.report.figures.sheet import Drawing, drawing_style
from analysis.report.run_data import RunData


def draw_all(run: RunData, prefix: str = "") -> list[Drawing]:
    """Return a run's drawings in the order of the page, the absent ones left out.

    Args:
        run: whose figures.
        prefix: before their names, so that several runs share a page.
    """
    with drawing_style():
        drawings = [each.draw(run, prefix) for each in FIGURES]
    return [drawing for drawing in drawings if drawing is not None]

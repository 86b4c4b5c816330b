"""The readout's calibration shots in the IQ plane, with the line that tells 1 from 0."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.report.drawings import Drawing
from analysis.report.figures import (
    COLOURS,
    INK,
    WIDTH,
    blank_figure,
    drawing_style,
    svg_fragment,
)
from analysis.report.material import Material

__all__ = ["draw_clouds"]

Floats = NDArray[np.float64]

MOST_POINTS = 400  # of each prepared level; more only make the page heavy
INKS = ("none", "pi")
HEIGHT = 3.2  # inches
TITLE = "Readout: the two levels in the IQ plane"
CAPTION = (
    "Each dot is one calibration shot: the readout's signal, weighted and integrated, in "
    "standard deviations of its noise. The line was trained on these shots; the side of it "
    "decides the outcome. Dots of prepared 1 on their way to the other cloud relaxed while they "
    "were read. {kept} of {held} saved shots of each level are drawn."
)


@dataclass(frozen=True)
class _Line:
    """The discriminator: axis . point = threshold."""

    axis: Floats
    threshold: float

    def ends(self, clouds: list[Floats]) -> Floats:
        """Return the two ends, (2, 2), of the line where it crosses the clouds."""
        along = np.array([-self.axis[1], self.axis[0]])
        reach = np.concatenate(clouds) @ along
        foot = self.threshold * self.axis
        return np.array([foot + float(end) * along for end in (reach.min(), reach.max())])


def draw_clouds(material: Material) -> list[Drawing]:
    """Return the drawing of the IQ clouds; none where the readout gave no points."""
    variable = material.dataset.data_vars.get("calibration_iq")
    if variable is None:
        return []
    held = [np.asarray(variable.sel(prepared=level).values, dtype=float) for level in (0, 1)]
    clouds = [points[np.isfinite(points).all(axis=1)][:MOST_POINTS] for points in held]
    line = _Line(np.asarray(variable.attrs["axis"]), float(variable.attrs["threshold"]))
    with drawing_style():
        svg = _plane(clouds, line.ends(clouds))
    keys = [(f"{ink} dot", f"prepared {level}") for level, ink in enumerate(INKS)]
    return [
        Drawing(
            slug="iq",
            title=TITLE,
            caption=CAPTION.format(kept=max(map(len, clouds)), held=max(map(len, held))),
            keys=(*keys, ("truth dashed", "discriminator")),
            svg=svg,
        )
    ]


def _plane(clouds: list[Floats], ends: Floats) -> str:
    """Return the plane as an inline SVG fragment: dots of each cloud, and the dashed line."""
    figure = blank_figure(WIDTH, HEIGHT, layout="constrained")
    axes = figure.add_subplot(facecolor="none")
    for points, ink in zip(clouds, INKS, strict=True):
        axes.plot(points[:, 0], points[:, 1], "o", color=COLOURS[ink], ms=2.0, mew=0, alpha=0.6)
    axes.plot(ends[:, 0], ends[:, 1], color=INK, lw=0.8, dashes=(4, 2.5))
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_xlabel("I (σ of the noise)")
    axes.set_ylabel("Q (σ of the noise)")
    return svg_fragment(figure, "iq", TITLE)

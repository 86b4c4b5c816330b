"""The picture of an optimal charging pulse: its quadratures and what it does, beside the square."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.report.figures.pictures import save_picture
from analysis.report.figures.sheet import WIDTH, blank_figure, drawing_style
from analysis.report.figures.traces import COLOURS

_KEY: dict[str, Any] = {  # above its panel, off the data
    "frameon": False,
    "fontsize": 6,
    "ncols": 3,
    "loc": "lower left",
    "bbox_to_anchor": (0.0, 1.0),
    "borderpad": 0.0,
}
_HEIGHT = 1.25  # inches of a panel
_FEW_PHOTONS = 0.01  # at least shown, so that an uncoupled resonator is seen to be empty
_OPTIMAL, _SQUARE, _LIMIT = COLOURS["catalysed"], COLOURS["control"], COLOURS["guide"]
_PANELS = {
    "energy": "energy\n(hbar w_q)",
    "ergotropy": "ergotropy\n(hbar w_q)",
    "photons": "photons",
}


def draw_optimal_pulse(found: Mapping[str, Any], path: Path) -> None:
    """Draw the content of optimum.json as the suffix says, PNG or SVG.

    Args:
        found: the content of optimum.json.
        path: of the picture.

    Raises:
        OSError: the file cannot be written.
    """
    with drawing_style():
        save_picture(optimal_pulse_figure(found), path)


def optimal_pulse_figure(found: Mapping[str, Any]) -> Figure:
    """Return the figure: pulse, energy, ergotropy with the speed limit, and photons over time.

    Args:
        found: the content of optimum.json.
    """
    figure = blank_figure(WIDTH, _HEIGHT * (1 + len(_PANELS)), layout="constrained")
    axes = figure.subplots(1 + len(_PANELS), sharex=True)
    _draw_pulse(axes[0], found)
    curves, times = found["curves"], found["curves"]["time_ns"]
    for axis, (name, words) in zip(axes[1:], _PANELS.items(), strict=True):
        axis.plot(times, curves["optimal"][name], color=_OPTIMAL, label="optimal")
        axis.plot(times, curves["square"][name], color=_SQUARE, ls="--", label="best square")
        axis.set_ylabel(words)
        if name == "ergotropy":
            limit = curves["fastest_ergotropy"]
            axis.plot(times, limit, color=_LIMIT, ls=":", label="speed limit of a qubit")
            axis.legend(**_KEY)
        if name == "photons":
            most = max(*curves["optimal"][name], *curves["square"][name], _FEW_PHOTONS)
            axis.set_ylim(0.0, 1.1 * most)
    axes[-1].set_xlabel("time from the beginning of the charging (ns)")
    return figure


def _draw_pulse(axis: Axes, found: Mapping[str, Any]) -> None:
    samples, end = found["samples"], found["duration_ns"]
    borders = np.append(samples["time_ns"], end)
    for name, words, style in (("i_MHz", "I", "-"), ("q_MHz", "Q", "-.")):
        axis.stairs(samples[name], borders, color=_OPTIMAL, ls=style, label=words, baseline=None)
    square = [found["square"]["amplitude_MHz"]]
    axis.stairs(square, [0.0, end], color=_SQUARE, ls="--", label="best square", baseline=None)
    for side in (1, -1):
        axis.axhline(side * found["amplitude_MHz"], color=_LIMIT, ls=":", lw=0.8)
    axis.set_ylabel("drive (MHz)")
    axis.legend(**_KEY)

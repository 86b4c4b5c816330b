"""A run on one slide: the three verdicts with their numbers above the curves they rest on."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.observations import ALL_THREE, OBSERVATIONS, Judgement, Observation
from analysis.report.figures.pictures import save_picture
from analysis.report.figures.plots import plot_quantity
from analysis.report.figures.sheet import MANY_POINTS, drawing_style
from analysis.report.figures.traces import COLOURS, INK
from analysis.report.formatting import sigmas, with_interval
from analysis.report.page import check_same_run, describe
from analysis.report.run_data import RunData
from analysis.results import Results, VacuumFidelity

_SIZE = (12.8, 7.2)  # inches: with _DPI a full screen of 1920 by 1080
_DPI = 150
_OUTCOMES = {"holds": "#006d5b", "fails": "#a3195b", "undecided": "#59636e"}
_SOFT = "#59636e"
_LEFT, _STEP, _WIDE = 0.06, 0.325, 0.265  # of the width: first column, column to column, a panel
_LOW, _TALL = 0.11, 0.37  # of the height: a panel's bottom, its height
_KEY: dict[str, Any] = {
    "frameon": False,
    "ncols": 3,
    "fontsize": 9,
    "loc": "lower left",
    "bbox_to_anchor": (-0.03, 0.98),
    "columnspacing": 1.2,
    "handlelength": 1.5,
}
_TEXT: dict[str, Any] = {"ha": "left", "va": "top"}


def write_summary(results: Mapping[str, Any], dataset: xr.DataTree, path: Path) -> None:
    """Draw the verdict of a run as one picture for a talk, 16 to 9, PNG or SVG.

    Args:
        results: the content of results.json.
        dataset: the dataset those results were computed from.
        path: of the picture, which ends in .png or .svg.

    Raises:
        CqedBatteryError: results and dataset are not of the same run.
        OSError: the file cannot be written.
    """
    run = RunData(results=Results(results), dataset=dataset)
    check_same_run(run)
    with drawing_style():
        save_picture(summary_figure(run), path, dpi=_DPI)


def summary_figure(run: RunData) -> Figure:
    """Return the figure of a run: a column for each observation, what they are together below.

    Args:
        run: results and dataset.
    """
    verdict = run.results.verdict
    figure = Figure(figsize=_SIZE, facecolor="white")
    figure.text(_LEFT, 0.965, run.results.title, fontsize=18, weight="bold", **_TEXT)
    figure.text(_LEFT, 0.905, fill(describe(run), 150), fontsize=10, color=_SOFT, **_TEXT)
    judged = zip(OBSERVATIONS, (verdict.heat, verdict.gain, verdict.vacuum), strict=True)
    for column, (observation, found) in enumerate(judged):
        x = _LEFT + column * _STEP
        _words(figure, x, observation, found)
        panel = figure.add_axes((x, _LOW, _WIDE, _TALL))
        _PANELS[observation.key](panel, run)
        panel.set_xlabel(run.axis.label, fontsize=10)
        panel.tick_params(labelsize=9)
    _foot(figure, run)
    return figure


def _words(figure: Figure, x: float, observation: Observation, found: Judgement) -> None:
    """Write an observation's heading, outcome, number, interval and sigmas from the top down."""
    value, interval = with_interval(found.value, found.ci_low, found.ci_high)
    colour = _OUTCOMES[found.outcome]
    figure.text(x, 0.80, observation.title, fontsize=12, weight="bold", **_TEXT)
    figure.text(x, 0.755, found.outcome, fontsize=20, weight="bold", color=colour, **_TEXT)
    if found.value is None:
        figure.text(x, 0.68, "no number", fontsize=12, color=_SOFT, **_TEXT)
        return
    words = f"{observation.symbol} = {value} {observation.unit}"
    figure.text(x, 0.68, words, fontsize=14, **_TEXT)
    beside = f"95 % interval {interval}\n{sigmas(found.significance)}"
    figure.text(x, 0.63, beside, fontsize=10, color=_SOFT, **_TEXT)


def _foot(figure: Figure, run: RunData) -> None:
    """Write what the three are together, and where the numbers come from."""
    together = run.results.verdict.together
    words = f"{ALL_THREE.title}: {together.outcome}"
    colour = _OUTCOMES[together.outcome]
    figure.text(_LEFT, 0.035, words, fontsize=12, weight="bold", color=colour, **_TEXT)
    version = (run.results.get("versions") or {}).get("cqed-battery", "?")
    source = f"{run.results.kind} data, seed {run.results.seed}, cqed-battery {version}"
    place = _LEFT + 2 * _STEP + _WIDE
    figure.text(place, 0.03, source, fontsize=9, color=_SOFT, ha="right", va="top")


def _curves(panel: Axes, run: RunData, name: str, title: str) -> None:
    """Draw one quantity of every arm with its band, the key above the data."""
    width = 0.8 if len(run.swept) > MANY_POINTS else 1.6
    for order, arm in enumerate(reversed(list(run.arms)), start=2):  # the catalysed arm on top
        look = {"color": COLOURS[arm], "lw": width, "zorder": order}
        plot_quantity(panel, run.results, arm, name, **look)
    panel.axhline(0.0, color=COLOURS["guide"], lw=0.7, zorder=0.5)
    _named(panel, title)


def _named(panel: Axes, title: str) -> None:
    panel.set_title(title, fontsize=10, pad=20)
    panel.legend(**_KEY)


def _heat(panel: Axes, run: RunData) -> None:
    """Draw S, or z where no moments of one pulse were measured."""
    if run.axis.truncated:
        _curves(panel, run, "heat_integral", "S, the integral of J (ħω; below 0: left the battery)")
    else:
        _curves(panel, run, "z", "z (−1: empty battery, +1: full)")


def _gain(panel: Axes, run: RunData) -> None:
    _curves(panel, run, "ergotropy", "ergotropy (ħω): what a pulse can take out")


def _vacuum(panel: Axes, run: RunData) -> None:
    """Draw the measured fidelity with its interval, the threshold, and the truth if known."""
    truth, measured = run.truth("catalysed", "vacuum_fidelity"), run.vacuum_fidelity
    if truth is not None:
        panel.plot(run.swept, truth, color=INK, lw=0.9, dashes=(4, 2.5), label="truth")
    if measured is not None:
        _point(panel, run, measured)
    threshold = run.setting("analysis", "vacuum_fidelity_threshold")
    if isinstance(threshold, float):
        panel.axhline(
            threshold, color=COLOURS["guide"], lw=1.2, ls=":", label=f"asked: {threshold:g}"
        )
    if panel.lines:
        _named(panel, "vacuum fidelity F of the resonator")
    else:
        panel.text(0.5, 0.5, "not measured", ha="center", transform=panel.transAxes, fontsize=11)
    panel.set_ylim(top=1.02)


def _point(panel: Axes, run: RunData, measured: VacuumFidelity) -> None:
    timed = run.axis.dim == "time"
    at = measured.time if timed else float(run.swept[-1])
    limits = np.array([[measured.value - measured.ci_low], [measured.ci_high - measured.value]])
    look: dict[str, Any] = {
        "color": COLOURS["catalysed"],
        "ms": 6.0,
        "lw": 1.6,
        "label": "measured",
    }
    panel.errorbar([at], [float(measured.value)], np.nan_to_num(limits), fmt="o", **look)


_PANELS = dict(zip((each.key for each in OBSERVATIONS), (_heat, _gain, _vacuum), strict=True))

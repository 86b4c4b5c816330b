"""The curves of the page, drawn by bokeh: one source of data, one figure for each quantity."""

from dataclasses import dataclass

import numpy as np
from bokeh.models import (
    ColumnDataSource,
    DataRange1d,
    HoverTool,
    Range1d,
    Span,
)
from bokeh.plotting import figure

from analysis.explorer.shown import CURVES, Shown
from analysis.report.figures.traces import COLOURS
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.prediction import ladder

ARMS = {"catalysed": "solid", "control": "dashed"}
"""The arms, and how their lines are drawn."""

AXES = {"x": COLOURS["none"], "y": COLOURS["pi"], "z": COLOURS["catalysed"]}
"""The components of the Bloch vector, and their colours."""

_HEIGHT = 210  # pixels
_EDGE = 0.03  # of a fixed range, beyond it


@dataclass(frozen=True)
class Panel:
    """A figure: its name, its title with the unit, its curves, and a fixed range, if any."""

    name: str
    title: str
    curves: tuple[str, ...]
    arms: tuple[str, ...] = tuple(ARMS)
    ends: tuple[float, float] | None = None


PANELS = (
    Panel("energy", "Energy E (ħω)", ("energy",), ends=(-0.5, 0.5)),
    Panel("ergotropy", "Ergotropy (ħω)", ("ergotropy",), ends=(0.0, 1.0)),
    Panel("heat_current", "Heat current J (ħω/ns; below 0: leaving)", ("heat_current",)),
    Panel(
        "vacuum_fidelity",
        "Vacuum fidelity F of the resonator",
        ("vacuum_fidelity",),
        ("catalysed",),
        (0.0, 1.0),
    ),
    Panel("photon_number", "Photons in the resonator", ("photon_number",), ("catalysed",)),
    Panel("bloch", "Bloch vector", ("x", "y", "z"), ends=(-1.0, 1.0)),
)
"""The figures, in the order of the page."""

LADDER = Panel(ladder.ERGOTROPY, "Ergotropy of all levels (ħω)", (ladder.ERGOTROPY,))
"""The figure after those, where three levels are measured."""

FIDELITY = [panel.name for panel in PANELS].index("vacuum_fidelity")


def panels_of(experiment: Experiment) -> tuple[Panel, ...]:
    """Return the figures of an experiment.

    Args:
        experiment: of the file.
    """
    return (*PANELS, LADDER) if experiment.qutrit.measured else PANELS


def curve_data(shown: Shown) -> dict[str, FloatArray]:
    """Return the columns of the source: positions, and each arm's curves; nan without a control.

    Args:
        shown: of an experiment.
    """
    found = {"at": shown.at}
    for arm in ARMS:
        curves = shown.arms.get(arm, {})
        for name in (*CURVES, *AXES):
            found[f"{arm}_{name}"] = curves.get(name, np.full(len(shown.at), np.nan))
    return found


def panel_figure(panel: Panel, source: ColumnDataSource, experiment: Experiment) -> figure:
    """Return the figure of a panel, which follows the source.

    Args:
        panel: one of `panels_of`.
        source: with the columns of `curve_data`.
        experiment: for its axis and the bar of F.
    """
    drawn = figure(
        name=panel.name,
        height=_HEIGHT,
        sizing_mode="stretch_width",
        toolbar_location=None,
        tools="",
        x_range=DataRange1d(range_padding=0.0),
        y_range=_range(panel.ends),
        x_axis_label=experiment.axis.label,
        output_backend="canvas",
        min_border_right=12,
    )
    many = len(panel.curves) > 1
    for name in panel.curves:
        for arm in panel.arms:
            colour = AXES[name] if many else COLOURS[arm]
            drawn.line(
                "at",
                f"{arm}_{name}",
                source=source,
                line_color=colour,
                line_width=2 if arm == "catalysed" else 1.6,
                line_dash=ARMS[arm],
            )
    drawn.add_tools(_reading(panel, experiment, drawn.renderers[:1]))
    quiet(drawn)
    return drawn


def quiet(drawn: figure) -> None:
    """Take off a figure what only distracts here: minor ticks, slanted labels, the toolbar.

    Args:
        drawn: the figure.
    """
    drawn.axis.axis_label_text_font_style = "normal"
    drawn.axis.minor_tick_line_color = None
    drawn.toolbar.logo = None
    drawn.toolbar.visible = False


def _range(ends: tuple[float, float] | None) -> Range1d | DataRange1d:
    if ends is None:
        return DataRange1d(range_padding=0.08, min_interval=1e-3)
    aside = _EDGE * (ends[1] - ends[0])
    return Range1d(ends[0] - aside, ends[1] + aside)


def bar_of(experiment: Experiment) -> Span:
    """Return the line that F must exceed.

    Args:
        experiment: for its [analysis].
    """
    bar = experiment.analysis.vacuum_fidelity_threshold
    dotted = {"line_color": COLOURS["bound"], "line_dash": "dotted", "line_width": 1.5}
    return Span(location=bar, dimension="width", **dotted)


def _reading(panel: Panel, experiment: Experiment, renderers: list[object]) -> HoverTool:
    """Return what the pointer reads: the position and every curve there."""
    rows = [(experiment.axis.label, "@at{0.00}")]
    for name in panel.curves:
        for arm in panel.arms:
            label = arm if len(panel.curves) == 1 else f"{name}, {arm}"
            rows.append((label, f"@{arm}_{name}{{0.0000}}"))
    return HoverTool(mode="vline", tooltips=rows, renderers=renderers, point_policy="snap_to_data")

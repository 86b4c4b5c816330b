"""The figures of how a run was made: raw counts, the IQ plane, the path, device and sequence."""

from math import ceil

import numpy as np
from matplotlib.figure import Figure

from analysis.report.figures.device_sketch import sketch_figure
from analysis.report.figures.drawing import arm_keys, figure
from analysis.report.figures.sheet import (
    MANY_POINTS,
    MOST_POINTS,
    WIDTH,
    Parts,
    Sheet,
    blank_figure,
)
from analysis.report.figures.timeline import timeline_figure, timeline_words
from analysis.report.figures.traces import COLOURS, INK, Floats
from analysis.report.run_data import RunData
from cqed_battery.units import TWO_PI
from protocols.resonator import PULSES

INKS = ("none", "pi")  # of prepared 0 and 1
IQ_HEIGHT = 3.2  # inches
BALL_HEIGHT = 2.7  # inches
ROUND = 181  # points of a circle


@figure("Raw data of the vacuum measurement", compared=False)
def exchange(run: RunData) -> Parts | None:
    """Draw the raw frequencies of the vacuum measurement, both traces of its method."""
    if not run.has_vacuum_counts:
        return None
    labels = run.measurement.labels
    traces = [run.exchange_trace(*pair) for pair in zip(PULSES, labels.traces, strict=True)]
    sheet = Sheet(traces[0].at, "fraction of shots that read 1", xlabel=labels.time)
    for trace in traces:
        sheet.draw_line(0, trace)
        sheet.draw(0, trace)
    sheet.limit(0, -0.04, 1.04)
    keys = tuple((trace.look, trace.name) for trace in traces)
    caption = f"{labels.caption} These are uncorrected frequencies; bars: 95 %."
    return sheet.parts(keys, caption, truth=False)


@figure("Readout: the two levels in the IQ plane", compared=False)
def iq(run: RunData) -> Parts | None:
    """Draw calibration shots in the IQ plane; None where the readout gave no points."""
    variable = run.dataset.data_vars.get("calibration_iq")
    if variable is None:
        return None
    held = [np.asarray(variable.sel(prepared=level).values, dtype=float) for level in (0, 1)]
    clouds = [points[np.isfinite(points).all(axis=1)][:MOST_POINTS] for points in held]
    keys = tuple((f"{ink} dot", f"prepared {level}") for level, ink in enumerate(INKS))
    caption = (
        "Each dot is one calibration shot: the readout's signal, weighted and integrated, in "
        "standard deviations of its noise. The line was trained on these shots; the side of it "
        "decides the outcome. Dots of prepared 1 on their way to the other cloud relaxed while "
        f"they were read. {max(map(len, clouds))} of {max(map(len, held))} saved shots of each "
        "level are drawn."
    )
    line = np.asarray(variable.attrs["axis"]), float(variable.attrs["threshold"])
    keys = (*keys, ("truth dashed", "discriminator"))
    return Parts(_plane(clouds, *line), keys, caption, truth=False)


def _plane(clouds: list[Floats], axis: Floats, threshold: float) -> Figure:
    """Draw clouds of shots, (N, 2) each, and the discriminator, axis . point = threshold."""
    figure = blank_figure(WIDTH, IQ_HEIGHT, layout="constrained")
    axes = figure.add_subplot(facecolor="none")
    for points, ink in zip(clouds, INKS, strict=True):
        axes.plot(points[:, 0], points[:, 1], "o", color=COLOURS[ink], ms=2.0, mew=0, alpha=0.6)
    along = np.array([-axis[1], axis[0]])
    reach = np.concatenate(clouds) @ along
    ends = threshold * axis + np.outer([reach.min(), reach.max()], along)
    axes.plot(ends[:, 0], ends[:, 1], color=INK, lw=0.8, dashes=(4, 2.5))
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_xlabel("I (σ of the noise)")
    axes.set_ylabel("Q (σ of the noise)")
    return figure


@figure("Where the battery goes in the Bloch ball")
def path(run: RunData) -> Parts:
    """Draw each arm's Bloch vectors in the planes of x and z, and of y and z."""
    figure = blank_figure(WIDTH, BALL_HEIGHT, layout="constrained")
    turn = np.linspace(0, TWO_PI, ROUND)
    for number, (component, name) in enumerate(((0, "x"), (1, "y")), start=1):
        axes = figure.add_subplot(1, 2, number, facecolor="none")
        axes.plot(np.cos(turn), np.sin(turn), color=COLOURS["guide"], lw=0.8)
        for arm, found in run.arms.items():
            count = len(found.bloch.value)
            bloch = found.bloch.value[:: ceil(count / MOST_POINTS)]
            look = "-o" if count <= MANY_POINTS else "-"
            axes.plot(bloch[:, component], bloch[:, 2], look, color=COLOURS[arm], lw=0.8, ms=2.0)
        axes.set_aspect("equal")
        axes.set_xlabel(name)
        axes.set_ylabel("z")
    caption = (
        "The most likely Bloch vector at each charging time, joined in their order, in the frame of"
        " the drive. The empty battery is at the bottom. The circle is that of pure states: the"
        " ergotropy is half of the vector's length and its z together."
    )
    return Parts(figure, arm_keys(run, "dot"), caption, truth=False)


@figure("The device", compared=False)
def device(run: RunData) -> Parts | None:
    """Sketch the device of the experiment file; None where the file is of another kind."""
    played = run.sequence
    if played is None:
        return None
    caption = (
        "The device as its experiment file has it: what couples, what is driven, what is read."
        " A dashed coupling closes; arrows are lines from the generators."
    )
    return Parts(sketch_figure(played.experiment), (), caption, truth=False)


@figure("What is played: one repetition", compared=False)
def sequence(run: RunData) -> Parts | None:
    """Draw the channels of one repetition; None where the file is of another kind."""
    played = run.sequence
    if played is None:
        return None
    steps = ", ".join(f"{number} {step.name}" for number, step in enumerate(played.steps, start=1))
    caption = (
        f"One repetition of the {played.setting.arm} arm at {_where(run)}, read along"
        f" {played.setting.name}: {steps}. Grey: {_grey(run)}. Of the drive,"
        " the envelope's two quadratures before its carrier and the line."
    )
    return Parts(timeline_figure(played), (), f"{caption} {timeline_words(played)}", truth=False)


def _where(run: RunData) -> str:
    if run.axis.dim == "time":
        return "its longest charging time"
    return f"the last {run.axis.title}"


def _grey(run: RunData) -> str:
    if run.axis.dim == "time":
        return "the time that the settings sweep"
    return f"the pulse whose {run.axis.title.removeprefix('drive ')} the settings sweep"

"""The figures of a run: the three observations, then what was measured.

Energies and power, ergotropy and fidelity, the battery's state, raw counts and the IQ plane.
"""

from math import ceil

import numpy as np
from matplotlib.figure import Figure

from analysis.observations import VACUUM
from analysis.report.device_sketch import sketch_figure
from analysis.report.drawing import (
    ASIDE,
    FIGURES,
    arm_keys,
    draw_arms,
    draw_truth,
    draw_truths,
    figure,
)
from analysis.report.run_data import RunData
from analysis.report.sheet import (
    MANY_POINTS,
    WIDTH,
    Drawing,
    Keys,
    Parts,
    Sheet,
    blank_figure,
    drawing_style,
)
from analysis.report.timeline import timeline_figure, timeline_words
from analysis.report.traces import COLOURS, INK, Floats, Trace
from analysis.results import Envelope, Quantity
from cqed_battery.units import TWO_PI
from protocols.resonator import PULSES

MOST_POINTS = 400  # of each prepared level's IQ dots, and of a path; more make the page heavy
INKS = ("none", "pi")  # of prepared 0 and 1
IQ_HEIGHT = 3.2  # inches
BALL_HEIGHT = 2.7  # inches
ROUND = 181  # points of a circle


@figure("Does energy leave the battery early on?")
def heat(run: RunData) -> Parts | None:
    """Draw J(t) above its integral S(t), all arms, with truth; None where they are not measured."""
    if not run.axis.truncated:
        return None
    titles = "heat current J (ħω/ns; below 0: leaving)", "S, its integral from the start (ħω)"
    sheet = Sheet(run.swept, *titles)
    draw_arms(sheet, 0, run, "heat_current")
    draw_arms(sheet, 1, run, "heat_integral")
    caption = (
        "J = dE/dt − P is the rate at which the battery's energy changes beyond what "
        "the drive delivers. S adds J up from the start without any derivative of the "
        "data, so the first verdict rests on S, less what the control shows and what the model "
        "knows to be no exchange with the resonator. Below zero, energy has left the "
        "battery. Shaded: 95 % intervals, one time at a time."
    )
    return sheet.parts(arm_keys(run, "band"), caption)


@figure("Can more energy be extracted than without the resonator?")
def ergotropy(run: RunData) -> Parts:
    """Draw the ergotropy of the arms and, beneath, their difference."""
    gain = run.results.verdict.gain.pointwise
    titles = ["ergotropy (ħω)", "catalysed minus control (ħω; above 0: a gain)"]
    sheet = Sheet(run.swept, *titles[: 1 if gain is None else 2], xlabel=run.axis.label)
    keys = arm_keys(run, "band")
    draw_arms(sheet, 0, run, "ergotropy")
    caption = (
        "Ergotropy is the part of the stored energy that a unitary pulse can take out "
        "again. Shaded: 95 % intervals, one time at a time."
    )
    if gain is None:
        caption += " There is no control arm to compare with."
    else:
        keys = (*keys, ("gain band", "difference"))
        sheet.draw(1, Trace.of(run.swept, gain, "gain band", "difference"))
        draw_truth(sheet, 1, run, run.true_gain())
        sheet.fit(1)
        caption += (
            " The lower panel is the difference the second verdict is about: above zero, "
            "the resonator helped; below, it cost." + _window_words(run)
        )
    return sheet.parts(keys, caption)


def _window_words(run: RunData) -> str:
    """Say over what the parts of the second verdict are taken, when recorded."""
    unit = "" if run.axis.units == "1" else f" {run.axis.units}"
    windows = [
        f"{name}: {start:.4g} to {end:.4g}{unit}"
        for name, (start, end) in run.results.verdict.gain.windows.items()
    ]
    return f" Windows of the verdict, {', '.join(windows)}." if windows else ""


@figure("Is the resonator back in its vacuum?")
def vacuum(run: RunData) -> Parts | None:
    """Draw the vacuum fidelity of the resonator and, if known, its photons."""
    photons = run.truth("catalysed", "photon_number")
    known = (run.truth("catalysed", "vacuum_fidelity"), run.vacuum_fidelity, run.sum_rule_bound)
    if all(part is None for part in known):
        return None
    titles = ["vacuum fidelity F (1: empty resonator)", "mean photon number"]
    sheet = Sheet(run.swept, *titles[: 1 if photons is None else 2], xlabel=run.axis.label)
    keys = _draw_fidelity(sheet, run)
    if photons is not None:
        draw_truth(sheet, 1, run, photons)
        sheet.fit(1)
    return sheet.parts(keys, _vacuum_caption(run, photons is not None))


def _vacuum_caption(run: RunData, photons: bool) -> str:
    sentences = ["F is the probability that the resonator holds no photon when charging ends."]
    if run.vacuum_fidelity is None:
        sentences.append("It was not measured in this run.")
    else:
        sentences.append("The dot is the measurement with its 95 % interval.")
    if run.sum_rule_bound is not None:
        sentences.append(
            "The triangle is a lower bound that needs no access to the resonator: a "
            "resonator that began empty holds at most the energy that has left the "
            "battery."
        )
    if photons:
        sentences.append("Photon number and the dashed F are known only to the emulation.")
    return " ".join(sentences)


def _draw_fidelity(sheet: Sheet, run: RunData) -> Keys:
    """Draw F: truth, threshold, bound and measurement; return their key."""
    measured, bound = run.vacuum_fidelity, run.sum_rule_bound
    timed = measured is not None and run.axis.dim == "time"
    at = measured.time if measured is not None and timed else float(run.swept[-1])
    draw_truth(sheet, 0, run, run.truth("catalysed", "vacuum_fidelity"))
    aside = -ASIDE * float(np.ptp(run.swept))
    values, keys = [1.0], []
    if bound is not None:
        values += _draw_single(sheet, bound, "lower bound", "bound up", at, aside)
        keys.append(("bound up", "lower bound from the qubit's data"))
    if measured is not None:
        values += _draw_single(sheet, measured, "measured", "catalysed dot", at)
        keys.append(("catalysed dot", "measured"))
    threshold = run.setting("analysis", str(VACUUM.bar))
    if isinstance(threshold, float):
        sheet.draw_level(0, threshold)
        values.append(threshold)
        keys.append(("guide dotted", f"asked for: {threshold:g}"))
    sheet.fit(0, values)
    return tuple(keys)


def _draw_single(
    sheet: Sheet, found: Quantity, name: str, look: str, at: float, aside: float = 0.0
) -> list[float]:
    """Draw one number under a name at a time; return it with its limits, where it has any."""
    value, *ends = (np.atleast_1d(part) for part in (found.value, found.ci_low, found.ci_high))
    known = ends if np.isfinite(ends).all() else [np.empty(0)] * 2
    sheet.draw_estimate(0, Trace(name, look, np.array([at]), value, known[0], known[1], aside))
    return [float(number) for number in np.concatenate([value, *known])]


@figure("Energy in the battery, and what the drive delivers")
def energy(run: RunData) -> Parts:
    """Draw E with its smooth envelope above the drive's power P(t), as far as they are measured."""
    titles = ["energy E (ħω)", "power of the drive P (ħω/ns)"]
    sheet = Sheet(run.swept, *titles[: 2 if run.axis.truncated else 1], xlabel=run.axis.label)
    for arm, found in run.arms.items():
        smooth = found.envelope
        if smooth is not None:
            sheet.draw(0, Trace.of(smooth.times, smooth.energy, f"{arm} band", f"{arm}, smooth"))
        sheet.draw(0, Trace.of(run.swept, found.energy, f"{arm} dot"))
    draw_truths(sheet, 0, run, "energy")
    sheet.fit(0)
    if not run.axis.truncated:
        caption = f"Dots: energy from the z measurement at each {run.axis.title}, with 95 % bars."
        return sheet.parts(arm_keys(run, "dot"), caption)
    draw_arms(sheet, 1, run, "power")
    caption = (
        "Dots: energy from the z measurement at each time, with 95 % bars. Lines: the "
        "smooth envelope whose slope gives dE/dt, with its 95 % band."
    )
    fits = (_fit_words(arm, found.envelope) for arm, found in run.arms.items())
    return sheet.parts(arm_keys(run, "band dot"), " ".join([caption, *filter(None, fits)]))


def _fit_words(arm: str, envelope: Envelope | None) -> str:
    if envelope is None or envelope.modes is None:
        return ""
    modes, chi2 = envelope.modes, envelope.reduced_chi2
    plural = "mode" if modes == 1 else "modes"
    return f"Envelope of the {arm} arm: {modes} {plural}, reduced χ² {chi2:.2f}."


@figure("What tomography saw: the battery's state")
def bloch(run: RunData) -> Parts:
    """Draw the three Bloch components of the arms with error bars."""
    titles = "x", "y", "z (−1: empty battery, +1: full)"
    sheet = Sheet(run.swept, *titles, xlabel=run.axis.label)
    for row in range(3):
        for arm, found in run.arms.items():
            sheet.draw(row, Trace.of(run.swept, found.bloch[:, row], f"{arm} dot"))
        draw_truths(sheet, row, run, "bloch", row)
        sheet.limit(row, -1.15, 1.15)
    caption = (
        "Each component is the probability of 1 minus the probability of 0, corrected "
        "for readout errors and for what the closing of the coupler and the "
        "measurement pulses do. The axes x and y turn with the drive. Bars: 95 %."
    )
    return sheet.parts(arm_keys(run, "dot"), caption)


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


def draw_all(run: RunData, prefix: str = "") -> list[Drawing]:
    """Return a run's drawings in the order of the page, the absent ones left out.

    Args:
        run: whose figures.
        prefix: before their names, so that several runs share a page.
    """
    with drawing_style():
        drawings = [each.draw(run, prefix) for each in FIGURES]
    return [drawing for drawing in drawings if drawing is not None]

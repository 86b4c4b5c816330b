"""The figures of what was measured: energy, the battery's state, raw counts, the IQ plane."""

import numpy as np
from matplotlib.figure import Figure

from analysis.report.drawing import arm_keys, draw_arms, draw_truths, figure
from analysis.report.hover_data import COLOURS, INK, Floats, Trace
from analysis.report.run_data import RunData
from analysis.report.sheet import WIDTH, Parts, Sheet, blank_figure
from analysis.results import Envelope
from protocols.resonator import PULSES

MOST_POINTS = 400  # IQ dots of each prepared level; more only make the page heavy
INKS = ("none", "pi")  # of prepared 0 and 1
IQ_HEIGHT = 3.2  # inches


@figure("Energy in the battery, and what the drive delivers")
def energy(run: RunData) -> Parts:
    """Draw E(t) with its smooth envelope above the drive's power P(t)."""
    sheet = Sheet(run.times, "energy E (ħω)", "power of the drive P (ħω/ns)")
    for arm, found in run.arms.items():
        smooth = found.envelope
        sheet.draw(0, Trace.of(smooth.times, smooth.energy, f"{arm} band", f"{arm}, smooth"))
        sheet.draw(0, Trace.of(run.times, found.energy, f"{arm} dot"))
    draw_truths(sheet, 0, run, "energy")
    sheet.fit(0)
    draw_arms(sheet, 1, run, "power")
    caption = (
        "Dots: energy from the z measurement at each time, with 95 % bars. Lines: the "
        "smooth envelope whose slope gives dE/dt, with its 95 % band."
    )
    fits = (_fit_words(arm, found.envelope) for arm, found in run.arms.items())
    return sheet.parts(arm_keys(run, "band dot"), " ".join([caption, *filter(None, fits)]))


def _fit_words(arm: str, envelope: Envelope) -> str:
    modes, chi2 = envelope.modes, envelope.reduced_chi2
    if modes is None:
        return ""
    plural = "mode" if modes == 1 else "modes"
    return f"Envelope of the {arm} arm: {modes} {plural}, reduced χ² {chi2:.2f}."


@figure("What tomography saw: the battery's state")
def bloch(run: RunData) -> Parts:
    """Draw the three Bloch components of the arms with error bars."""
    sheet = Sheet(run.times, "x", "y", "z (−1: empty battery, +1: full)")
    for row in range(3):
        for arm, found in run.arms.items():
            sheet.draw(row, Trace.of(run.times, found.bloch[:, row], f"{arm} dot"))
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

"""The figures of a run: the three observations, then what was measured.

Ergotropy and fidelity, energies and power, the battery's state, and what envelope and fit leave.
"""

from collections.abc import Mapping
from math import ceil

import numpy as np

from analysis.observations import VACUUM
from analysis.report.figures.drawing import (
    ASIDE,
    arm_keys,
    draw_arms,
    draw_truth,
    draw_truths,
    figure,
)
from analysis.report.figures.sheet import MOST_POINTS, Keys, Parts, Sheet
from analysis.report.figures.traces import Floats, Trace
from analysis.report.run_data import RunData
from analysis.results import Envelope, Quantity

LIMIT = 1.96  # standard errors within which 95 % of the residuals lie


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
        if smooth is not None and smooth.modes != 0:
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
    if modes == 0:
        return f"No oscillation stands out in the {arm} arm: its envelope is a level, not drawn."
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


@figure("What the envelopes leave of the data", compared=False)
def envelope_residuals(run: RunData) -> Parts | None:
    """Draw x, y, z less their envelopes in standard errors; None where they are not kept."""
    off = {
        arm: found.envelope.residuals
        for arm, found in run.arms.items()
        if found.envelope is not None and found.envelope.residuals.size
    }
    return _residuals(
        run,
        off,
        "The measured components less the smooth envelopes through which dE/dt, P and J go. Where"
        " neighbours lie on one side, an envelope misses something.",
    )


@figure("What the fitted device leaves of the counts", compared=False)
def fit_residuals(run: RunData) -> Parts | None:
    """Draw the counts less the global fit in standard errors; None where they are not kept."""
    fit = run.results.global_fit
    off = {} if fit is None else fit.residuals
    return _residuals(
        run,
        {arm: values for arm, values in off.items() if arm in run.arms},
        "The counts of tomography less those of the device that fits all counts. Where neighbours"
        " lie on one side, the device does something that the model does not.",
    )


def _residuals(run: RunData, off: Mapping[str, Floats], words: str) -> Parts | None:
    """Draw residuals of every arm's components, (T, 3), in standard errors of their shots."""
    if not off:
        return None
    titles = [f"{component} (standard errors)" for component in "xyz"]
    sheet = Sheet(run.swept, *titles, xlabel=run.axis.label)
    every = ceil(len(run.swept) / MOST_POINTS)
    for row in range(3):
        for level in (-LIMIT, LIMIT):
            sheet.draw_level(row, level)
        for arm, values in off.items():
            shown = values[::every, row]
            sheet.draw_marks(row, Trace(arm, f"{arm} dot", run.swept[::every], shown))
        sheet.fit(row, (-2 * LIMIT, 2 * LIMIT))
    few = f" One in {every} is drawn." if every > 1 else ""
    caption = f"{words} Dotted: {LIMIT}, within which 95 % belong by shot noise alone.{few}"
    return sheet.parts(tuple((f"{arm} dot", arm) for arm in off), caption, truth=False)

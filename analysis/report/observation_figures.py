"""The figures that show the three observations: J and S, the ergotropy, the vacuum fidelity."""

import numpy as np

from analysis.observations import VACUUM
from analysis.report.drawing import ASIDE, arm_keys, draw_arms, draw_truth, figure
from analysis.report.hover_data import Trace
from analysis.report.run_data import RunData
from analysis.report.sheet import Keys, Parts, Sheet
from analysis.results import Quantity


@figure("Does energy leave the battery early on?", place=0)
def heat(run: RunData) -> Parts:
    """Draw J(t) above its integral S(t), all arms, with truth."""
    titles = "heat current J (ħω/ns; below 0: leaving)", "S, its integral from the start (ħω)"
    sheet = Sheet(run.times, *titles)
    draw_arms(sheet, 0, run, "heat_current")
    draw_arms(sheet, 1, run, "heat_integral")
    caption = (
        "J = dE/dt − P is the rate at which the battery's energy changes beyond what "
        "the drive delivers. S adds J up from the start without any derivative of the "
        "data, so the first verdict rests on S. Below zero, energy has left the "
        "battery. Shaded: 95 % intervals, one time at a time."
    )
    return sheet.parts(arm_keys(run, "band"), caption)


@figure("Can more energy be extracted than without the resonator?", place=0)
def ergotropy(run: RunData) -> Parts:
    """Draw the ergotropy of the arms and, beneath, their difference."""
    gain = run.results.verdict.gain.pointwise
    titles = ["ergotropy (ħω)", "catalysed minus control (ħω; above 0: a gain)"]
    sheet = Sheet(run.times, *titles[: 1 if gain is None else 2])
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
        sheet.draw(1, Trace.of(run.times, gain, "gain band", "difference"))
        draw_truth(sheet, 1, run, run.true_gain())
        sheet.fit(1)
        caption += (
            " The lower panel is the difference the second verdict is about: above zero, "
            "the resonator helped; below, it cost." + _window_words(run)
        )
    return sheet.parts(keys, caption)


def _window_words(run: RunData) -> str:
    """Say over which times the parts of the second verdict are taken, when recorded."""
    windows = [
        f"{name}: {start:.4g} to {end:.4g} ns"
        for name, (start, end) in run.results.verdict.gain.windows.items()
    ]
    return f" Windows of the verdict, {', '.join(windows)}." if windows else ""


@figure("Is the resonator back in its vacuum?", place=0)
def vacuum(run: RunData) -> Parts | None:
    """Draw the vacuum fidelity of the resonator and, if known, its photons."""
    photons = run.truth("catalysed", "photon_number")
    known = (run.truth("catalysed", "vacuum_fidelity"), run.vacuum_fidelity, run.sum_rule_bound)
    if all(part is None for part in known):
        return None
    titles = ["vacuum fidelity F (1: empty resonator)", "mean photon number"]
    sheet = Sheet(run.times, *titles[: 1 if photons is None else 2])
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
    at = float(run.times[-1]) if measured is None else measured.time
    draw_truth(sheet, 0, run, run.truth("catalysed", "vacuum_fidelity"))
    aside = -ASIDE * float(np.ptp(run.times))
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

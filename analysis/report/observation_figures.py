"""The figures that show the three observations: J and S, the ergotropy, the vacuum fidelity."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from analysis.observations import GAIN, VACUUM
from analysis.report.drawing import ASIDE, Keys, Parts, arm_keys, draw_arms, figure
from analysis.report.hover_data import Trace
from analysis.report.run_data import Floats, RunData
from analysis.report.sheet import MARKS, Sheet

__all__ = ["ergotropy", "heat", "vacuum"]


@figure("Does energy leave the battery early on?", place=0)
def heat(run: RunData) -> Parts:
    """Draw J(t) above its integral S(t), all arms, with truth."""
    sheet = Sheet(
        "heat current J (ħω/ns; below 0: leaving)",
        "S, its integral from the start (ħω)",
    )
    draw_arms(sheet, 0, run, "heat_current")
    draw_arms(sheet, 1, run, "heat_integral")
    caption = (
        "J = dE/dt − P is the rate at which the battery's energy changes beyond what "
        "the drive delivers. S adds J up from the start without any derivative of the "
        "data, so the first verdict rests on S. Below zero, energy has left the "
        "battery. Shaded: 95 % intervals, one time at a time."
    )
    return Parts(canvas=sheet, keys=arm_keys(run, "band"), caption=caption)


@figure("Can more energy be extracted than without the resonator?", place=0)
def ergotropy(run: RunData) -> Parts:
    """Draw the ergotropy of the arms and, beneath, their difference."""
    gain, truth = run.pointwise_gain(), run.true_gain()
    titles = ["ergotropy (ħω)", "catalysed minus control (ħω; above 0: a gain)"]
    sheet = Sheet(*titles[: 1 if gain is None else 2])
    keys = arm_keys(run, "band")
    draw_arms(sheet, 0, run, "ergotropy")
    caption = (
        "Ergotropy is the part of the stored energy that a unitary pulse can take out "
        "again. Shaded: 95 % intervals, one time at a time."
    )
    if gain is None:
        caption += " There is no control arm to compare with."
        return Parts(canvas=sheet, keys=keys, caption=caption)
    sheet.draw_band(1, gain, "gain", "difference")
    sheet.draw_truth(1, run.times, truth)
    sheet.fit(1, [gain], [truth])
    caption += (
        " The lower panel is the difference the second verdict is about: above zero, "
        "the resonator helped; below, it cost." + _window_words(run)
    )
    return Parts(canvas=sheet, keys=(*keys, ("gain band", "difference")), caption=caption)


def _window_words(run: RunData) -> str:
    """Say over which times the parts of the second verdict are taken, when recorded."""
    parts = run.results["verdict"][GAIN.key].get("parts") or {}
    windows = [
        f"{name}: {part['window'][0]:.4g} to {part['window'][1]:.4g} ns"
        for name, part in parts.items()
        if part and part.get("window")
    ]
    return f" Windows of the verdict, {', '.join(windows)}." if windows else ""


@figure("Is the resonator back in its vacuum?", place=0)
def vacuum(run: RunData) -> Parts | None:
    """Draw the vacuum fidelity of the resonator and, if known, its photons."""
    truth = run.truth("catalysed", "vacuum_fidelity")
    photons = run.truth("catalysed", "photon_number")
    if truth is None and run.vacuum_fidelity is None and run.sum_rule_bound is None:
        return None
    titles = ["vacuum fidelity F (1: empty resonator)", "mean photon number"]
    sheet = Sheet(*titles[: 1 if photons is None else 2])
    keys = _draw_fidelity(sheet, run, truth)
    if photons is not None:
        sheet.draw_truth(1, run.times, photons)
        sheet.fit(1, [], [photons])
    return Parts(canvas=sheet, keys=keys, caption=_vacuum_caption(run, photons is not None))


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


def _draw_fidelity(sheet: Sheet, run: RunData, truth: Floats | None) -> Keys:
    """Draw F: truth, threshold, bound and measurement; return their key."""
    measured, bound = run.vacuum_fidelity, run.sum_rule_bound
    at = float(run.times[-1])
    if measured is not None and measured.get("time") is not None:
        at = float(measured["time"])
    values, keys = [1.0], []
    sheet.draw_truth(0, run.times, truth)
    if bound is not None:
        aside = -ASIDE * float(np.ptp(run.times))
        values += _draw_single(sheet, at, bound, ("lower bound", "bound", "^"), aside)
        keys.append(("bound up", "lower bound from the qubit's data"))
    if measured is not None:
        values += _draw_single(sheet, at, measured, ("measured", "catalysed", "o"))
        keys.append(("catalysed dot", "measured"))
    threshold = run.setting("analysis", str(VACUUM.bar))
    if isinstance(threshold, float):
        sheet.draw_level(0, threshold)
        values.append(threshold)
        keys.append(("guide dotted", f"asked for: {threshold:g}"))
    sheet.fit(0, [], [np.array(values), truth])
    return tuple(keys)


def _draw_single(
    sheet: Sheet,
    at: float,
    block: Mapping[str, Any],
    look: tuple[str, str, str],
    aside: float = 0.0,
) -> list[float]:
    """Draw one number under a name, in a colour, as a mark; return it with its limits."""
    name, colour, marker = look
    found = {"value": block["value"], "low": block.get("ci_low"), "high": block.get("ci_high")}
    known = {key: float(number) for key, number in found.items() if number is not None}
    numbers = {key: np.array([number]) for key, number in known.items()}
    style = f"{colour} {MARKS[marker]}"
    trace = Trace(name=name, look=style, at=np.array([at]), aside=aside, **numbers)
    sheet.draw_estimate(0, trace, colour, marker)
    return list(known.values())

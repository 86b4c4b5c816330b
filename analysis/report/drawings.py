"""What the report shows: one function per drawing, with its words.

Each takes the material and returns a `Drawing`, or None when the run has
nothing to show there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.report import captions
from analysis.report.figures import MARKS, Sheet, drawing_style
from analysis.report.hover import Trace
from analysis.report.material import Curve, Material
from protocols.resonator import PULSES

__all__ = ["Drawing", "draw_all"]

Floats = NDArray[np.float64]

ASIDE = 0.02  # of the time axis: keeps two marks of the same time apart


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """One figure of the page: a heading, a key, an SVG fragment, a caption.

    `keys` holds (style, words) pairs; the style is a class of the style sheet. `hover` are the
    drawn numbers for the page's script (`analysis.report.hover`), empty where it shows none.
    """

    slug: str
    title: str
    caption: str
    keys: tuple[tuple[str, str], ...]
    svg: str
    hover: str = ""


def draw_all(material: Material) -> list[Drawing]:
    """Return the drawings in the order of the page, the absent ones left out."""
    makers = (
        draw_heat,
        draw_ergotropy,
        draw_vacuum,
        draw_energy,
        draw_bloch,
        draw_exchange,
    )
    with drawing_style():
        drawings = [maker(material) for maker in makers]
    return [drawing for drawing in drawings if drawing is not None]


def draw_heat(material: Material) -> Drawing:
    """Draw J(t) above its integral S(t), all arms, with truth."""
    sheet = Sheet(
        "heat current J (ħω/ns; below 0: leaving)",
        "S, its integral from the start (ħω)",
    )
    _draw_arms(sheet, 0, material, "heat_current")
    _draw_arms(sheet, 1, material, "heat_integral")
    return _drawing(material, sheet, "heat", _arm_keys(material, "band"))


def draw_ergotropy(material: Material) -> Drawing:
    """Draw the ergotropy of the arms and, beneath, their difference."""
    gain, truth = material.pointwise_gain(), material.true_gain()
    titles = ["ergotropy (ħω)", "catalysed minus control (ħω; above 0: a gain)"]
    sheet = Sheet(*titles[: 1 if gain is None else 2])
    keys = _arm_keys(material, "band")
    _draw_arms(sheet, 0, material, "ergotropy")
    if gain is not None:
        sheet.draw_band(1, gain, "gain", "difference")
        sheet.draw_truth(1, material.times, truth)
        sheet.fit(1, [gain], [truth])
        keys = (*keys, ("gain band", "difference"))
    return _drawing(material, sheet, "ergotropy", keys)


def draw_vacuum(material: Material) -> Drawing | None:
    """Draw the vacuum fidelity of the resonator and, if known, its photons."""
    truth = material.truth("catalysed", "vacuum_fidelity")
    photons = material.truth("catalysed", "photon_number")
    measured, bound = material.vacuum_fidelity, material.sum_rule_bound
    if truth is None and measured is None and bound is None:
        return None
    titles = ["vacuum fidelity F (1: empty resonator)", "mean photon number"]
    sheet = Sheet(*titles[: 1 if photons is None else 2])
    keys = _draw_fidelity(sheet, material, truth)
    if photons is not None:
        sheet.draw_truth(1, material.times, photons)
        sheet.fit(1, [], [photons])
    return _drawing(material, sheet, "vacuum", keys)


def draw_energy(material: Material) -> Drawing:
    """Draw E(t) with its smooth envelope above the drive's power P(t)."""
    sheet = Sheet("energy E (ħω)", "power of the drive P (ħω/ns)")
    curves: list[Curve | None] = []
    truths = [material.truth(arm, "energy") for arm in material.arms]
    for arm in material.arms:
        points = material.quantity(arm, "energy")
        smooth = material.envelope(arm, "energy")
        curves += [points, smooth]
        if smooth is not None:
            sheet.draw_band(0, smooth, arm, f"{arm}, smooth")
        if points is not None:
            sheet.draw_points(0, points, arm)
    _draw_truths(sheet, 0, material, truths)
    sheet.fit(0, curves, truths)
    _draw_arms(sheet, 1, material, "power")
    return _drawing(material, sheet, "energy", _arm_keys(material, "band dot"))


def draw_bloch(material: Material) -> Drawing:
    """Draw the three Bloch components of the arms with error bars."""
    sheet = Sheet("x", "y", "z (−1: empty battery, +1: full)")
    for row in range(3):
        for arm in material.arms:
            bloch = material.quantity(arm, "bloch")
            if bloch is not None:
                sheet.draw_points(row, bloch.component(row), arm)
        truths = [material.truth(arm, "bloch") for arm in material.arms]
        _draw_truths(sheet, row, material, [t if t is None else t[:, row] for t in truths])
        sheet.limit(row, -1.15, 1.15)
    return _drawing(material, sheet, "bloch", _arm_keys(material, "dot"))


def draw_exchange(material: Material) -> Drawing | None:
    """Draw the raw frequencies of the vacuum measurement, both traces of its method."""
    if not material.has_vacuum_counts:
        return None
    labels = material.measurement.labels
    sheet = Sheet("fraction of shots that read 1", xlabel=labels.time)
    for pulse, name in zip(PULSES, labels.traces, strict=True):
        curve = material.exchange_curve(pulse)
        sheet.draw_line(0, curve, pulse)
        sheet.draw_points(0, curve, pulse, name)
    sheet.limit(0, -0.04, 1.04)
    keys = tuple((f"{pulse} dot", name) for pulse, name in zip(PULSES, labels.traces, strict=True))
    return _drawing(material, sheet, "exchange", keys, curve.times)


def _draw_arms(sheet: Sheet, row: int, material: Material, name: str) -> None:
    """Draw one banded quantity of every arm, then the truths on top."""
    curves = [material.quantity(arm, name) for arm in material.arms]
    truths = [material.truth(arm, name) for arm in material.arms]
    for arm, curve in zip(material.arms, curves, strict=True):
        if curve is not None:
            sheet.draw_band(row, curve, arm)
    _draw_truths(sheet, row, material, truths)
    sheet.fit(row, curves, truths)


def _draw_truths(
    sheet: Sheet, row: int, material: Material, truths: Sequence[Floats | None]
) -> None:
    """Draw the truth of every arm, None where it is unknown."""
    for arm, truth in zip(material.arms, truths, strict=True):
        sheet.draw_truth(row, material.times, truth, f"{arm}, truth")


def _draw_fidelity(
    sheet: Sheet, material: Material, truth: Floats | None
) -> tuple[tuple[str, str], ...]:
    """Draw F: truth, threshold, bound and measurement; return their key."""
    measured, bound = material.vacuum_fidelity, material.sum_rule_bound
    at = float(material.times[-1])
    if measured is not None and measured.get("time") is not None:
        at = float(measured["time"])
    values, keys = [1.0], []
    sheet.draw_truth(0, material.times, truth)
    if bound is not None:
        aside = -ASIDE * float(np.ptp(material.times))
        values += _draw_single(sheet, at, bound, ("lower bound", "bound", "^"), aside)
        keys.append(("bound up", "lower bound from the qubit's data"))
    if measured is not None:
        values += _draw_single(sheet, at, measured, ("measured", "catalysed", "o"))
        keys.append(("catalysed dot", "measured"))
    threshold = material.setting("analysis", "vacuum_fidelity_threshold")
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


def _arm_keys(material: Material, style: str) -> tuple[tuple[str, str], ...]:
    return tuple((f"{arm} {style}", arm) for arm in material.arms)


def _drawing(
    material: Material,
    sheet: Sheet,
    slug: str,
    keys: tuple[tuple[str, str], ...],
    times: Floats | None = None,
) -> Drawing:
    """Close a sheet: add its words, and the truth to its key when it is drawn."""
    title, caption = captions.words_for(slug, material)
    if material.has_truth and slug != "exchange":
        keys = (*keys, ("truth dashed", "truth of the emulated device"))
    svg = sheet.to_svg(slug, title, material.times if times is None else times)
    return Drawing(slug=slug, title=title, caption=caption, keys=keys, svg=svg, hover=sheet.hover())

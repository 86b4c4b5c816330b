"""What a search says in words: what was found, what is missing, how much was screened."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from analysis.design_search.box.box import Box
from analysis.design_search.box.objective import Objective
from analysis.design_search.point.measurement import kind_of
from analysis.design_search.point.point_result import (
    EXACT,
    STATUS,
    UNMEASURED,
    PointResult,
)
from analysis.observations import OBSERVATIONS
from cqed_battery.errors import join_words

_SHOWN = 3  # reasons


def promised(point: PointResult, objective: Objective) -> bool:
    """Say whether a point meets the bars of gain and F, and no allowed way measures it.

    Args:
        point: of a search.
        objective: which has the bars.
    """
    enough = point.sustained_gain >= objective.least_gain
    return point.status == UNMEASURED and enough and point.fidelity >= objective.least_fidelity


def _unmeasured(box: Box, results: Sequence[PointResult]) -> str:
    """Return what to say of points that have what is wanted, and cannot be measured."""
    points = [point for point in results if promised(point, box.objective)]
    if not points:
        return ""
    best, wanted = max(points, key=lambda point: point.sustained_gain), box.objective
    advice = "" if box.measurement else "; [measurement] in the box may allow others"
    return (
        f"{len(points)} of {len(results)} points evaluated reach a gain of {wanted.least_gain:g}"
        f" hbar w_q with F >= {wanted.least_fidelity:g} by their exact dynamics, up to"
        f" {best.sustained_gain:.3f} with F = {best.fidelity:.4f}, but no way that is allowed"
        f" measures their resonator: {best.reason}{advice}."
    )


def refusals(results: Sequence[PointResult]) -> list[dict[str, Any]]:
    """Return why points were refused or could not be measured, the most frequent reason first.

    Reasons that differ in their numbers alone are one, shown as its first point has it.

    Args:
        results: every point of a search.
    """
    counted: dict[tuple[int, str], list[str]] = {}
    for point in results:
        if point.reason:
            kind = point.status, kind_of(point.reason)
            counted.setdefault(kind, []).append(point.reason)
    rows = sorted(counted.items(), key=lambda item: -len(item[1]))
    return [
        {"status": STATUS[status], "points": len(texts), "reason": texts[0]}
        for (status, _), texts in rows
    ]


def statement(box: Box, best: PointResult, results: Sequence[PointResult]) -> str:
    """Return the plain statement of a search: whether a point meets all three observations.

    Args:
        box: what was searched.
        best: the best point.
        results: every point of the search.
    """
    wanted = box.objective
    count = f"{len(results)} points evaluated"
    unmeasured = _unmeasured(box, results)
    if best.status != EXACT:
        return unmeasured or (
            "nothing found in the box meets all three observations: of"
            f" {count} none that can be measured comes near a late gain of"
            f" {wanted.least_gain:g} hbar w_q with F >= {wanted.least_fidelity:g}; the nearest has"
            f" a gain of {best.late_gain:.3f} with F = {best.fidelity:.4f}"
            f" {'late' if isfinite(best.mean_gain) else 'in its steady state'}."
        )
    numbers = (
        f"gain {best.mean_gain:.3f} as a window mean and {best.late_gain:.3f} late (hbar w_q; at"
        f" least {wanted.least_gain:g} asked for),"
        f" F = {best.fidelity:.4f}, S = {best.heat:+.3f} by {best.heat_end:g} ns;"
        f" {best.heat_sigmas:.1f}, {best.gain_sigmas:.1f} and {best.vacuum_sigmas:.1f} sigmas"
        f" above the bars of J (0), gain (0) and F ({wanted.least_fidelity:g}) within"
        f" {wanted.hours:g} h"
    )
    if best.meets(wanted):
        hours = f", {wanted.sigmas:g} sigmas in {best.hours:.2g} h" if isfinite(best.hours) else ""
        return f"all three observations hold together at the best of {count}: {numbers}{hours}."
    missing = [
        each.clause for each in OBSERVATIONS if not getattr(best, each.column) >= wanted.sigmas
    ]
    if not best.sustained_gain >= wanted.least_gain:
        missing.append(f"a gain of {wanted.least_gain:g} hbar w_q")
    return (
        f"nothing found in the box meets all three observations at {wanted.sigmas:g} sigmas: of"
        f" {count} the best one misses {join_words(missing, 'and')} ({numbers})."
        + (f" Besides, {unmeasured}" if unmeasured else "")
    )


def promise_statement(
    file: str | None, hours: float | None, verdict: Mapping[str, Mapping[str, Any]]
) -> str:
    """Return what a run of the best point's file is expected to say, by its own shots.

    Args:
        file: its name, None where the point has none.
        hours: in the laboratory.
        verdict: the expected judgements by the key of their observation, as plain values.
    """
    if file is None or hours is None:
        return "no experiment file was written, as no measurement of the best point is known."
    parts = [
        f"{each.clause} {verdict[each.key]['outcome']} ({_shown_sigmas(verdict[each.key])})"
        for each in OBSERVATIONS
    ]
    return (
        f"{file}, run as it stands, takes {hours:.2g} h in the laboratory and is expected to say:"
        f" {join_words(parts, 'and')}."
    )


def _shown_sigmas(judgement: Mapping[str, Any]) -> str:
    sigmas = judgement["significance"]
    return "no significance" if sigmas is None else f"{sigmas:.1f} sigmas"


def screening_statement(results: Sequence[PointResult]) -> str:
    """Return how many points were judged, screened, unmeasured and refused, and what that means."""
    count = Counter(STATUS[point.status] for point in results)
    return (
        f"{count['exact']} points were judged by their exact dynamics and their measurement;"
        f" {count['screened']} were screened: their exact dynamics, or a steady state of too many"
        " photons, leaves them far below a bar, and it was not asked how they would be measured;"
        f" {count['unmeasured']} have exact dynamics and no allowed way to measure the resonator;"
        f" {count['refused']} were refused by the experiment or the dynamics."
        f"{_most_frequent(results)}"
    )


def _most_frequent(results: Sequence[PointResult]) -> str:
    shown = [f"{row['points']} points, {row['reason']}" for row in refusals(results)[:_SHOWN]]
    return f" Reasons, the most frequent first: {'; '.join(shown)}." if shown else ""


def control_statement(best: PointResult, highest: dict[str, float]) -> str:
    """Return how the best point compares with the best controls found in the box."""
    return (
        "beside it, the best controls found in the box (coupler closed, drive and charging time"
        f" their own, for each number another one): {highest['peak_control']:.3f} at the peak,"
        f" {highest['mean_control']:.3f} as a window mean, {highest['late_control']:.3f} late;"
        f" the best point's smaller sustained ergotropy is {_own(best):.3f} hbar w_q."
    )


def _own(best: PointResult) -> float:
    late, mean = best.late_gain + best.late_control, best.mean_gain + best.mean_control
    return min(late, mean) if isfinite(mean) else late


def fall_statement(box: Box, best: PointResult, off: Mapping[str, tuple[PointResult, ...]]) -> str:
    """Return which tolerance costs most."""
    if not off:
        return "no tolerances were tried, so nothing is said of robustness."
    worst = {key: min(p.sigmas for p in pair) for key, pair in off.items()}
    key = min(worst, key=lambda name: worst[name] if isfinite(worst[name]) else float("-inf"))
    gain = min(point.sustained_gain for point in off[key])
    return (
        f"off by its tolerance, {key} costs most: {box.tolerance[key]:g} either way leaves"
        f" {worst[key]:.1f} of {best.sigmas:.1f} sigmas and a gain of {gain:.3f} hbar w_q."
    )

"""What a search raises: the objective where its bars are met, a shortfall where not."""

from math import isfinite, isnan

from analysis.design_search.box.objective import Objective
from analysis.design_search.point.point_result import EXACT, UNMEASURED, PointResult

_UNMET = -1e3  # merit of a point is below this where a bar is not met
_UNREAD = -800.0  # that of one whose bars are met, but which no way measures, and 1 above at most
_ENDLESS = -500.0  # that of one which hours do not suffice for, and its sigmas
_MOST_SIGMAS = 100.0
UNBARRED = {"peak-gain": "peak_gain", "power": "power", "ladder-gain": "ladder_end"}
"""Objectives without a bar, and the field of a point that each raises."""


def shortfall(gain: float, fidelity: float, objective: Objective) -> float:
    """Return how far gain and F lie below their bars, each relative to what there is; 0 if neither.

    Args:
        gain: late and as a window mean, the smaller, in hbar w_q.
        fidelity: F at the end.
        objective: which has the bars.
    """
    no_gain = max(0.0, objective.least_gain - gain) / objective.least_gain
    no_vacuum = max(0.0, objective.least_fidelity - fidelity) / (1 - objective.least_fidelity)
    return no_gain + no_vacuum


def merit(found: PointResult, objective: Objective) -> float:
    """Return what the search raises of a point that was not refused.

    The shortfall is negative and counts how far gain and F lie below their bars, so that a search
    has a slope to follow. A point that no way measures is worth less than one that is measured,
    and more than one below a bar; among its like the higher gain, power or efficiency counts.

    Args:
        found: what a point gives.
        objective: what is wanted.
    """
    gain = found.late_gain if isnan(found.mean_gain) else found.sustained_gain
    gain = gain if isfinite(gain) else -1.0
    if objective.kind in UNBARRED:
        raised: float = getattr(found, UNBARRED[objective.kind])
        return {EXACT: raised, UNMEASURED: _UNREAD + raised}.get(found.status, _UNMET)
    if objective.kind == "efficiency":
        no_gain = shortfall(gain, 1.0, objective)
        return _one_bar(found, found.efficiency if isfinite(found.efficiency) else 0.0, no_gain)
    if objective.kind == "sustained-gain":
        return _one_bar(found, gain, shortfall(1.0, found.fidelity, objective))
    missing = shortfall(gain, found.fidelity, objective)
    if found.status not in (EXACT, UNMEASURED) or missing > 0:
        return _UNMET - missing
    if found.status == UNMEASURED:
        return _UNREAD + gain
    if objective.kind == "significance":
        return found.sigmas if isfinite(found.sigmas) else _UNMET
    if isfinite(found.hours):
        return -found.hours
    return _ENDLESS + min(found.sigmas, _MOST_SIGMAS) if isfinite(found.sigmas) else _UNMET


def _one_bar(found: PointResult, raised: float, missing: float) -> float:
    """Return a number where one bar is met, and less than -2 where it is not."""
    if found.status not in (EXACT, UNMEASURED) or missing > 0:
        return -2.0 - missing
    return raised if found.status == EXACT else raised - 1.0

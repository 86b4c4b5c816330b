"""What was not measured, what follows without it, and what measuring it would add."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from analysis.estimators.arms.arms import ArmResult
from analysis.estimators.ergotropy.ergotropy import estimate_ergotropy
from analysis.estimators.observed import Observed
from analysis.estimators.state.bloch import estimate_bloch
from analysis.results.estimates import NINETY_FIVE
from cqed_battery.errors import join_words
from cqed_battery.files.datasets import COMPONENTS
from cqed_battery.operators import FloatArray


def unmeasured(data: Observed, found: Mapping[str, ArmResult]) -> dict[str, Any] | None:
    """Return the check that says what is missing of the arms; None where nothing is.

    Args:
        data: frequencies of all settings, and the model.
        found: estimates by arm.
    """
    said = [_arm(data, arm, found[arm]) for arm in found if not found[arm].bloch.measured.all()]
    if not said:
        return None
    return {"outcome": "warn", "statement": "; ".join(said)}


def missing_axes(result: ArmResult) -> str:
    """Return the axes of an arm that were measured at no time, or at too few, as words.

    Args:
        result: the arm's estimates.

    Returns:
        No words where every axis has an envelope.
    """
    absent = _absent(result)
    return join_words(absent, "and") if absent else ""


def heat_bounds(found: Mapping[str, ArmResult]) -> str:
    """Return the sentence on an S that |r| <= 1 bounds where a component was not measured.

    Args:
        found: estimates by arm.
    """
    lacking = [
        f"{missing_axes(result) or 'the times that are missing'} of the {arm} arm"
        for arm, result in found.items()
        if np.any(result.heat.room)
    ]
    return f"S needs {join_words(lacking, 'and')}; without, the interval is what |r| <= 1 leaves."


def _absent(result: ArmResult) -> list[str]:
    return [axis for place, axis in enumerate(COMPONENTS) if result.smooth.lacks(place)]


def _arm(data: Observed, arm: str, result: ArmResult) -> str:
    absent = _absent(result)
    cells = int((~result.bloch.measured).sum())
    if not absent:
        return (
            f"{cells} of {result.bloch.measured.size} settings of the {arm} arm were not measured:"
            " S takes them from the times beside, the curves from their envelopes, and the"
            " ergotropy at the time itself is bounded by |r| <= 1"
        )
    axes, ergotropy = join_words(absent, "and"), result.ergotropy
    width = float((ergotropy.high - ergotropy.low).mean())
    better = _width_if_measured(data, arm, result)
    follows = "E and dE/dt do not need it" if len(absent) == 1 else "E and dE/dt need neither"
    open_ = [
        name
        for name, part in (("P", result.power), ("J", result.current), ("S", result.heat))
        if np.any(part.room)
    ]
    bounded = join_words([*open_, "ergotropy"], "and")
    return (
        f"the {arm} arm has no {axes}: {follows}, {bounded} are bounded by |r| <= 1, the ergotropy"
        f" within {width:.3f} hbar w_q on average, which {axes} with the shots of z would make"
        f" {better:.3f}{_by_the_device(data, arm)}"
    )


def _by_the_device(data: Observed, arm: str) -> str:
    """Say how narrow the ergotropy is by the device that is fitted to all counts."""
    if data.device is None:
        return ""
    std = np.linalg.norm(data.device.arms[arm]["ergotropy"], axis=-1)
    width = 2 * NINETY_FIVE * float(std.mean())
    return f", and the device model fitted to all counts, if it is right, {width:.3f}"


def _width_if_measured(data: Observed, arm: str, result: ArmResult) -> float:
    """Return the mean width of the ergotropy's intervals, had every axis the shots of z."""
    model: FloatArray = data.expected.arms[arm]["bloch"] + data.offset(arm)
    shots = data.settings.arm_part(data.shots, arm)[..., 2:]
    shots = np.maximum(shots, shots.max() / 2)  # a z that is missing, too, would be measured
    ones = shots * data.assignment.frequency((1 + np.clip(model, -1, 1)) / 2)
    counts = np.stack([shots - ones, ones], axis=-1)
    whole = estimate_bloch(
        counts,
        data.assignment,
        data.offset(arm),
        data.correction_uncertainty,
        constrained=False,
        device=data.device_offset(arm),
    )
    likely = estimate_ergotropy(whole.linear, whole.covariance, whole.spread)
    return float((likely.high - likely.low).mean())

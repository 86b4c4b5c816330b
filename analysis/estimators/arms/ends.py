"""What follows where each charging setting has a pulse of its own: states, and their ergotropy.

The settings then sweep a pulse's amplitude, its detuning or its length. E, the ergotropy and F are
those at each pulse's end. dE/dt, P, J and S need moments of one pulse, and are not measured.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from analysis.estimators.arms.arms import ArmState, state_bias, state_dict
from analysis.estimators.ergotropy.ergotropy import SIGNS
from analysis.estimators.heat.exchange import ONE_SIDED
from analysis.estimators.observed import Observed
from analysis.estimators.windows import averaging_weights
from analysis.results.estimates import NINETY_FIVE
from analysis.verdict import GainParts
from cqed_battery.energetics import qubit_ergotropy, qubit_ergotropy_curvature_error
from cqed_battery.experiment.axis import ChargingAxis
from cqed_battery.operators import FloatArray

_OF_ONE_PULSE = ("energy_rate", "power", "heat_current", "heat_integral")


def not_measurable(axis: ChargingAxis) -> str:
    """Return the reason why dE/dt, P, J and S are not measured, a clause.

    Args:
        axis: what the settings sweep.
    """
    return (
        f"the settings sweep the {axis.title}, and dE/dt, P, J and S need moments of one pulse"
        ' (charging.axis = "time")'
    )


def ends_dict(result: ArmState, axis: ChargingAxis) -> dict[str, Any]:
    """Return one arm's part of results.json; what needs moments of one pulse has no numbers.

    Args:
        result: the arm's states, (T,).
        axis: what the settings sweep.
    """
    none = [None] * len(result.offset)
    absent = {
        **dict.fromkeys(("value", "std", "ci_low", "ci_high"), none),
        "method": f"not measurable: {not_measurable(axis)}",
    }
    return {
        **state_dict(result),
        **{name: dict(absent) for name in _OF_ONE_PULSE},
        "pipeline_bias": state_bias(result),
    }


def measured_only(block: Mapping[str, Any]) -> dict[str, Any]:
    """Return an arm's part of results.json without what has no numbers.

    Args:
        block: as `ends_dict` returns it.
    """
    return {name: entry for name, entry in block.items() if name not in _OF_ONE_PULSE}


def ends_gain(data: Observed, found: Mapping[str, ArmState]) -> GainParts:
    """Return the gain of ergotropy over the control: each arm's highest, and the axis' mean.

    Args:
        data: of both arms.
        found: states of both arms.
    """
    values = data.experiment.axis_values
    mean = averaging_weights(values, float(values[0]), float(values[-1]))
    means = dict.fromkeys(found, mean)
    peaks = {arm: _highest(state.bloch.linear) for arm, state in found.items()}
    whole = all(bool(state.bloch.measured.all()) for state in found.values())
    return GainParts(
        peak=_gain(data, found, peaks, whole),
        mean=_gain(data, found, means, whole),
        late=None,
        mean_window=(float(values[0]), float(values[-1])),
        late_window=None,
        covers_a_period=True,
        smoothed=False,
        bounded=not whole,
    )


def _highest(bloch: FloatArray) -> FloatArray:
    """Return 1 at the setting of the highest ergotropy, (T,)."""
    return np.eye(len(bloch))[int(np.argmax(qubit_ergotropy(bloch)))]


def _gain(
    data: Observed,
    found: Mapping[str, ArmState],
    weights: Mapping[str, FloatArray],
    whole: bool,
) -> tuple[float, float]:
    """Return the catalysed arm's weighted ergotropy less the control's, and its standard error.

    Settings without a component count with the middle of their bounds.
    """
    value, variance, shared, low, high = 0.0, 0.0, np.zeros(1), 0.0, 0.0
    for arm, sign in SIGNS.items():
        state, weight = found[arm], weights[arm]
        ergotropy, bloch = state.ergotropy, state.bloch
        rows = sign * weight[:, None] * ergotropy.gradient
        value += sign * float(weight @ ergotropy.value)
        shot = np.where(bloch.measured, bloch.shot, 0.0)
        curvature = float(weight @ qubit_ergotropy_curvature_error(bloch.linear, bloch.covariance))
        variance += float((rows**2 * shot).sum()) + curvature**2
        shared = shared + np.einsum("ti,tim->m", rows, bloch.shared)
        ends = sorted(sign * float(weight @ end) for end in (ergotropy.low, ergotropy.high))
        low, high = low + ends[0], high + ends[1]
    left = _uncorrected(data, weights)
    if not whole:
        return (low + high) / 2, float(np.hypot((high - low) / 2 / NINETY_FIVE, left))
    return value, float(np.sqrt(variance + (shared**2).sum() + left**2))


def _uncorrected(data: Observed, weights: Mapping[str, FloatArray]) -> float:
    """Return the standard error by the readout sequence where no model corrects it."""
    if data.uses_model:
        return 0.0
    found = 0.0
    for arm, sign in SIGNS.items():
        model = data.expected.arms[arm]
        beyond = qubit_ergotropy(model["measured_bloch"]) - qubit_ergotropy(model["bloch"])
        found += sign * float(weights[arm] @ beyond)
    return ONE_SIDED * found

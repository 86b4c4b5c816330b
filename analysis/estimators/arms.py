"""One arm's analysis: state, energy, ergotropy, power, heat current and its integral."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.estimators.bloch import BlochEstimate
from analysis.estimators.envelopes import DampedSinusoids
from analysis.estimators.ergotropy import ErgotropyEstimate, estimate_ergotropy
from analysis.estimators.heat import (
    RABI,
    Estimate,
    SmoothBloch,
    competing_slope_std,
    corrected,
    current_weights,
    power_weights,
    rate_weights,
    smooth_bloch,
    with_cause,
)
from analysis.estimators.heat_integral import heat_integrals
from analysis.estimators.observed import Observed
from analysis.results import quantity
from cqed_battery.energetics import bloch_state
from cqed_battery.files.datasets import COMPONENTS
from cqed_battery.operators import FloatArray
from cqed_battery.units import mhz_from_angular, per_us_from_per_ns


@dataclass(frozen=True)
class ArmResult:
    """Estimates of one arm at the charging times (T,); `raw_heat` is S without any correction."""

    times: FloatArray
    bloch: BlochEstimate
    smooth: SmoothBloch
    ergotropy: ErgotropyEstimate
    rate: Estimate
    power: Estimate
    current: Estimate
    heat: Estimate
    raw_heat: Estimate
    offset: FloatArray


def analyse_arm(data: Observed, arm: str) -> ArmResult:
    """Return every estimate of one arm.

    Args:
        data: frequencies of all settings, and the model.
        arm: "catalysed" or "control".

    Raises:
        CqedBatteryError: fewer than 4 times, or data that no envelope can be fitted to.
    """
    experiment, driven, times = data.experiment, data.driven, data.settings.times
    bloch = data.bloch(arm, constrained=True)
    smooth = smooth_bloch(experiment, times, bloch)
    weights = {
        "power": power_weights(driven, times),
        "current": current_weights(driven, times),
        "rate": rate_weights(times),
    }
    beside = _device_beside(data, arm, smooth, weights)
    found = {
        name: smooth.combine(times, parts, beside.get(name)) for name, parts in weights.items()
    }
    if data.uses_model:
        model = data.expected.arms[arm]
        targets = {
            "power": model["power"],
            "current": model["heat_current"],
            "rate": model["power"] + model["heat_current"],
        }
        for name, target in targets.items():
            bias = smooth.bias(weights[name], model["bloch"], target)
            found[name] = corrected(found[name], bias, data.correction_uncertainty)
    heat, raw_heat = heat_integrals(data, arm)
    if data.device is None:
        change = experiment.priors.rabi_rate * found["power"].value
        found["power"] = with_cause(found["power"], RABI, change)
        found["current"] = with_cause(found["current"], RABI, -change)
    return ArmResult(
        times=times,
        bloch=bloch,
        smooth=smooth,
        ergotropy=estimate_ergotropy(bloch.linear, bloch.covariance, bloch.spread),
        rate=found["rate"],
        power=found["power"],
        current=found["current"],
        heat=heat,
        raw_heat=raw_heat,
        offset=data.offset(arm),
    )


_MODEL_NAMES = {"power": "power", "current": "heat_current", "rate": "energy_rate"}


def _device_beside(
    data: Observed,
    arm: str,
    smooth: SmoothBloch,
    weights: dict[str, list[tuple[int, int, FloatArray]]],
) -> dict[str, FloatArray]:
    """Return what the device's causes add to each quantity beside the Bloch vectors, (T, p)."""
    if data.device is None:
        return {}
    model = data.device.arms[arm]
    return {
        name: smooth.bias_errors(parts, model["bloch"], model[_MODEL_NAMES[name]])
        for name, parts in weights.items()
    }


def arm_dict(result: ArmResult) -> dict[str, Any]:
    """Return one arm's part of results.json.

    Args:
        result: the arm's estimates.

    Returns:
        Quantities by name, as plain values: energies in hbar w_q, powers and currents in hbar w_q
        per ns, times in ns.
    """
    bloch, times = result.bloch, result.times
    matrices = bloch_state(bloch.value)
    corrected = "corrected" if result.offset.any() else "not corrected"
    state = f"maximum likelihood, readout corrected, readout sequence {corrected}"
    names = {True: "damped-sinusoid", False: "Gaussian-process"}
    kind = names[isinstance(result.smooth.fits[2], DampedSinusoids)]
    smooth = f"{kind} envelopes of the Bloch components"
    ergotropy = result.ergotropy
    return {
        "bloch": {
            **quantity(bloch.value, bloch.std, state, within=(-1.0, 1.0)),
            "components": list(COMPONENTS),
        },
        "bloch_covariance": bloch.covariance.tolist(),
        "density_matrix": {
            "real": matrices.real.tolist(),
            "imag": matrices.imag.tolist(),
            "method": state,
        },
        "energy": quantity(bloch.value[:, 2] / 2, bloch.std[:, 2] / 2, state, within=(-0.5, 0.5)),
        "ergotropy": quantity(
            ergotropy.value,
            ergotropy.std,
            "(r + z)/2, bias of r removed to second order; profile likelihood",
            low=ergotropy.low,
            high=ergotropy.high,
        ),
        "energy_rate": quantity(result.rate.value, result.rate.std, f"dE/dt from {smooth}"),
        "power": quantity(result.power.value, result.power.std, f"{smooth}, design of the drive"),
        "heat_current": quantity(
            result.current.value, result.current.std, f"dE/dt - P from {smooth}"
        ),
        "heat_integral": quantity(
            result.heat.value, result.heat.std, "E(t) - E(0) - integral of P, Simpson's rule"
        ),
        "envelope": _envelope_dict(result.smooth, times),
        "pipeline_bias": _bias_dict(result),
    }


def _envelope_dict(smooth: SmoothBloch, times: FloatArray) -> dict[str, Any]:
    grid = np.linspace(times[0], times[-1], min(4 * len(times) - 3, 1201))
    fit, half = smooth.fits[2], np.full(len(grid), 0.5)
    energy = smooth.combine(grid, [(2, 0, half)])
    slope = smooth.combine(grid, rate_weights(grid))
    slope_std = np.maximum(slope.std, competing_slope_std(smooth, grid) / 2)
    method = "Gaussian process, scales by marginal likelihood, known start"
    shape: dict[str, Any] = {}
    if isinstance(fit, DampedSinusoids):
        method = "lmfit damped sinusoids, number of modes by BIC, known start"
        shape = {
            "modes": fit.modes,
            "frequencies_MHz": [mhz_from_angular(float(w)) for w in fit.frequency],
            "decay_rates_per_us": [per_us_from_per_ns(float(g)) for g in fit.decay],
        }
    return {
        "times": grid.tolist(),
        "energy": quantity(energy.value, energy.std, method),
        "energy_derivative": quantity(slope.value, slope_std, method),
        **shape,
        "reduced_chi2": fit.reduced_chi_square,
        "method": method,
    }


def _bias_dict(result: ArmResult) -> dict[str, Any]:
    """What was subtracted on the model's word, and the noise bias taken from the ergotropy."""
    return {
        "bloch": result.offset.tolist(),
        "energy": (result.offset[:, 2] / 2).tolist(),
        "ergotropy": result.ergotropy.bias.tolist(),
        "power": result.power.bias.tolist(),
        "heat_current": result.current.bias.tolist(),
        "heat_integral": (result.raw_heat.value - result.heat.value).tolist(),
    }

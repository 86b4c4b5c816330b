"""One arm's analysis: state, energy, ergotropy, power, heat current and its integral."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.estimators.ergotropy.bounds import BOUNDED, ergotropy_of
from analysis.estimators.ergotropy.ergotropy import ErgotropyEstimate
from analysis.estimators.heat.current import (
    competing_slope_std,
    current_weights,
    power_weights,
    rate_weights,
)
from analysis.estimators.heat.estimate import RABI, Estimate, corrected, with_cause
from analysis.estimators.heat.integral import heat_integrals
from analysis.estimators.heat.smooth_bloch import SmoothBloch, smooth_bloch
from analysis.estimators.observed import Observed
from analysis.estimators.state.bloch import BlochEstimate
from analysis.results import quantity
from analysis.results.estimates import NINETY_FIVE, nulls
from cqed_battery.energetics import bloch_state
from cqed_battery.files.datasets import COMPONENTS
from cqed_battery.operators import FloatArray
from cqed_battery.units import mhz_from_angular, per_us_from_per_ns
from protocols.stages.bias import flux_move, flux_pulses, transmon_frequency


@dataclass(frozen=True, kw_only=True)
class ArmState:
    """The state of one arm's battery after each charging setting, (T,), each by itself."""

    bloch: BlochEstimate
    ergotropy: ErgotropyEstimate
    offset: FloatArray


@dataclass(frozen=True, kw_only=True)
class ArmResult(ArmState):
    """Estimates of one arm at the charging times (T,); `raw_heat` is S without any correction."""

    times: FloatArray
    smooth: SmoothBloch
    rate: Estimate
    power: Estimate
    current: Estimate
    heat: Estimate
    raw_heat: Estimate


def arm_state(data: Observed, arm: str) -> ArmState:
    """Return one arm's states and their ergotropy, whatever the settings sweep.

    Args:
        data: frequencies of all settings, and the model.
        arm: "catalysed" or "control".
    """
    bloch = data.bloch(arm, constrained=True)
    return ArmState(bloch=bloch, ergotropy=ergotropy_of(bloch), offset=data.offset(arm))


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
        "power": power_weights(driven, times, arm),
        "current": current_weights(driven, times, arm),
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
        ergotropy=ergotropy_of(bloch),
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
    times = result.times
    names = {True: "damped-sinusoid", False: "Gaussian-process"}
    kind = names[result.smooth.sinusoids[2] is not None]
    smooth = f"{kind} envelopes of the Bloch components"
    return {
        **state_dict(result),
        "energy_rate": _shown(result.rate, f"dE/dt from {smooth}"),
        "power": _shown(result.power, f"{smooth}, design of the drive"),
        "heat_current": _shown(result.current, f"dE/dt - P from {smooth}"),
        "heat_integral": _shown(result.heat, "E(t) - E(0) - integral of P, Simpson's rule"),
        "envelope": _envelope_dict(result.smooth, times),
        "pipeline_bias": _bias_dict(result),
    }


def state_dict(result: ArmState) -> dict[str, Any]:
    """Return the states, energies and ergotropies of an arm's part of results.json.

    Args:
        result: the arm's estimates.
    """
    bloch, ergotropy = result.bloch, result.ergotropy
    matrices = bloch_state(bloch.value)
    corrected = "corrected" if result.offset.any() else "not corrected"
    state = f"maximum likelihood, readout corrected, readout sequence {corrected}"
    whole = bool(bloch.measured.all())
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
            "(r + z)/2, bias of r removed to second order; profile likelihood"
            + ("" if whole else f"; {BOUNDED}"),
            low=ergotropy.low,
            high=ergotropy.high,
        ),
    }


def flux_work_dict(data: Observed, arm: str, bloch: BlochEstimate) -> dict[str, Any] | None:
    """Return the work of the flux pulse that moves the transmon to idle; None where it stays.

    W = (w_idle - w_q) z/2, in quanta of the w_q at which the arm charges, and what the model adds
    for the exchange on the way.

    Args:
        data: frequencies of all settings, and the model.
        arm: "catalysed" or "control".
        bloch: the arm's Bloch vectors.
    """
    found = flux_move(data.experiment, arm)
    if not found:
        return None
    share, variance = found / 2, np.zeros(len(data.settings.times))
    value, method = share * bloch.value[:, 2], "(w_idle - w_q) z/2"
    if data.uses_model:
        model = data.expected.arms[arm]
        on_the_way = model["flux_work"] - share * model["bloch"][:, 2]
        value, method = value + on_the_way, f"{method}, exchange on the way by the model"
        variance = (data.correction_uncertainty * on_the_way) ** 2
    moved = float(np.linalg.norm(flux_pulses(data.experiment, arm)))
    moved *= data.experiment.priors.flux_pulse / transmon_frequency(data.experiment, arm)
    off = moved / 2 * bloch.value[:, 2]
    std = np.sqrt((share * bloch.std[:, 2]) ** 2 + off**2 + variance)
    return quantity(value, std, method)


def _shown(found: Estimate, method: str) -> dict[str, Any]:
    """Return an estimate with the interval that its shots and unmeasured components leave."""
    if not np.any(found.room):
        return quantity(found.value, found.std, method)
    return quantity(found.value, found.std + found.room / NINETY_FIVE, f"{method}; {BOUNDED}")


def _envelope_dict(smooth: SmoothBloch, times: FloatArray) -> dict[str, Any]:
    grid = np.linspace(times[0], times[-1], min(4 * len(times) - 3, 1201))
    fit, half = smooth.sinusoids[2], np.full(len(grid), 0.5)
    energy = smooth.combine(grid, [(2, 0, half)])
    slope = smooth.combine(grid, rate_weights(grid))
    slope_std = np.maximum(slope.std, competing_slope_std(smooth, grid) / 2)
    method = "Gaussian process, scales by marginal likelihood, known start"
    shape: dict[str, Any] = {}
    if fit is not None:
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
        "reduced_chi2": smooth.fits[2].reduced_chi_square,
        "residuals": nulls(smooth.residuals),
        "method": method,
    }


def state_bias(result: ArmState) -> dict[str, Any]:
    """Return what was subtracted from states, energies and ergotropies, as plain values.

    Args:
        result: the arm's estimates.
    """
    return {
        "bloch": result.offset.tolist(),
        "energy": (result.offset[:, 2] / 2).tolist(),
        "ergotropy": result.ergotropy.bias.tolist(),
    }


def _bias_dict(result: ArmResult) -> dict[str, Any]:
    """What was subtracted on the model's word, and the noise bias taken from the ergotropy."""
    return {
        **state_bias(result),
        "power": result.power.bias.tolist(),
        "heat_current": result.current.bias.tolist(),
        "heat_integral": (result.raw_heat.value - result.heat.value).tolist(),
    }

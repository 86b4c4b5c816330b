"""The truth of an emulated run, kept beside its counts for comparison."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from cqed_battery.device import Device
from cqed_battery.energetics import (
    drive_power_weights,
    heat_current,
    qubit_energy,
    qubit_ergotropy,
    work_jump_weights,
)
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import COMPONENTS
from cqed_battery.files.labels import labelled
from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.units import angular_from_ghz, angular_from_mhz
from protocols.charging import designed_drive, held_drive
from protocols.faults.drive_line import IDEAL, Line
from protocols.prediction.arm import ArmPrediction
from protocols.prediction.predict import Prediction

UNITS = {
    "bloch": "1",
    "measured_bloch": "1",
    "energy": "hbar w_q",
    "ergotropy": "hbar w_q",
    "power": "hbar w_q/ns",
    "heat_current": "hbar w_q/ns",
    "heat_integral": "hbar w_q",
    "exchange": "hbar w_q",
    "photon_number": "1",
    "vacuum_fidelity": "1",
    "leakage": "1",
}


def arm_truth(
    experiment: Experiment, prediction: Prediction, arm: ArmPrediction
) -> dict[str, FloatArray]:
    """Return the true quantities of one arm at the charging times, keyed as in `UNITS`.

    The battery is the transmon's qubit: E = z/2, ergotropy (r + z)/2, P from the drive, J =
    dE/dt - P with dE/dt from the master equation, and heat_integral the integral of J from the
    first charging time: E(t) - E(t_0) less the work that the clocked waveform did. `exchange`
    is what came through the coupling since then, in quanta of hbar w_q: the photons that are gone,
    n(t_0) - n(t) less kappa times the integral of n - n_th. Without losses, drive detuning and
    levels above 1 both are the same. Each (T,) but bloch and measured_bloch (T, 3).

    Args:
        experiment: the experiment file's content.
        prediction: of the experiment, for the times and the drive line.
        arm: one of the prediction's arms.

    Source: Zhao 2026, Sec. V.
    """
    bloch = arm.bloch
    power = clocked_power(experiment, prediction.times, bloch, prediction.line)
    energy = qubit_energy(bloch)
    return {
        "bloch": bloch,
        "measured_bloch": arm.measured_bloch,
        "energy": energy,
        "ergotropy": qubit_ergotropy(bloch),
        "power": power,
        "heat_current": heat_current(qubit_energy(arm.bloch_rate), power),
        "heat_integral": energy - energy[0] - (arm.work - arm.work[0]),
        "exchange": _exchange(prediction, arm),
        "photon_number": arm.photon_number,
        "vacuum_fidelity": arm.photons[:, 0],
        "leakage": arm.leakage,
    }


def _exchange(prediction: Prediction, arm: ArmPrediction) -> FloatArray:
    return _balance(prediction, arm, *_photon_rates(prediction.actual))


def exchange_slope(
    prediction: Prediction,
    arm: ArmPrediction,
    slope: ArmPrediction,
    moved: Sequence[tuple[float, Device]],
) -> FloatArray:
    """Return the derivative of an arm's `exchange` by a parameter, (T,).

    Args:
        prediction: where the derivative is taken.
        arm: one of its arms.
        slope: the arm's derivatives by the parameter.
        moved: weights and devices whose sum gives the derivative of the resonator's rates.
    """
    kappa, _ = _photon_rates(prediction.actual)
    found = _balance(prediction, slope, kappa, 0.0)
    changes = [weight * np.array(_photon_rates(device)) for weight, device in moved]
    by_kappa, by_pumped = sum(changes, np.zeros(2))
    still = replace(arm, photons=np.zeros_like(arm.photons))
    return found + _balance(prediction, still, by_kappa, by_pumped)


def _photon_rates(device: Device) -> tuple[float, float]:
    """Return kappa, and at which rate the bath brings photons, kappa n_th, in 1/ns."""
    kappa = angular_from_mhz(device.resonator.linewidth_MHz)
    return kappa, kappa * device.resonator.thermal_photons


def _balance(prediction: Prediction, arm: ArmPrediction, kappa: float, pumped: float) -> FloatArray:
    """Return photons from the bath less those lost to it and those more in the resonator, (T,)."""
    gained, lost = arm.photon_number, arm.photon_time
    elapsed = prediction.times - prediction.times[0]
    return np.asarray(pumped * elapsed - kappa * (lost - lost[0]) - (gained - gained[0]))


def clocked_power(
    experiment: Experiment, times: FloatArray, bloch: FloatArray, line: Line = IDEAL
) -> FloatArray:
    """Return P(t) in hbar w_q per ns with the amplitude that clock and line hold at each time.

    It belongs to the dE/dt of the clocked waveform; `drive_power` is what a design promises.

    Args:
        experiment: the experiment file's content.
        times: since the start of charging, in ns, (T,).
        bloch: Bloch vectors in the frame rotating at w_d, (T, 3).
        line: the drive line that the samples pass; ideal by default.

    Returns:
        P, (T,).

    Source: Zhao 2026, Sec. V.
    """
    eps, _ = held_drive(experiment, times, line)
    _, slope = designed_drive(experiment, times)
    return _power(experiment, eps, slope, bloch)


def drive_power(experiment: Experiment, times: FloatArray, bloch: FloatArray) -> FloatArray:
    """Return P(t) in hbar w_q per ns from Bloch vectors (T, 3) and the design of the drive.

    Args:
        experiment: the experiment file's content.
        times: since the start of charging, in ns, (T,).
        bloch: in the frame rotating at w_d, (T, 3).

    Returns:
        P, (T,).

    Source: Zhao 2026, Sec. V.
    """
    return _power(experiment, *designed_drive(experiment, times), bloch)


def _power(
    experiment: Experiment, eps: ComplexArray, slope: ComplexArray, bloch: FloatArray
) -> FloatArray:
    """Return P, (T,), of an envelope (rad/ns) and its derivative (rad/ns^2), each (T,)."""
    transmon = angular_from_ghz(experiment.transmon.frequency_GHz)
    drive = angular_from_ghz(experiment.drive.frequency_GHz)
    weights = [
        drive_power_weights(held, drive, transmon) + work_jump_weights(change, transmon)
        for held, change in zip(eps, slope, strict=True)
    ]
    return (np.array(weights) * bloch[:, :2]).sum(axis=1)


def truth_dataset(experiment: Experiment, prediction: Prediction) -> xr.Dataset:
    """Return the dataset's group `truth`: every quantity of `UNITS` with dims (arm, time).

    Args:
        experiment: the experiment file's content.
        prediction: of the experiment, or of what is simulated with its faults.
    """
    times = prediction.times
    arms = [arm_truth(experiment, prediction, arm) for arm in prediction.arms.values()]
    variables = {}
    for name, units in UNITS.items():
        values = np.stack([arm[name] for arm in arms])
        dims = ("arm", "time", "component")[: values.ndim]
        attrs = {"units": units, "long_name": name.replace("_", " ")}
        variables[name] = xr.Variable(dims, values, attrs)
    found = xr.Dataset(
        variables,
        coords={
            "arm": list(prediction.arms),
            "time": xr.Variable("time", times, {"units": "ns", "long_name": "charging time"}),
            "component": list(COMPONENTS),
        },
        attrs={
            "frame": "rotating at the drive frequency, before the coupler closes",
            "residual_excitation": prediction.residual_excitation,
            "transmon_levels": prediction.transmon_levels,
            "fock_levels": prediction.fock.levels,
            "fock_statement": prediction.fock.statement,
        },
    )
    return labelled(found)

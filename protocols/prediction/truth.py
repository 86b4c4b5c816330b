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
from cqed_battery.units import angular_from_mhz
from protocols.faults.drive_line import IDEAL, Line
from protocols.prediction import ladder
from protocols.prediction.arm import ArmPrediction
from protocols.prediction.directions import Moved
from protocols.prediction.predict import Prediction
from protocols.settings.axis import axis_coordinate
from protocols.stages.bias import arm_frame, charging_bias, transmon_frequency
from protocols.stages.charging import designed_drive, held_drive
from protocols.stages.extraction import extracted_work, extraction_places

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
    **ladder.UNITS,
}
FLUX_WORK = "flux_work"
"""The truth of a transmon that a flux pulse moves to idle, beside those."""


def arm_truth(experiment: Experiment, prediction: Prediction, name: str) -> dict[str, FloatArray]:
    """Return the true quantities of one arm, keyed as in `UNITS`, and `FLUX_WORK`.

    The battery is the transmon's qubit: E = z/2, ergotropy (r + z)/2, P from the drive, J =
    dE/dt - P with dE/dt from the master equation, and heat_integral the integral of J from the
    first charging time: E(t) - E(t_0) less the work that the clocked waveform did. `exchange`
    is what came through the coupling since then, in quanta of hbar w_q: the photons that are gone,
    n(t_0) - n(t) less kappa times the integral of n - n_th; where the resonator is driven, too,
    g times the integral of 2 Im<b'a>. Without losses, drive detuning and levels above 1 both are
    the same. Those of the whole ladder stand beside them (`ladder`). Each (T,) but bloch and
    measured_bloch (T, 3). Where the settings are not moments of one pulse, each has a pulse of its
    own, and integrals count from its start.

    Args:
        experiment: the experiment file's content.
        prediction: of the experiment, for the times and the drive line.
        name: of one of the prediction's arms.

    Source: Zhao 2026, Sec. V.
    """
    arm = prediction.arms[name]
    if prediction.settings:
        ends = [arm_truth(each.experiment, each, name) for each in prediction.settings]
        found = {key: np.concatenate([end[key][-1:] for end in ends]) for key in ends[0]}
        return found | {"measured_bloch": arm.measured_bloch}
    bloch, exchange = arm.bloch, _exchange(prediction, name)
    power = clocked_power(experiment, prediction.times, bloch, prediction.line, arm=name)
    energy = qubit_energy(bloch)
    return {
        "bloch": bloch,
        "measured_bloch": arm.measured_bloch,
        "energy": energy,
        "ergotropy": qubit_ergotropy(bloch),
        "power": power,
        "heat_current": heat_current(qubit_energy(arm.bloch_rate), power),
        "heat_integral": energy - energy[0] - (arm.work - arm.work[0]),
        "exchange": exchange,
        "photon_number": arm.photon_number,
        "vacuum_fidelity": arm.photons[:, 0],
        "leakage": arm.leakage,
        **ladder.ladder_truth(prediction, name, exchange),
        FLUX_WORK: arm.flux_work,
    }


def with_extracted_work(experiment: Experiment, truth: xr.Dataset) -> xr.Dataset:
    """Return the truth with the work of ideal extraction pulses, (arm, extraction_time).

    Args:
        experiment: the experiment file's content, its extraction pulses named.
        truth: the group, with the Bloch vectors.
    """
    places = extraction_places(experiment)
    if not places:
        return truth
    arms = truth["arm"].values.tolist()
    work = [extracted_work(experiment, arm, truth["bloch"].sel(arm=arm).values) for arm in arms]
    times = xr.Variable("extraction_time", truth["time"].values[places], {"units": "ns"})
    attrs = {"units": "hbar w_q", "long_name": "work that the extraction pulse takes out"}
    found = xr.DataArray(np.stack(work), {"arm": arms, "extraction_time": times}, attrs=attrs)
    return labelled(truth.assign(extracted_work=found))


def _exchange(prediction: Prediction, name: str) -> FloatArray:
    arm = prediction.arms[name]
    if prediction.experiment.drive.target == "transmon":
        return _balance(prediction, arm, *_photon_rates(prediction.actual))
    coupling = _coupling(prediction.experiment, prediction.actual, name)
    return np.asarray(coupling * (arm.flow - arm.flow[0]))


def _coupling(experiment: Experiment, device: Device, name: str) -> float:
    """Return the coupling g while an arm charges, in rad/ns."""
    return charging_bias(experiment, name).g + angular_from_mhz(device.coupler.fixed_MHz)


def exchange_slope(
    prediction: Prediction, name: str, slope: ArmPrediction, moved: Sequence[Moved]
) -> FloatArray:
    """Return the derivative of an arm's `exchange` by a parameter, (T,).

    Args:
        prediction: where the derivative is taken.
        name: of one of its arms.
        slope: the arm's derivatives by the parameter.
        moved: whose weighted sum gives the derivative of the resonator's rates and the coupling.
    """
    arm = prediction.arms[name]
    if prediction.experiment.drive.target != "transmon":
        rise = sum(m.weight * _coupling(m.experiment, m.device, name) for m in moved)
        coupling = _coupling(prediction.experiment, prediction.actual, name)
        return rise * (arm.flow - arm.flow[0]) + coupling * (slope.flow - slope.flow[0])
    kappa, _ = _photon_rates(prediction.actual)
    found = _balance(prediction, slope, kappa, 0.0)
    changes = [m.weight * np.array(_photon_rates(m.device)) for m in moved]
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
    experiment: Experiment,
    times: FloatArray,
    bloch: FloatArray,
    line: Line = IDEAL,
    *,
    arm: str = "catalysed",
) -> FloatArray:
    """Return P(t) in hbar w_q per ns with the amplitude that clock and line hold at each time.

    It belongs to the dE/dt of the clocked waveform; `drive_power` is what a design promises.

    Args:
        experiment: the experiment file's content.
        times: since the start of charging, in ns, (T,).
        bloch: Bloch vectors in the frame rotating at w_d, (T, 3).
        line: the drive line that the samples pass; ideal by default.
        arm: "catalysed" or "control", which may have frequencies of its own.

    Returns:
        P, (T,).

    Source: Zhao 2026, Sec. V.
    """
    eps, _ = held_drive(experiment, times, line)
    _, slope = designed_drive(experiment, np.maximum(times - line.delay, 0.0))
    return _power(experiment, eps, slope, bloch, arm)


def drive_power(
    experiment: Experiment, times: FloatArray, bloch: FloatArray, arm: str = "catalysed"
) -> FloatArray:
    """Return P(t) in hbar w_q per ns from Bloch vectors (T, 3) and the design of the drive.

    Args:
        experiment: the experiment file's content.
        times: since the start of charging, in ns, (T,).
        bloch: in the frame rotating at w_d, (T, 3).
        arm: "catalysed" or "control", which may have frequencies of its own.

    Returns:
        P, (T,).

    Source: Zhao 2026, Sec. V.
    """
    return _power(experiment, *designed_drive(experiment, times), bloch, arm)


def _power(
    experiment: Experiment, eps: ComplexArray, slope: ComplexArray, bloch: FloatArray, arm: str
) -> FloatArray:
    """Return P, (T,), of an envelope (rad/ns) and its derivative (rad/ns^2), each (T,)."""
    transmon, drive = transmon_frequency(experiment, arm), arm_frame(experiment, arm)
    weights = [
        drive_power_weights(held, drive, transmon) + work_jump_weights(change, transmon)
        for held, change in zip(eps, slope, strict=True)
    ]
    return (np.array(weights) * bloch[:, :2]).sum(axis=1)


def truth_dataset(experiment: Experiment, prediction: Prediction) -> xr.Dataset:
    """Return the dataset's group `truth`: every quantity of `UNITS` with dims (arm, axis).

    The axis is time, or what else the settings sweep. Where a flux pulse moves the transmon, its
    work is one more.

    Args:
        experiment: the experiment file's content.
        prediction: of the experiment, or of what is simulated with its faults.
    """
    dim = experiment.axis.dim
    arms = [arm_truth(experiment, prediction, arm) for arm in prediction.arms]
    variables = {}
    moved = any(arm.flux_work.any() for arm in prediction.arms.values())
    for name, units in (UNITS | ({FLUX_WORK: UNITS["energy"]} if moved else {})).items():
        values = np.stack([arm[name] for arm in arms])
        dims = ("arm", dim, "component")[: values.ndim]
        attrs = {"units": units, "long_name": name.replace("_", " ")}
        variables[name] = xr.Variable(dims, values, attrs)
    found = xr.Dataset(
        variables,
        coords={
            "arm": list(prediction.arms),
            dim: axis_coordinate(experiment),
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

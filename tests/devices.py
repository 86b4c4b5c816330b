"""Devices for the tests: exactly solvable experiments, and the way between both engines."""

from typing import Any

import numpy as np
from oracles import DenseDevice, from_transmon_first, propagate, to_transmon_first
from oracles.dense_engine import Matrix, Segment

from cqed_battery import Experiment
from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.dynamics.generator import rotating_frame
from cqed_battery.dynamics.recorder import density_matrices
from cqed_battery.dynamics.waveforms import Controls, Waveform
from cqed_battery.dynamics.waveforms import Segment as Piece

LOSSLESS: dict[str, Any] = {
    "transmon.levels": 2,
    "transmon.t1_us": float("inf"),
    "transmon.dephasing_rate_MHz": 0.0,
    "transmon.residual_excitation": 0.0,
    "resonator.linewidth_MHz": 0.0,
    "resonator.temperature_mK": 0.0,
    "coupler.g_off_MHz": 0.0,
    "coupler.ramp_ns": 0.0,
    "drive.rise_ns": 0.0,
    "reset.kind": "none",
    "tomography.pulse": "none",
    "vacuum.method": "none",
}


def lossless(**changes: Any) -> Experiment:
    """Two levels, no decay, square resonant drive, ideal tomography; `section__key` changes it."""
    named = {key.replace("__", "."): value for key, value in changes.items()}
    return Experiment().replace(LOSSLESS | named)


def experiment_of(device: DenseDevice) -> Experiment:
    """The experiment whose device is that of the dense engine."""
    return Experiment(**device.sections())


def dense_of(experiment: Experiment, fock_levels: int) -> DenseDevice:
    """The dense engine's device of an experiment."""
    transmon, resonator = experiment.transmon, experiment.resonator
    return DenseDevice(
        transmon_frequency_GHz=transmon.frequency_GHz,
        anharmonicity_GHz=transmon.anharmonicity_GHz,
        levels=transmon.levels,
        t1_us=transmon.t1_us,
        dephasing_rate_MHz=transmon.dephasing_rate_MHz,
        dephasing_convention=transmon.dephasing_convention,
        residual_excitation=transmon.residual_excitation or 0.0,
        transmon_temperature_mK=transmon.temperature_mK,
        resonator_frequency_GHz=resonator.frequency_GHz,
        linewidth_MHz=resonator.linewidth_MHz,
        resonator_temperature_mK=resonator.temperature_mK,
        fock_levels=fock_levels,
        drive_frequency_GHz=experiment.drive.frequency_GHz,
    )


def liouvillian_of(device: DenseDevice) -> Liouvillian:
    """The product's master equation of the dense engine's device."""
    return Liouvillian(rotating_frame(experiment_of(device).device, device.fock_levels))


def waveform_of(segments: list[Segment]) -> Waveform:
    """The dense engine's pieces as the product plays them."""
    return Waveform(tuple(Piece(duration, Controls(g, eps)) for duration, g, eps in segments))


def segments_of(waveform: Waveform) -> list[Segment]:
    """The product's waveform as pieces of the dense engine."""
    return [(part.duration, part.controls.g, part.controls.eps) for part in waveform.segments]


def evolve(device: DenseDevice, rho0: Matrix, segments: list[Segment], **options: Any) -> Matrix:
    """The product's states at the start and every segment's end, in the dense engine's order."""
    edges = np.cumsum([0.0, *(duration for duration, _, _ in segments)])
    start = to_transmon_first(device, rho0)
    liouvillian, waveform = liouvillian_of(device), waveform_of(segments)
    states = density_matrices(liouvillian, start, waveform, edges, **options)
    return from_transmon_first(device, states)


def dense_final(device: DenseDevice, rho0: Matrix, waveform: Waveform) -> Matrix:
    """The dense engine's state, in its own order, after the product's waveform."""
    return propagate(device, rho0, segments_of(waveform))[-1]

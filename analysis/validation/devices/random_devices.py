"""Random devices, grids and shots: what laboratories of many kinds may bring."""

from dataclasses import dataclass
from math import exp, hypot, log
from typing import Any

import numpy as np

from analysis.validation.devices.off_file import WIDE
from cqed_battery.dynamics.convergence import initial_fock_levels
from cqed_battery.experiment import Experiment

_LONGEST_NS = 2000.0
_MOST_FOCK_LEVELS = 20  # of the first guess: a study is to hold thousands of devices
_COOLING_SHARE = 0.15  # of devices near a point where the resonator keeps the battery charged
_WIDE_SHARE = 0.4  # of devices that are as far off as in the wide draw


def random_experiment(base: Experiment, rng: np.random.Generator) -> Experiment:
    """Return an experiment on another device, on a grid of its own, with shots of its own.

    Points at which the resonator keeps the battery charged, resonators that are not there (g = 0),
    drives far from the transmon, two to four levels, few and coarse times, few shots, runs without
    control and without model are among them.

    Args:
        base: the file whose other keys stay.
        rng: gives the device.
    """
    while True:
        found = base.replace(_changes(rng))
        if initial_fock_levels(found).levels <= _MOST_FOCK_LEVELS:
            return found


@dataclass(frozen=True)
class _OperatingPoint:
    """Rates / 2 pi and detunings from the transmon in MHz, and the longest charging in ns."""

    rabi: float
    coupling: float
    linewidth: float
    span: float
    drive_off: float
    resonator_off: float


def _changes(rng: np.random.Generator) -> dict[str, Any]:
    """Return the keys of another device, grid and shots."""
    transmon = rng.uniform(4.0, 7.0)
    point = _operating_point(rng)
    measured = bool(point.coupling) and _happens(rng, 0.6)
    return {**_device(rng, transmon, point), **_measurement(rng, point, measured=measured)}


def _operating_point(rng: np.random.Generator) -> _OperatingPoint:
    rabi = _between(rng, 5.0, 120.0)
    coupling = 0.0 if _happens(rng, 0.2) else _between(rng, 3.0, 80.0)
    linewidth = _between(rng, 0.2, 10.0)
    span = min(rng.uniform(0.7, 6.0) * 1e3 / rabi, _LONGEST_NS)
    drive_off = rng.uniform(-200, 200) if _happens(rng, 0.1) else 0.0
    resonator_off = rng.normal(0, 20.0) if _happens(rng, 0.3) else 0.0
    if _happens(rng, _COOLING_SHARE):
        rabi, coupling = _between(rng, 15.0, 60.0), _between(rng, 3.0, 12.0)
        linewidth = _between(rng, 1.0, 6.0)
        drive_off = float(rng.choice([-1, 1])) * rng.uniform(0.4, 1.5) * rabi
        # The resonator takes what the dressed states differ by.
        resonator_off = drive_off + float(np.sign(drive_off)) * hypot(rabi, drive_off)
        span = rng.uniform(300, 1200)
    return _OperatingPoint(rabi, coupling, linewidth, span, drive_off, resonator_off)


def _device(
    rng: np.random.Generator, transmon_GHz: float, point: _OperatingPoint
) -> dict[str, Any]:
    coupling = point.coupling
    return {
        "transmon.frequency_GHz": transmon_GHz,
        "transmon.anharmonicity_GHz": -rng.uniform(0.18, 0.35),
        "transmon.levels": int(rng.choice([2, 3, 4], p=[0.2, 0.6, 0.2])),
        "transmon.t1_us": _between(rng, 5.0, 100.0),
        "transmon.dephasing_rate_MHz": _between(rng, 0.005, 0.3),
        "transmon.residual_excitation": rng.uniform(0.0, 0.05),
        "resonator.frequency_GHz": transmon_GHz + 1e-3 * point.resonator_off,
        "resonator.linewidth_MHz": point.linewidth,
        "coupler.g_on_MHz": coupling,
        "coupler.g_off_MHz": 0.0 if not coupling else rng.uniform(0.0, 0.2),
        "coupler.ramp_ns": rng.uniform(0.5, min(5.0, 100 / max(coupling, 1.0))),
        "drive.frequency_GHz": transmon_GHz + 1e-3 * point.drive_off,
        "drive.rabi_rate_MHz": point.rabi,
        "drive.rise_ns": rng.uniform(0.25, 3.0),
        "readout.p1_given_0": rng.uniform(0.002, 0.05),
        "readout.p0_given_1": rng.uniform(0.01, 0.1),
    }


def _measurement(
    rng: np.random.Generator, point: _OperatingPoint, *, measured: bool
) -> dict[str, Any]:
    few = _happens(rng, 0.4)
    return {
        "charging.stop_ns": point.span,
        "charging.points": int(rng.integers(4, 13) if few else rng.integers(13, 62)),
        "tomography.shots": int(_between(rng, 50, 20_000)),
        "vacuum.shots": int(_between(rng, 50, 20_000)),
        "vacuum.method": "vacuum-rabi" if measured else "none",
        "vacuum.points": 21,
        "vacuum.stop_ns": 5e3 / (2 * point.coupling) if measured else 100.0,  # five swaps
        "control.enabled": _happens(rng, 0.8),
        "analysis.correction": "model" if _happens(rng, 0.85) else "none",
    }


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    """Return a number between the two, all magnitudes alike."""
    return exp(rng.uniform(log(low), log(high)))


def _happens(rng: np.random.Generator, share: float) -> bool:
    """Say whether something happens that happens in a share of devices."""
    return bool(rng.random() < share)


def random_scale(rng: np.random.Generator) -> float:
    """Return how far a device is off its file, in units of the laboratory draw: 1, or `WIDE`.

    Args:
        rng: gives it.
    """
    return WIDE if rng.random() < _WIDE_SHARE else 1.0

"""Random devices, grids and shots: what laboratories of many kinds may bring."""

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


def _changes(rng: np.random.Generator) -> dict[str, Any]:
    """Return the keys of another device, grid and shots."""

    def between(low: float, high: float) -> float:
        """Return a number between the two, all magnitudes alike."""
        return exp(rng.uniform(log(low), log(high)))

    def happens(share: float) -> bool:
        """Say whether something happens that happens in a share of devices."""
        return bool(rng.random() < share)

    transmon = rng.uniform(4.0, 7.0)
    rabi = between(5.0, 120.0)
    coupling = 0.0 if happens(0.2) else between(3.0, 80.0)
    linewidth = between(0.2, 10.0)
    span = min(rng.uniform(0.7, 6.0) * 1e3 / rabi, _LONGEST_NS)
    drive_off = rng.uniform(-200, 200) if happens(0.1) else 0.0
    resonator_off = rng.normal(0, 20.0) if happens(0.3) else 0.0
    if happens(_COOLING_SHARE):
        rabi, coupling, linewidth = between(15.0, 60.0), between(3.0, 12.0), between(1.0, 6.0)
        drive_off = float(rng.choice([-1, 1])) * rng.uniform(0.4, 1.5) * rabi
        # The resonator takes what the dressed states differ by.
        resonator_off = drive_off + float(np.sign(drive_off)) * hypot(rabi, drive_off)
        span = rng.uniform(300, 1200)
    measured = bool(coupling) and happens(0.6)
    return {
        "transmon.frequency_GHz": transmon,
        "transmon.anharmonicity_GHz": -rng.uniform(0.18, 0.35),
        "transmon.levels": int(rng.choice([2, 3, 4], p=[0.2, 0.6, 0.2])),
        "transmon.t1_us": between(5.0, 100.0),
        "transmon.dephasing_rate_MHz": between(0.005, 0.3),
        "transmon.residual_excitation": rng.uniform(0.0, 0.05),
        "resonator.frequency_GHz": transmon + 1e-3 * resonator_off,
        "resonator.linewidth_MHz": linewidth,
        "coupler.g_on_MHz": coupling,
        "coupler.g_off_MHz": 0.0 if not coupling else rng.uniform(0.0, 0.2),
        "coupler.ramp_ns": rng.uniform(0.5, min(5.0, 100 / max(coupling, 1.0))),
        "drive.frequency_GHz": transmon + 1e-3 * drive_off,
        "drive.rabi_rate_MHz": rabi,
        "drive.rise_ns": rng.uniform(0.25, 3.0),
        "readout.p1_given_0": rng.uniform(0.002, 0.05),
        "readout.p0_given_1": rng.uniform(0.01, 0.1),
        "charging.stop_ns": span,
        "charging.points": int(rng.integers(4, 13) if happens(0.4) else rng.integers(13, 62)),
        "tomography.shots": int(between(50, 20_000)),
        "vacuum.shots": int(between(50, 20_000)),
        "vacuum.method": "vacuum-rabi" if measured else "none",
        "vacuum.points": 21,
        "vacuum.stop_ns": 5e3 / (2 * coupling) if measured else 100.0,  # five swaps
        "control.enabled": happens(0.8),
        "analysis.correction": "model" if happens(0.85) else "none",
    }


def random_scale(rng: np.random.Generator) -> float:
    """Return how far a device is off its file, in units of the laboratory draw: 1, or `WIDE`.

    Args:
        rng: gives it.
    """
    return WIDE if rng.random() < _WIDE_SHARE else 1.0

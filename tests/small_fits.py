"""Global fits of a small experiment: its laboratory, runs of it, counts without noise."""

from functools import lru_cache

import numpy as np

from analysis.estimators.global_fit import (
    Counts,
)
from analysis.validation.devices.scenarios import this_device
from analysis.validation.repeats.estimators import fit_run
from analysis.validation.repeats.simulated_runs import SimulatedRuns
from cqed_battery.experiment import Experiment

SMALL = {
    "charging.stop_ns": 20.0,
    "charging.points": 11,
    "vacuum.points": 9,
    "vacuum.stop_ns": 40.0,
    "resonator.fock_levels": 6,
    "drive.rabi_rate_MHz": 25.0,
}


def small(**changes):
    return Experiment().replace(SMALL | {k.replace("__", "."): v for k, v in changes.items()})


@lru_cache
def laboratory(shots, expanded=False):
    """The small experiment with so many shots a setting."""
    experiment = small(tomography__shots=shots, vacuum__shots=shots)
    return SimulatedRuns(this_device(experiment), expanded=expanded)


@lru_cache
def fits(shots, count):
    """Fits of so many runs, by the expanded model."""
    rng = np.random.default_rng(2)
    runs = [laboratory(shots, True).measure(rng) for _ in range(count)]
    return [fit_run(laboratory(shots, True), run) for run in runs]


def exact_counts(model, theta, shots):
    """Counts of so many shots at the frequencies themselves, to a shot."""
    frequency = model.frequency(theta, model.response(theta).probability)
    return Counts(np.rint(shots * frequency).astype(int), np.full(len(frequency), shots))

"""Wall clock: how long shots take in the laboratory."""

import numpy as np

from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, IntArray
from cqed_battery.units import seconds_from_ns
from protocols.readout import readout_ns
from protocols.reset import reset_of
from protocols.settings import repetition_periods

_SECONDS_PER_HOUR = 3600.0


def shot_hours(experiment: Experiment) -> FloatArray:
    """Return the hours that one shot of every setting takes, (M,)."""
    return np.array([seconds_from_ns(float(t)) for t in repetition_periods(experiment)]) / (
        _SECONDS_PER_HOUR
    )


def fixed_hours(experiment: Experiment, settings: int) -> float:
    """Return the hours that do not depend on the shots: loading settings, knowing the reset."""
    laboratory, reset = experiment.laboratory, reset_of(experiment)
    loading = settings * laboratory.setting_overhead_ms * 1e-3
    shots = reset.shots(experiment)
    period = reset.duration_ns(experiment) + readout_ns(experiment) + 1e3 * laboratory.idle_us
    return (loading + shots * seconds_from_ns(period)) / _SECONDS_PER_HOUR


def hours(experiment: Experiment, shots: IntArray | FloatArray) -> float:
    """Return the hours of shots (M,) in the experiment's settings, loading included."""
    measured = int((shots > 0).sum())
    return float(shot_hours(experiment) @ shots) + fixed_hours(experiment, measured)

"""An envelope as the charging pulse of an experiment file, and what the file then predicts."""

from typing import Any

import numpy as np

from analysis.optimal_charging.errors import OptimisationError
from cqed_battery.dynamics.convergence import enough_levels
from cqed_battery.dynamics.waveforms import clock_edges
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.units import angular_from_mhz
from protocols.prediction.arm import ArmPrediction
from protocols.prediction.predict import predict
from protocols.stages.bias import charging_bias

MOST_SAMPLES = 4000
"""Of a pulse: one evaluation of its gradient with a resonator then takes a few seconds."""

_POINTS = 60  # charging times of the file, after time 0
_LEAST_FOCK_LEVELS = 2
_DIGITS = 9  # of amplitude and phase in the file
_BARE: dict[str, Any] = {
    "tomography.pulse": "none",
    "vacuum.method": "none",
    "extraction.unitary": "none",
    "qutrit.measured": False,
}


def sample_durations(experiment: Experiment, duration: float) -> FloatArray:
    """Return the durations of the samples of a pulse, in ns, (S,); the last may be shorter.

    Args:
        experiment: whose clock counts.
        duration: of the pulse, in ns.

    Raises:
        OptimisationError: the pulse has no sample or too many, or ends off a ruling clock.
    """
    reason = experiment.drive.off_clock("`duration_ns`", duration)
    if reason is not None:
        raise OptimisationError(reason)
    if not 0 < duration * experiment.drive.clock_GHz <= MOST_SAMPLES:
        raise OptimisationError(
            f"`duration_ns` must be above 0 and at most {MOST_SAMPLES} samples of drive.clock_GHz ="
            f" {experiment.drive.clock_GHz:g}, {MOST_SAMPLES / experiment.drive.clock_GHz:g} ns,"
            f" but is {duration:g}" + (": shorten it, or lower the clock" if duration > 0 else "")
        )
    return np.diff(clock_edges(duration, 1 / experiment.drive.clock_GHz))


def played_experiment(
    experiment: Experiment, borders: FloatArray, samples: ComplexArray
) -> Experiment:
    """Return the experiment that charges with samples, and is read at times from 0 to their end.

    Args:
        experiment: the experiment file's content.
        borders: of the samples, in ns, (S + 1,).
        samples: over the drive's amplitude, (S,).
    """
    kept = np.unique(np.linspace(0, len(samples), _POINTS + 1).round().astype(int))
    held = np.append(samples, 0.0)  # off after the last
    return experiment.replace(
        {
            "charging.shape": "samples",
            "charging.samples_ns": tuple(borders.tolist()),
            "charging.samples_amplitude": tuple(
                np.minimum(np.abs(held), 1.0).round(_DIGITS).tolist()
            ),
            "charging.samples_phase_rad": tuple((-np.angle(held)).round(_DIGITS).tolist()),
            "charging.times_ns": tuple(borders[kept].tolist()),
        }
    )


def square_experiment(experiment: Experiment, amplitude: float) -> Experiment:
    """Return the experiment with a square pulse of another amplitude, without rise, in place.

    Args:
        experiment: that charges with samples, whose times are kept.
        amplitude: over the drive's, from 0 to 1.
    """
    rabi = experiment.drive.rabi_rate_MHz * amplitude
    return experiment.replace(
        {"charging.shape": "square", "drive.rabi_rate_MHz": rabi, "drive.rise_ns": 0.0}
    )


def played_arm(experiment: Experiment, arm: str) -> ArmPrediction:
    """Return what a file predicts of an arm, without what is measured after the charging.

    Args:
        experiment: the experiment file's content.
        arm: "catalysed" or "control".
    """
    return predict(experiment.replace(_BARE)).arms[arm]


def played_levels(experiment: Experiment, arm: str, duration: float) -> int:
    """Return the Fock levels that a square pulse at full amplitude asks for; 1 where none couples.

    Args:
        experiment: the experiment file's content.
        arm: "catalysed" or "control".
        duration: of the pulse, in ns.
    """
    held = charging_bias(experiment, arm).g + angular_from_mhz(experiment.coupler.fixed_MHz)
    if not held and experiment.drive.target == "transmon":
        return 1
    times = tuple(np.linspace(0, duration, 11).tolist())
    square = {"charging.shape": "square", "charging.times_ns": times, "control.enabled": True}
    found = played_arm(experiment.replace({**_BARE, **square}), arm)
    return max(enough_levels(found.photons), _LEAST_FOCK_LEVELS)

"""The causes of error of a run, each with the changes that switch it off.

A cause acts on what is simulated. Faults (section `faults`) are unknown to the analysis; everything
else stands in the experiment file, so that switching it off takes it from the model, too.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from cqed_battery.experiment import Experiment
from protocols.faults.simulated import Simulated, simulate
from protocols.prediction.predict import Prediction, predict
from protocols.reset import expected_excitation, expected_leakage

RESIDUAL = "residual level 1"
RAMP = "coupler ramp"
LEVEL_2 = "third level"
_TOLERANCE = 1e-4
"""Largest error of a probability by quadrature and interpolation in a budget."""


@dataclass(frozen=True)
class Cause:
    """A cause of error and the keys of the experiment file that switch it off."""

    name: str
    off: Mapping[str, Any]

    def acts(self, experiment: Experiment) -> bool:
        """Say whether switching the cause off changes the experiment.

        Args:
            experiment: the experiment file's content.
        """
        return experiment.replace(self.off) != experiment


CAUSES = (
    Cause(RAMP, {"coupler.ramp_ns": 0.0}),
    Cause("tomography pulses", {"tomography.pulse": "none"}),
    Cause(LEVEL_2, {"transmon.levels": 2, "reset.leakage_per_flip": 0.0}),
    Cause(
        "readout errors",
        {"readout.model": "plain", "readout.p1_given_0": 0.0, "readout.p0_given_1": 0.0},
    ),
    Cause(RESIDUAL, {"transmon.residual_excitation": 0.0, "reset.leakage_per_flip": 0.0}),
    Cause("residual coupling", {"coupler.g_off_MHz": 0.0}),
    Cause("relaxation", {"transmon.t1_us": inf}),
    Cause("pure dephasing", {"transmon.dephasing_rate_MHz": 0.0}),
    Cause("drive bandwidth", {"faults.drive_bandwidth_MHz": inf}),
    Cause("drive compression", {"faults.drive_saturation_MHz": inf}),
    Cause("drive ripple", {"faults.drive_ripple": 0.0}),
    Cause("drive delay", {"faults.drive_delay_ns": 0.0}),
    Cause("coupling tail", {"faults.coupling_tail": 0.0}),
    Cause("Rabi rate error", {"faults.rabi_rate_error": 0.0}),
    Cause(
        "pulse errors",
        {
            "faults.pulse_amplitude_error": 0.0,
            "faults.pulse_phase_error_rad": 0.0,
            "faults.drag_error": 0.0,
        },
    ),
    Cause(
        "detunings",
        {"faults.transmon_detuning_MHz": 0.0, "faults.resonator_detuning_MHz": 0.0},
    ),
    Cause(
        "slow noise",
        {"faults.frequency_noise_MHz": 0.0, "transmon.frequency_noise_MHz": 0.0},
    ),
    Cause(
        "drift",
        {
            "faults.rabi_rate_drift": 0.0,
            "faults.frequency_drift_MHz": 0.0,
            "faults.readout_drift": 0.0,
        },
    ),
)


@dataclass(frozen=True)
class Situation:
    """An experiment with some causes off: what is simulated, and what its file leads to expect."""

    experiment: Experiment
    simulated: Simulated
    model: Prediction


def acting_causes(experiment: Experiment) -> tuple[Cause, ...]:
    """Return the causes that act in an experiment, in the order of `CAUSES`.

    Args:
        experiment: the experiment file's content.
    """
    return tuple(cause for cause in CAUSES if cause.acts(experiment))


def switched_off(experiment: Experiment, off: Collection[str]) -> Experiment:
    """Return the experiment without the named causes.

    Args:
        experiment: the experiment file's content.
        off: names of causes, as in `CAUSES`.
    """
    changes: dict[str, Any] = {}
    for cause in CAUSES:
        if cause.name in off:
            changes |= cause.off
    return experiment.replace(changes)


def situation(experiment: Experiment, off: Collection[str]) -> Situation:
    """Return what is simulated with faults and what is expected without the named causes.

    The reset leaves what it is expected to leave, and nothing when that is switched off.

    Args:
        experiment: the experiment file's content.
        off: names of the causes that are switched off, as in `CAUSES`.

    Raises:
        ConvergenceError: the dynamics cannot be trusted.
        CqedBatteryError: noise or drift is too large to be followed.
    """
    switched = switched_off(experiment, off)
    # A reset may need the level that is not there while charging: it has the levels of the file.
    reset = switched_off(experiment, set(off) - {LEVEL_2})
    left = (expected_excitation(reset), 0.0 if LEVEL_2 in off else expected_leakage(reset))
    if RESIDUAL in off and experiment.reset.initial_excitation is None:
        left = (0.0, 0.0)
    simulated = simulate(switched, *left, tolerance=_TOLERANCE)
    off_file = switched.faults.act or switched.transmon.frequency_noise_MHz > 0
    model = predict(switched, *left) if off_file else simulated.prediction
    return Situation(switched, simulated, model)

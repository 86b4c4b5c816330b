"""Devices that are off their file as a laboratory's are after its calibrations, drawn at random.

The analysis knows nothing of these errors but the file's priors. Beside them the counts of such a
device are those of an emulated run with faults, not of the fit's own forward model.
"""

from math import inf
from typing import Any

import numpy as np

from cqed_battery.experiment import Experiment
from protocols.readout import readout_of

# What careful calibrations leave, each a standard deviation: assumed for this study.
RABI, PULSE_AMPLITUDE, PULSE_PHASE_RAD = 0.003, 0.005, 0.009
TRANSMON_MHZ, RESONATOR_MHZ, NOISE_MHZ = 0.2, 0.5, 0.1
COUPLING, LINEWIDTH, DEPHASING, LIFETIME = 0.01, 0.1, 0.3, 0.1
RAMP, EXCITATION, READOUT_DRIFT = 0.2, 0.3, 0.003
SLOWEST_LINE_MHZ = 200.0  # 1 / bandwidth is uniform down to here
WIDE = 3.0
"""How many times as large the errors of the wide draw are."""

_MOST_EXCITED = 0.45  # population of level 1
_LEAST = 0.05  # share of a rate or time that an error leaves


def laboratory_draw(
    experiment: Experiment, rng: np.random.Generator, scale: float = 1.0
) -> Experiment:
    """Return the experiment with the errors of one laboratory: another device, and faults.

    Args:
        experiment: what the analysis will take for the truth.
        rng: gives the errors, each independent and normal but the line's bandwidth.
        scale: of all errors; `WIDE` for the wide draw.
    """

    def error(width: float) -> float:
        """Return one normal error of that standard deviation."""
        return scale * width * float(rng.standard_normal())

    def scaled(value: float, width: float) -> float:
        """Return a value with a relative error, never below a twentieth of it."""
        return value * max(1 + error(width), _LEAST)

    inverse = scale * float(rng.random()) / SLOWEST_LINE_MHZ
    changes: dict[str, Any] = {
        "coupler.g_on_MHz": scaled(experiment.coupler.g_on_MHz, COUPLING),
        "coupler.ramp_ns": scaled(experiment.coupler.ramp_ns, RAMP),
        "resonator.linewidth_MHz": scaled(experiment.resonator.linewidth_MHz, LINEWIDTH),
        "transmon.dephasing_rate_MHz": scaled(experiment.transmon.dephasing_rate_MHz, DEPHASING),
        "transmon.residual_excitation": min(
            scaled(experiment.transmon.excited_population, EXCITATION), _MOST_EXCITED
        ),
        "faults.rabi_rate_error": error(RABI),
        "faults.transmon_detuning_MHz": error(TRANSMON_MHZ),
        "faults.resonator_detuning_MHz": error(RESONATOR_MHZ),
        "faults.pulse_amplitude_error": error(PULSE_AMPLITUDE),
        "faults.pulse_phase_error_rad": error(PULSE_PHASE_RAD),
        "faults.drive_bandwidth_MHz": 1 / inverse if inverse > 0 else inf,
        "faults.frequency_noise_MHz": scale * NOISE_MHZ,
    }
    if experiment.transmon.t1_us < inf:
        changes["transmon.t1_us"] = scaled(experiment.transmon.t1_us, LIFETIME)
    if readout_of(experiment).errors_in_file:
        changes["faults.readout_drift"] = error(READOUT_DRIFT)
    return experiment.replace(changes)

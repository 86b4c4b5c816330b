"""Devices that are off their file as a laboratory's are after its calibrations, drawn at random.

The analysis knows nothing of these errors but the file's priors; of the ripple, and of the tail
with which the coupling settles, it describes a part. The counts of such a device are those of an
emulated run with faults, not of the fit's own forward model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, sqrt
from typing import Any

import numpy as np

from cqed_battery.experiment import Experiment
from protocols.readout import readout_of
from protocols.shape import shape_of
from protocols.stages.bias import control_idles

# What careful calibrations leave, each a standard deviation but the last three: assumed for this
# study.
RABI, PULSE_AMPLITUDE, PULSE_PHASE_RAD = 0.003, 0.005, 0.009
TRANSMON_MHZ, RESONATOR_MHZ, NOISE_MHZ = 0.2, 0.5, 0.1
COUPLING, LINEWIDTH, DEPHASING, LIFETIME = 0.01, 0.1, 0.3, 0.1
RAMP, EXCITATION, READOUT_DRIFT, RIPPLE, FLUX = 0.2, 0.3, 0.003, 0.003, 0.005
DELAY_NS, WIDTH, EDGES, DRAG, TAIL = 0.3, 0.005, 0.2, 0.1, 0.003
SLOWEST_LINE_MHZ = 200.0  # 1 / bandwidth is uniform down to here
COMPRESSION = 0.02  # share that the line loses at the Rabi rate, uniform up to here
RIPPLE_PERIODS = (0.1, 1.0)  # shares of the charging that a period of the ripple takes
TAILS = (0.1, 1.0)  # shares of the charging that the tail's time constant takes
WIDE = 3.0
"""How many times as large the errors of the wide draw are."""

_MOST_EXCITED = 0.45  # population of level 1
_LEAST = 0.05  # share of a rate or time that an error leaves

_LONGEST_DELAY_NS, _LARGEST_TAIL = 20.0, 0.1  # that a file admits
_IDLE, _CONTROL = "coupler.idle_detuning_MHz", "control.detuning_MHz"
UNIFORM = ("bandwidth", "compression", "ripple period", "tail time")
ERRORS = (
    "Rabi rate",
    "transmon frequency",
    "resonator frequency",
    "coupling",
    "linewidth",
    "dephasing",
    "T1",
    "pulse amplitude",
    "pulse phase",
    "coupler ramp",
    "frequency noise",
    "residual excitation",
    "readout drift",
    "ripple",
    _IDLE,
    _CONTROL,
    "drive delay",
    "charging width",
    "charging edges",
    "DRAG coefficient",
    "coupling tail",
    *UNIFORM,
)
"""What may be off: in standard deviations, those of `UNIFORM` in shares of their largest."""


def laboratory_errors(rng: np.random.Generator) -> dict[str, float]:
    """Return the errors of one laboratory, each independent, by the names in `ERRORS`.

    Args:
        rng: gives the errors.
    """
    return {
        name: float(rng.random() if name in UNIFORM else rng.standard_normal()) for name in ERRORS
    }


def laboratory_draw(
    experiment: Experiment, rng: np.random.Generator, scale: float = 1.0
) -> Experiment:
    """Return the experiment with the errors of one laboratory: another device, and faults.

    Args:
        experiment: what the analysis will take for the truth.
        rng: gives the errors.
        scale: of all errors; `WIDE` for the wide draw.
    """
    return with_errors(experiment, laboratory_errors(rng), scale)


def with_errors(
    experiment: Experiment, errors: Mapping[str, float], scale: float = 1.0
) -> Experiment:
    """Return the experiment with the stated errors.

    Args:
        experiment: what the analysis will take for the truth.
        errors: by names in `ERRORS`; those that are left out are 0.
        scale: of all errors.
    """
    drawn = _Errors(errors, scale)
    return experiment.replace(
        {
            **_always(experiment, drawn),
            **_compressed(
                experiment, drawn.of("Rabi rate", RABI), drawn.of("compression", COMPRESSION)
            ),
            **_rippled(experiment, drawn.of("ripple", RIPPLE), errors.get("ripple period", 0.0)),
            **_tailing(experiment, drawn.of("coupling tail", TAIL), errors.get("tail time", 0.0)),
            **_shaped(experiment, drawn),
            **_where_it_acts(experiment, drawn),
        }
    )


@dataclass(frozen=True)
class _Errors:
    """Drawn errors by name, all of them scaled."""

    drawn: Mapping[str, float]
    scale: float

    def of(self, name: str, width: float) -> float:
        """Return an error of that standard deviation, or of that largest value."""
        return self.scale * width * self.drawn.get(name, 0.0)

    def scaled(self, value: float, name: str, width: float) -> float:
        """Return a value with a relative error, never below a twentieth of it."""
        return value * max(1 + self.of(name, width), _LEAST)


def _always(experiment: Experiment, errors: _Errors) -> dict[str, Any]:
    """Return what every device has off."""
    transmon, inverse = experiment.transmon, errors.of("bandwidth", 1 / SLOWEST_LINE_MHZ)
    excited = errors.scaled(transmon.excited_population, "residual excitation", EXCITATION)
    return {
        "coupler.g_on_MHz": errors.scaled(experiment.coupler.g_on_MHz, "coupling", COUPLING),
        "resonator.linewidth_MHz": errors.scaled(
            experiment.resonator.linewidth_MHz, "linewidth", LINEWIDTH
        ),
        "transmon.dephasing_rate_MHz": errors.scaled(
            transmon.dephasing_rate_MHz, "dephasing", DEPHASING
        ),
        "transmon.residual_excitation": min(excited, _MOST_EXCITED),
        "faults.transmon_detuning_MHz": errors.of("transmon frequency", TRANSMON_MHZ),
        "faults.resonator_detuning_MHz": errors.of("resonator frequency", RESONATOR_MHZ),
        "faults.pulse_amplitude_error": errors.of("pulse amplitude", PULSE_AMPLITUDE),
        "faults.pulse_phase_error_rad": errors.of("pulse phase", PULSE_PHASE_RAD),
        "faults.drive_bandwidth_MHz": 1 / inverse if inverse > 0 else inf,
        "faults.frequency_noise_MHz": abs(errors.of("frequency noise", NOISE_MHZ)),
    }


def _where_it_acts(experiment: Experiment, errors: _Errors) -> dict[str, Any]:
    """Return what is off only where the file has it: ramp, delay, flux pulses, T1, readout."""
    changes: dict[str, Any] = {}
    if experiment.drive.timing == "exact":  # else it is so many samples
        ramp, sample = experiment.coupler.ramp_ns, 1 / experiment.drive.clock_GHz
        off = errors.scaled(ramp, "coupler ramp", RAMP)
        changes["coupler.ramp_ns"] = max(off, min(ramp, sample))
    if experiment.drive.rabi_rate_MHz:
        delay = errors.of("drive delay", DELAY_NS)
        changes["faults.drive_delay_ns"] = max(min(delay, _LONGEST_DELAY_NS), -_LONGEST_DELAY_NS)
    for key, now in _flux_pulses(experiment).items():
        changes[key] = errors.scaled(now, key, FLUX)
    if control_idles(experiment):
        changes[_CONTROL] = changes[_IDLE]
    if experiment.transmon.t1_us < inf:
        changes["transmon.t1_us"] = errors.scaled(experiment.transmon.t1_us, "T1", LIFETIME)
    if readout_of(experiment).errors_in_file:
        smallest = -min(experiment.readout.p1_given_0, experiment.readout.p0_given_1)
        drift = errors.of("readout drift", READOUT_DRIFT)
        changes["faults.readout_drift"] = max(drift, smallest)
    return changes


def _flux_pulses(experiment: Experiment) -> dict[str, float]:
    """Return by how much flux pulses detune, in MHz, by the key that says so."""
    found = {_IDLE: experiment.coupler.idle_detuning_MHz}
    if experiment.control.enabled:
        found[_CONTROL] = experiment.control.detuning_MHz
    return {key: value for key, value in found.items() if value is not None}


def _compressed(experiment: Experiment, rabi_error: float, lost: float) -> dict[str, float]:
    """Return a line that compresses, its amplitude calibrated at the charging's own.

    (1 + e) (1 - lost (1 + e)) = 1 + the Rabi rate's error: only smaller amplitudes feel it.
    """
    rabi = experiment.drive.rabi_rate_MHz
    if not (lost and rabi):
        return {"faults.rabi_rate_error": rabi_error}
    before = (1 - sqrt(1 - 4 * lost * (1 + rabi_error))) / (2 * lost)
    return {
        "faults.rabi_rate_error": before - 1,
        "faults.drive_saturation_MHz": rabi / lost,
    }


def _shaped(experiment: Experiment, errors: _Errors) -> dict[str, float]:
    """Return the charging pulse's width, edges and DRAG coefficient, where it has them."""
    drive, charging = experiment.drive, experiment.charging
    found: dict[str, float] = {}
    calibrated = shape_of(experiment).calibrated
    if "charging.drag_scale" in calibrated:
        found["charging.drag_scale"] = charging.drag_scale + errors.of("DRAG coefficient", DRAG)
    if drive.timing == "clock" or experiment.axis.name == "scaled-time":  # lengths are as played
        return found
    if "charging.length_ns" in calibrated:
        found["charging.length_ns"] = errors.scaled(charging.length_ns, "charging width", WIDTH)
    if "drive.rise_ns" in calibrated and drive.rise_ns:
        rise = max(errors.scaled(drive.rise_ns, "charging edges", EDGES), 1 / drive.clock_GHz)
        found["drive.rise_ns"] = min(rise, charging.length_ns / 2)
    return found


def _tailing(experiment: Experiment, tail: float, share: float) -> dict[str, float]:
    """Return the tail with which coupler or flux pulse settles; the fit has it in part."""
    if not tail:
        return {}
    shortest, longest = TAILS
    constant = float(experiment.charging_times_ns[-1]) * (shortest + (longest - shortest) * share)
    return {
        "faults.coupling_tail": max(min(tail, _LARGEST_TAIL), -_LARGEST_TAIL),
        "faults.coupling_tail_ns": max(constant, 1.0),
    }


def _rippled(experiment: Experiment, ripple: float, share: float) -> dict[str, float]:
    """Return the ripple, which settles; the fit's cosines describe it in part."""
    if not ripple:
        return {}
    shortest, longest = RIPPLE_PERIODS
    span = float(experiment.charging_times_ns[-1])
    period = max(span * (shortest + (longest - shortest) * share), 1.0)
    return {"faults.drive_ripple": ripple, "faults.drive_ripple_period_ns": period}

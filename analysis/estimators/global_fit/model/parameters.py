"""What the global fit may vary: names, units, bounds and stated priors."""

from dataclasses import dataclass, replace
from math import inf, sqrt

import numpy as np
from annotated_types import Le

from analysis.estimators.global_fit.model.felt import amplitude_varies
from analysis.estimators.state.preparation import excitation_error
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from cqed_battery.units import angular_from_mhz
from protocols.readout import assignment_errors
from protocols.reset import expected_excitation
from protocols.shape import shape_of
from protocols.stages.bias import charging_bias, control_idles, idle_bias

TRANSMON_DETUNING, RESONATOR_DETUNING = "transmon_detuning_MHz", "resonator_detuning_MHz"
COUPLING, RABI, PHASE = "coupler.g_on_MHz", "drive.rabi_rate_MHz", "drive.phase_rad"
LINEWIDTH, DEPHASING = "resonator.linewidth_MHz", "transmon.dephasing_rate_MHz"
EXCITATION = "residual_excitation"
P1_GIVEN_0, P0_GIVEN_1 = "readout.p1_given_0", "readout.p0_given_1"
READOUT = (P1_GIVEN_0, P0_GIVEN_1)
T1 = "transmon.t1_us"
PULSE_AMPLITUDE, PULSE_PHASE = "pulse_amplitude_error", "pulse_phase_error_rad"
SETTLING, RAMP, NOISE = "line_time_constant_ns", "coupler_ramp_error", "frequency_variance_MHz2"
RABI_DRIFT, FREQUENCY_DRIFT = "rabi_rate_drift", "frequency_drift_MHz"
READOUT_DRIFT = "readout_drift"
SHAPE = tuple(f"drive_shape_{number}" for number in range(1, 6))
"""Amplitudes of the cosines by which the charging drive deviates from its shape, relative."""
STEP = tuple(f"coupling_step_{number}" for number in range(4))
"""Likewise of the coupler's or the flux pulse's step to where the device charges, mean included.

The vacuum measurement does not see it: it is made later, with a step of its own.
"""
DELAY, COMPRESSION = "drive_delay_ns", "drive_compression"
WIDTH, EDGES, DRAG = "charging_width_error", "charging_rise_error", "charging.drag_scale"
FLUX = ("coupler.idle_detuning_MHz", "control.detuning_MHz")
DRIFTS = (RABI_DRIFT, FREQUENCY_DRIFT, READOUT_DRIFT)
COUNTED = (COUPLING, PHASE, TRANSMON_DETUNING, RESONATOR_DETUNING, LINEWIDTH, DEPHASING)
"""Parameters that the counts themselves tell; no calibration stands behind their priors."""
LEADING = (*COUNTED, RABI, EXCITATION, *FLUX, *READOUT)
"""Parameters that tell how fast all oscillates, and between which levels it is seen."""
CURVED = (SETTLING, RAMP, NOISE, DELAY, WIDTH)
"""Parameters that no waveform or rate is linear in: see `surfaces`."""
LEAST_COUPLING_MHZ, LEAST_RATE_MHZ = 5.0, 0.1
"""What a relative prior adds to a value: a coupling or a rate of 0 in the file may be some, too."""
_LEAST_VARIANCE = 1e-3  # of the stated one: without a prior the model would lack it
_FARTHEST = 100.0  # priors
_MOST_RAMP, _MOST_CURVED = (-0.95, 2.0), 8.0  # curves are taken anew where a fit has gone
_LEAST_ROOM = 0.01  # of the file's value, for a parameter that the file calls known


@dataclass(frozen=True)
class Parameter:
    """A parameter that is fitted.

    `start` is the experiment file's value; `prior` the standard deviation of a Gaussian prior
    about it (inf: flat) within the bounds; `step` the difference quotient's. By default the
    bounds are 100 priors off, within what an experiment file admits: counts that no device
    gives lead no farther. `scale` is how far `surfaces` look; it stays where the prior is changed.
    """

    name: str
    unit: str
    start: float
    prior: float
    low: float
    high: float
    step: float
    scale: float = 1.0


def default_parameters(experiment: Experiment) -> tuple[Parameter, ...]:
    """Return what is free by default, with the priors of the experiment file (section `priors`).

    The readout is flat, since calibration counts enter the likelihood. What a prior of 0 calls
    exact is not free; with an ODE method or in the laboratory frame, where each derivative costs
    a run of its own, the pulses, the line and drifts are taken as the file has them.

    Args:
        experiment: the experiment file's content.
    """
    priors, excitation = experiment.priors, expected_excitation(experiment)
    coupling, rabi = experiment.coupler.g_on_MHz, experiment.drive.rabi_rate_MHz
    kappa = experiment.resonator.linewidth_MHz
    dephasing = experiment.transmon.dephasing_rate_MHz
    prepared = experiment.reset.initial_excitation is not None
    reset = excitation_error(experiment)
    readout = assignment_errors(experiment)
    found = (
        _positive(experiment, COUPLING, priors.coupling * (coupling + LEAST_COUPLING_MHZ)),
        _rabi_rate(experiment, priors.rabi_rate * max(rabi, 1.0)),
        _free(PHASE, "rad", experiment.drive.phase_rad, priors.drive_phase_rad, 1e-5),
        _free(TRANSMON_DETUNING, "MHz", 0.0, priors.transmon_frequency_MHz, 1e-4),
        _free(RESONATOR_DETUNING, "MHz", 0.0, priors.resonator_frequency_MHz, 1e-4),
        _positive(experiment, LINEWIDTH, priors.linewidth * (kappa + LEAST_RATE_MHZ)),
        _positive(experiment, DEPHASING, priors.dephasing * (dephasing + LEAST_RATE_MHZ)),
        Parameter(EXCITATION, "1", excitation, reset, 0.0, 1.0 if prepared else 0.5, 1e-5),
        *_of_pulses_and_line(experiment),
        Parameter(P1_GIVEN_0, "1", readout.p1_given_0, inf, 1e-6, 0.5, 1e-6),
        Parameter(P0_GIVEN_1, "1", readout.p0_given_1, inf, 1e-6, 0.5, 1e-6),
    )
    return tuple(parameter for parameter in found if parameter.prior > 0)


def _of_pulses_and_line(experiment: Experiment) -> tuple[Parameter, ...]:
    """Return T1, and what pulses, line, ramp, slow noise and drifts are."""
    if not has_exact_slopes(experiment):
        return ()
    priors, t1, found = experiment.priors, experiment.transmon.t1_us, []
    if t1 < inf:
        by = priors.t1 * t1
        low, high = t1 / (1 + _FARTHEST * priors.t1), t1 + _FARTHEST * by
        found.append(Parameter(T1, "us", t1, by, low, high, 1e-3))
    if experiment.tomography.pulse != "none":
        found.append(_free(PULSE_AMPLITUDE, "1", 0.0, priors.pulse_amplitude, 1e-6))
        found.append(_free(PULSE_PHASE, "rad", 0.0, priors.pulse_phase_rad, 1e-6))
    if experiment.drive.rabi_rate_MHz > 0:
        for order, name in enumerate(SHAPE, start=1):
            found.append(_free(name, "1", 0.0, sqrt(2) * priors.drive_shape / order, 1e-6))
        found += _of_the_charging(experiment)
    if idle_bias(experiment) != charging_bias(experiment, "catalysed"):
        for order, name in enumerate(STEP):
            width = sqrt(2) * priors.coupling_step / max(order, 1)
            found.append(_free(name, "1", 0.0, width, 1e-6))
    found += _of_flux_pulses(experiment)
    found.append(_noise(experiment))
    found += _of_edges(experiment)
    width = priors.coupler_ramp
    if experiment.coupler.ramp_ns > 0 and experiment.drive.timing == "exact":  # no part of a sample
        least, most = _MOST_RAMP
        sample = 1 / (experiment.drive.clock_GHz * experiment.coupler.ramp_ns) - 1
        found.append(
            Parameter(RAMP, "1", 0.0, width, max(least, min(sample, 0.0)), most, 1e-3, width)
        )
    settling = 1 / angular_from_mhz(priors.drive_bandwidth_MHz)
    return (
        *found,
        Parameter(SETTLING, "ns", 0.0, settling, 0.0, _MOST_CURVED * settling, 1e-3, settling),
        _free(RABI_DRIFT, "1", 0.0, priors.rabi_rate_drift, 1e-6),
        _free(FREQUENCY_DRIFT, "MHz", 0.0, priors.frequency_drift_MHz, 1e-4),
        _free(READOUT_DRIFT, "1", 0.0, priors.readout_drift, 1e-6),
    )


def _of_the_charging(experiment: Experiment) -> list[Parameter]:
    """Return the line's compression, edges and DRAG coefficient, where the pulse feels them.

    The edges of a square pulse are its delay.
    """
    priors, charging, found = experiment.priors, experiment.charging, []
    rise, clock = experiment.drive.rise_ns, experiment.drive.clock_GHz
    if amplitude_varies(experiment):  # else it is told from the Rabi rate by nothing
        found.append(_free(COMPRESSION, "1", 0.0, priors.drive_compression, 1e-6))
    calibrated = shape_of(experiment).calibrated
    if DRAG in calibrated:
        found.append(_free(DRAG, "1", charging.drag_scale, priors.charging_drag, 1e-6))
    if "drive.rise_ns" in calibrated and rise > 0 and not _as_played(experiment):
        least, most = min(1 / (clock * rise) - 1, 0.0), max(charging.length_ns / (2 * rise) - 1, 0)
        found.append(Parameter(EDGES, "1", 0.0, priors.charging_rise, least, most, 1e-4))
    return found


def _of_flux_pulses(experiment: Experiment) -> list[Parameter]:
    """Return by how much flux pulses detune, where there are some."""
    idle, found = experiment.coupler.idle_detuning_MHz, []
    moved = experiment.control.detuning_MHz if experiment.control.enabled else None
    moved = None if control_idles(experiment) else moved  # by the same pulse
    for name, value in zip(FLUX, (idle, moved), strict=True):
        if value:
            found.append(_free(name, "MHz", value, experiment.priors.flux_pulse * abs(value), 1e-4))
    return found


def _of_edges(experiment: Experiment) -> list[Parameter]:
    """Return when the drive comes, and how wide its pulse is."""
    priors, calibrated = experiment.priors, shape_of(experiment).calibrated
    if not experiment.drive.rabi_rate_MHz:
        return []
    found, by = [], priors.drive_delay_ns
    most = _MOST_CURVED * by
    found.append(Parameter(DELAY, "ns", 0.0, by, -most, most, 1e-3, by))
    if "charging.length_ns" in calibrated and not _as_played(experiment):
        by = priors.charging_width
        most = _MOST_CURVED * by
        found.append(Parameter(WIDTH, "1", 0.0, by, max(-most, -0.5), most, 1e-4, by))
    return found


def _as_played(experiment: Experiment) -> bool:
    """Say whether lengths are whole samples, or what the settings sweep."""
    return experiment.drive.timing == "clock" or experiment.axis.name == "scaled-time"


def _noise(experiment: Experiment) -> Parameter:
    """Return the variance of the frequency from shot to shot, from what the file states on."""
    spread, prior = experiment.transmon.frequency_noise_MHz, experiment.priors.frequency_noise_MHz
    known = spread**2
    more = max((spread + prior) ** 2 - known, _LEAST_VARIANCE * known)
    scale = max(known, more)
    return Parameter(NOISE, "MHz2", known, more, 0.0, known + _FARTHEST * more, 1e-4, scale)


def has_exact_slopes(experiment: Experiment) -> bool:
    """Say whether the derivatives of an experiment's prediction can be exact.

    Args:
        experiment: the experiment file's content.
    """
    simulation = experiment.simulation
    return simulation.method == "exponential" and simulation.frame == "rotating"


def _rabi_rate(experiment: Experiment, prior: float) -> Parameter:
    """Return the Rabi rate, up to the amplitude at which a compressing line gives most."""
    found = _positive(experiment, RABI, prior)
    saturations = experiment.drive.saturation_MHz, experiment.faults.drive_saturation_MHz
    return replace(found, high=min(found.high, *(each / 2 for each in saturations)))


def _free(name: str, unit: str, start: float, prior: float, step: float) -> Parameter:
    """Return a parameter of either sign."""
    room = _FARTHEST * prior
    return Parameter(name, unit, start, prior, start - room, start + room, step)


def _positive(experiment: Experiment, name: str, prior: float) -> Parameter:
    """Return a parameter in MHz, not below 0, whose name is its key in the experiment file."""
    section, _, key = name.partition(".")
    part = getattr(experiment, section)
    start = getattr(part, key)
    most = [note.le for note in type(part).model_fields[key].metadata if isinstance(note, Le)]
    high = min([start + _FARTHEST * max(prior, _LEAST_ROOM * start), *most])
    return Parameter(name, "MHz", start, prior, 0.0, high, 1e-4)


def choose(parameters: tuple[Parameter, ...], names: tuple[str, ...]) -> tuple[Parameter, ...]:
    """Return the named parameters, in the order of the tuple.

    Args:
        parameters: to choose from.
        names: of those that are wanted.

    Raises:
        CqedBatteryError: a name is unknown.
    """
    known = [parameter.name for parameter in parameters]
    for name in names:
        if name not in known:
            raise CqedBatteryError(f"no parameter {name!r} to fit; there are {', '.join(known)}")
    return tuple(parameter for parameter in parameters if parameter.name in names)


def with_priors(
    parameters: tuple[Parameter, ...], priors: dict[str, float]
) -> tuple[Parameter, ...]:
    """Return the parameters with other standard deviations of some priors (inf: flat).

    Args:
        parameters: to change.
        priors: standard deviations by name, in the parameter's unit, above 0.
    """
    return tuple(replace(p, prior=priors.get(p.name, p.prior)) for p in parameters)


def starts(parameters: tuple[Parameter, ...]) -> FloatArray:
    """Return the starting values, (p,).

    Args:
        parameters: p of them.
    """
    return np.array([parameter.start for parameter in parameters])


def prior_precision(parameters: tuple[Parameter, ...]) -> FloatArray:
    """Return 1/prior^2 of each parameter, 0 for flat ones, (p,).

    Args:
        parameters: p of them.

    Returns:
        Each in 1/unit^2 of its parameter.
    """
    return np.array([parameter.prior**-2.0 for parameter in parameters])

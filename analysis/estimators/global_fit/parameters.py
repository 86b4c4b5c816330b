"""What the global fit may vary: names, units, bounds and stated priors."""

from dataclasses import dataclass, replace
from math import inf, sqrt

import numpy as np
from annotated_types import Le

from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.readout import assignment_errors
from protocols.reset import expected_excitation

TRANSMON_DETUNING, RESONATOR_DETUNING = "transmon_detuning_MHz", "resonator_detuning_MHz"
COUPLING, RABI, PHASE = "coupler.g_on_MHz", "drive.rabi_rate_MHz", "drive.phase_rad"
LINEWIDTH, DEPHASING = "resonator.linewidth_MHz", "transmon.dephasing_rate_MHz"
EXCITATION = "residual_excitation"
P1_GIVEN_0, P0_GIVEN_1 = "readout.p1_given_0", "readout.p0_given_1"
READOUT = (P1_GIVEN_0, P0_GIVEN_1)
_FARTHEST = 100.0  # priors
_LEAST_ROOM = 0.01  # of the file's value, for a parameter that the file calls known


@dataclass(frozen=True)
class Parameter:
    """A parameter that is fitted.

    `start` is the experiment file's value; `prior` the standard deviation of a Gaussian prior
    about it (inf: flat) within the bounds; `step` the difference quotient's. By default the
    bounds are 100 priors off, within what an experiment file admits: counts that no device
    gives lead no farther.
    """

    name: str
    unit: str
    start: float
    prior: float
    low: float
    high: float
    step: float


def default_parameters(experiment: Experiment) -> tuple[Parameter, ...]:
    """Return what is free by default, with priors as wide as a laboratory's knowledge.

    The Rabi rate's prior is `analysis.rabi_rate_uncertainty`, that of the residual excitation
    the reset's own shots; the readout is flat, since calibration counts enter the likelihood.
    Rates are known to a factor of about two, detunings to some MHz.

    Args:
        experiment: the experiment file's content.
    """
    coupling = experiment.coupler.g_on_MHz
    rabi = experiment.drive.rabi_rate_MHz
    kappa = experiment.resonator.linewidth_MHz
    dephasing = experiment.transmon.dephasing_rate_MHz
    excitation = expected_excitation(experiment)
    relative = max(experiment.analysis.rabi_rate_uncertainty, 1e-6)
    reset = sqrt(max(excitation * (1 - excitation), 1e-6) / experiment.reset.shots)
    readout = assignment_errors(experiment)
    return (
        _positive(experiment, COUPLING, 0.2 * coupling + 1.0),
        _rabi_rate(experiment, relative * max(rabi, 1.0)),
        _free(PHASE, "rad", experiment.drive.phase_rad, 0.1, 1e-5),
        _free(TRANSMON_DETUNING, "MHz", 0.0, 5.0, 1e-4),
        _free(RESONATOR_DETUNING, "MHz", 0.0, 5.0, 1e-4),
        _positive(experiment, LINEWIDTH, kappa + 0.1),
        _positive(experiment, DEPHASING, dephasing + 0.1),
        Parameter(EXCITATION, "1", excitation, reset, 0.0, 0.5, 1e-5),
        Parameter(P1_GIVEN_0, "1", readout.p1_given_0, inf, 1e-6, 0.5, 1e-6),
        Parameter(P0_GIVEN_1, "1", readout.p0_given_1, inf, 1e-6, 0.5, 1e-6),
    )


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

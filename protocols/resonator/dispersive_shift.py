"""Which shift of the transmon by a photon a coupling gives, and where it is dispersive.

2 chi = 2 g^2 |alpha| / (|Delta| (|Delta| + |alpha|)) for a transmon |Delta| below the resonator
(Koch et al., Phys. Rev. A 76, 042319).
"""

from math import inf, sqrt

from cqed_battery.errors import ExperimentError
from cqed_battery.experiment import Experiment
from cqed_battery.units import angular_from_ghz, mhz_from_angular
from protocols.stages.bias import idle_distance

_SAME_SHIFT = 0.02  # relative: the stated shift is written with three digits
MOST_MIXING = 0.1  # g/Delta up to which the next order, (g/Delta)^4, is below a part in 10^4


def dispersive_mixing(experiment: Experiment) -> tuple[float, float]:
    """Return |Delta| in MHz at which the coupling gives the shift 2 chi, and g/|Delta|.

    A fixed coupling has the distance at which it idles. Else the transmon sits below the resonator:
    |Delta| (|Delta| + |alpha|) = 2 g^2 |alpha| / (2 chi),
    or |Delta| = 2 g^2 / (2 chi) with two levels alone.

    Args:
        experiment: the experiment file's content: `vacuum.shift_per_photon_MHz`, coupling,
            anharmonicity.

    Source: Koch et al., Phys. Rev. A 76, 042319.
    """
    pull, g = experiment.vacuum.shift_per_photon_MHz, experiment.coupler.g_on_MHz
    if experiment.coupler.kind == "fixed":
        apart = abs(mhz_from_angular(idle_distance(experiment)))
        return apart, g / apart if apart > 0 else inf
    alpha = abs(mhz_from_angular(angular_from_ghz(experiment.transmon.anharmonicity_GHz)))
    if experiment.transmon.levels == 2:
        distance = 2 * g**2 / pull
    else:
        distance = (sqrt(alpha**2 + 8 * g**2 * alpha / pull) - alpha) / 2
    return distance, g / distance if distance > 0 else inf


def fixed_shift_MHz(experiment: Experiment) -> float:
    """Return by how much a photon shifts the transmon that a fixed coupling holds at idle, in MHz.

    |2 chi| / 2 pi = 2 g^2 |alpha / (Delta (Delta + alpha))|, or 2 g^2/|Delta| with two levels
    alone, Delta = w_q - w_c.

    Args:
        experiment: the experiment file's content, its coupling fixed.

    Source: Koch et al., Phys. Rev. A 76, 042319.
    """
    g, apart = experiment.coupler.g_on_MHz, mhz_from_angular(idle_distance(experiment))
    if experiment.transmon.levels == 2:
        return 2 * g**2 / abs(apart)
    alpha = mhz_from_angular(angular_from_ghz(experiment.transmon.anharmonicity_GHz))
    beyond = apart + alpha
    return 2 * g**2 * abs(alpha / (apart * beyond)) if beyond else inf


def _check_fixed_shift(experiment: Experiment) -> None:
    """Refuse a stated shift that a fixed coupling does not give."""
    stated, own = experiment.vacuum.shift_per_photon_MHz, fixed_shift_MHz(experiment)
    if abs(stated - own) > _SAME_SHIFT * own:
        raise ExperimentError(
            f"vacuum.shift_per_photon_MHz must be what the fixed coupling gives at idle, {own:.3g},"
            f" but is {stated:g}: set it to that, change coupler.g_on_MHz or"
            ' coupler.idle_detuning_MHz, or set vacuum.method to "vacuum-rabi"'
        )


def check_mixing(experiment: Experiment) -> None:
    """Refuse a shift that the coupling does not give, or gives only where it is not dispersive.

    Args:
        experiment: the experiment file's content, with a dispersive measurement.

    Raises:
        ExperimentError: says what is needed.
    """
    if experiment.coupler.kind == "fixed":
        _check_fixed_shift(experiment)
    distance, mixing = dispersive_mixing(experiment)
    if not mixing <= MOST_MIXING:
        vacuum, g = experiment.vacuum, experiment.coupler.g_on_MHz
        raise ExperimentError(
            f'vacuum.method = "{vacuum.method}" needs g/Delta of at most {MOST_MIXING:g} to be'
            f" dispersive, but vacuum.shift_per_photon_MHz = {vacuum.shift_per_photon_MHz:g} with"
            f" coupler.g_on_MHz = {g:g} takes Delta = {distance:.0f} MHz, g/Delta = {mixing:.3f}:"
            " lower vacuum.shift_per_photon_MHz"
        )

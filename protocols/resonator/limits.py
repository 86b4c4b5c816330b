"""What each measurement of the resonator asks of the device, and the refusal where it is more.

chi is the whole shift of the transmon by one photon, |chi| = 2 g^2 |alpha| / (|Delta| (|Delta| +
|alpha|)) for a transmon |Delta| below the resonator (Koch et al., Phys. Rev. A 76, 042319).
"""

from dataclasses import dataclass
from math import exp, inf, pi, sqrt

import numpy as np

from cqed_battery.dynamics.generator import dephasing_rate
from cqed_battery.errors import ExperimentError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from cqed_battery.units import (
    angular_from_ghz,
    angular_from_mhz,
    mhz_from_angular,
    rate_from_t1_us,
)
from protocols.resonator.dispersive import linewidth_off
from protocols.resonator.emptied import emptying
from protocols.resonator.parity import parity_wait
from protocols.resonator.rabi import closing_and_pi_pulse, exchange_times, opening_ramp
from protocols.resonator.selective import flip_probability
from protocols.resonator.swap import flip_pulse
from protocols.tomography import closing_ramp

DISPERSIVE = ("number-selective", "displaced-parity")
MOST_LOST = 0.5
MOST_MIXING = 0.1
MOST_FLIPPED = 0.1
LEAST_COHERENCE = 0.5


@dataclass(frozen=True)
class Needs:
    """What the method at its shortest time needs after charging.

    `before_ns` at the resonator's own linewidth, then `pulse_ns` of pulses and waits, for the
    dispersive methods at kappa_off; `lost` is the share of photons that decays meanwhile.
    """

    before_ns: float
    pulse_ns: float
    lost: float


def needs(experiment: Experiment) -> Needs:
    """Return the time that the method takes and the photons that it loses, 1 - exp(-kappa t)."""
    before, pulse = _lengths(experiment)
    own = angular_from_mhz(experiment.resonator.linewidth_MHz)
    later = linewidth_off(experiment) if experiment.vacuum.method in DISPERSIVE else own
    return Needs(before, pulse, 1 - exp(-own * before - later * pulse))


def _lengths(experiment: Experiment) -> tuple[float, float]:
    """Return the times in ns before the pulses, and of pulses and waits."""
    method, opening = experiment.vacuum.method, opening_ramp(experiment).duration
    if method not in (*DISPERSIVE, "swap"):
        return closing_and_pi_pulse(experiment).duration, opening
    before = emptying(experiment).duration
    if method == "swap":
        return before, opening + swap_time(experiment)
    if method == "number-selective":
        return before, experiment.vacuum.selective_pulse_ns
    return before, parity_wait(experiment) + 2 * _pulse_length(experiment)


def _pulse_length(experiment: Experiment) -> float:
    return 0.0 if experiment.tomography.pulse == "none" else experiment.tomography.pulse_ns


def vacuum_durations(experiment: Experiment) -> FloatArray:
    """Return how long each setting takes from the end of charging to its readout, (2, K), ns."""
    method, times = experiment.vacuum.method, exchange_times(experiment)
    closing = closing_ramp(experiment, "catalysed").duration
    if method in DISPERSIVE:
        return np.tile(times + sum(_lengths(experiment)), (2, 1))
    opening = opening_ramp(experiment).duration
    if method == "swap":
        first = emptying(experiment).duration + opening + times + closing
        return np.stack([first, first + flip_pulse(experiment).duration])
    flipped = closing_and_pi_pulse(experiment).duration + opening
    return np.stack([times + closing, times + closing + flipped])


def swap_time(experiment: Experiment) -> float:
    """Return the time in ns that one photon takes to the transmon, pi/(2 g)."""
    g = angular_from_mhz(experiment.coupler.g_on_MHz)
    return pi / (2 * g) if g > 0 else inf


def dispersive_mixing(experiment: Experiment) -> tuple[float, float]:
    """Return |Delta| in MHz at which the coupling gives chi, and g/|Delta|.

    The transmon sits below the resonator: |Delta| (|Delta| + |alpha|) = 2 g^2 |alpha| / chi, or
    |Delta| = 2 g^2 / chi with two levels alone.
    """
    chi, g = experiment.vacuum.chi_MHz, experiment.coupler.g_on_MHz
    alpha = abs(mhz_from_angular(angular_from_ghz(experiment.transmon.anharmonicity_GHz)))
    if experiment.transmon.levels == 2:
        distance = 2 * g**2 / chi
    else:
        distance = (sqrt(alpha**2 + 8 * g**2 * alpha / chi) - alpha) / 2
    return distance, g / distance if distance > 0 else inf


def check_vacuum(experiment: Experiment) -> None:
    """Refuse a method that the device cannot serve.

    Raises:
        ExperimentError: the photons decay before the pulse ends, the swap is never complete, the
            coupling is too strong to be dispersive, or chi too small or large for the pulses.
    """
    method = experiment.vacuum.method
    if method == "swap":
        _check_swap(experiment)
    if method in DISPERSIVE:
        _check_mixing(experiment)
        _check_shift(experiment)
    if method in (*DISPERSIVE, "swap"):
        _check_photons(experiment)


def _check_swap(experiment: Experiment) -> None:
    whole, longest = swap_time(experiment), experiment.vacuum.stop_ns
    if longest < whole:
        raise ExperimentError(
            'vacuum.method = "swap" needs vacuum.stop_ns of at least pi/(2 g) ='
            f" {whole:.3g} ns, one photon's swap at coupler.g_on_MHz ="
            f" {experiment.coupler.g_on_MHz:g}, but it is {longest:g}: lengthen it"
        )


def _check_mixing(experiment: Experiment) -> None:
    distance, mixing = dispersive_mixing(experiment)
    if not mixing <= MOST_MIXING:
        raise ExperimentError(
            f'vacuum.method = "{experiment.vacuum.method}" needs g/Delta of at most'
            f" {MOST_MIXING:g} to be dispersive, but vacuum.chi_MHz ="
            f" {experiment.vacuum.chi_MHz:g} with coupler.g_on_MHz ="
            f" {experiment.coupler.g_on_MHz:g} takes Delta = {distance:.0f} MHz, g/Delta ="
            f" {mixing:.3f}: lower vacuum.chi_MHz"
        )


def _check_shift(experiment: Experiment) -> None:
    """Refuse a chi whose pulse is not selective, is too slow for T2 or faster than the pulses."""
    method, chi = experiment.vacuum.method, experiment.vacuum.chi_MHz
    if method == "number-selective":
        flipped = flip_probability(experiment, 1)
        if flipped > MOST_FLIPPED:
            raise ExperimentError(
                f"vacuum.chi_MHz = {chi:g} is too small for a selective pulse of"
                f" {experiment.vacuum.selective_pulse_ns:g} ns, which flips the transmon beside"
                f" one photon with probability {flipped:.2f} (at most {MOST_FLIPPED:g}): lengthen"
                " vacuum.selective_pulse_ns or raise vacuum.chi_MHz"
            )
    elif parity_wait(experiment) < 0:
        raise ExperimentError(
            f"vacuum.chi_MHz = {chi:g} is too large for parity: a photon turns the transmon by pi"
            f" during its two pulses of {experiment.tomography.pulse_ns:g} ns, so the wait would"
            f" be {parity_wait(experiment):.1f} ns: lower vacuum.chi_MHz or tomography.pulse_ns"
        )
    lasting, length = _coherence(experiment)
    if lasting < LEAST_COHERENCE:
        raise ExperimentError(
            f'vacuum.chi_MHz = {chi:g} makes vacuum.method = "{method}" take {length:.0f} ns, of'
            f" which the transmon's coherence survives {lasting:.2f} (at least"
            f" {LEAST_COHERENCE:g} must): raise vacuum.chi_MHz, shorten"
            " vacuum.selective_pulse_ns, or lower transmon.dephasing_rate_MHz"
        )


def _coherence(experiment: Experiment) -> tuple[float, float]:
    """Return exp(-t/T2) over the pulses and waits, and t in ns."""
    length = _lengths(experiment)[1]
    relaxation = rate_from_t1_us(experiment.transmon.t1_us)
    relaxation *= 2 * experiment.transmon.thermal_photons + 1
    rate = dephasing_rate(experiment.device) + relaxation / 2
    return exp(-rate * length), length


def _check_photons(experiment: Experiment) -> None:
    found, method = needs(experiment), experiment.vacuum.method
    if found.lost <= MOST_LOST:
        return
    if method in DISPERSIVE:
        at = mhz_from_angular(linewidth_off(experiment))
        way_out = "set vacuum.kappa_off_MHz, the linewidth while measuring, lower, if it switches"
    else:
        at = experiment.resonator.linewidth_MHz
        way_out = 'shorten vacuum.reset_ns, or set vacuum.method to "vacuum-rabi"'
    raise ExperimentError(
        f'vacuum.method = "{method}" takes {found.before_ns:.3g} ns at resonator.linewidth_MHz ='
        f" {experiment.resonator.linewidth_MHz:g} and {found.pulse_ns:.3g} ns at {at:g} MHz, so"
        f" {100 * found.lost:.0f} % of the photons are gone before its pulse ends (at most"
        f" {100 * MOST_LOST:.0f} % may be): {way_out}"
    )

"""The resonator's vacuum fidelity at the end of charging, through the transmon alone.

Four pulse sequences, each with K times tau_k and two traces, so each gives counts (2, K, 2):

    vacuum-rabi       exchange for tau without and with a pi pulse before (`resonator.rabi`)
    swap              swap for tau to the emptied transmon; read, and read upside down
    number-selective  wait tau; without and with a pi pulse that the vacuum alone allows
    displaced-parity  displacement within tau, Ramsey wait pi/chi, both signs of the last pulse

The last three first empty the transmon (`resonator.emptied`), so each is a response, the
probability of reading 1 for n photons, times the photon distribution.
"""

import numpy as np

from cqed_battery.device import Device
from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.faults.drive_line import IDEAL, Line
from protocols.resonator.emptied import emptied_photons, photon_effects
from protocols.resonator.limits import Needs, check_vacuum, needs, vacuum_durations
from protocols.resonator.parity import displacements, parity_response
from protocols.resonator.rabi import (
    PULSES,
    closing_and_pi_pulse,
    exchange_times,
    opening_ramp,
    rabi_effects,
    rabi_probabilities,
)
from protocols.resonator.selective import selective_response
from protocols.resonator.swap import swap_response

__all__ = [
    "COUNTED",
    "METHODS",
    "PULSES",
    "Needs",
    "check_vacuum",
    "closing_and_pi_pulse",
    "displacements",
    "exchange_times",
    "needs",
    "opening_ramp",
    "photon_response",
    "vacuum_durations",
    "vacuum_effects",
    "vacuum_probabilities",
]

METHODS = ("vacuum-rabi", "swap", "number-selective", "displaced-parity")

COUNTED = {
    "vacuum-rabi": "vacuum-Rabi counts after exchange with the drive off, without and with a pi"
    " pulse",
    "swap": "counts after a swap to the emptied transmon, read without and after a pi pulse",
    "number-selective": "counts after a wait, without and with a pi pulse that only the vacuum"
    " allows",
    "displaced-parity": "Ramsey counts after a displacement within that time, both signs of the"
    " last pulse",
}
"""What each method counts, as the dataset names it."""


def vacuum_probabilities(
    experiment: Experiment,
    liouvillian: Liouvillian,
    state: FloatArray,
    line: Line = IDEAL,
    ringing: complex = 0.0,
    actual: Device | None = None,
) -> FloatArray:
    """Return the probability of reading 1 at tau_k, (2, K), of the method's two traces.

    The state at the end of charging, a real vector (D^2,), is evolved forward; before
    assignment errors. The same as the inner product with `vacuum_effects`, for one state. The
    pulses go through the line, which still holds `ringing` (rad/ns) of the charging drive; they
    are tuned for the experiment's device and act on the actual one.

    Raises:
        ExperimentError: the device cannot serve the method.
    """
    check_vacuum(experiment)
    if experiment.vacuum.method in ("vacuum-rabi", "none"):
        return rabi_probabilities(experiment, liouvillian, state, line, ringing)
    photons = emptied_photons(experiment, liouvillian, state, line, ringing)
    return photon_response(experiment, liouvillian, line, actual) @ photons


def vacuum_effects(experiment: Experiment, liouvillian: Liouvillian) -> FloatArray:
    """Return the operators of reading 1, real vectors (2, K, D^2), of the method's two traces.

    Their inner product with the joint state at the end of charging is the probability of
    reading 1 before assignment errors at tau_k.

    Raises:
        ExperimentError: the device cannot serve the method.
    """
    check_vacuum(experiment)
    if experiment.vacuum.method in ("vacuum-rabi", "none"):
        return rabi_effects(experiment, liouvillian)
    photons = photon_effects(experiment, liouvillian)
    return np.tensordot(photon_response(experiment, liouvillian), photons, axes=1)


def photon_response(
    experiment: Experiment,
    liouvillian: Liouvillian,
    line: Line = IDEAL,
    actual: Device | None = None,
) -> FloatArray:
    """Return P(1) at tau_k for n photons beside the emptied transmon, (2, K, n).

    For every method but vacuum-rabi, which does not empty the transmon. Line and actual device
    as in `vacuum_probabilities`; the displacement of displaced-parity has a line of its own.
    """
    if experiment.vacuum.method == "swap":
        return swap_response(experiment, liouvillian, line)
    fock_levels = liouvillian.generator.fock_levels
    if experiment.vacuum.method == "number-selective":
        return selective_response(experiment, fock_levels, line, actual)
    return parity_response(experiment, fock_levels, line, actual)

"""Vacuum-Rabi baseline: exchange of transmon and resonator, without and with a pi pulse before.

With the drive off, transmon and resonator exchange excitations for a time tau before the
coupler closes and z is read, once as they are and once after a pi pulse (for which the coupler
closes and opens again). In every block with an excitation z swings about 0; the ground state
keeps z = -1. So on average over tau the two traces give F = -(zbar + zbar_pi) = P(photons = 0).
"""

from math import inf, pi

import numpy as np
import scipy.sparse as sp

from cqed_battery.dynamics.evolution import Liouvillian, backward, forward
from cqed_battery.dynamics.hermitian import from_real, to_real
from cqed_battery.dynamics.recorder import Recorder, observe
from cqed_battery.dynamics.waveforms import Controls, Waveform, coupler_ramp, flat
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, on_transmon
from cqed_battery.units import angular_from_mhz
from protocols.calibration import tuned_rotation
from protocols.faults.drive_line import IDEAL, Line
from protocols.readout import assignment_errors
from protocols.tomography import closing_ramp, detuning, readout_effect

PULSES = ("none", "pi")


def exchange_times(experiment: Experiment) -> FloatArray:
    """Return the exchange times tau in ns, shape (K,)."""
    return np.linspace(0.0, experiment.vacuum.stop_ns, experiment.vacuum.points)


def exchange_waveform(experiment: Experiment) -> Waveform:
    """Return the exchange without an end: the coupler open, the drive off."""
    return flat(inf, Controls(angular_from_mhz(experiment.coupler.g_on_MHz)))


def opening_ramp(experiment: Experiment) -> Waveform:
    """Return the ramp that opens the coupler again."""
    coupler, period = experiment.coupler, 1 / experiment.drive.clock_GHz
    g_on, g_off = angular_from_mhz(coupler.g_on_MHz), angular_from_mhz(coupler.g_off_MHz)
    return coupler_ramp(g_off, g_on, coupler.ramp_ns, period)


def closing_and_pi_pulse(experiment: Experiment, line: Line = IDEAL) -> Waveform:
    """Return: the coupler closes, then the pi pulse (none of it where pulses are ideal)."""
    closing = closing_ramp(experiment, "catalysed")
    if experiment.tomography.pulse == "none":
        return closing
    pulse = line.rotation(
        tuned_rotation(experiment.device, pi, experiment.tomography.pulse_ns, line.bandwidth),
        0.0,
        1 / experiment.drive.clock_GHz,
        offset=detuning(experiment),
        delay=closing.duration,
        g=angular_from_mhz(experiment.coupler.g_off_MHz),
    )
    return closing.then(pulse)


def ideal_flip(effects: FloatArray, levels: int, fock_levels: int) -> FloatArray:
    """Return measurement operators (D^2, K) before an instantaneous swap of levels 0 and 1."""
    swap = np.eye(levels)
    swap[:2, :2] = [[0.0, 1.0], [1.0, 0.0]]
    flip = np.kron(swap, np.eye(fock_levels))
    return to_real(flip @ from_real(effects.T) @ flip).T


def rabi_probabilities(
    experiment: Experiment,
    liouvillian: Liouvillian,
    state: FloatArray,
    line: Line = IDEAL,
    ringing: complex = 0.0,
) -> FloatArray:
    """Return the probability of reading 1 after exchange for tau_k, (2, K), without and with pi.

    The state at the end of charging, a real vector (D^2,), is evolved forward; before
    assignment errors. The same as the inner product with `rabi_effects`, for one state, where
    the line is ideal; `ringing` is what it still holds of the charging drive, in rad/ns.
    """
    terms, period = liouvillian.generator, 1 / experiment.drive.clock_GHz
    between = line.ring_down(closing_and_pi_pulse(experiment, line), ringing, period)
    flipped = forward(liouvillian, state, between)
    if experiment.tomography.pulse == "none":
        flipped = ideal_flip(flipped[:, None], terms.levels, terms.fock_levels)[:, 0]
    flipped = forward(liouvillian, flipped, opening_ramp(experiment))
    effect = sp.csr_array(_closed_readout(experiment, liouvillian)[None])
    exchange, times = exchange_waveform(experiment), exchange_times(experiment)
    traces = [
        observe(liouvillian, from_real(start), played, times, Recorder(effect)).values[:, 0]
        for start, played in (
            (state, line.ring_down(exchange, ringing, period)),
            (flipped, exchange),
        )
    ]
    return np.stack(traces)


def _closed_readout(experiment: Experiment, liouvillian: Liouvillian) -> FloatArray:
    """Return the operator of reading 1 before the coupler closes, a real vector (D^2,)."""
    terms = liouvillian.generator
    vector = readout_vector(experiment, terms.levels, terms.fock_levels)
    return backward(liouvillian, vector, closing_ramp(experiment, "catalysed"))


def readout_vector(experiment: Experiment, levels: int, fock_levels: int) -> FloatArray:
    """Return the operator of reading 1 when the coupler has closed, a real vector (D^2,)."""
    readout = readout_effect(levels, assignment_errors(experiment).leaked_reads_1)
    return to_real(on_transmon(readout, fock_levels).toarray())


def rabi_effects(experiment: Experiment, liouvillian: Liouvillian) -> FloatArray:
    """Return the operators of reading 1, real vectors (2, K, D^2): without and with the pi pulse.

    Their inner product with the joint state at the end of charging is the probability of
    reading 1 before assignment errors after exchange for tau_k.
    """
    terms, effect = liouvillian.generator, _closed_readout(experiment, liouvillian)
    exchange = Controls(angular_from_mhz(experiment.coupler.g_on_MHz))
    columns = []
    for step in np.diff(exchange_times(experiment), prepend=0.0):
        effect = backward(liouvillian, effect, flat(float(step), exchange))
        columns.append(effect)
    plain = np.stack(columns, axis=1)
    flipped = backward(liouvillian, plain, opening_ramp(experiment))
    if experiment.tomography.pulse == "none":
        flipped = ideal_flip(flipped, terms.levels, terms.fock_levels)
    flipped = backward(liouvillian, flipped, closing_and_pi_pulse(experiment))
    return np.stack([plain.T, flipped.T])

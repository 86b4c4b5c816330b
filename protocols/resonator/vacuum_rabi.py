"""Vacuum-Rabi baseline: exchange of transmon and resonator, without and with a pi pulse before.

With the drive off, transmon and resonator exchange excitations for a time tau before the
coupler closes and z is read, once as they are and once after a pi pulse (for which the coupler
closes and opens again). In every block with an excitation z swings about 0; the ground state
keeps z = -1. So on average over tau the two traces give F = -(zbar + zbar_pi) = P(photons = 0).
"""

from math import pi

import numpy as np
import scipy.sparse as sp

from cqed_battery.device import Device
from cqed_battery.dynamics.evolution import Liouvillian, backward, backward_over, forward
from cqed_battery.dynamics.hermitian import from_real
from cqed_battery.dynamics.recorder import Recorder, observe
from cqed_battery.dynamics.waveforms import Waveform
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.faults.drive_line import IDEAL, Line
from protocols.resonator.exchange import (
    exchange_step,
    ideal_flip,
    opening_ramp,
    opening_step,
    readout_vector,
)
from protocols.resonator.method import Labels, ResonatorMeasurement, exchange_times
from protocols.sequence.rotations import rotation_step
from protocols.sequence.step import Step, arriving
from protocols.stages.bias import charging_bias
from protocols.stages.tomography import closing_ramp, closing_step


def exchange_waveform(experiment: Experiment) -> Waveform:
    """Return the exchange without an end: the coupler open, the drive off.

    Args:
        experiment: the experiment file's content.
    """
    return exchange_step(experiment, "exchange").arriving()


def closing_and_pi_pulse(experiment: Experiment, line: Line = IDEAL) -> Waveform:
    """Return: the coupler closes, then the pi pulse (none of it where pulses are ideal).

    Args:
        experiment: the experiment file's content.
        line: the drive line that the pulses pass; ideal by default.
    """
    steps = _closing_and_pi_steps(experiment, line)
    return arriving(steps, line, 1 / experiment.drive.clock_GHz)


def _closing_and_pi_steps(experiment: Experiment, line: Line) -> tuple[Step, ...]:
    closing = closing_step(experiment, "catalysed")
    if experiment.tomography.pulse == "none":
        return (closing,)
    return closing, rotation_step(experiment, "pi pulse", pi, 0.0, line, after=closing)


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

    Args:
        experiment: the experiment file's content.
        liouvillian: the equation of motion; it knows the numbers of transmon and Fock levels.
        state: of transmon and resonator at the end of charging, a real vector (D^2,).
        line: the drive line that the pulses pass; ideal by default.
        ringing: what the line still holds of the charging drive, in rad/ns; 0 without a filter.
    """
    terms, period = liouvillian.generator, 1 / experiment.drive.clock_GHz
    between = line.ring_down(closing_and_pi_pulse(experiment, line), ringing, period)
    flipped = forward(liouvillian, state, between)
    if experiment.tomography.pulse == "none":
        flipped = ideal_flip(flipped[:, None], terms.levels, terms.fock_levels)[:, 0]
    flipped = forward(liouvillian, flipped, opening_ramp(experiment))
    times, readout = exchange_times(experiment), _closed_readout(experiment, liouvillian, line)
    still = charging_bias(experiment, "catalysed")
    found = backward_over(liouvillian, readout, still, times) @ np.stack([state, flipped], axis=-1)
    if not (line.filters and ringing):
        return np.asarray(found.T)
    held = line.still_held(ringing, times)
    effects = [readout]
    effects += [_closed_readout(experiment, liouvillian, line, complex(x)) for x in held[held != 0]]
    exchange = line.ring_down(exchange_waveform(experiment), ringing, period)
    recorder = Recorder(sp.csr_array(np.stack(effects)))
    read = observe(liouvillian, from_real(state), exchange, times, recorder).values
    own = np.where(held != 0, np.cumsum(held != 0), 0)  # of the effects, by exchange time
    return np.stack([read[np.arange(len(times)), own], found[:, 1]])


def _closed_readout(
    experiment: Experiment, liouvillian: Liouvillian, line: Line = IDEAL, ringing: complex = 0.0
) -> FloatArray:
    """Return the operator of reading 1 before the coupler closes, a real vector (D^2,)."""
    terms = liouvillian.generator
    vector = readout_vector(experiment, terms.levels, terms.fock_levels)
    closing, period = closing_ramp(experiment, "catalysed"), 1 / experiment.drive.clock_GHz
    return backward(liouvillian, vector, line.ring_down(closing, ringing, period))


def rabi_effects(experiment: Experiment, liouvillian: Liouvillian) -> FloatArray:
    """Return the operators of reading 1, real vectors (2, K, D^2): without and with the pi pulse.

    Their inner product with the joint state at the end of charging is the probability of
    reading 1 before assignment errors after exchange for tau_k.

    Args:
        experiment: the experiment file's content.
        liouvillian: the equation of motion; it knows the numbers of transmon and Fock levels.
    """
    terms, effect = liouvillian.generator, _closed_readout(experiment, liouvillian)
    exchange, times = charging_bias(experiment, "catalysed"), exchange_times(experiment)
    plain = backward_over(liouvillian, effect, exchange, times).T.copy()
    flipped = backward(liouvillian, plain, opening_ramp(experiment))
    if experiment.tomography.pulse == "none":
        flipped = ideal_flip(flipped, terms.levels, terms.fock_levels)
    flipped = backward(liouvillian, flipped, closing_and_pi_pulse(experiment))
    return np.stack([plain.T, flipped.T])


class VacuumRabi(ResonatorMeasurement):
    """Exchange with the drive off, without and with a pi pulse before."""

    labels = Labels(
        counts="vacuum-Rabi counts after exchange with the drive off, without and with a pi pulse",
        estimate="vacuum-Rabi traces with and without a pi pulse, optimal linear estimator",
        caption="With the drive off, battery and resonator exchange energy for a while and the"
        " battery is read, with and without a π pulse before. A photon left in the resonator"
        " changes the two traces.",
        time="exchange time (ns)",
        traces=("no π pulse", "after a π pulse"),
    )
    traces_oscillate = True
    evolves = True

    def lengths_ns(self, experiment: Experiment) -> tuple[float, float]:
        """Return closing and pi pulse, then the opening, in ns.

        Args:
            experiment: the experiment file's content.
        """
        closing = closing_and_pi_pulse(experiment).duration
        return closing, opening_ramp(experiment).duration

    def steps(
        self, experiment: Experiment, trace: int, time: float, line: Line = IDEAL
    ) -> tuple[Step, ...]:
        """Return exchange and closing, with the pi pulse also what precedes it.

        Args:
            experiment: the experiment file's content.
            trace: 0 without and 1 with the pi pulse.
            time: of the exchange, in ns.
            line: the drive line that the pulse is tuned for.
        """
        plain = (
            exchange_step(experiment, "exchange", time),
            closing_step(experiment, "catalysed"),
        )
        if not trace:
            return plain
        return *_closing_and_pi_steps(experiment, line), opening_step(experiment), *plain

    def probabilities(
        self,
        experiment: Experiment,
        liouvillian: Liouvillian,
        state: FloatArray,
        line: Line = IDEAL,
        ringing: complex = 0.0,
        actual: Device | None = None,
    ) -> FloatArray:
        """Return the probability of reading 1, (2, K); the actual device is the liouvillian's.

        Args:
            experiment: the experiment file's content.
            liouvillian: the equation of motion; it knows the numbers of transmon and Fock levels.
            state: of transmon and resonator at the end of charging, a real vector (D^2,).
            line: the drive line that the pulses pass; ideal by default.
            ringing: what the line still holds of the charging drive, in rad/ns; 0 without a filter.
            actual: not used.
        """
        return rabi_probabilities(experiment, liouvillian, state, line, ringing)

    def effects(self, experiment: Experiment, liouvillian: Liouvillian) -> FloatArray:
        """Return the operators of reading 1, real vectors (2, K, D^2), on an ideal line.

        Args:
            experiment: the experiment file's content.
            liouvillian: the equation of motion; it knows the numbers of transmon and Fock levels.
        """
        return rabi_effects(experiment, liouvillian)

    def check(self, experiment: Experiment) -> None:
        """Refuse nothing: every device serves it.

        Args:
            experiment: the experiment file's content.
        """

    def textbook_fidelity(
        self, experiment: Experiment, probability: FloatArray, fock_levels: int
    ) -> float:
        """Return F = -(zbar + zbar_pi).

        Args:
            experiment: the experiment file's content.
            probability: P(1) of both traces, assignment errors corrected, (2, K).
            fock_levels: not used.
        """
        return float(-(2 * probability - 1).ravel().sum() / probability.shape[1])


METHOD = VacuumRabi()

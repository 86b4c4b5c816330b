"""Number-selective pi pulse: it flips the emptied transmon only beside an empty resonator.

After a wait tau a Gaussian pulse, several 1/(2 chi) long, at the transmon's frequency beside the
vacuum; z is read without and with it. Ideally P(1) with less P(1) without is p_0 after the wait.
"""

from math import ceil, pi

import numpy as np

from cqed_battery.compute.threads import one_thread
from cqed_battery.device import Device
from cqed_battery.dynamics.hermitian import to_real
from cqed_battery.dynamics.rotation_pulse import RotationPulse
from cqed_battery.dynamics.waveforms import Controls, Waveform, clocked, flat
from cqed_battery.errors import ExperimentError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, lowering
from cqed_battery.units import angular_from_ghz, angular_from_mhz
from protocols.faults.drive_line import IDEAL, Line
from protocols.readout import assignment_errors
from protocols.resonator.dispersive import Dispersive, DispersiveMeasurement, dispersive_step
from protocols.resonator.emptied import emptying, emptying_steps
from protocols.resonator.method import Labels, exchange_times
from protocols.sequence.step import Step
from protocols.stages.effects import readout_effect

MOST_FLIPPED = 0.1  # beside one photon; with more, one photon is taken for none too often
_SAMPLES = 128  # steps of the pulse at most
_ROUNDING = 1e-9  # of a period: rounding of the quotient must not add one


def selective_response(
    experiment: Experiment,
    fock_levels: int,
    line: Line = IDEAL,
    actual: Device | None = None,
) -> FloatArray:
    """Return P(1) of n photons beside the emptied transmon after a wait tau_k, (2, K, n).

    Rows: without and with the selective pi pulse, behind the line and on the actual device;
    before assignment errors.

    Args:
        experiment: the experiment file's content.
        fock_levels: of the resonator.
        line: the drive line that the pulses pass; ideal by default.
        actual: the device on which the pulses act; by default the experiment's.
    """
    system = Dispersive(experiment, fock_levels, actual)
    levels, leaked = system.levels, assignment_errors(experiment).leaked_reads_1
    readout = system.every(to_real(readout_effect(levels, leaked)))[:, None]
    pulse = selective_pulse(experiment, line)
    without = system.carry(readout, flat(pulse.duration, Controls()))
    effect = np.concatenate([without, system.carry(readout, pulse)], axis=1)
    columns = []
    for step in np.diff(exchange_times(experiment), prepend=0.0):
        effect = system.carry(effect, flat(float(step), Controls()))
        columns.append(system.on_emptied(effect))
    return np.stack(columns).transpose(2, 0, 1)


def selective_pulse(experiment: Experiment, line: Line = IDEAL) -> Waveform:
    """Return the pulse, a Gaussian of sigma = length/4 held in at most 128 steps.

    It is much longer than the line's filter rings, so what that delays is not followed.

    Args:
        experiment: the experiment file's content.
        line: the drive line, of which only the pulses' amplitude counts; ideal by default.
    """
    length = experiment.vacuum.selective_pulse_ns
    pulse = RotationPulse(length, pi)
    period = 1 / experiment.drive.clock_GHz
    # Whole periods, so that a generator can play what is simulated.
    step = period * ceil(length / _SAMPLES / period - _ROUNDING)
    if experiment.drive.timing == "exact":
        step = max(period, length / _SAMPLES)
    return clocked(length, step, lambda time: Controls(eps=line.pulse_scale * pulse.envelope(time)))


@one_thread()
def flip_probability(experiment: Experiment, photons: int) -> float:
    """Return the probability that the lossless pulse flips the transmon beside n photons.

    Args:
        experiment: the experiment file's content.
        photons: n, at least 0.
    """
    levels = experiment.transmon.kept_levels
    number = np.arange(levels)
    alpha = angular_from_ghz(experiment.transmon.anharmonicity_GHz)
    shift = angular_from_mhz(experiment.vacuum.shift_per_photon_MHz) * photons
    static = np.diag(alpha / 2 * number * (number - 1) + shift * number)
    b = lowering(levels).toarray()
    state = np.eye(levels, dtype=complex)[0]
    for segment in selective_pulse(experiment).segments:
        eps = segment.controls.eps
        energies, vectors = np.linalg.eigh(static + (eps * b.conj().T + np.conj(eps) * b) / 2)
        turned = np.exp(-1j * energies * segment.duration) * (vectors.conj().T @ state)
        state = vectors @ turned
    return float(1 - abs(state[0]) ** 2)


class NumberSelective(DispersiveMeasurement):
    """A pi pulse that the vacuum alone allows."""

    own_keys = (*DispersiveMeasurement.own_keys, "vacuum.selective_pulse_ns")
    labels = Labels(
        counts="counts after a wait, without and with a pi pulse that only the vacuum allows",
        estimate="number-selective pi pulse on the emptied transmon, optimal linear estimator",
        caption="After the given wait the battery is read without and with a π pulse that is"
        " resonant only while the resonator is empty.",
        time="wait (ns)",
        traces=("no selective pulse", "after the selective pulse"),
    )

    def steps(
        self, experiment: Experiment, trace: int, time: float, line: Line = IDEAL
    ) -> tuple[Step, ...]:
        """Return emptying and wait, then the pulse, or a wait as long.

        Args:
            experiment: the experiment file's content.
            trace: 0 without and 1 with the pulse.
            time: of the wait, in ns.
            line: the drive line, of which only the pulses' amplitude counts.
        """
        pulse = selective_pulse(experiment, line)
        last = (
            dispersive_step(experiment, "selective pi pulse", pulse)
            if trace
            else dispersive_step(
                experiment, "wait instead of the pulse", flat(pulse.duration, Controls())
            )
        )
        waits = dispersive_step(experiment, "wait", flat(time, Controls()), swept=True)
        return *emptying_steps(experiment), waits, last

    played_keys = ("reset_ns", "selective_pulse_ns")

    def lengths_ns(self, experiment: Experiment) -> tuple[float, float]:
        """Return the emptying, then the pulse, in ns.

        Args:
            experiment: the experiment file's content.
        """
        return emptying(experiment).duration, experiment.vacuum.selective_pulse_ns

    def photon_response(
        self, experiment: Experiment, fock_levels: int, line: Line, actual: Device
    ) -> FloatArray:
        """Return P(1) for n photons beside the emptied transmon, (2, K, n).

        Args:
            experiment: the experiment file's content.
            fock_levels: number of photon numbers n.
            line: the drive line that the pulses pass.
            actual: the device on which the pulses act.
        """
        return selective_response(experiment, fock_levels, line, actual)

    def check_shift(self, experiment: Experiment) -> None:
        """Refuse a shift at which the pulse flips beside one photon, too.

        Args:
            experiment: the experiment file's content.

        Raises:
            ExperimentError: the pulse is not selective.
        """
        flipped, vacuum = flip_probability(experiment, 1), experiment.vacuum
        if flipped > MOST_FLIPPED:
            raise ExperimentError(
                f"vacuum.shift_per_photon_MHz = {vacuum.shift_per_photon_MHz:g} is too small for a"
                f" selective pulse of {vacuum.selective_pulse_ns:g} ns, which flips the transmon"
                f" beside one photon with probability {flipped:.2f} (at most {MOST_FLIPPED:g}):"
                " lengthen vacuum.selective_pulse_ns or raise vacuum.shift_per_photon_MHz"
            )

    def textbook_fidelity(
        self, experiment: Experiment, probability: FloatArray, fock_levels: int
    ) -> float:
        """Return the mean over tau of P(1) with less P(1) without the pulse.

        Args:
            experiment: the experiment file's content.
            probability: P(1) of both traces, assignment errors corrected, (2, K).
            fock_levels: not used.
        """
        return float((probability[1] - probability[0]).mean())


METHOD = NumberSelective()

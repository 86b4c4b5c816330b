"""Swap to the emptied transmon: the coupler opens for tau, closes, and z is read.

Lossless, with instant ramps and n photons: P(1) = sin^2(sqrt(n) g tau). The second trace reads
after a pi pulse, so that it shows the same curve upside down and assignment errors cancel. The
pulse's phase is drawn anew in every repetition; so an imperfect pulse reads no coherence.
"""

from math import inf, pi

import numpy as np

from cqed_battery.device import Device
from cqed_battery.dynamics import chebyshev
from cqed_battery.dynamics.evolution import Liouvillian, backward
from cqed_battery.dynamics.waveforms import Waveform, flat
from cqed_battery.errors import ExperimentError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, IntArray
from cqed_battery.units import angular_from_mhz
from protocols.faults.drive_line import IDEAL, Line
from protocols.resonator.emptied import (
    EmptyingMeasurement,
    closest_populations,
    emptying,
    emptying_steps,
)
from protocols.resonator.exchange import (
    exchange_step,
    ideal_flip,
    opening_ramp,
    opening_step,
    readout_vector,
)
from protocols.resonator.method import Labels, exchange_times
from protocols.sequence.rotations import rotation_step
from protocols.sequence.step import Step, arriving
from protocols.stages.bias import charging_bias
from protocols.stages.tomography import closing_ramp, closing_step

_TOLERANCE = 1e-12  # of the Chebyshev series


def swap_response(
    experiment: Experiment, liouvillian: Liouvillian, line: Line = IDEAL
) -> FloatArray:
    """Return P(1) after a swap for tau_k of n photons to the emptied transmon, (2, K, n).

    Rows: read as it is, and after a pi pulse; before assignment errors.

    Args:
        experiment: the experiment file's content.
        liouvillian: the equation of motion; it knows the numbers of transmon and Fock levels.
        line: the drive line that the pulses pass; ideal by default.
    """
    fock_levels = liouvillian.generator.fock_levels
    sector = _Sector(liouvillian)
    effect = sector.part(_readouts(experiment, liouvillian, line))
    effect = sector.carry(effect, closing_ramp(experiment, "catalysed"))
    exchange = charging_bias(experiment, "catalysed")
    columns = []
    for step in np.diff(exchange_times(experiment), prepend=0.0):
        effect = sector.carry(effect, flat(float(step), exchange))
        columns.append(effect)
    traces = np.concatenate(columns, axis=1)
    opened = sector.carry(traces, opening_ramp(experiment))[:fock_levels]  # <0,n| . |0,n>
    return opened.reshape(fock_levels, -1, 2).transpose(2, 1, 0)


def flip_pulse(experiment: Experiment, phase: float = 0.0, line: Line = IDEAL) -> Waveform:
    """Return the pi pulse before the second trace's readout (nothing where pulses are ideal).

    Args:
        experiment: the experiment file's content.
        phase: of the rotation's axis, from the x axis, in rad.
        line: the drive line that the pulses pass; ideal by default.
    """
    period = 1 / experiment.drive.clock_GHz
    return arriving(_flip_steps(experiment, phase, line), line, period)


def _flip_steps(experiment: Experiment, phase: float, line: Line) -> tuple[Step, ...]:
    if experiment.tomography.pulse == "none":
        return ()
    return (rotation_step(experiment, "pi pulse", pi, phase, line),)


def _readouts(experiment: Experiment, liouvillian: Liouvillian, line: Line) -> FloatArray:
    """Return the operators of reading 1, as it is and after the pi pulse, (D^2, 2)."""
    terms = liouvillian.generator
    plain = readout_vector(experiment, terms.levels, terms.fock_levels)
    if experiment.tomography.pulse == "none":
        flipped = ideal_flip(plain[:, None], terms.levels, terms.fock_levels)[:, 0]
    else:
        flipped = backward(liouvillian, plain, flip_pulse(experiment, line=line))
    return np.stack([plain, flipped], axis=1)


class _Sector:
    """The entries of states between levels of equal excitation, which nothing but a drive mixes.

    A state without coherence between numbers of excitations stays so; it meets no other part of
    a measurement operator.
    """

    def __init__(self, liouvillian: Liouvillian) -> None:
        self._liouvillian = liouvillian
        terms = liouvillian.generator
        self._entries = _equal_excitations(terms.levels, terms.fock_levels)

    def part(self, effects: FloatArray) -> FloatArray:
        """Return the sector's entries of real vectors (D^2, m).

        Args:
            effects: measurement operators, (D^2, m).

        Returns:
            Their S entries, (S, m).
        """
        return effects[self._entries]

    def carry(self, effects: FloatArray, waveform: Waveform) -> FloatArray:
        """Carry the sector's entries (S, m) to the beginning of a waveform without drive.

        Args:
            effects: at the waveform's end, (S, m).
            waveform: coupling alone, without drive.
        """
        for segment in reversed(waveform.segments):
            whole = self._liouvillian.adjoint(segment.controls)
            matrix = whole[self._entries][:, self._entries]
            bounds = self._liouvillian.spectrum(segment.controls, segment.duration)
            effects = chebyshev.propagate(matrix, bounds, effects, segment.duration, _TOLERANCE)
        return effects


def _equal_excitations(levels: int, fock_levels: int) -> IntArray:
    """Return which entries of a real vector (D^2,) join states of equal excitation."""
    dimension = levels * fock_levels
    state = np.arange(dimension)
    excitations = state // fock_levels + state % fock_levels
    rows, columns = np.triu_indices(dimension, k=1)
    pairs = dimension + np.flatnonzero(excitations[rows] == excitations[columns])
    return np.concatenate([state, pairs, pairs + len(rows)])


def swap_curves(experiment: Experiment, fock_levels: int) -> FloatArray:
    """Return sin^2(sqrt(n) g tau_k), the lossless swap of n photons, (K, n).

    Args:
        experiment: the experiment file's content.
        fock_levels: number of photon numbers n.
    """
    g = angular_from_mhz(experiment.coupler.g_on_MHz)
    roots = np.sqrt(np.arange(float(fock_levels)))
    return np.asarray(np.sin(g * exchange_times(experiment)[:, None] * roots) ** 2)


def swap_time(experiment: Experiment) -> float:
    """Return the time in ns that one photon takes to the transmon, pi/(2 g).

    Args:
        experiment: the experiment file's content.
    """
    g = angular_from_mhz(experiment.coupler.g_on_MHz)
    return pi / (2 * g) if g > 0 else inf


class Swap(EmptyingMeasurement):
    """A swap to the emptied transmon, read as it is and after a pi pulse."""

    labels = Labels(
        counts="counts after a swap to the emptied transmon, read without and after a pi pulse",
        estimate="swap to the emptied transmon at several times, optimal linear estimator",
        caption="The resonator's state is swapped into the emptied battery for the given time,"
        " and the battery is read, as it is or after a π pulse.",
        time="swap time (ns)",
        traces=("read as it is", "after a π pulse"),
    )

    def lengths_ns(self, experiment: Experiment) -> tuple[float, float]:
        """Return the emptying, then opening and one photon's swap, in ns.

        Args:
            experiment: the experiment file's content.
        """
        pulses = opening_ramp(experiment).duration + swap_time(experiment)
        return emptying(experiment).duration, pulses

    def steps(
        self, experiment: Experiment, trace: int, time: float, line: Line = IDEAL
    ) -> tuple[Step, ...]:
        """Return emptying, opening, swap and closing, then for the second trace the pi pulse.

        Args:
            experiment: the experiment file's content.
            trace: 0, read as it is, or 1, after a pi pulse.
            time: of the swap, in ns.
            line: the drive line that the pulse is tuned for.
        """
        swapped = (
            *emptying_steps(experiment),
            opening_step(experiment),
            exchange_step(experiment, "swap", time),
            closing_step(experiment, "catalysed"),
        )
        return swapped + (_flip_steps(experiment, 0.0, line) if trace else ())

    def response(
        self,
        experiment: Experiment,
        liouvillian: Liouvillian,
        line: Line = IDEAL,
        actual: Device | None = None,
    ) -> FloatArray:
        """Return P(1) for n photons, (2, K, n); the actual device is the liouvillian's.

        Args:
            experiment: the experiment file's content.
            liouvillian: the equation of motion; it knows the numbers of transmon and Fock levels.
            line: the drive line that the pulses pass; ideal by default.
            actual: not used.
        """
        return swap_response(experiment, liouvillian, line)

    def check(self, experiment: Experiment) -> None:
        """Refuse times at which the swap is never complete, and photons that decay before.

        Args:
            experiment: the experiment file's content.

        Raises:
            ExperimentError: says what is needed.
        """
        whole, longest = swap_time(experiment), experiment.vacuum.stop_ns
        if longest < whole:
            raise ExperimentError(
                'vacuum.method = "swap" needs vacuum.stop_ns of at least pi/(2 g) ='
                f" {whole:.3g} ns, one photon's swap at coupler.g_on_MHz ="
                f" {experiment.coupler.g_on_MHz:g}, but it is {longest:g}: lengthen it"
            )
        super().check(experiment)

    def textbook_fidelity(
        self, experiment: Experiment, probability: FloatArray, fock_levels: int
    ) -> float:
        """Return p_0 of P(1) = sum_n p_n sin^2(sqrt(n) g tau), solved for p_n >= 0.

        Args:
            experiment: the experiment file's content.
            probability: P(1) of both traces, assignment errors corrected, (2, K).
            fock_levels: up to which p_n is solved for.
        """
        seen = (1 + (probability[0] - probability[1])) / 2
        return float(closest_populations(swap_curves(experiment, fock_levels), seen)[0])


METHOD = Swap()

"""Displaced parity: points of the Wigner function through the emptied transmon.

A resonant drive moves the resonator by alpha_k within tau_k; then a Ramsey sequence with a wait
of pi/(2 chi) turns the transmon by pi for each photon. The second pi/2 pulse comes with both signs:
P(1) of the one less P(1) of the other is the parity, (pi/2) W(alpha). The phase of the
displacement is drawn anew in every repetition, so only the photon distribution counts.
"""

from dataclasses import replace
from functools import lru_cache
from math import ceil, pi, sqrt

import numpy as np
from scipy.integrate import cumulative_trapezoid, trapezoid
from scipy.special import eval_laguerre

from cqed_battery.device import Device
from cqed_battery.dynamics import chebyshev
from cqed_battery.dynamics.hermitian import from_real, to_real
from cqed_battery.dynamics.rotation_pulse import gaussian_shape
from cqed_battery.dynamics.waveforms import Controls, Waveform, flat
from cqed_battery.errors import ExperimentError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray, lowering, pauli
from cqed_battery.units import angular_from_mhz
from protocols.faults.drive_line import IDEAL, Line
from protocols.readout import assignment_errors
from protocols.resonator.dispersive import (
    Dispersive,
    DispersiveMeasurement,
    dispersive_step,
    linewidth_off,
)
from protocols.resonator.emptied import (
    birth_death,
    closest_populations,
    emptying,
    emptying_steps,
)
from protocols.resonator.method import Labels, exchange_times
from protocols.sequence.rotations import rotation_step
from protocols.sequence.step import Step
from protocols.stages.effects import readout_effect

_SIGNS = (0.0, pi)  # phase of the second pi/2 pulse, in rad
_TOLERANCE = 1e-12  # of the Chebyshev series
_DEVIATIONS = 3.0  # standard deviations of a displaced Fock state that are kept


def parity_response(
    experiment: Experiment,
    fock_levels: int,
    line: Line = IDEAL,
    actual: Device | None = None,
) -> FloatArray:
    """Return P(1) of n photons after displacement for tau_k and Ramsey, (2, K, n).

    Rows: second pi/2 pulse with the sign of the first, and with the opposite one; before
    assignment errors. A displacement by a resonant drive of finite length is, exactly, the decay
    without a drive followed by an instant displacement; the transmon rests meanwhile.

    Args:
        experiment: the experiment file's content.
        fock_levels: of the resonator before the displacement, n.
        line: the drive line that the pulses pass; ideal by default.
        actual: the device on which the pulses act; by default the experiment's.
    """
    amplitudes = displacements(experiment)
    enough = ceil((sqrt(fock_levels - 1) + amplitudes.max() + _DEVIATIONS) ** 2)
    effects = _ramsey(experiment, Dispersive(experiment, enough, actual), line)
    rate, thermal = linewidth_off(experiment), experiment.resonator.thermal_photons
    decay = birth_death(rate, thermal, enough).T.tocsr()
    bound = float(2 * abs(decay.diagonal()).max())
    found = []
    for time, moved in zip(
        exchange_times(experiment), displaced_populations(amplitudes, enough), strict=True
    ):
        before = moved.T @ effects
        before = chebyshev.propagate(decay, (bound, bound), before, float(time), _TOLERANCE)
        found.append(before[:fock_levels])
    return np.stack(found).transpose(2, 0, 1)


def displacements(experiment: Experiment) -> FloatArray:
    """Return |alpha_k|, (K,): alpha = rate (1 - exp(-kappa tau/2)) / (kappa/2).

    Args:
        experiment: the experiment file's content.
    """
    rate = angular_from_mhz(experiment.vacuum.displacement_MHz)
    times, half = exchange_times(experiment), linewidth_off(experiment) / 2
    return rate * (times if half == 0 else -np.expm1(-half * times) / half)


def displaced_populations(amplitudes: FloatArray, levels: int) -> FloatArray:
    """Return |<m|D(alpha)|n>|^2, (K, m, n), D = exp(alpha (a' - a)) on that many levels.

    Args:
        amplitudes: alpha_k, real, (K,).
        levels: Fock levels of the truncated space, enough for the displaced state.
    """
    a = lowering(levels).toarray()
    # D = exp(-i alpha p) with the Hermitian p = i (a' - a): diagonal once for all amplitudes
    momenta, vectors = np.linalg.eigh(1j * (a.conj().T - a))
    turns = np.exp(-1j * amplitudes[:, None] * momenta)
    moved = np.einsum("mj,kj,nj->kmn", vectors, turns, vectors.conj(), optimize=True)
    return np.asarray(np.abs(moved) ** 2)


def parity_wait(experiment: Experiment) -> float:
    """Return the wait between the pi/2 pulses in ns: pi/(2 chi) less what turns during the pulses.

    During a pi/2 pulse with the angle theta(t) a small shift turns the state as during a wait
    of integral sin(theta) dt, to first order in the shift.

    Args:
        experiment: the experiment file's content.
    """
    whole = pi / angular_from_mhz(experiment.vacuum.shift_per_photon_MHz)
    if experiment.tomography.pulse == "drag":
        whole -= 2 * _effective_length(experiment.tomography.pulse_ns)
    return float(experiment.drive.played_ns(np.array(whole)))


@lru_cache(maxsize=16)
def _effective_length(duration: float) -> float:
    times = np.linspace(0.0, duration, 2001)
    shape = np.array([gaussian_shape(float(time), duration)[0] for time in times])
    angle = pi / 2 * cumulative_trapezoid(shape, times, initial=0.0)
    return float(trapezoid(np.sin(angle), times))


def _ramsey(experiment: Experiment, system: Dispersive, line: Line) -> FloatArray:
    """Return P(1) after the Ramsey sequence beside n photons, (n, 2)."""
    leaked = assignment_errors(experiment).leaked_reads_1
    readout = to_real(readout_effect(system.levels, leaked))
    ends = [_before_pulse(experiment, system, system.every(readout), sign, line) for sign in _SIGNS]
    waited = system.carry(np.stack(ends, axis=1), flat(parity_wait(experiment), Controls()))
    return system.on_emptied(
        np.stack([_before_pulse(experiment, system, end, 0.0, line) for end in waited.T], axis=1)
    )


def _before_pulse(
    experiment: Experiment, system: Dispersive, effect: FloatArray, phase: float, line: Line
) -> FloatArray:
    """Carry an operator (n d^2,) to the beginning of a pi/2 pulse about the axis `phase`."""
    if experiment.tomography.pulse == "none":
        turn = ideal_rotation(system.levels, pi / 2, phase)
        each = from_real(effect.reshape(system.fock_levels, -1))
        return to_real(turn.conj().T @ each @ turn).ravel()
    return system.carry(effect[:, None], half_pulse(experiment, phase, line))[:, 0]


def half_pulse(experiment: Experiment, phase: float, line: Line = IDEAL) -> Waveform:
    """Return the pi/2 pulse about the axis `phase`, tuned beside the empty resonator.

    Args:
        experiment: the experiment file's content.
        phase: of the rotation's axis, from the x axis, in rad.
        line: the drive line that the pulses pass; ideal by default.
    """
    step = _half_step(experiment, "pi/2 pulse", phase, line)
    return step.arriving(line, 1 / experiment.drive.clock_GHz)


def _half_step(experiment: Experiment, name: str, phase: float, line: Line) -> Step:
    return rotation_step(experiment, name, pi / 2, phase, line, coupled=False)


def ideal_rotation(levels: int, angle: float, phase: float) -> ComplexArray:
    """Return exp(-i angle (cos phase X + sin phase Y)/2) on levels 0 and 1, (levels, levels).

    Args:
        levels: of the transmon, at least 2.
        angle: of the rotation, in rad.
        phase: of its axis, from the x axis, in rad.
    """
    x, y, _ = pauli(levels)
    turn = np.eye(levels, dtype=complex)
    turn[:2, :2] *= np.cos(angle / 2)
    axis = np.cos(phase) * x + np.sin(phase) * y
    return np.asarray(turn - 1j * np.sin(angle / 2) * axis)


def parity_curves(amplitudes: FloatArray, fock_levels: int) -> FloatArray:
    """Return (-1)^n exp(-2 alpha^2) L_n(4 alpha^2), the parity of displaced n photons, (K, n).

    Args:
        amplitudes: alpha_k, real, (K,).
        fock_levels: number of photon numbers n.

    Returns:
        From -1 to 1.
    """
    number, square = np.arange(fock_levels), amplitudes[:, None] ** 2
    signs = 1.0 - 2.0 * (number % 2)
    return np.asarray(signs * np.exp(-2 * square) * eval_laguerre(number, 4 * square))


class DisplacedParity(DispersiveMeasurement):
    """Points of the Wigner function."""

    own_keys = (*DispersiveMeasurement.own_keys, "vacuum.displacement_MHz")
    labels = Labels(
        counts="Ramsey counts after a displacement within that time, both signs of the last pulse",
        estimate="Wigner points by displaced parity, optimal linear estimator",
        caption="The resonator is displaced for the given time and its parity read by a Ramsey"
        " sequence whose last pulse has one sign or the other (points of the Wigner function).",
        time="displacement (ns)",
        traces=("last pulse as the first", "last pulse reversed"),
    )

    def lengths_ns(self, experiment: Experiment) -> tuple[float, float]:
        """Return the emptying, then two pi/2 pulses and the wait between them, in ns.

        Args:
            experiment: the experiment file's content.
        """
        tomography = experiment.tomography
        pulse = 0.0 if tomography.pulse == "none" else tomography.pulse_ns
        return emptying(experiment).duration, parity_wait(experiment) + 2 * pulse

    def steps(
        self, experiment: Experiment, trace: int, time: float, line: Line = IDEAL
    ) -> tuple[Step, ...]:
        """Return emptying, displacement, and the Ramsey sequence.

        Args:
            experiment: the experiment file's content.
            trace: 0, the last pulse as the first, or 1, reversed.
            time: of the displacement, in ns.
            line: the drive line that the pulses are tuned for.
        """
        rate = angular_from_mhz(experiment.vacuum.displacement_MHz)
        resting = flat(time, Controls())
        moves = dispersive_step(
            experiment, "displacement", resting, resonator_drive=rate, swept=True
        )
        waits = flat(parity_wait(experiment), Controls())
        wait = dispersive_step(experiment, "wait for the parity", waits)
        if experiment.tomography.pulse == "none":
            return *emptying_steps(experiment), moves, wait
        names = "pi/2 pulse", f"pi/2 pulse, {('as the first', 'reversed')[trace]}"
        first, last = (
            replace(_half_step(experiment, name, phase, line), beside=wait.beside)
            for name, phase in zip(names, (0.0, _SIGNS[trace]), strict=True)
        )
        return *emptying_steps(experiment), moves, first, wait, last

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
        return parity_response(experiment, fock_levels, line, actual)

    def check_shift(self, experiment: Experiment) -> None:
        """Refuse a shift that turns the transmon by pi during the pulses already.

        Args:
            experiment: the experiment file's content.

        Raises:
            ExperimentError: the wait would be negative.
        """
        wait = parity_wait(experiment)
        if wait < 0:
            shift = experiment.vacuum.shift_per_photon_MHz
            raise ExperimentError(
                f"vacuum.shift_per_photon_MHz = {shift:g} is too large for parity: a photon turns"
                f" the transmon by pi during its two pulses of {experiment.tomography.pulse_ns:g}"
                f" ns, so the wait would be {wait:.1f} ns: lower vacuum.shift_per_photon_MHz or"
                " tomography.pulse_ns"
            )

    def textbook_fidelity(
        self, experiment: Experiment, probability: FloatArray, fock_levels: int
    ) -> float:
        """Return p_0 of (pi/2) W(alpha) = sum_n p_n (-1)^n exp(-2 alpha^2) L_n(4 alpha^2).

        Args:
            experiment: the experiment file's content.
            probability: P(1) of both traces, assignment errors corrected, (2, K).
            fock_levels: up to which p_n is solved for.
        """
        curves = parity_curves(displacements(experiment), fock_levels)
        return float(closest_populations(curves, probability[0] - probability[1])[0])


METHOD = DisplacedParity()

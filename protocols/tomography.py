"""Pauli tomography of the battery: the readout sequence and its measurement operators.

The coupler closes with its ramp, a pi/2 pulse turns the wanted axis onto z, and the readout
tells 1 from 0. Every axis comes out as P(1) - P(0). The axes are those of the drive's rotating
frame at the end of charging: the pulse's carrier is the transmon's frequency and its phase
counts from that moment.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from math import pi

import numpy as np

from cqed_battery.compute.threads import one_thread
from cqed_battery.dynamics.evolution import Liouvillian, backward
from cqed_battery.dynamics.hermitian import to_real, turned
from cqed_battery.dynamics.waveforms import Controls, Waveform, coupler_ramp, flat, phase_ahead
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray, excitations, on_transmon, pauli
from cqed_battery.units import angular_from_ghz, angular_from_mhz
from protocols.charging import arm_coupling
from protocols.faults.drive_line import IDEAL, Line
from protocols.readout import assignment_errors
from protocols.sequence.rotations import rotation_step
from protocols.sequence.step import Step, arriving

_AXIS_PHASE = {"x": pi / 2, "y": 0.0}  # of the pi/2 pulse in rad, from the drive frame's x axis


def detuning(experiment: Experiment) -> float:
    """Return w_q - w_d in rad/ns.

    Args:
        experiment: the experiment file's content, for both frequencies.
    """
    return angular_from_ghz(experiment.transmon.frequency_GHz) - angular_from_ghz(
        experiment.drive.frequency_GHz
    )


def closing_step(experiment: Experiment, arm: str) -> Step:
    """Return the step that closes the coupler after charging.

    Args:
        experiment: the file.
        arm: "catalysed", or "control", whose coupler is closed already: it waits as long.
    """
    g_off = angular_from_mhz(experiment.coupler.g_off_MHz)
    ramp, period = experiment.coupler.ramp_ns, 1 / experiment.drive.clock_GHz
    if arm == "control":
        return coupled_step(experiment, "wait (closed)", flat(ramp, Controls(g_off)))
    closing = coupler_ramp(arm_coupling(experiment, arm), g_off, ramp, period)
    return coupled_step(experiment, "coupler closes", closing)


def coupled_step(
    experiment: Experiment, name: str, controls: Waveform, *, swept: bool = False
) -> Step:
    """Return a step in which the coupler alone plays, the drive being off.

    Args:
        experiment: the file, for the frame of the charging drive.
        name: of the step.
        controls: the coupling, in rad/ns.
        swept: whether its length is what the settings sweep.
    """
    frame = angular_from_ghz(experiment.drive.frequency_GHz)
    return Step(name=name, controls=controls, carrier=frame, frame=frame, swept=swept)


def closing_ramp(experiment: Experiment, arm: str) -> Waveform:
    """Return the ramp that closes the coupler after charging (no samples in the control arm).

    Args:
        experiment: the file.
        arm: "catalysed", or "control", whose coupler is closed already: it waits as long.
    """
    return closing_step(experiment, arm).arriving()


def readout_sequence(
    experiment: Experiment, arm: str, basis: str, line: Line = IDEAL, ringing: complex = 0.0
) -> Waveform:
    """Return what follows charging before the readout: closing ramp, then pulse or identity.

    The identity of the z setting lasts as long as a pulse, so that all settings read out at the
    same time.

    Args:
        experiment: the file.
        arm: "catalysed" or "control".
        basis: "x", "y" or "z".
        line: the drive line that the pulse passes.
        ringing: what the line still holds of the charging drive, in rad/ns.

    Returns:
        Coupling and drive over `coupler.ramp_ns`, then `tomography.pulse_ns` unless the pulse is
        "none".
    """
    period = 1 / experiment.drive.clock_GHz
    played = arriving(readout_steps(experiment, arm, basis, line), line, period)
    return line.ring_down(played, ringing, period)


def readout_steps(
    experiment: Experiment, arm: str, basis: str, line: Line = IDEAL
) -> tuple[Step, ...]:
    """Return the steps between charging and readout: closing ramp, then pulse or identity.

    Args:
        experiment: the file.
        arm: "catalysed" or "control".
        basis: "x", "y" or "z".
        line: the drive line that the pulse is tuned for.
    """
    closing = closing_step(experiment, arm)
    if experiment.tomography.pulse == "none":
        return (closing,)
    if basis == "z":
        closed = Controls(angular_from_mhz(experiment.coupler.g_off_MHz))
        waits = flat(experiment.tomography.pulse_ns, closed)
        return closing, coupled_step(experiment, "wait (no pulse)", waits)
    return closing, rotation_step(
        experiment,
        f"pi/2 pulse for {basis}",
        pi / 2,
        _AXIS_PHASE[basis],
        line,
        delay=closing.duration,
    )


def readout_effect(levels: int, leaked_reads_1: float) -> ComplexArray:
    """Return the operator (levels, levels) of reading 1 before assignment errors.

    Level 1 reads 1; of the population above it the stated fraction does.

    Args:
        levels: of the transmon, at least 2.
        leaked_reads_1: share of the levels above 1 that is taken for 1, from 0 to 1.
    """
    weights = np.full(levels, leaked_reads_1, dtype=complex)
    weights[:2] = 0.0, 1.0
    return np.diag(weights)


class Effects:
    """Operators of reading 1 at the end of charging; what the arms share is computed once.

    Their inner product with the state is the probability of reading 1 before assignment errors.
    """

    def __init__(
        self, experiment: Experiment, liouvillian: Liouvillian, line: Line = IDEAL
    ) -> None:
        self._experiment, self._liouvillian, self._line = experiment, liouvillian, line
        self._closed: dict[complex, FloatArray] = {}

    def of(self, arm: str, ringing: complex = 0.0) -> FloatArray:
        """Return the operators of an arm as real vectors (3, D^2): x, y, z.

        Args:
            arm: "catalysed" or "control".
            ringing: what the line still holds of the charging drive, in rad/ns.
        """
        experiment, terms = self._experiment, self._liouvillian.generator

        if ringing not in self._closed:
            pulses = {b: analysis_pulse(experiment, b, self._line, ringing) for b in "xyz"}
            turn = phase_ahead(pulses["x"], pulses["y"])

            def carried(effect: FloatArray, basis: str) -> FloatArray:
                """Return an operator (D^2,) before the pulse of its basis."""
                return backward(self._liouvillian, effect, pulses[basis])

            found = closed_effects(experiment, terms.levels, terms.fock_levels, carried, turn)
            self._closed[ringing] = np.stack(found, axis=1)
        closing, _ = _cut(experiment, arm, "z", self._line, ringing)
        return backward(self._liouvillian, self._closed[ringing], closing).T.copy()


def analysis_pulse(
    experiment: Experiment, basis: str, line: Line = IDEAL, ringing: complex = 0.0
) -> Waveform:
    """Return the readout sequence of a basis after the coupler has closed, in either arm.

    Args:
        experiment: the file.
        basis: "x", "y" or "z".
        line: the drive line that the pulse passes.
        ringing: what the line still holds of the charging drive, in rad/ns.
    """
    return _cut(experiment, "control", basis, line, ringing)[1]


def _cut(
    experiment: Experiment, arm: str, basis: str, line: Line, ringing: complex
) -> tuple[Waveform, Waveform]:
    return readout_sequence(experiment, arm, basis, line, ringing).cut(experiment.coupler.ramp_ns)


def axis_turn(experiment: Experiment, line: Line = IDEAL, ringing: complex = 0.0) -> float | None:
    """Return by which phase (rad) y's pulse is x's turned, None where there is more to it.

    Args:
        experiment: the file.
        line: the drive line that the pulses pass.
        ringing: what the line still holds of the charging drive, in rad/ns.
    """
    return phase_ahead(*(analysis_pulse(experiment, basis, line, ringing) for basis in "xy"))


def closed_effects(
    experiment: Experiment,
    levels: int,
    fock_levels: int,
    carried: Callable[[FloatArray, str], FloatArray],
    turn: float | None,
) -> list[FloatArray]:
    """Return the operators of reading 1 when the coupler has closed, (..., D^2) each: x, y, z.

    Where y's pulse is x's turned, its operator is, too: besides the drive nothing changes the
    number of excitations.

    Args:
        experiment: the file.
        levels: of the transmon.
        fock_levels: of the resonator, D = levels x fock_levels.
        carried: takes an operator (D^2,) and its basis, and returns it before that basis' pulse.
        turn: by which phase (rad) y's pulse is x's turned (`axis_turn`).
    """
    found: list[FloatArray] = []
    for basis, effect in axis_effects(experiment, levels, fock_levels):
        if basis == "y" and turn is not None:
            found.append(turned(found[0], turn, excitations(levels, fock_levels)))
        else:
            found.append(carried(effect, basis))
    return found


def axis_effects(
    experiment: Experiment, levels: int, fock_levels: int
) -> Iterator[tuple[str, FloatArray]]:
    """Yield each axis and its operator of reading 1 after the readout sequence.

    Where pulses are ideal ("none"), the operator is that of the turned axis itself.

    Args:
        experiment: the file, for the pulse and the readout of levels above 1.
        levels: of the transmon.
        fock_levels: of the resonator, D = levels x fock_levels.

    Yields:
        The axis "x", "y" or "z" and its operator as a real vector (D^2,).
    """
    ideal = experiment.tomography.pulse == "none"
    found = _axis_effects(levels, fock_levels, assignment_errors(experiment).leaked_reads_1, ideal)
    yield from zip("xyz", found, strict=True)


@lru_cache(maxsize=16)
@one_thread()
def _axis_effects(
    levels: int, fock_levels: int, leaked_reads_1: float, ideal: bool
) -> tuple[FloatArray, ...]:
    plain = readout_effect(levels, leaked_reads_1)
    leaked = np.diag(np.where(np.arange(levels) > 1, plain.diagonal(), 0))
    qubit = np.diag((np.arange(levels) < 2).astype(complex))
    found = []
    for sigma in pauli(levels):
        effect = (qubit + sigma) / 2 + leaked if ideal else plain
        found.append(to_real(on_transmon(effect, fock_levels).toarray()))
        found[-1].setflags(write=False)
    return tuple(found)

"""Pauli tomography of the battery: the readout sequence and its measurement operators.

The coupling is switched off, a pi/2 pulse turns the wanted axis onto z, and the readout tells 1
from 0. Every axis comes out as P(1) - P(0). The axes are those of the drive's rotating frame at
the end of charging: the pulse's carrier is the frequency at which the transmon idles, and its
phase counts from that moment, less what the transmon gathers on its way there.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from math import pi

import numpy as np

from cqed_battery.compute.threads import one_thread
from cqed_battery.dynamics.evolution import Liouvillian, backward
from cqed_battery.dynamics.hermitian import places_of_fewer, to_real, turned
from cqed_battery.dynamics.waveforms import Waveform, flat, phase_ahead
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray, excitations, on_transmon, pauli
from protocols.faults.drive_line import IDEAL, Line
from protocols.readout import assignment_errors
from protocols.sequence.rotations import rotation_step
from protocols.sequence.step import Step, arriving
from protocols.stages.bias import (
    arm_frame,
    charging_bias,
    closing_waveform,
    frame_shift,
    idle_bias,
    moves,
)

_AXIS_PHASE = {"x": pi / 2, "y": 0.0}  # of the pi/2 pulse in rad, from the drive frame's x axis


def closing_step(experiment: Experiment, arm: str) -> Step:
    """Return the step that switches the coupling off after charging.

    Args:
        experiment: the file.
        arm: "catalysed", or "control", which waits as long where it charges as it idles.
    """
    controls = closing_waveform(experiment, arm)
    if charging_bias(experiment, arm) == idle_bias(experiment, arm):
        name = "wait (closed)" if experiment.coupler.kind == "tunable" else "wait (moved away)"
    elif experiment.coupler.kind == "tunable":
        name = "coupler closes"
    else:
        name = f"{experiment.coupler.tuned} moves to idle"
    return coupled_step(experiment, name, controls, arm=arm)


def coupled_step(
    experiment: Experiment,
    name: str,
    controls: Waveform,
    *,
    swept: bool = False,
    arm: str = "catalysed",
) -> Step:
    """Return a step in which coupler or flux alone plays, the drive being off.

    Args:
        experiment: the file, for the frame of the charging drive.
        name: of the step.
        controls: coupling and moves of the frequencies, in rad/ns.
        swept: whether its length is what the settings sweep.
        arm: in whose frame.
    """
    frame, shift = arm_frame(experiment, arm), frame_shift(experiment, arm)
    return Step(name=name, controls=controls, carrier=frame, frame=frame, swept=swept, shift=shift)


def closing_ramp(experiment: Experiment, arm: str) -> Waveform:
    """Return coupling and moves of the frequencies of `closing_step`, in rad/ns.

    Args:
        experiment: the file.
        arm: "catalysed" or "control".
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
        Coupling and drive while the coupling is switched off, then `tomography.pulse_ns` unless the
        pulse is "none".
    """
    return arriving_sequence(experiment, readout_steps(experiment, arm, basis, line), line, ringing)


def arriving_sequence(
    experiment: Experiment, steps: Iterable[Step], line: Line, ringing: complex
) -> Waveform:
    """Return what arrives at the device of steps that follow the charging.

    Args:
        experiment: the file, for the clock.
        steps: in their order.
        line: the drive line that they pass.
        ringing: what the line still holds of the charging drive, in rad/ns.
    """
    period = 1 / experiment.drive.clock_GHz
    return line.ring_down(arriving(steps, line, period), ringing, period)


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
    if basis == "z":
        return pulse_steps(experiment, arm, None, line)
    rotation = f"pi/2 pulse for {basis}", pi / 2, _AXIS_PHASE[basis]
    return pulse_steps(experiment, arm, rotation, line)


def pulse_steps(
    experiment: Experiment, arm: str, rotation: tuple[str, float, float] | None, line: Line = IDEAL
) -> tuple[Step, ...]:
    """Return the steps between charging and readout: closing ramp, then a pulse or as long a wait.

    Args:
        experiment: the file.
        arm: "catalysed" or "control".
        rotation: name, angle and phase (rad) of the pulse; at phase phi it turns the axis
            (sin phi, cos phi) onto z. None: a wait. Ideal pulses take no time.
        line: the drive line that the pulse is tuned for.
    """
    closing = closing_step(experiment, arm)
    if experiment.tomography.pulse == "none":
        return (closing,)
    if rotation is None:
        waits = flat(experiment.tomography.pulse_ns, idle_bias(experiment, arm))
        return closing, coupled_step(experiment, "wait (no pulse)", waits, arm=arm)
    return closing, rotation_step(experiment, *rotation, line, after=closing, arm=arm)


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

    Args:
        experiment: the file.
        liouvillian: the equation of motion.
        line: the drive line that the pulses pass.
        wider: the same on more Fock levels, of which these are a part.
    """

    def __init__(
        self,
        experiment: Experiment,
        liouvillian: Liouvillian,
        line: Line = IDEAL,
        wider: "Effects | None" = None,
    ) -> None:
        self._experiment, self._liouvillian, self._line = experiment, liouvillian, line
        self._wider = wider
        self._closed: dict[tuple[str, complex], FloatArray] = {}

    @property
    def fock_levels(self) -> int:
        """Of the resonator, n."""
        return self._liouvillian.generator.fock_levels

    def of(self, arm: str, ringing: complex = 0.0) -> FloatArray:
        """Return the operators of an arm as real vectors (3, D^2): x, y, z.

        Args:
            arm: "catalysed" or "control".
            ringing: what the line still holds of the charging drive, in rad/ns.
        """
        closing, _ = _cut(self._experiment, arm, "z", self._line, ringing)
        return backward(self._liouvillian, self.closed(arm, ringing), closing).T.copy()

    def closed(self, arm: str, ringing: complex = 0.0) -> FloatArray:
        """Return the operators of an arm when the coupling is off, (D^2, 3): x, y, z.

        Args:
            arm: "catalysed" or "control".
            ringing: what the line still holds of the charging drive, in rad/ns.
        """
        # What the transmon gathers on its way turns the axes of the pulses.
        moving = moves(self._experiment)
        key = (arm if moving else ""), ringing
        if key not in self._closed:
            terms = self._liouvillian.generator
            if self._wider is None or moving:
                self._closed[key] = self._carried(arm, ringing)
            else:
                whole = self._wider.closed(arm, ringing)
                most = self._wider.fock_levels
                self._closed[key] = whole[places_of_fewer(terms.levels, most, terms.fock_levels)]
        return self._closed[key]

    def _carried(self, arm: str, ringing: complex) -> FloatArray:
        experiment, terms = self._experiment, self._liouvillian.generator
        pulses = {b: analysis_pulse(experiment, b, self._line, ringing, arm) for b in "xyz"}

        def carried(effect: FloatArray, basis: str) -> FloatArray:
            """Return an operator (D^2,) before the pulse of its basis."""
            return backward(self._liouvillian, effect, pulses[basis])

        turn = phase_ahead(pulses["x"], pulses["y"])
        found = closed_effects(experiment, terms.levels, terms.fock_levels, carried, turn)
        return np.stack(found, axis=1)


def analysis_pulse(
    experiment: Experiment,
    basis: str,
    line: Line = IDEAL,
    ringing: complex = 0.0,
    arm: str = "control",
) -> Waveform:
    """Return the readout sequence of a basis after the coupling is off, the same in either arm.

    Args:
        experiment: the file.
        basis: "x", "y" or "z".
        line: the drive line that the pulse passes.
        ringing: what the line still holds of the charging drive, in rad/ns.
        arm: in whose frame; those that share one have the same.
    """
    return _cut(experiment, arm, basis, line, ringing)[1]


def _cut(
    experiment: Experiment, arm: str, basis: str, line: Line, ringing: complex
) -> tuple[Waveform, Waveform]:
    whole = readout_sequence(experiment, arm, basis, line, ringing)
    return whole.cut(experiment.coupler.switching_ns)


def axis_turn(experiment: Experiment, line: Line = IDEAL, arm: str = "control") -> float | None:
    """Return by which phase (rad) y's pulse is x's turned, None where there is more to it.

    Args:
        experiment: the file.
        line: the drive line that the pulses pass.
        arm: in whose frame.
    """
    pulses = (analysis_pulse(experiment, basis, line, arm=arm) for basis in "xy")
    return phase_ahead(*pulses)


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


def direction_effect(
    experiment: Experiment, levels: int, fock_levels: int, direction: FloatArray
) -> FloatArray:
    """Return the operator of reading 1 that measures an axis, a real vector (D^2,).

    Args:
        experiment: the file, for the readout of levels above 1.
        levels: of the transmon.
        fock_levels: of the resonator, D = levels x fock_levels.
        direction: of the axis, of length 1, (3,).
    """
    leaked_reads_1 = assignment_errors(experiment).leaked_reads_1
    return _effect(levels, fock_levels, leaked_reads_1, np.tensordot(direction, pauli(levels), 1))


@lru_cache(maxsize=16)
@one_thread()
def _axis_effects(
    levels: int, fock_levels: int, leaked_reads_1: float, ideal: bool
) -> tuple[FloatArray, ...]:
    sigmas = pauli(levels)
    found = []
    for sigma in sigmas:
        found.append(_effect(levels, fock_levels, leaked_reads_1, sigma if ideal else sigmas[2]))
        found[-1].setflags(write=False)
    return tuple(found)


def _effect(
    levels: int, fock_levels: int, leaked_reads_1: float, sigma: ComplexArray
) -> FloatArray:
    """Return (1 + sigma)/2 on levels 0 and 1, and the share of those above that reads 1."""
    plain = readout_effect(levels, leaked_reads_1)
    leaked = np.diag(np.where(np.arange(levels) > 1, plain.diagonal(), 0))
    qubit = np.diag((np.arange(levels) < 2).astype(complex))
    return to_real(on_transmon((qubit + sigma) / 2 + leaked, fock_levels).toarray())

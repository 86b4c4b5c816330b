"""Tomography of levels 0, 1 and 2: nine settings of rotations, read with two outcomes.

After charging, a pulse on the 1-2 transition and one on the 0-1 transition follow each other, or
waits. Then the readout tells 1 from 0, and takes a stated share of level 2 for 1: two
outcomes suffice, since the nine numbers determine the eight of a state of three levels, once over.
All settings last the same. The pulses on 0-1 are those of tomography; those on 1-2 are Gaussians as
long, smaller by the root of two: what they do wrong is part of what they are known to measure.

Source: Bianchetti et al., Phys. Rev. Lett. 105, 223601 (2010).
"""

from dataclasses import replace
from math import inf, pi, sqrt

import numpy as np

from cqed_battery.dynamics.evolution import Liouvillian, backward
from cqed_battery.dynamics.generator import rotating_frame
from cqed_battery.dynamics.hermitian import from_real, to_real
from cqed_battery.dynamics.rotation_pulse import RotationPulse, rotation
from cqed_battery.dynamics.waveforms import flat
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray, on_transmon
from cqed_battery.units import angular_from_ghz
from protocols.faults.drive_line import IDEAL, Line
from protocols.readout import assignment_errors
from protocols.sequence.rotations import rotation_step
from protocols.sequence.step import Step
from protocols.stages.bias import idle_bias, moves
from protocols.stages.effects import readout_effect
from protocols.stages.tomography import arriving_sequence, closing_step, coupled_step

LEVELS = 3
_BARE_FOCK = 2  # levels of a resonator that nothing couples to
_LOWER, _UPPER = 0, 1  # transitions by their lower level
_X, _Y, _PI = (pi / 2, pi / 2), (pi / 2, 0.0), (pi, 0.0)  # angle and phase in rad

Rotation = tuple[int, float, float]
"""Lower level of the transition, angle and phase in rad."""

ROTATIONS: dict[str, tuple[Rotation | None, Rotation | None]] = {
    "none": (None, None),
    "x01": (None, (_LOWER, *_X)),
    "y01": (None, (_LOWER, *_Y)),
    "pi01": (None, (_LOWER, *_PI)),
    "pi12": ((_UPPER, *_PI), None),
    "x12": ((_UPPER, *_X), None),
    "y12": ((_UPPER, *_Y), None),
    "pi12-x01": ((_UPPER, *_PI), (_LOWER, *_X)),
    "pi12-y01": ((_UPPER, *_PI), (_LOWER, *_Y)),
}
"""The settings, each with its first and second rotation.

A readout that takes level 2 for 1 does not see what a rotation on 1-2 does: then those on 1-2 alone
are followed by a pi pulse on 0-1 (`rotations`).
"""


def qutrit_places(experiment: Experiment) -> list[int]:
    """Return after which charging times three levels are measured; none where they are not.

    Args:
        experiment: the experiment file's content.
    """
    if not experiment.qutrit.measured:
        return []
    return experiment.qutrit.places(experiment.charging.grid_ns())


def rotations(experiment: Experiment, name: str) -> tuple[Rotation | None, Rotation | None]:
    """Return both rotations of a setting, as the file's readout needs them.

    Args:
        experiment: the file, for the share of level 2 that is taken for 1.
        name: of the setting, one of `ROTATIONS`.
    """
    first, second = ROTATIONS[name]
    if first is not None and second is None and assignment_errors(experiment).leaked_reads_1 >= 0.5:
        second = (_LOWER, *_PI)
    return first, second


def qutrit_steps(
    experiment: Experiment, arm: str, name: str, line: Line = IDEAL
) -> tuple[Step, ...]:
    """Return the steps between charging and readout: closing ramp and two pulses or waits.

    Args:
        experiment: the file.
        arm: "catalysed" or "control".
        name: of the setting, one of `ROTATIONS`.
        line: the drive line that the pulses are tuned for.
    """
    closing = closing_step(experiment, arm)
    if experiment.tomography.pulse == "none":
        return (closing,)
    wait = flat(experiment.tomography.pulse_ns, idle_bias(experiment, arm))
    steps, after = [closing], closing
    for turn in rotations(experiment, name):
        if turn is None:
            steps.append(coupled_step(experiment, "wait (no pulse)", wait, arm=arm))
        else:
            steps.append(_pulse(experiment, arm, turn, line, after))
        if not moves(experiment):  # else the first pulse's frame goes on
            after = replace(after, controls=after.controls.then(wait))
    return tuple(steps)


def _pulse(experiment: Experiment, arm: str, turn: Rotation, line: Line, after: Step) -> Step:
    """Return the step of a pulse on one of the transitions."""
    lower, angle, phase = turn
    name = f"{'pi' if angle == pi else 'pi/2'} pulse on {lower}-{lower + 1}"
    step = rotation_step(experiment, name, angle, phase, line, after=after, arm=arm)
    if lower == _LOWER:
        return step
    length, period = experiment.tomography.pulse_ns, 1 / experiment.drive.clock_GHz
    # The matrix element of b between levels 1 and 2 is sqrt 2.
    pulse = line.miscalibrated(RotationPulse(length, angle / sqrt(2)))
    bias = step.controls.segments[0].controls.driven(0.0)
    anharmonicity = angular_from_ghz(experiment.transmon.anharmonicity_GHz)
    return replace(
        step,
        controls=rotation(pulse, phase, period, bias=bias),
        carrier=step.carrier + anharmonicity,
    )


def qutrit_effect(
    experiment: Experiment,
    liouvillian: Liouvillian,
    arm: str,
    name: str,
    line: Line = IDEAL,
    ringing: complex = 0.0,
) -> FloatArray:
    """Return the operator of reading 1 in a setting, at the end of charging, (D^2,).

    Args:
        experiment: the file.
        liouvillian: the equation of motion.
        arm: "catalysed" or "control".
        name: of the setting, one of `ROTATIONS`.
        line: the drive line that the pulses pass.
        ringing: what the line still holds of the charging drive, in rad/ns.
    """
    terms = liouvillian.generator
    steps = qutrit_steps(experiment, arm, name, line)
    waveform = arriving_sequence(experiment, steps, line, ringing)
    last = last_qutrit_effect(experiment, name, terms.levels, terms.fock_levels)
    return backward(liouvillian, last, waveform)


def last_qutrit_effect(
    experiment: Experiment, name: str, levels: int, fock_levels: int
) -> FloatArray:
    """Return the operator of reading 1 after the waveform, a real vector (D^2,).

    Where pulses are ideal it is that of what they turn into the readout's.

    Args:
        experiment: the file, for the pulses and the readout of levels above 1.
        name: of the setting, one of `ROTATIONS`.
        levels: of the transmon.
        fock_levels: of the resonator, D = levels x fock_levels.
    """
    effect = readout_effect(levels, assignment_errors(experiment).leaked_reads_1)
    if experiment.tomography.pulse == "none":
        for turn in reversed(rotations(experiment, name)):
            if turn is not None:
                unitary = _ideal(turn, levels)
                effect = unitary.conj().T @ effect @ unitary
    return to_real(on_transmon(effect, fock_levels).toarray())


def _ideal(turn: Rotation, levels: int) -> ComplexArray:
    """Return exp(-i angle (cos phase s_x + sin phase s_y)/2) on two neighbouring levels."""
    lower, angle, phase = turn
    unitary = np.eye(levels, dtype=complex)
    both = slice(lower, lower + len(("lower", "upper")))
    # eps multiplies b', which raises: <upper| H |lower> = eps/2.
    up = -1j * np.sin(angle / 2) * np.exp(1j * phase)
    unitary[both, both] = [[np.cos(angle / 2), -up.conj()], [up, np.cos(angle / 2)]]
    return unitary


def known_operators(experiment: Experiment, arm: str) -> ComplexArray:
    """Return what the settings measure of three levels, (9, 3, 3), by calibrated pulses alone.

    They are those of the bare transmon, without losses and without a resonator, from the end of
    charging on: the readout sequence's other effects are corrections by the model.

    Args:
        experiment: the file.
        arm: "catalysed" or "control".
    """
    bare = experiment.replace(
        {
            "coupler.g_on_MHz": 0.0,
            "coupler.g_off_MHz": 0.0,
            "transmon.t1_us": inf,
            "transmon.dephasing_rate_MHz": 0.0,
            "transmon.t1_level2_us": None,
            "vacuum.method": "none",
        }
    )
    liouvillian = Liouvillian(rotating_frame(bare.device, _BARE_FOCK))
    found = []
    for name in ROTATIONS:
        effect = from_real(qutrit_effect(bare, liouvillian, arm, name))
        size = liouvillian.generator.levels
        empty = effect.reshape(size, _BARE_FOCK, size, _BARE_FOCK)[:LEVELS, 0, :LEVELS, 0]
        found.append(empty)
    return np.array(found)

"""Pauli tomography of the battery: the readout sequence; `effects` has its operators.

The coupling is switched off, a pi/2 pulse turns the wanted axis onto z, and the readout tells 1
from 0. Every axis comes out as P(1) - P(0). The axes are those of the drive's rotating frame at
the end of charging: the pulse's carrier is the frequency at which the transmon idles, and its
phase counts from that moment, less what the transmon gathers on its way there.
"""

from collections.abc import Iterable
from math import pi

from cqed_battery.dynamics.waveforms import Waveform, flat, phase_ahead
from cqed_battery.experiment import Experiment
from protocols.faults.drive_line import IDEAL, Line
from protocols.sequence.rotations import rotation_step
from protocols.sequence.step import Step, arriving
from protocols.stages.bias import (
    arm_frame,
    charging_bias,
    closing_waveform,
    frame_shift,
    idle_bias,
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
    return closing_and_pulse(experiment, arm, basis, line, ringing)[1]


def closing_and_pulse(
    experiment: Experiment, arm: str, basis: str, line: Line, ringing: complex
) -> tuple[Waveform, Waveform]:
    """Return the readout sequence in two: while the coupling is switched off, and after it.

    Args:
        experiment: the file.
        arm: "catalysed" or "control".
        basis: "x", "y" or "z".
        line: the drive line that the pulse passes.
        ringing: what the line still holds of the charging drive, in rad/ns.
    """
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

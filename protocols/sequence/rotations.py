"""The step of a tuned rotation pulse, which tomography, reset and vacuum measurement play."""

from cqed_battery.dynamics.rotation_pulse import rotation
from cqed_battery.dynamics.waveforms import Controls
from cqed_battery.experiment import Experiment
from protocols.faults.drive_line import IDEAL, Line
from protocols.sequence.step import Step
from protocols.stages.bias import (
    arm_frame,
    frame_shift,
    gathered_phase,
    idle_bias,
    idle_frequency,
    in_frame,
    moves,
)
from protocols.stages.calibration import tuned_rotation


def rotation_step(
    experiment: Experiment,
    name: str,
    angle: float,
    phase: float,
    line: Line = IDEAL,
    *,
    after: Step | None = None,
    arm: str = "catalysed",
    coupled: bool = True,
) -> Step:
    """Return a tuned pulse, `tomography.pulse_ns` long, on a carrier at the transmon's frequency.

    Args:
        experiment: the experiment file's content.
        name: of the step.
        angle: of the rotation, in rad.
        phase: of its axis, in rad; at 0 the axis is sigma_x.
        line: its errors of calibration make the pulse, and its filter is what the pulse is tuned
            behind.
        after: what lies between the moment that axes refer to and the pulse; None: nothing. The
            phase that the transmon gathers meanwhile is taken off the pulse's.
        arm: in whose frame the emulator evolves it.
        coupled: whether transmon and resonator are coupled meanwhile as they idle; a dispersive
            model has the shift instead, and the transmon's own frame.
    """
    length, period = experiment.tomography.pulse_ns, 1 / experiment.drive.clock_GHz
    pulse = line.miscalibrated(tuned_rotation(experiment.device, angle, length, line.bandwidth))
    carrier, delay = idle_frequency(experiment), after.duration if after else 0.0
    frame, shift = arm_frame(experiment, arm), frame_shift(experiment, arm)
    if moves(experiment) or not coupled:
        # In the carrier's own frame, which meets the arm's when the pulse begins.
        if after:
            phase -= gathered_phase(experiment, arm, after.controls)
        frame, delay = carrier, 0.0
        shift = carrier - arm_frame(experiment, "catalysed")
    bias = in_frame(idle_bias(experiment), shift) if coupled else Controls()
    return Step(
        name=name,
        controls=rotation(pulse, phase, period, bias=bias),
        carrier=carrier,
        frame=frame,
        delay=delay,
        shift=shift if coupled else None,
    )

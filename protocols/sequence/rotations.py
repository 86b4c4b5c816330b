"""The step of a tuned rotation pulse, which tomography, reset and vacuum measurement play."""

from cqed_battery.dynamics.waveforms import rotation
from cqed_battery.experiment import Experiment
from cqed_battery.units import angular_from_ghz, angular_from_mhz
from protocols.calibration import tuned_rotation
from protocols.faults.drive_line import IDEAL, Line
from protocols.sequence.step import Step


def rotation_step(
    experiment: Experiment,
    name: str,
    angle: float,
    phase: float,
    line: Line = IDEAL,
    *,
    delay: float = 0.0,
    frame: float | None = None,
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
        delay: from the moment that axes refer to until the pulse begins, in ns.
        frame: angular frequency of the emulator's frame, in rad/ns; by default the charging
            drive's.
        coupled: whether the closed coupler's g_off acts meanwhile; a dispersive model has the shift
            instead.
    """
    length, period = experiment.tomography.pulse_ns, 1 / experiment.drive.clock_GHz
    pulse = line.miscalibrated(tuned_rotation(experiment.device, angle, length, line.bandwidth))
    g = angular_from_mhz(experiment.coupler.g_off_MHz) if coupled else 0.0
    drive = angular_from_ghz(experiment.drive.frequency_GHz)
    return Step(
        name=name,
        controls=rotation(pulse, phase, period, g=g),
        carrier=angular_from_ghz(experiment.transmon.frequency_GHz),
        frame=drive if frame is None else frame,
        delay=delay,
    )

"""What the counts of an experiment can feel of its drive line."""

from math import inf

import numpy as np

from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.stages.charging import charging_waveform

_VARIES = 0.05  # of the pulse's area: a rise of 1 ns is below


def amplitude_varies(experiment: Experiment) -> bool:
    """Say whether the charging drive has amplitudes x (of its largest) that tell a compression.

    The mean of x (1 - x), weighted by time, is some share of that of x.

    Args:
        experiment: the experiment file's content.
    """
    weights, sizes = _amplitudes(experiment)
    largest, area = float(sizes.max(initial=0.0)), float(weights @ sizes)
    return area > 0 and float(weights @ (sizes * (1 - sizes / largest))) > _VARIES * area


def _amplitudes(experiment: Experiment) -> tuple[FloatArray, FloatArray]:
    """Return times and sizes of the drive's samples, or of the amplitudes that are swept."""
    if experiment.axis.name == "amplitude":
        sizes = np.abs(experiment.axis_values)
        return np.ones(len(sizes)), sizes
    played = charging_waveform(experiment, "catalysed").until(_longest(experiment))
    controls = [part.controls for part in played.segments]
    sizes = np.array([abs(each.eps) + abs(each.pump) for each in controls])
    return np.array([part.duration for part in played.segments]), sizes


def _longest(experiment: Experiment) -> float:
    return float(experiment.charging_times_ns[-1])


def compression(more: float, rabi: float) -> tuple[float, float]:
    """Return scale and saturation of a line that was calibrated at the charging's own amplitude.

    eps (1 + more (1 - |eps|/rabi)): linear in `more`, by which small amplitudes get beyond their
    share. As `compressed` has it, scale s = 1 + more and saturation s^2 rabi/more.

    Args:
        more: no unit; it may be negative.
        rabi: amplitude at which the line was calibrated, in rad/ns.
    """
    return (1 + more, (1 + more) ** 2 * rabi / more) if more and rabi else (1.0, inf)

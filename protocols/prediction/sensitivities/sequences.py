"""What is played of an experiment, as functions of it: so its derivatives can be taken.

Each is made once, so that what was calculated for a sequence is found again under it.
"""

from collections.abc import Callable
from functools import cache, partial

from cqed_battery.dynamics.waveforms import Waveform
from cqed_battery.experiment import Experiment
from protocols.faults.drive_line import Line
from protocols.stages.extraction import extraction_waveform
from protocols.stages.qutrit import qutrit_steps
from protocols.stages.tomography import analysis_pulse, arriving_sequence, closing_ramp

Played = Callable[[Experiment, Line], Waveform]
"""What is played of an experiment, behind a drive line."""


@cache
def analysis(basis: str, arm: str) -> Played:
    """Return what plays the analysis pulse of a setting.

    Args:
        basis: "x", "y" or "z".
        arm: "catalysed" or "control".
    """
    return lambda experiment, line: analysis_pulse(experiment, basis, line, arm=arm)


@cache
def closing(arm: str) -> Played:
    """Return what plays the coupler's closing after charging.

    Args:
        arm: "catalysed" or "control".
    """
    return undriven(partial(closing_ramp, arm=arm))


@cache
def extracting(arm: str, number: int) -> Played:
    """Return what is played between charging and the reading after an extraction pulse.

    Args:
        arm: "catalysed" or "control".
        number: of the extraction time, from 0.
    """
    return lambda experiment, line: extraction_waveform(experiment, arm, number, line)


@cache
def rotating(arm: str, name: str) -> Played:
    """Return what is played between charging and the reading of a setting of three levels.

    Args:
        arm: "catalysed" or "control".
        name: of the setting, a key of `qutrit.ROTATIONS`.
    """

    def play(experiment: Experiment, line: Line) -> Waveform:
        """Return what arrives of a setting of three levels."""
        steps = qutrit_steps(experiment, arm, name, line)
        return arriving_sequence(experiment, steps, line, 0.0)

    return play


@cache
def undriven(make: Callable[[Experiment], Waveform]) -> Played:
    """Return what plays a sequence without a drive, whatever the line.

    Args:
        make: returns the sequence of an experiment.
    """
    return lambda experiment, _: make(experiment)

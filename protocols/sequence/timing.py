"""What the clock of the waveform generator makes of the times that a file asks for."""

import numpy as np

from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.resonator.method import asked_exchange_times

_SAME = 1e-9  # ns; rounding of decimal numbers is below


def timing_notes(experiment: Experiment) -> list[str]:
    """Say which times are played other than asked for; nothing where none is.

    Args:
        experiment: the experiment file's content.
    """
    asked = {"charging": np.unique(experiment.charging.grid_ns())}
    if experiment.vacuum.measured:
        asked["exchange"] = asked_exchange_times(experiment)
    notes = (_note(experiment, kind, times) for kind, times in asked.items())
    return [note for note in notes if note is not None]


def _note(experiment: Experiment, kind: str, asked: FloatArray) -> str | None:
    off = np.abs(experiment.drive.played_ns(asked) - asked)
    count = int((off > _SAME).sum())
    if not count:
        return None
    return (
        f"{count} of {asked.size} {kind} times are not on the clock of"
        f" {experiment.drive.clock_GHz:g} GHz; they are played, and stored, up to"
        f" {off.max():.2g} ns off"
    )

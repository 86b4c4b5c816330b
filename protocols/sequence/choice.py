"""Which setting a reader asks for: by arm and axis, time or value, or the pulse of a trace."""

from collections.abc import Sequence as Listed

import numpy as np

from cqed_battery.errors import CqedBatteryError, join_words, show_value
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import COMPONENTS
from cqed_battery.operators import FloatArray
from protocols.resonator import PULSES
from protocols.settings.rows import Setting
from protocols.settings.settings import Settings
from protocols.stages.extraction import READINGS
from protocols.stages.qutrit import ROTATIONS

_SAME_NS = 1e-6  # times that are closer are one
EXTRACTION = "extraction"
"""What stands for an axis where the energy is read after the extraction pulse."""


def chosen_setting(
    experiment: Experiment,
    arm: str = "catalysed",
    axis: str = "x",
    time_ns: float | None = None,
    pulse: str | None = None,
    value: float | None = None,
) -> Setting:
    """Return a setting of tomography, or of the vacuum measurement where a pulse is named.

    Args:
        experiment: the experiment file's content.
        arm: "catalysed" or "control".
        axis: "x", "y" or "z", "extraction" for the energy after the extraction pulse, or the name
            of a setting of three levels (`protocols.stages.qutrit.ROTATIONS`).
        time_ns: charging or exchange time; the longest by default. Stored as it is played.
        pulse: "none" or "pi" (`PULSES`): which trace of the vacuum measurement.
        value: amplitude or detuning (MHz), where the experiment sweeps it; the last by default.

    Raises:
        CqedBatteryError: there is no such setting.
    """
    if pulse is None and axis == EXTRACTION:
        return _extraction_setting(experiment, arm, time_ns)
    table = Settings(experiment)
    if pulse is None and table.qutrit_places and axis in ROTATIONS:
        _one_of("arm", arm, table.arms)
        at = _among(table.times[table.qutrit_places], time_ns, "qutrit")
        return Setting("qutrit", (), axis, at, arm)
    times = table.times if pulse is None else table.exchange_times
    if pulse is not None:
        if not times.size:
            raise CqedBatteryError(
                '`pulse` names a trace of the vacuum measurement, but vacuum.method is "none":'
                " leave it out"
            )
        _one_of("pulse", pulse, PULSES)
    else:
        _one_of("arm", arm, table.arms)
        _one_of("axis", axis, (*COMPONENTS, EXTRACTION) if table.extraction_places else COMPONENTS)
    swept = _swept_value(table, value, pulse)
    longest = float(times[-1])
    asked = longest if time_ns is None else float(time_ns)
    if not 0 <= asked <= longest:
        raise CqedBatteryError(
            f"`time_ns` must be a time from 0 to {longest:g} ns, the longest, but is {asked:g}"
        )
    time = float(experiment.drive.played_ns(np.array(asked)))
    if pulse is not None:
        return Setting("vacuum", (), pulse, time)
    return Setting("tomography", (), axis, time, arm, time if swept is None else swept)


def _swept_value(table: Settings, value: float | None, pulse: str | None) -> float | None:
    """Return the value of a swept amplitude or detuning, None of a time; refuse what is none."""
    axis, values = table.experiment.axis, table.axis_values
    timed = axis.dim == "time" or pulse is not None
    if timed and value is None:
        return None
    low, high = float(values[0]), float(values[-1])
    if timed:
        what = "this experiment sweeps time" if pulse is None else "a trace is swept over time"
        raise CqedBatteryError(f"`value` is an amplitude or a detuning, but {what}: give `time_ns`")
    asked = high if value is None else float(value)
    if not low <= asked <= high:
        raise CqedBatteryError(
            f"`value` must be a {axis.title} from {low:g} to {high:g}, the last, but is {asked:g}"
        )
    return asked


def _one_of(name: str, value: str, known: Listed[str]) -> None:
    if value not in known:
        words = join_words([show_value(word) for word in known], "or")
        raise CqedBatteryError(f"`{name}` must be {words}, but is {show_value(value)}")


def _extraction_setting(experiment: Experiment, arm: str, time_ns: float | None) -> Setting:
    table = Settings(experiment)
    _one_of("arm", arm, table.arms)
    if not table.extraction_places:
        raise CqedBatteryError(
            f'`axis` "{EXTRACTION}" needs an extraction: set extraction.unitary to "model"'
        )
    at = _among(table.times[table.extraction_places], time_ns, "extraction")
    return Setting("extraction", (), READINGS[-1], at, arm)


def _among(times: FloatArray, time_ns: float | None, section: str) -> float:
    """Return one of a section's times in ns, the last by default."""
    if time_ns is None:
        return float(times[-1])
    nearest = float(times[np.abs(times - time_ns).argmin()])
    if abs(nearest - time_ns) > _SAME_NS:
        raise CqedBatteryError(
            f"`time_ns` must be one of the times of [{section}], but is {time_ns:g}; the nearest is"
            f" {nearest:g} ns"
        )
    return nearest

"""The charging settings one by one: each value of the swept axis as an experiment of its own."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import pi
from typing import Any

import xarray as xr

from cqed_battery.device import Device
from cqed_battery.experiment import Allocation, Experiment, ExperimentError
from cqed_battery.experiment.axis import FEWEST_SETTINGS
from cqed_battery.units import ghz_from_mhz
from protocols.prediction.directions import Direction, Moved
from protocols.shape import shape_of


def settings_of(experiment: Experiment) -> tuple[Experiment, ...]:
    """Return what is charged in each setting; the experiment itself where moments are swept.

    Each has the times 0 and that at which the setting is read, so that what is counted from the
    first time on is that of the whole pulse.

    Args:
        experiment: the experiment file's content.

    Returns:
        One experiment for each value of its axis, (T,), which sweeps time.

    Raises:
        ExperimentError: the pulse cannot be stretched to a length.
    """
    if experiment.axis.truncated:
        return (experiment,)
    values = zip(experiment.axis_values.tolist(), experiment.charging_times_ns, strict=True)
    return tuple(setting_at(experiment, value, float(time)) for value, time in values)


def setting_at(experiment: Experiment, value: float, time: float) -> Experiment:
    """Return what is charged at a value of the swept axis; the experiment where moments are swept.

    Args:
        experiment: the experiment file's content.
        value: in the axis' units; it need not be one of those measured.
        time: charging time, as played, in ns.
    """
    if experiment.axis.truncated:
        return experiment
    changes: dict[str, Any] = {
        "charging.axis": "time",
        "charging.times_ns": (0.0, time) if time > 0 else (0.0,),
        "allocation": Allocation(),
    }
    return experiment.replace(changes | _CHANGES[experiment.axis.name](experiment, value))


def _scaled(experiment: Experiment, length: float) -> dict[str, Any]:
    """Stretch the pulse to a length; one without length is not played."""
    changes = shape_of(experiment).stretched(experiment, length)
    return changes if length > 0 else {}


def _amplified(experiment: Experiment, amplitude: float) -> dict[str, Any]:
    """Multiply the drive's amplitude; a negative one turns the drive by half a turn."""
    drive = experiment.drive
    changes = {"drive.rabi_rate_MHz": abs(amplitude) * drive.rabi_rate_MHz}
    return changes | ({"drive.phase_rad": drive.phase_rad + pi} if amplitude < 0 else {})


def _detuned(experiment: Experiment, detuning: float) -> dict[str, Any]:
    """Move the drive's carrier to a distance from the transmon's frequency."""
    frequency = experiment.transmon.frequency_GHz + ghz_from_mhz(detuning)
    return {"drive.frequency_GHz": frequency}


_CHANGES: dict[str, Callable[[Experiment, float], dict[str, Any]]] = {
    "scaled-time": _scaled,
    "amplitude": _amplified,
    "detuning": _detuned,
}


def check_one_pulse(experiment: Experiment, what: str) -> None:
    """Refuse what needs moments of one pulse where something else is swept.

    Args:
        experiment: the experiment file's content.
        what: needs them, as a message begins.

    Raises:
        ExperimentError: charging.axis is not "time".
    """
    axis = experiment.axis
    if not axis.truncated:
        raise ExperimentError(
            f"{what} needs moments of one pulse, but the experiment sweeps the {axis.title}"
            f' (charging.axis = "{axis.name}"): set it to "time"'
        )


def check_enough_settings(experiment: Experiment, what: str) -> None:
    """Refuse what needs an analysis where too few charging settings are swept for one.

    Args:
        experiment: the experiment file's content.
        what: needs them, as a message begins.

    Raises:
        ExperimentError: there are fewer than `FEWEST_SETTINGS`.
    """
    axis, count = experiment.axis, len(experiment.axis_values)
    if count < FEWEST_SETTINGS:
        raise ExperimentError(
            f"{what} needs at least {FEWEST_SETTINGS} {axis.plural}, but there are {count}: set"
            f" charging.points to {FEWEST_SETTINGS} or more, or list them in charging.{axis.listed}"
        )


def axis_coordinate(experiment: Experiment) -> xr.Variable:
    """Return the values of the swept axis as a coordinate, (T,), with its units and its words.

    Args:
        experiment: the experiment file's content.
    """
    axis = experiment.axis
    attrs = {"units": axis.units, "long_name": axis.title}
    return xr.Variable(axis.dim, experiment.axis_values, attrs)


def driven_as(device: Device | None, experiment: Experiment) -> Device | None:
    """Return the device whose dynamics are solved with the drive of a setting; None stays.

    Args:
        device: of the whole experiment, which may be off the file's.
        experiment: the setting's.
    """
    if device is None:
        return None
    return device.model_copy(update={"drive": experiment.drive})


def directions_at(directions: Sequence[Direction], number: int) -> list[Direction]:
    """Return the directions of a sweep as they are in one of its settings.

    Args:
        directions: by which the whole prediction is differentiated.
        number: of the setting.
    """

    def moved(one: Moved) -> Moved:
        experiment = settings_of(one.experiment)[number]
        device = driven_as(one.device, experiment) or experiment.device
        return replace(one, experiment=experiment, device=device)

    return [replace(one, moved=tuple(map(moved, one.moved))) for one in directions]

"""Frequencies that a file states by their distance from the transmon's."""

from typing import Protocol, TypeVar

from cqed_battery.device.drive import DriveLine
from cqed_battery.device.resonator import Resonator
from cqed_battery.device.transmon import Transmon
from cqed_battery.units import ghz_from_mhz

Tuned = TypeVar("Tuned", DriveLine, Resonator)


class _Tunable(Protocol):
    transmon: Transmon
    resonator: Resonator
    drive: DriveLine


def tune_parts(device: _Tunable) -> None:
    """Give the drive and the resonator of a value under construction their frequencies.

    Args:
        device: a Device or an Experiment, frozen as soon as it is built.

    Raises:
        ValueError: a frequency would not be above 0.
    """
    for name in ("drive", "resonator"):
        tuned = tuned_to(device.transmon, getattr(device, name))
        # Past pydantic's freezing, which an assignment would meet.
        object.__setattr__(device, name, tuned)


def tuned_to(transmon: Transmon, part: Tuned) -> Tuned:
    """Return a drive or resonator at the frequency that its detuning names, if it has one.

    Args:
        transmon: from whose frequency the detuning counts.
        part: with `detuning_MHz`, or with `frequency_GHz` alone, which is returned as it is.

    Raises:
        ValueError: the frequency would not be above 0.
    """
    if part.detuning_MHz is None:
        return part
    frequency = transmon.frequency_GHz + ghz_from_mhz(part.detuning_MHz)
    if frequency <= 0:
        raise ValueError(
            f"{part.section_name}.detuning_MHz must leave a frequency above 0, but is"
            f" {part.detuning_MHz:g} with transmon.frequency_GHz = {transmon.frequency_GHz:g}"
        )
    return part.model_copy(update={"frequency_GHz": frequency})

"""The [allocation] section: shots of single settings."""

from typing import Annotated, Any, ClassVar

from annotated_types import Ge, Le, Len
from pydantic import BeforeValidator, Field

from cqed_battery.device.limits import MAX_SHOTS
from cqed_battery.device.section import Section, as_tuple

_MAX_LISTED = 2000  # entries of a list; a file of 12 such lists stays below its largest size

Shots = Annotated[int, Ge(1), Le(MAX_SHOTS)]
ShotList = Annotated[tuple[Shots, ...], Len(1, _MAX_LISTED), BeforeValidator(as_tuple)]


def _per_time(arm: str, basis: str) -> Any:
    return Field(
        default=None,
        examples=[(100, 200, 200, 100)],
        description=f"shots of basis {basis} at each charging time, {arm} arm",
    )


def _per_exchange(pulse: str) -> Any:
    return Field(
        default=None,
        examples=[(100, 200, 200, 100)],
        description=f"shots at each exchange time {pulse} a pi pulse",
    )


def _per_level(level: int) -> Any:
    return Field(
        default=None,
        examples=[10000],
        description=f"calibration shots of the prepared level {level}",
    )


def _per_extraction(arm: str, energy: str) -> Any:
    return Field(
        default=None,
        examples=[(1000,)],
        description=f"shots of the energy {energy} extraction at each of its times, {arm} arm",
    )


class Allocation(Section):
    """Shots of single settings, where they differ; a list that is left out is uniform."""

    section_name: ClassVar[str] = "allocation"

    catalysed_x: ShotList | None = _per_time("catalysed", "x")
    catalysed_y: ShotList | None = _per_time("catalysed", "y")
    catalysed_z: ShotList | None = _per_time("catalysed", "z")
    control_x: ShotList | None = _per_time("control", "x")
    control_y: ShotList | None = _per_time("control", "y")
    control_z: ShotList | None = _per_time("control", "z")
    vacuum_none: ShotList | None = _per_exchange("without")
    vacuum_pi: ShotList | None = _per_exchange("after")
    catalysed_before: ShotList | None = _per_extraction("catalysed", "before")
    catalysed_after: ShotList | None = _per_extraction("catalysed", "after")
    control_before: ShotList | None = _per_extraction("control", "before")
    control_after: ShotList | None = _per_extraction("control", "after")
    prepared_0: Shots | None = _per_level(0)
    prepared_1: Shots | None = _per_level(1)

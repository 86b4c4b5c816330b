"""The [qutrit] section: tomography of levels 0, 1 and 2."""

from itertools import pairwise
from typing import ClassVar, Self

from pydantic import Field, model_validator

from cqed_battery.device.limits import MAX_SHOTS
from cqed_battery.device.section import Section
from cqed_battery.errors import show_value
from cqed_battery.experiment.sections.charging import TimeList
from cqed_battery.operators import FloatArray

_SAME_NS = 1e-6  # times that are closer are one


class Qutrit(Section):
    """The tomography of three levels: nine settings of 0-1 and 1-2 rotations."""

    section_name: ClassVar[str] = "qutrit"

    measured: bool = Field(
        default=False, description="whether three levels are measured after some charging times"
    )
    times_ns: TimeList | None = Field(
        default=None,
        examples=[(20.0, 60.0)],
        description="after which charging times, increasing, in ns; the last one if left out",
    )
    shots: int = Field(
        default=1000, ge=1, le=MAX_SHOTS, description="shots of each of the nine settings"
    )

    @model_validator(mode="after")
    def _check_times(self) -> Self:
        check_increasing("qutrit.times_ns", self.times_ns)
        return self

    def places(self, grid: FloatArray) -> list[int]:
        """Return the places of its times among the charging times.

        Args:
            grid: the charging times that the file asks for, in ns, (T,).

        Raises:
            ValueError: one is none of them.
        """
        return listed_places("qutrit.times_ns", self.times_ns, grid)


def check_increasing(key: str, times: tuple[float, ...] | None) -> None:
    """Refuse times that do not increase.

    Args:
        key: of the experiment file.
        times: in ns; None is none.

    Raises:
        ValueError: a sentence that names the key.
    """
    if any(later <= earlier for earlier, later in pairwise(times or ())):
        raise ValueError(
            f"{key} must be strictly increasing, but is {show_value(list(times or ()))}"
        )


def listed_places(key: str, times: tuple[float, ...] | None, grid: FloatArray) -> list[int]:
    """Return the places of listed times among the charging times; the last one of none.

    Args:
        key: of the experiment file.
        times: in ns.
        grid: the charging times that the file asks for, in ns, (T,).

    Raises:
        ValueError: one is none of them.
    """
    if times is None:
        return [len(grid) - 1]
    found = []
    for time in times:
        place = int(abs(grid - time).argmin())
        if abs(grid[place] - time) > _SAME_NS:
            raise ValueError(
                f"{key} must be charging times, but {time:g} is none; the nearest is"
                f" {grid[place]:g}"
            )
        found.append(place)
    return found

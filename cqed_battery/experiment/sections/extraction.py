"""The [extraction] section: ergotropy taken out by a pulse, and the energy measured again."""

from math import pi
from typing import Annotated, Any, ClassVar, Literal, Self

from annotated_types import Ge, Le, Len
from pydantic import BeforeValidator, Field, model_validator

from cqed_battery.device.limits import MAX_SHOTS
from cqed_battery.device.section import Section, as_tuple
from cqed_battery.experiment.sections.charging import TimeList
from cqed_battery.experiment.sections.qutrit import check_increasing, listed_places
from cqed_battery.operators import FloatArray
from cqed_battery.units import TWO_PI

_MAX_LISTED = 2000  # pulses; each is tuned and evolved by itself

Angles = Annotated[
    tuple[Annotated[float, Ge(0), Le(pi)], ...], Len(1, _MAX_LISTED), BeforeValidator(as_tuple)
]
Phases = Annotated[
    tuple[Annotated[float, Ge(-TWO_PI), Le(TWO_PI)], ...],
    Len(1, _MAX_LISTED),
    BeforeValidator(as_tuple),
]


def _named(arm: str, what: str, example: float) -> Any:
    return Field(
        default=None,
        examples=[(example,)],
        description=f"{what} of each extraction pulse of the {arm} arm, in rad; else it is named",
    )


class Extraction(Section):
    """The direct measurement of ergotropy: the pulse that takes it out, and the energy again."""

    section_name: ClassVar[str] = "extraction"

    unitary: Literal["none", "model", "tomography"] = Field(
        default="none",
        description="what names the optimal pulse: the file's model, or tomography before; or none",
    )
    times_ns: TimeList | None = Field(
        default=None,
        examples=[(20.0, 60.0)],
        description="after which charging times, increasing, in ns; the last one if left out",
    )
    shots: int = Field(
        default=1000, ge=1, le=MAX_SHOTS, description="shots of each energy, before and after"
    )
    catalysed_angle_rad: Angles | None = _named("catalysed", "angle", 2.1)
    catalysed_phase_rad: Phases | None = _named("catalysed", "phase", 0.4)
    control_angle_rad: Angles | None = _named("control", "angle", 1.8)
    control_phase_rad: Phases | None = _named("control", "phase", -1.6)

    @model_validator(mode="after")
    def _check_times(self) -> Self:
        check_increasing("extraction.times_ns", self.times_ns)
        return self

    @model_validator(mode="after")
    def _check_pairs(self) -> Self:
        for arm in ("catalysed", "control"):
            angles, phases = self.pulses(arm)
            if (angles is None) != (phases is None):
                given, absent = ("angle", "phase") if phases is None else ("phase", "angle")
                raise ValueError(
                    f"extraction.{arm}_{absent}_rad must be given with"
                    f" extraction.{arm}_{given}_rad, a pulse has both: add it, or leave both out"
                )
        return self

    def pulses(self, arm: str) -> tuple[tuple[float, ...] | None, tuple[float, ...] | None]:
        """Return angles and phases of an arm's pulses in rad, None where they are not named yet.

        Args:
            arm: "catalysed" or "control".
        """
        if arm == "catalysed":
            return self.catalysed_angle_rad, self.catalysed_phase_rad
        return self.control_angle_rad, self.control_phase_rad

    @property
    def measured(self) -> bool:
        """Whether there is an extraction."""
        return self.unitary != "none"

    def places(self, grid: FloatArray) -> list[int]:
        """Return the places of the extraction's times among the charging times.

        Args:
            grid: the charging times that the file asks for, in ns, (T,).

        Raises:
            ValueError: one is none of them.
        """
        return listed_places("extraction.times_ns", self.times_ns, grid)

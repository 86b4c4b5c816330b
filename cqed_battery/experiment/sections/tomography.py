"""The [tomography] section: the measurement of the transmon's Bloch vector."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from cqed_battery.device.limits import MAX_PULSE_NS, MAX_SHOTS
from cqed_battery.device.section import Section, as_tuple
from cqed_battery.errors import show_value


class Tomography(Section):
    """The measurement of the transmon's Bloch vector after each charging time."""

    # Default: 16 ns, in which a DRAG pulse leaves little in level 2 at alpha/2pi = -0.25 GHz.
    section_name: ClassVar[str] = "tomography"

    shots: int = Field(default=1000, ge=1, le=MAX_SHOTS, description="shots of each setting")
    pulse: Literal["drag", "none"] = Field(
        default="drag", description="real rotations, or ideal ones that take no time"
    )
    pulse_ns: float = Field(
        default=16.0, gt=0, le=MAX_PULSE_NS, description="length of a rotation, in ns"
    )
    bases: Annotated[tuple[Literal["x", "y", "z"], ...], BeforeValidator(as_tuple)] = Field(
        default=("x", "y", "z"), description="the bases in measuring order, each once"
    )

    @model_validator(mode="after")
    def _check_bases(self) -> Self:
        if sorted(self.bases) != ["x", "y", "z"]:
            raise ValueError(
                "tomography.bases must name x, y and z once each, in any order, "
                f"but is {show_value(self.bases)}"
            )
        return self

"""The readout of the transmon and its assignment errors."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from cqed_battery.device.limits import MAX_SHOTS
from cqed_battery.device.section import Section


class Readout(Section):
    """The dispersive readout and its assignment errors."""

    # Defaults: usual values; relaxation during the readout makes p0_given_1 the larger one.
    section_name: ClassVar[str] = "readout"

    model: Literal["plain", "dispersive"] = Field(
        default="plain",
        description="the assignment errors below, or those that follow from [dispersive]",
    )
    p1_given_0: float = Field(
        default=0.01, ge=0, lt=1, description="probability to read 1 in level 0, no unit"
    )
    p0_given_1: float = Field(
        default=0.04, ge=0, lt=1, description="probability to read 0 in level 1, no unit"
    )
    leaked_reads_1: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="share of levels above 1 taken for 1, before assignment errors, no unit",
    )
    preparation: Literal["heralded", "reset"] = Field(
        default="heralded",
        description="levels of the calibration: heralded by a readout, or as the reset leaves them",
    )
    calibration_shots: int = Field(
        default=10000,
        ge=1,
        le=MAX_SHOTS,
        description="shots of each of the prepared levels 0 and 1",
    )

    @model_validator(mode="after")
    def _check_contrast(self) -> Self:
        if self.p1_given_0 + self.p0_given_1 >= 1.0:
            raise ValueError(
                "readout.p1_given_0 and readout.p0_given_1 must add up to less than 1, or the "
                f"readout tells nothing, but are {self.p1_given_0} and {self.p0_given_1}"
            )
        return self

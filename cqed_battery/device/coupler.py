"""The coupling between the transmon and the resonator, tunable or fixed."""

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from cqed_battery.device.limits import MAX_DRIVE_DETUNING_MHZ, MAX_EDGE_NS, MAX_RATE_MHZ
from cqed_battery.device.section import Section

FIXED_MUST = 'a fixed coupling is switched by moving one of the two away (coupler.kind = "fixed")'
MAX_OVERSHOOT = 0.5  # of the height of a flux pulse; more is another pulse


class Coupler(Section):
    """The coupling between the transmon and the resonator, tunable or fixed."""

    # Default of g_on: the lower end of Zhao 2026, Sec. V (50 to 100 MHz); the paper has no ramp.
    section_name: ClassVar[str] = "coupler"

    kind: Literal["tunable", "fixed"] = Field(
        default="tunable",
        description="the coupling opens and closes, or a flux pulse moves one of the two away",
    )
    g_on_MHz: float = Field(
        default=50.0,
        ge=0,
        le=MAX_RATE_MHZ,
        description="coupling g / 2 pi while it is open, or always where it is fixed, in MHz",
    )
    g_off_MHz: float = Field(
        default=0.05,
        ge=0,
        le=MAX_RATE_MHZ,
        description="coupling g / 2 pi left while it is closed, in MHz; 0 where it is fixed",
    )
    ramp_ns: float = Field(
        default=1.0,
        ge=0,
        le=MAX_EDGE_NS,
        description="time it takes to open or close, or the flux pulse to rise, in ns",
    )
    tuned: Literal["transmon", "resonator"] = Field(
        default="transmon", description="which of the two the flux pulse moves"
    )
    idle_detuning_MHz: float | None = Field(
        default=None,
        ge=-MAX_DRIVE_DETUNING_MHZ,
        le=MAX_DRIVE_DETUNING_MHZ,
        examples=[-300.0],
        description="its frequency at idle and readout less that while charging, in MHz",
    )
    overshoot: float = Field(
        default=0.0,
        ge=-MAX_OVERSHOOT,
        le=MAX_OVERSHOOT,
        description="by which the ramp goes beyond its end, over its height, no unit",
    )
    settling_ns: float = Field(
        default=0.0,
        ge=0,
        le=MAX_EDGE_NS,
        description="time in which the overshoot settles, in ns",
    )

    @model_validator(mode="before")
    @classmethod
    def _let_nothing_close(cls, given: Any) -> Any:
        """A fixed coupling leaves nothing to a closed coupler."""
        if isinstance(given, dict) and given.get("kind") == "fixed":
            return {**given, "g_off_MHz": 0.0}
        return given

    @model_validator(mode="after")
    def _check_switching(self) -> Self:
        stated = self.idle_detuning_MHz is not None
        if self.kind == "fixed" and not stated:
            raise ValueError(
                "coupler.idle_detuning_MHz must say how far the flux pulse moves the"
                f" {self.tuned} away, because {FIXED_MUST}, but is not given: set it, -300 for"
                " instance, or 0 where nothing moves and the two lie far apart already"
            )
        if self.kind == "tunable" and stated:
            raise ValueError(
                "coupler.idle_detuning_MHz belongs to a fixed coupling, but coupler.kind is"
                ' "tunable": set that to "fixed", or leave the detuning out'
            )
        if self.overshoot and not self.settling_ns:
            raise ValueError(
                "coupler.settling_ns must be above 0 with an overshoot, in which it settles, but"
                f" is 0 and coupler.overshoot is {self.overshoot:g}: give both, or neither"
            )
        return self

    @property
    def fixed_MHz(self) -> float:
        """The coupling g / 2 pi that is always there, in MHz."""
        return self.g_on_MHz if self.kind == "fixed" else 0.0

    @property
    def opened_MHz(self) -> float:
        """What an open coupler adds to that, in MHz."""
        return 0.0 if self.kind == "fixed" else self.g_on_MHz

    @property
    def switching_ns(self) -> float:
        """How long it takes to switch the coupling on or off, in ns."""
        return self.ramp_ns + self.settling_ns

"""The tunable coupling between the transmon and the resonator."""

from typing import ClassVar

from pydantic import Field

from cqed_battery.device.limits import MAX_EDGE_NS, MAX_RATE_MHZ
from cqed_battery.device.section import Section


class Coupler(Section):
    """The tunable coupling between the transmon and the resonator."""

    # Default of g_on: the lower end of Zhao 2026, Sec. V (50 to 100 MHz); the paper has no ramp.
    section_name: ClassVar[str] = "coupler"

    g_on_MHz: float = Field(
        default=50.0,
        ge=0,
        le=MAX_RATE_MHZ,
        description="coupling g / 2 pi while it is open, in MHz",
    )
    g_off_MHz: float = Field(
        default=0.05,
        ge=0,
        le=MAX_RATE_MHZ,
        description="coupling g / 2 pi left while it is closed, in MHz",
    )
    ramp_ns: float = Field(
        default=1.0, ge=0, le=MAX_EDGE_NS, description="time it takes to open or close, in ns"
    )

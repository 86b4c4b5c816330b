"""The [laboratory] section: what the laboratory's clock adds to repetitions and settings."""

from typing import ClassVar

from pydantic import Field

from cqed_battery.device.section import Section


class Laboratory(Section):
    """What the laboratory's clock adds to each repetition and to each setting."""

    # Defaults: usual values; the bounds (1 ms, 1 s, 1000 s) refuse wrong units.
    section_name: ClassVar[str] = "laboratory"

    readout_ns: float = Field(
        default=1000.0, ge=0, le=1e6, description="length of one readout, in ns"
    )
    idle_us: float = Field(default=10.0, ge=0, le=1e6, description="wait after each readout, in us")
    setting_overhead_ms: float = Field(
        default=50.0, ge=0, le=1e6, description="time to load and arm a new setting, in ms"
    )

"""The microwave drive on the transmon and its waveform generator."""

from typing import ClassVar

from pydantic import Field

from cqed_battery.device.limits import MAX_EDGE_NS, MAX_RATE_MHZ
from cqed_battery.device.section import Section


class DriveLine(Section):
    """The microwave drive on the transmon, and its waveform generator."""

    # Defaults: resonant with the transmon (Zhao 2026, Sec. V), as strong as the coupling; the rise
    # and the clock are usual values of waveform generators.
    section_name: ClassVar[str] = "drive"

    rabi_rate_MHz: float = Field(
        default=50.0, ge=0, le=MAX_RATE_MHZ, description="Rabi rate / 2 pi, in MHz"
    )
    frequency_GHz: float = Field(default=5.0, gt=0, description="carrier frequency, in GHz")
    phase_rad: float = Field(default=0.0, description="phase of the carrier, in rad")
    rise_ns: float = Field(
        default=1.0, ge=0, le=MAX_EDGE_NS, description="time the drive takes to rise, in ns"
    )
    clock_GHz: float = Field(
        default=4.0, gt=0, le=100, description="sample rate of the waveform generator, in GHz"
    )

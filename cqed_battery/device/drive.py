"""The microwave drive that charges and its waveform generator."""

from math import ceil, floor, inf
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import AllowInfNan, Field

from cqed_battery.device.limits import (
    MAX_DRIVE_DETUNING_MHZ,
    MAX_EDGE_NS,
    MAX_RATE_MHZ,
    MAX_TIME_NS,
)
from cqed_battery.device.section import Section
from cqed_battery.operators import FloatArray

_MAX_RATIO = 100.0  # of two amplitudes: beyond, the larger one is the drive
_SAME_SAMPLE = 1e-6  # of a sample; a length written with nine digits is closer


class DriveLine(Section):
    """The microwave drive that charges, what it drives, and its waveform generator."""

    # Defaults: resonant with the transmon (Zhao 2026, Sec. V), as strong as the coupling; the rise
    # and the clock are usual values of waveform generators.
    section_name: ClassVar[str] = "drive"
    alternatives: ClassVar[tuple[tuple[str, ...], ...]] = (("detuning_MHz",), ("frequency_GHz",))

    target: Literal["transmon", "resonator", "both"] = Field(
        default="transmon", description="what is driven"
    )
    rabi_rate_MHz: float = Field(
        default=50.0,
        ge=0,
        le=MAX_RATE_MHZ,
        description="Rabi rate / 2 pi; of a driven resonator twice its displacement rate, in MHz",
    )
    resonator_ratio: float = Field(
        default=1.0,
        ge=0,
        le=_MAX_RATIO,
        description='amplitude on the resonator over that on the transmon, with target "both"',
    )
    resonator_phase_rad: float = Field(
        default=0.0, description='phase on the resonator less that on the transmon, "both", in rad'
    )
    frequency_GHz: float = Field(default=5.0, gt=0, description="carrier frequency, in GHz")
    detuning_MHz: float | None = Field(
        default=None,
        ge=-MAX_DRIVE_DETUNING_MHZ,
        le=MAX_DRIVE_DETUNING_MHZ,
        examples=[0.0],
        description="carrier less the transmon's frequency, in MHz, instead of frequency_GHz",
    )
    phase_rad: float = Field(default=0.0, description="phase of the carrier, in rad")
    second_ratio: float = Field(
        default=0.0,
        ge=0,
        le=_MAX_RATIO,
        description="amplitude of a second tone over that of the first; 0 for none",
    )
    second_offset_MHz: float = Field(
        default=-50.0,
        ge=-MAX_DRIVE_DETUNING_MHZ,
        le=MAX_DRIVE_DETUNING_MHZ,
        description="second tone less the carrier, in MHz",
    )
    second_phase_rad: float = Field(
        default=0.0, description="phase of the second tone less the first's at the start, in rad"
    )
    second_length_ns: float | None = Field(
        default=None,
        gt=0,
        le=MAX_TIME_NS,
        examples=[150.0],
        description="length of the second tone's own pulse, charging.length_ns if left out, in ns",
    )
    second_delay_ns: float = Field(
        default=0.0,
        ge=-MAX_TIME_NS,
        le=MAX_TIME_NS,
        description="start of the second tone's pulse less the first's, the earlier at 0, in ns",
    )
    saturation_MHz: Annotated[float, AllowInfNan(True)] = Field(
        default=inf,
        gt=0,
        description="the line loses the share rabi_rate / saturation of the charging drive, in MHz",
    )
    rise_ns: float = Field(
        default=1.0, ge=0, le=MAX_EDGE_NS, description="time the drive takes to rise, in ns"
    )
    clock_GHz: float = Field(
        default=4.0, gt=0, le=100, description="sample rate of the waveform generator, in GHz"
    )
    timing: Literal["exact", "clock"] = Field(
        default="exact",
        description="charging and exchange times to the letter, or rounded to the clock's samples",
    )

    def off_clock(self, key: str, length: float) -> str | None:
        """Return why a length is refused with `timing` "clock"; None where it is played.

        Args:
            key: of the experiment file, which states the length.
            length: in ns, at least 0.
        """
        samples = length * self.clock_GHz
        if self.timing == "exact" or abs(samples - round(samples)) <= _SAME_SAMPLE:
            return None
        below, above = floor(samples) / self.clock_GHz, ceil(samples) / self.clock_GHz
        return (
            f'{key} must be a whole number of samples with drive.timing = "clock" and'
            f" drive.clock_GHz = {self.clock_GHz}, but is {length}: choose {below:.9g} or"
            f' {above:.9g}, or set drive.timing to "exact"'
        )

    def played_ns(self, times: FloatArray) -> FloatArray:
        """Return times as the generator plays them: with `timing` "clock", whole samples.

        Args:
            times: as asked for, in ns, any shape.
        """
        if self.timing == "exact":
            return times
        return np.round(times * self.clock_GHz) / self.clock_GHz

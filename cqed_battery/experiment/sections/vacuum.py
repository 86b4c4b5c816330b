"""The [vacuum] section: the measurement of the resonator after the last charging time."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from cqed_battery.device.limits import (
    MAX_POINTS,
    MAX_PULSE_NS,
    MAX_RATE_MHZ,
    MAX_SHOTS,
    MAX_TIME_NS,
)
from cqed_battery.device.section import Section

_MAX_SHIFT_MHZ = 500.0  # shift per photon: beyond, the exchange is resonant, not dispersive
_MAX_SELECTIVE_NS = 1e5  # 0.1 ms, as long as a usual lifetime
_MAX_DISPLACEMENT_MHZ = 500.0  # rate over 2 pi: a photon within a nanosecond


class VacuumMeasurement(Section):
    """The measurement of the resonator's vacuum fidelity after the last charging time."""

    section_name: ClassVar[str] = "vacuum"
    renamed: ClassVar[Mapping[str, str]] = {"chi_MHz": "shift_per_photon_MHz"}

    method: Literal["vacuum-rabi", "swap", "number-selective", "displaced-parity", "none"] = Field(
        default="vacuum-rabi",
        description="pulse sequence that measures the resonator, or not measured",
    )
    shots: int = Field(default=1000, ge=1, le=MAX_SHOTS, description="shots of each setting")
    stop_ns: float = Field(
        default=100.0,
        gt=0,
        le=MAX_TIME_NS,
        description="longest exchange (or swap, wait, displacement) time, in ns, from 0",
    )
    points: int = Field(default=41, ge=2, le=MAX_POINTS, description="how many exchange times")
    reset_ns: float = Field(
        default=10.0,
        ge=0,
        le=MAX_PULSE_NS,
        description="time in which the transmon is emptied first (not vacuum-rabi), in ns",
    )
    kappa_off_MHz: float | None = Field(
        default=None,
        ge=0,
        le=MAX_RATE_MHZ,
        examples=[0.01],
        description="linewidth / 2 pi during the two dispersive methods, if it switches, in MHz",
    )
    shift_per_photon_MHz: float = Field(
        default=3.0,
        gt=0,
        le=_MAX_SHIFT_MHZ,
        description="shift of the transmon by one photon, 2 chi / 2 pi, in MHz",
    )
    selective_pulse_ns: float = Field(
        default=500.0, gt=0, le=_MAX_SELECTIVE_NS, description="number-selective pi pulse, in ns"
    )
    displacement_MHz: float = Field(
        default=2.0,
        gt=0,
        le=_MAX_DISPLACEMENT_MHZ,
        description="rate / 2 pi at which displaced-parity moves the resonator, in MHz",
    )

    @property
    def measured(self) -> bool:
        """Whether there is a measurement."""
        return self.method != "none"

"""What is wrong in the laboratory beyond what the experiment file's device says."""

from math import inf
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Le
from pydantic import AllowInfNan, Field

from cqed_battery.device.limits import MAX_FREQUENCY_NOISE_MHZ
from cqed_battery.device.section import Section

Relative = Annotated[float, Ge(-0.5), Le(0.5)]
"""A relative error; more than half is no miscalibration but another experiment."""
_Off = Annotated[float, Ge(-100), Le(100)]  # MHz; twice the default Rabi rate


class Faults(Section):
    """Faults of an emulated run that the analysis is not told about; the defaults are none."""

    section_name: ClassVar[str] = "faults"

    drive_bandwidth_MHz: Annotated[float, AllowInfNan(True)] = Field(
        default=inf, ge=5, description="3 dB point of the drive line, a first-order filter, in MHz"
    )
    drive_saturation_MHz: Annotated[float, AllowInfNan(True)] = Field(
        default=inf,
        gt=0,
        description="compression of the charging drive beyond drive.saturation_MHz, in MHz",
    )
    drive_ripple: Annotated[float, Ge(-0.1), Le(0.1)] = Field(
        default=0.0,
        description="ripple of the charging drive's amplitude by a reflection, relative, no unit",
    )
    drive_ripple_period_ns: Annotated[float, Ge(1), Le(1e6)] = Field(
        default=20.0, description="period of that ripple, which settles in four of them, in ns"
    )
    drive_delay_ns: Annotated[float, Ge(-20), Le(20)] = Field(
        default=0.0,
        description="by how much the charging drive comes later than the coupling, in ns",
    )
    coupling_tail: Annotated[float, Ge(-0.1), Le(0.1)] = Field(
        default=0.0,
        description="share of the coupler's (flux pulse's) step that comes late, relative, no unit",
    )
    coupling_tail_ns: Annotated[float, Ge(1), Le(1e6)] = Field(
        default=20.0, description="time constant with which that share comes, in ns"
    )
    rabi_rate_error: Relative = Field(
        default=0.0, description="relative error of the charging drive's amplitude, no unit"
    )
    pulse_amplitude_error: Relative = Field(
        default=0.0, description="relative error of the pulses' amplitude, no unit"
    )
    pulse_phase_error_rad: Annotated[float, Ge(-1), Le(1)] = Field(
        default=0.0, description="error of the pulses' phase, in rad"
    )
    drag_error: Annotated[float, Ge(-2), Le(2)] = Field(
        default=0.0, description="relative error of the DRAG coefficient, no unit; -1 leaves it out"
    )
    transmon_detuning_MHz: _Off = Field(
        default=0.0, description="the transmon's true frequency less the file's, in MHz"
    )
    resonator_detuning_MHz: _Off = Field(
        default=0.0, description="the resonator's true frequency less the file's, in MHz"
    )
    frequency_noise_MHz: float = Field(
        default=0.0,
        ge=0,
        le=MAX_FREQUENCY_NOISE_MHZ,
        description="spread of the transmon's frequency from shot to shot beyond its own, in MHz",
    )
    rabi_rate_drift: Relative = Field(
        default=0.0,
        description="relative change of the drive line's amplitude from first to last setting",
    )
    frequency_drift_MHz: _Off = Field(
        default=0.0,
        description="change of the transmon's frequency from first to last setting, in MHz",
    )
    readout_drift: Annotated[float, Ge(-0.5), Le(0.5)] = Field(
        default=0.0,
        description="change of both assignment errors from first to last setting, no unit",
    )
    order: Literal["as listed", "interleaved", "random"] = Field(
        default="as listed", description="order of the settings in laboratory time"
    )

    @property
    def act(self) -> bool:
        """Whether there is any fault; the order and the times of no ripple and tail are none."""
        idle = ("order", "drive_ripple_period_ns", "coupling_tail_ns")
        return self != type(self)(**{name: getattr(self, name) for name in idle})

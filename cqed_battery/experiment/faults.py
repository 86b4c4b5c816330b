"""What is wrong in the laboratory beyond what the experiment file's device says."""

from math import inf
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Le
from pydantic import AllowInfNan, Field

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
        le=10,
        description="spread of the transmon's frequency from shot to shot, in MHz",
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
        """Whether there is any fault; the order alone is none."""
        return self != type(self)(order=self.order)

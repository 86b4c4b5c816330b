"""How well the laboratory knows its device before the counts are looked at."""

from math import inf
from typing import Annotated, ClassVar

from annotated_types import Ge, Le
from pydantic import AllowInfNan, Field

from cqed_battery.device.section import Section

Share = Annotated[float, Ge(0), Le(1000)]
"""A standard error relative to the value it belongs to."""
_Megahertz = Annotated[float, Ge(0), Le(1000)]


class Priors(Section):
    """Standard errors of what the file says of device and pulses; 0 takes it for exact."""

    # Defaults: what careful calibrations leave, where the counts themselves cannot tell; wide
    # ones where they can (coupling, frequencies, rates), so that the counts decide.
    section_name: ClassVar[str] = "priors"

    rabi_rate: Share = Field(default=0.003, description="of the Rabi rate, relative, no unit")
    drive_phase_rad: Annotated[float, Ge(0), Le(10)] = Field(
        default=0.1, description="of the drive's phase, in rad"
    )
    transmon_frequency_MHz: _Megahertz = Field(
        default=5.0, description="of the transmon's frequency, in MHz"
    )
    resonator_frequency_MHz: _Megahertz = Field(
        default=5.0, description="of the resonator's frequency, in MHz"
    )
    coupling: Share = Field(default=0.2, description="of g_on, relative, no unit")
    linewidth: Share = Field(default=1.0, description="of the linewidth, relative, no unit")
    dephasing: Share = Field(default=1.0, description="of the dephasing rate, relative, no unit")
    t1: Share = Field(default=0.1, description="of T1, relative, no unit")
    residual_excitation: Share = Field(
        default=0.3, description="of what the reset leaves, relative, beside its own shots, no unit"
    )
    pulse_amplitude: Share = Field(
        default=0.005, description="of the pulses' amplitude, relative, no unit"
    )
    pulse_phase_rad: Annotated[float, Ge(0), Le(1)] = Field(
        default=0.009, description="of the pulses' phase against the drive's, in rad"
    )
    drive_shape: Annotated[float, Ge(0), Le(0.1)] = Field(
        default=0.003,
        description="ripple, droop of the charging drive's amplitude, relative to it, no unit",
    )
    coupling_step: Annotated[float, Ge(0), Le(0.1)] = Field(
        default=0.001,
        description="droop, settling of the coupling (flux pulse) while it charges, relative to its"
        " step, no unit",
    )
    drive_delay_ns: Annotated[float, Ge(0), Le(2)] = Field(
        default=0.3, description="of the charging drive's start against the coupling's, in ns"
    )
    drive_compression: Annotated[float, Ge(0), Le(0.1)] = Field(
        default=0.012,
        description="of the share of the Rabi rate that the line loses, no unit",
    )
    charging_width: Annotated[float, Ge(0), Le(0.1)] = Field(
        default=0.005, description="of a gaussian charging pulse's length, relative, no unit"
    )
    charging_rise: Annotated[float, Ge(0), Le(0.5)] = Field(
        default=0.2, description="of the edges of a flat-top charging pulse, relative, no unit"
    )
    charging_drag: Annotated[float, Ge(0), Le(10)] = Field(
        default=0.1, description="of charging.drag_scale, no unit"
    )
    coupler_ramp: Annotated[float, Ge(0), Le(0.5)] = Field(
        default=0.2, description="of the coupler's ramp time, relative, no unit"
    )
    flux_pulse: Share = Field(
        default=0.005, description="of by how much flux pulses detune, relative, no unit"
    )
    drive_bandwidth_MHz: Annotated[float, AllowInfNan(True)] = Field(
        default=350.0,
        ge=20,
        description="3 dB point that the drive line may well have, in MHz; inf for an ideal line",
    )
    frequency_noise_MHz: Annotated[float, Ge(0), Le(10)] = Field(
        default=0.1, description="spread of the frequency from shot to shot, in MHz"
    )
    rabi_rate_drift: Annotated[float, Ge(0), Le(0.5)] = Field(
        default=0.002, description="change of the line's amplitude within the run, relative"
    )
    frequency_drift_MHz: Annotated[float, Ge(0), Le(100)] = Field(
        default=0.05, description="change of the transmon's frequency within the run, in MHz"
    )
    readout_drift: Annotated[float, Ge(0), Le(0.5)] = Field(
        default=0.003, description="change of the assignment errors within the run, no unit"
    )
    correction: Annotated[float, Ge(0), Le(1)] = Field(
        default=0.02,
        description="of what the model corrects, relative, beyond all of these, no unit",
    )


EXACT = Priors(
    **dict.fromkeys((name for name in Priors.model_fields if name != "drive_bandwidth_MHz"), 0.0),
    drive_bandwidth_MHz=inf,
)
"""Everything as the file says."""

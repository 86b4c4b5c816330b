"""The readout resonator, its probe tone and its amplifier, for the dispersive readout model."""

from typing import ClassVar, Literal

from pydantic import Field

from cqed_battery.device.limits import MAX_RATE_MHZ
from cqed_battery.device.section import Section

_MAX_FACTOR = 1e3  # of a rate under the probe, over the rate without it


class Dispersive(Section):
    """The readout's resonator and amplifier, which count where readout.model is "dispersive"."""

    section_name: ClassVar[str] = "dispersive"

    chi_MHz: float = Field(
        default=1.0,
        gt=0,
        le=MAX_RATE_MHZ,
        description="chi / 2 pi, half the shift: levels 0 and 1 detune by chi and -chi, in MHz",
    )
    chi_leaked_MHz: float = Field(
        default=-3.0,
        ge=-MAX_RATE_MHZ,
        le=MAX_RATE_MHZ,
        description="detuning of the readout resonator with a level above 1, / 2 pi, in MHz",
    )
    linewidth_MHz: float = Field(
        default=2.0,
        gt=0,
        le=MAX_RATE_MHZ,
        description="linewidth of the readout resonator / 2 pi, in MHz",
    )
    photons: float = Field(
        default=4.0, gt=0, le=1e6, description="mean photons of the probe in the steady state"
    )
    efficiency: float = Field(
        default=0.3, gt=0, le=1, description="quantum efficiency of both quadratures, no unit"
    )
    integration_ns: float = Field(
        default=500.0, gt=0, le=1e6, description="integration from the probe's start, in ns"
    )
    weights: Literal["optimal", "boxcar"] = Field(
        default="optimal", description="weights matched to the two pointer states, or all equal"
    )
    relaxation_factor: float = Field(
        default=1.0,
        ge=0,
        le=_MAX_FACTOR,
        description="relaxation rate while the probe is on, over that of transmon.t1_us",
    )
    excitation_factor: float = Field(
        default=1.0,
        ge=0,
        le=_MAX_FACTOR,
        description="thermal excitation rate while the probe is on, over that without it",
    )
    save_iq: bool = Field(default=False, description="whether the IQ point of every shot is saved")

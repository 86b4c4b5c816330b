"""The catalyst: a resonator, its linewidth and its bath."""

from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Le
from pydantic import Field

from cqed_battery.device.limits import MAX_DETUNING_MHZ, MAX_RATE_MHZ, MAX_TEMPERATURE_MK
from cqed_battery.device.section import Section
from cqed_battery.units import thermal_occupation


class Resonator(Section):
    """The catalyst: the resonator, its linewidth and its bath."""

    # Defaults: Zhao 2026, Sec. V (5 GHz, kappa/2pi from 0.5 to 5 MHz, 10 mK).
    section_name: ClassVar[str] = "resonator"
    alternatives: ClassVar[tuple[tuple[str, ...], ...]] = (("detuning_MHz",), ("frequency_GHz",))

    frequency_GHz: float = Field(
        default=5.0, gt=0, le=100, description="frequency of the mode, in GHz"
    )
    detuning_MHz: float | None = Field(
        default=None,
        ge=-MAX_DETUNING_MHZ,
        le=MAX_DETUNING_MHZ,
        examples=[0.0],
        description="mode less the transmon's frequency, in MHz, instead of frequency_GHz",
    )
    linewidth_MHz: float = Field(
        default=1.0, ge=0, le=MAX_RATE_MHZ, description="energy decay rate kappa / 2 pi, in MHz"
    )
    fock_levels: Literal["auto"] | Annotated[int, Ge(2), Le(400)] = Field(
        default="auto", description="how many photon-number states are kept"
    )
    temperature_mK: float = Field(
        default=10.0, ge=0, le=MAX_TEMPERATURE_MK, description="temperature, in mK"
    )

    @property
    def thermal_photons(self) -> float:
        """Bose-Einstein occupation of the mode's bath, no unit."""
        return thermal_occupation(self.frequency_GHz, self.temperature_mK)

"""The [reset] section: how transmon and resonator are emptied before each repetition."""

from typing import ClassVar, Literal

from pydantic import Field

from cqed_battery.device.limits import MAX_RATE_MHZ, MAX_SHOTS
from cqed_battery.device.section import Section

_MAX_RESET_US = 1000.0  # as long as a passive reset takes on the best transmons
_MAX_DDROP_PHOTONS = 30.0  # some 60 Fock levels


class Reset(Section):
    """How the transmon and the resonator are emptied before each repetition."""

    # Defaults: usual values. After 2 us a resonator with kappa/2pi = 1 MHz holds exp(-4 pi) of its
    # photons; after 250 us, five lifetimes of 50 us, a transmon exp(-5) of its excitation.
    section_name: ClassVar[str] = "reset"

    kind: Literal["active", "passive", "none", "f0-g1", "ddrop", "post-selected"] = Field(
        default="active",
        description="measure and flip, wait, nothing, by pulses, by driving, or by selection",
    )
    rounds: int = Field(default=2, ge=1, le=20, description="rounds of the active reset")
    latency_ns: float = Field(
        default=500.0,
        ge=0,
        description="measurement and feedback of one round, in ns; T1 acts meanwhile",
    )
    leakage_per_flip: float = Field(
        default=0.0,
        ge=0,
        le=0.5,
        description="probability that a flip takes level 0 or 1 to level 2, no unit",
    )
    shots: int = Field(
        default=5000,
        ge=1,
        le=MAX_SHOTS,
        description="repetitions that establish the residual excitation",
    )
    rethermalises: bool = Field(
        default=False,
        description="whether T1 acts after an active reset while the resonator empties",
    )
    f0g1_MHz: float = Field(
        default=5.0,
        gt=0,
        le=MAX_RATE_MHZ,
        description="coupling of |2, 0> and |0, 1> under the f0-g1 tone / 2 pi, in MHz",
    )
    upper_rabi_MHz: float = Field(
        default=7.0,
        gt=0,
        le=MAX_RATE_MHZ,
        description="Rabi rate / 2 pi on the 1-2 transition beside the f0-g1 tone, in MHz",
    )
    ddrop_rabi_MHz: float = Field(
        default=1.0,
        gt=0,
        le=MAX_RATE_MHZ,
        description="Rabi rate / 2 pi of ddrop, on the transmon without photons, in MHz",
    )
    ddrop_photons: float = Field(
        default=6.0,
        gt=0,
        le=_MAX_DDROP_PHOTONS,
        description="mean photons that ddrop's second drive holds with level 0",
    )
    drive_us: float = Field(
        default=2.0,
        gt=0,
        le=_MAX_RESET_US,
        description="length of the drives of f0-g1 and ddrop, in us",
    )
    wait_us: float = Field(default=250.0, ge=0, description="wait of the passive reset, in us")
    resonator_wait_ns: float = Field(
        default=2000.0, ge=0, description="time in which the resonator empties, in ns"
    )
    initial_excitation: float | None = Field(
        default=None,
        ge=0,
        le=1,
        examples=[1.0],
        description="population of level 1 that is prepared after the reset, no unit",
    )
    resonator_photons: float = Field(
        default=1.0, ge=0, description="mean photons in the resonator when that wait begins"
    )

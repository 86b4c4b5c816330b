"""The readout resonator, its probe tone and its amplifier, for the dispersive readout model."""

from math import inf
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AllowInfNan, Field, model_validator

from cqed_battery.device.limits import MAX_DETUNING_MHZ, MAX_RATE_MHZ
from cqed_battery.device.section import Section
from cqed_battery.units import mhz_from_ghz

_QUBIT = 2  # levels
_MOST_MIXING = 0.1  # g/Delta up to which the next order, (g/Delta)^4, is below a part in 10^4
_MAX_FACTOR = 1e3  # of a rate under the probe, over the rate without it
_MAX_TIME_NS = 1e6  # of one readout: 1 ms, longer than any transmon's lifetime


class Dispersive(Section):
    """The readout's resonator and amplifier, which count where readout.model is "dispersive"."""

    section_name: ClassVar[str] = "dispersive"
    alternatives: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("g_MHz", "detuning_MHz"),
        ("chi_MHz", "chi_leaked_MHz"),
    )

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
    g_MHz: float | None = Field(
        default=None,
        gt=0,
        le=MAX_RATE_MHZ,
        examples=[100.0],
        description="coupling of transmon and readout resonator / 2 pi, in MHz: chi follows",
    )
    detuning_MHz: float | None = Field(
        default=None,
        ge=-MAX_DETUNING_MHZ,
        le=MAX_DETUNING_MHZ,
        examples=[1500.0],
        description="readout resonator less the transmon where it is read, in MHz, with g_MHz",
    )
    linewidth_MHz: float = Field(
        default=2.0,
        gt=0,
        le=MAX_RATE_MHZ,
        description="linewidth of the readout resonator / 2 pi, in MHz",
    )
    probe_MHz: float = Field(
        default=0.0,
        ge=-MAX_RATE_MHZ,
        le=MAX_RATE_MHZ,
        description="probe less the middle of the resonances of levels 0 and 1, / 2 pi, in MHz",
    )
    photons: float = Field(
        default=4.0,
        gt=0,
        le=1e6,
        description="mean photons in the steady state, with level 0 or 1, whichever has more",
    )
    amplifier: Literal["phase-preserving", "phase-sensitive"] = Field(
        default="phase-preserving",
        description="amplifier of both quadratures, or of the one that tells level 1 from 0",
    )
    efficiency: float = Field(
        default=0.3, gt=0, le=1, description="quantum efficiency of the amplifier, no unit"
    )
    bandwidth_MHz: Annotated[float, AllowInfNan(True)] = Field(
        default=inf,
        ge=0.1,
        description="3 dB point of amplifier and filters, a first-order filter, in MHz",
    )
    delay_ns: float = Field(
        default=0.0,
        ge=0,
        le=_MAX_TIME_NS,
        description="from the end of the pulses to the probe's start, in ns; T1 acts meanwhile",
    )
    start_ns: float = Field(
        default=0.0,
        ge=0,
        le=_MAX_TIME_NS,
        description="from the probe's start to that of the integration, in ns",
    )
    integration_ns: float = Field(
        default=500.0, gt=0, le=_MAX_TIME_NS, description="length of the integration, in ns"
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

    @model_validator(mode="after")
    def _check_pair(self) -> Self:
        if (self.g_MHz is None) != (self.detuning_MHz is None):
            given, absent = ("g_MHz", "detuning_MHz")[:: 1 if self.detuning_MHz is None else -1]
            raise ValueError(
                f"dispersive.{absent} must be given with dispersive.{given}, from which chi follows"
                " together: add it, or state dispersive.chi_MHz in place of both"
            )
        return self

    def derived(self, anharmonicity_GHz: float, levels: int | str) -> "Dispersive":
        """Return the section with chi and the shift of level 2 that g, Delta and alpha give.

        With chi_j = (j + 1) g^2/(Delta + j alpha), Delta = w_q - w_r, level j moves the resonator
        by chi_{j-1} - chi_j, so that chi = g^2 |alpha| / (|Delta| (|Delta| + |alpha|)) for a
        transmon below its resonator; g^2/|Delta| with two levels alone.

        Args:
            anharmonicity_GHz: of the transmon.
            levels: of the transmon, 2 or more, or "auto".

        Raises:
            ValueError: the coupling is not dispersive there, or the levels' order is another.

        Source: Koch et al., Phys. Rev. A 76, 042319, Sec. IV; n_crit = Delta^2/(4 g^2): Blais et
        al., Phys. Rev. A 69, 062320.
        """
        if self.g_MHz is None or self.detuning_MHz is None:
            return self
        apart = abs(self.detuning_MHz)
        if apart < self.g_MHz / _MOST_MIXING:
            raise ValueError(
                f"dispersive.detuning_MHz must be at least {1 / _MOST_MIXING:g} dispersive.g_MHz ="
                f" {self.g_MHz / _MOST_MIXING:g} from 0, or the readout is not dispersive, but is"
                f" {self.detuning_MHz:g}: move the resonator away, or state dispersive.chi_MHz"
            )
        critical = (apart / self.g_MHz) ** 2 / 4
        if self.photons > critical:
            raise ValueError(
                f"dispersive.photons must be at most Delta^2/(4 g^2) = {critical:.3g}, beyond which"
                f" no chi describes the readout, but is {self.photons:g}: lower it, or state"
                " dispersive.chi_MHz"
            )
        chi, leaked = _shifts(
            self.g_MHz, -self.detuning_MHz, mhz_from_ghz(anharmonicity_GHz), levels == _QUBIT
        )
        if not 0 < chi < inf:
            raise ValueError(
                "dispersive.detuning_MHz must put the readout resonator above the transmon, or"
                f" farther below it than its anharmonicity, but is {self.detuning_MHz:g}, where"
                " levels 0 and 1 change sides: move it, or state dispersive.chi_MHz"
            )
        return self.model_copy(update={"chi_MHz": chi, "chi_leaked_MHz": leaked})


def _shifts(g: float, distance: float, alpha: float, qubit: bool) -> tuple[float, float]:
    """Return half of what levels 0 and 1 are apart, and level 2 from their middle, in MHz."""
    if qubit:
        return -(g**2) / distance, 0.0
    ladder = [(j + 1) * g**2 / (distance + j * alpha) for j in range(3)]
    zero, one, two = -ladder[0], ladder[0] - ladder[1], ladder[1] - ladder[2]
    return (zero - one) / 2, two - (zero + one) / 2

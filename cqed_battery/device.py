"""The device: a transmon, a resonator, their coupler, the drive line and the readout.

All values are frozen and keyword-only; each carries its unit in its name.  Frequencies are
cyclic (GHz, MHz), as a laboratory quotes them.  The defaults are the operating point of
Zhao 2026, Sec. V, with what a laboratory has and the paper leaves out.
"""

from typing import Annotated, Any, ClassVar, Literal, Self

from annotated_types import Ge, Le
from pydantic import AllowInfNan, Field, model_validator

from cqed_battery.checks import ExperimentError
from cqed_battery.units import boltzmann_ratio, thermal_occupation
from cqed_battery.values import Section

_MAX_EDGE_NS = 1000.0
_MAX_RATE_MHZ = 5000.0
_SHORTEST_T1_US = 1e-6
_MAX_TEMPERATURE_MK = 1e6


class Transmon(Section):
    """The battery: the levels of the transmon, and how they decay."""

    section_name: ClassVar[str] = "transmon"
    alternatives: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("temperature_mK",),
        ("residual_excitation",),
    )

    frequency_GHz: float = Field(
        default=5.0, gt=0, le=100, description="transition frequency of levels 0 and 1, in GHz"
    )
    anharmonicity_GHz: float = Field(
        default=-0.25,
        ge=-2,
        le=2,
        description="frequency of 1-2 less that of 0-1, in GHz; not 0 with more than 2 levels",
    )
    levels: Literal["auto"] | Annotated[int, Ge(2), Le(10)] = Field(
        default=3, description="how many levels are kept; auto takes as many as it needs"
    )
    t1_us: Annotated[float, AllowInfNan(True)] = Field(
        default=50.0, gt=0, description="lifetime of level 1, in us"
    )
    dephasing_rate_MHz: float = Field(
        default=0.1, ge=0, le=_MAX_RATE_MHZ, description="pure dephasing rate / 2 pi, in MHz"
    )
    dephasing_convention: Literal["coherence", "sigma_z"] = Field(
        default="coherence",
        description="the 0-1 coherence decays at the rate (Zhao 2026, Eq. 9) or twice it (Eq. 16)",
    )
    residual_excitation: float | None = Field(
        default=0.01, ge=0, lt=0.5, description="population of level 1 in equilibrium, no unit"
    )
    temperature_mK: float | None = Field(
        default=None,
        ge=0,
        le=_MAX_TEMPERATURE_MK,
        examples=[50.0],
        description="temperature in equilibrium, in mK, instead of residual_excitation",
    )

    @model_validator(mode="before")
    @classmethod
    def _let_temperature_rule(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        key = "residual_excitation"
        kept = {name: value for name, value in given.items() if name != key or value is not None}
        if given.get("temperature_mK") is not None:
            kept.setdefault(key, None)
        return kept

    @model_validator(mode="after")
    def _check_lifetime(self) -> Self:
        if self.t1_us < _SHORTEST_T1_US:
            raise ValueError(
                f"transmon.t1_us must be at least {_SHORTEST_T1_US:g} us, a fraction of one"
                f" oscillation, but is {self.t1_us}: nothing shorter is a transmon"
            )
        return self

    @model_validator(mode="after")
    def _check_ladder(self) -> Self:
        if self.levels != 2 and self.anharmonicity_GHz == 0.0:
            raise ValueError(
                f"transmon.anharmonicity_GHz must not be 0 with {self.levels} levels, because a "
                "harmonic ladder has no qubit: change it, or set transmon.levels to 2"
            )
        return self

    @property
    def kept_levels(self) -> int:
        """How many levels a calculation keeps.

        Raises:
            ExperimentError: levels is "auto" and has not been resolved to a number yet.
        """
        if self.levels == "auto":
            raise ExperimentError(
                'transmon.levels is "auto", but a number is needed here: predict and emulate '
                "choose one (protocols.prediction.with_enough_levels)"
            )
        return self.levels

    @property
    def excited_population(self) -> float:
        """Population of level 1 of a two-level system in equilibrium, p = n / (2 n + 1)."""
        if self.residual_excitation is not None:
            return self.residual_excitation
        ratio = boltzmann_ratio(self.frequency_GHz, self.temperature_mK or 0.0)
        return ratio / (1.0 + ratio)

    @property
    def thermal_photons(self) -> float:
        """Occupation n of the bath whose two-level equilibrium is p, n = p / (1 - 2 p)."""
        if self.temperature_mK is not None:
            return thermal_occupation(self.frequency_GHz, self.temperature_mK)
        return self.excited_population / (1.0 - 2.0 * self.excited_population)


class Resonator(Section):
    """The catalyst: the resonator, its linewidth and its bath."""

    section_name: ClassVar[str] = "resonator"

    frequency_GHz: float = Field(
        default=5.0, gt=0, le=100, description="frequency of the mode, in GHz"
    )
    linewidth_MHz: float = Field(
        default=1.0, ge=0, le=_MAX_RATE_MHZ, description="energy decay rate kappa / 2 pi, in MHz"
    )
    fock_levels: Literal["auto"] | Annotated[int, Ge(2), Le(400)] = Field(
        default="auto", description="how many photon-number states are kept"
    )
    temperature_mK: float = Field(
        default=10.0, ge=0, le=_MAX_TEMPERATURE_MK, description="temperature, in mK"
    )

    @property
    def thermal_photons(self) -> float:
        """Bose-Einstein occupation of the mode's bath."""
        return thermal_occupation(self.frequency_GHz, self.temperature_mK)


class Coupler(Section):
    """The tunable coupling between the transmon and the resonator."""

    section_name: ClassVar[str] = "coupler"

    g_on_MHz: float = Field(
        default=50.0,
        ge=0,
        le=_MAX_RATE_MHZ,
        description="coupling g / 2 pi while it is open, in MHz",
    )
    g_off_MHz: float = Field(
        default=0.05,
        ge=0,
        le=_MAX_RATE_MHZ,
        description="coupling g / 2 pi left while it is closed, in MHz",
    )
    ramp_ns: float = Field(
        default=1.0, ge=0, le=_MAX_EDGE_NS, description="time it takes to open or close, in ns"
    )


class DriveLine(Section):
    """The microwave drive on the transmon, and its waveform generator."""

    section_name: ClassVar[str] = "drive"

    rabi_rate_MHz: float = Field(
        default=50.0, ge=0, le=_MAX_RATE_MHZ, description="Rabi rate / 2 pi, in MHz"
    )
    frequency_GHz: float = Field(default=5.0, gt=0, description="carrier frequency, in GHz")
    phase_rad: float = Field(default=0.0, description="phase of the carrier, in rad")
    rise_ns: float = Field(
        default=1.0, ge=0, le=_MAX_EDGE_NS, description="time the drive takes to rise, in ns"
    )
    clock_GHz: float = Field(
        default=4.0, gt=0, le=100, description="sample rate of the waveform generator, in GHz"
    )


class Readout(Section):
    """The dispersive readout and its assignment errors."""

    section_name: ClassVar[str] = "readout"

    model: Literal["plain", "dispersive"] = Field(
        default="plain",
        description="the assignment errors below, or those that follow from [dispersive]",
    )
    p1_given_0: float = Field(
        default=0.01, ge=0, lt=1, description="probability to read 1 in level 0, no unit"
    )
    p0_given_1: float = Field(
        default=0.04, ge=0, lt=1, description="probability to read 0 in level 1, no unit"
    )
    leaked_reads_1: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="share of levels above 1 taken for 1, before assignment errors, no unit",
    )
    calibration_shots: int = Field(
        default=10000, ge=1, le=10**9, description="shots of each of the prepared levels 0 and 1"
    )

    @model_validator(mode="after")
    def _check_contrast(self) -> Self:
        if self.p1_given_0 + self.p0_given_1 >= 1.0:
            raise ValueError(
                "readout.p1_given_0 and readout.p0_given_1 must add up to less than 1, or the "
                f"readout tells nothing, but are {self.p1_given_0} and {self.p0_given_1}"
            )
        return self


class Device(Section):
    """Everything that stays the same whatever is done to it."""

    transmon: Transmon = Transmon()
    resonator: Resonator = Resonator()
    coupler: Coupler = Coupler()
    drive: DriveLine = DriveLine()
    readout: Readout = Readout()

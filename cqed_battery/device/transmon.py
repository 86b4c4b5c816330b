"""The battery: a transmon, its levels and how they decay."""

from collections.abc import Mapping
from math import inf, sqrt
from typing import Annotated, Any, ClassVar, Literal, Self

from annotated_types import Ge, Le
from pydantic import AllowInfNan, Field, model_validator

from cqed_battery.device.limits import MAX_FREQUENCY_NOISE_MHZ, MAX_RATE_MHZ, MAX_TEMPERATURE_MK
from cqed_battery.device.section import Section
from cqed_battery.errors import ExperimentError
from cqed_battery.units import (
    boltzmann_ratio,
    mhz_from_angular,
    rate_from_t1_us,
    thermal_occupation,
    us_from_ns,
)

_SHORTEST_T1_US = 1e-6  # 1 ps
_ROUNDING = 1e-9  # of a rate: T2 = 2 T1, written in decimals, is no pure dephasing


class Transmon(Section):
    """The battery: the levels of the transmon, and how they decay."""

    # Defaults: frequency and dephasing of Zhao 2026, Sec. V; anharmonicity, T1 and residual
    # excitation, which the paper leaves out, are usual values.
    section_name: ClassVar[str] = "transmon"
    alternatives: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("temperature_mK",),
        ("residual_excitation",),
    )
    other_alternatives: ClassVar[tuple[tuple[tuple[str, ...], ...], ...]] = (
        (("t2_us",), ("t2_echo_us",), ("dephasing_rate_MHz", "dephasing_convention")),
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
    t1_level2_us: float | None = Field(
        default=None,
        gt=0,
        examples=[25.0],
        description="lifetime of level 2, in us; half of t1_us, as of an oscillator, if left out",
    )
    dephasing_rate_MHz: float = Field(
        default=0.1, ge=0, le=MAX_RATE_MHZ, description="pure dephasing rate / 2 pi, in MHz"
    )
    dephasing_convention: Literal["coherence", "sigma_z"] = Field(
        default="coherence",
        description="the 0-1 coherence decays at the rate (Zhao 2026, Eq. 9) or twice it (Eq. 16)",
    )
    t2_us: float | None = Field(
        default=None,
        gt=0,
        examples=[20.0],
        description="decay time of the 0-1 coherence, in us, instead of dephasing_rate_MHz",
    )
    t2_echo_us: float | None = Field(
        default=None,
        gt=0,
        examples=[30.0],
        description="the same with an echo, beside a slow spread of the frequency, in us",
    )
    frequency_noise_MHz: float = Field(
        default=0.0,
        ge=0,
        le=MAX_FREQUENCY_NOISE_MHZ,
        description="spread of the frequency from shot to shot, in MHz; from both T2, if given",
    )
    residual_excitation: float | None = Field(
        default=0.01, ge=0, lt=0.5, description="population of level 1 in equilibrium, no unit"
    )
    temperature_mK: float | None = Field(
        default=None,
        ge=0,
        le=MAX_TEMPERATURE_MK,
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

    @model_validator(mode="before")
    @classmethod
    def _split_t2(cls, given: Any) -> Any:
        """Turn T2 beside that of an echo into the spread that the echo undoes.

        The coherence exp(-t/T2echo - (s t)^2/2) of a Gaussian spread s falls to 1/e at T2
        (G. Ithier et al., Phys. Rev. B 72, 134519 (2005)): s = sqrt(2)/T' with T' = T2/sqrt(1 -
        T2/T2echo), what a Gaussian decay alone would take.
        """
        keys = ("t2_us", "t2_echo_us")
        if not isinstance(given, dict) or any(given.get(key) is None for key in keys):
            return given
        short, long = (given[key] for key in keys)
        if not all(isinstance(x, int | float) and 0 < x < inf for x in (short, long)):
            return given
        if given.get("frequency_noise_MHz"):
            raise ValueError(
                "transmon.frequency_noise_MHz follows from t2_us and t2_echo_us, but all three are"
                " given: remove one of them"
            )
        if short > long:
            raise ValueError(
                f"transmon.t2_us must be at most transmon.t2_echo_us = {long:g}, as an echo only"
                f" undoes dephasing, but is {short:g}: lower it, or leave one of the two out"
            )
        spread = sqrt(2 * (1 - short / long)) * rate_from_t1_us(short)
        kept = {key: value for key, value in given.items() if key != "t2_us"}
        return kept | {"frequency_noise_MHz": mhz_from_angular(spread)}

    @model_validator(mode="after")
    def _check_lifetime(self) -> Self:
        if self.t1_us < _SHORTEST_T1_US:
            raise ValueError(
                f"transmon.t1_us must be at least {_SHORTEST_T1_US:g} us, a fraction of one"
                f" oscillation, but is {self.t1_us}: nothing shorter is a transmon"
            )
        return self

    @model_validator(mode="after")
    def _dephase(self) -> Self:
        """Derive the pure dephasing from T2: gamma = 1/T2 - (2 n + 1)/(2 T1)."""
        stated = self.t2_us if self.t2_us is not None else self.t2_echo_us
        if stated is None:
            return self
        relaxation = rate_from_t1_us(self.t1_us) * (2 * self.thermal_photons + 1) / 2
        gamma = rate_from_t1_us(stated) - relaxation
        if gamma < -_ROUNDING * relaxation:
            key = "t2_us" if self.t2_us is not None else "t2_echo_us"
            longest = us_from_ns(1 / relaxation)
            raise ValueError(
                f"transmon.{key} must be at most {longest:.6g} us, twice the decay time that"
                f" transmon.t1_us = {self.t1_us:g} and the excitation in equilibrium leave, but is"
                f" {stated:g}: lower it, or raise transmon.t1_us"
            )
        # Past pydantic's freezing, which an assignment would meet.
        object.__setattr__(self, "dephasing_rate_MHz", mhz_from_angular(max(gamma, 0.0)))
        return self

    @model_validator(mode="after")
    def _check_ladder(self) -> Self:
        if self.levels != 2 and self.anharmonicity_GHz == 0.0:
            raise ValueError(
                f"transmon.anharmonicity_GHz must not be 0 with {self.levels} levels, because a "
                "harmonic ladder has no qubit: change it, or set transmon.levels to 2"
            )
        return self

    def implied(self) -> Mapping[str, float]:
        """Return the excitation in equilibrium that a temperature gives."""
        if self.residual_excitation is not None:
            return {}
        return {"residual_excitation": self.excited_population}

    @property
    def kept_levels(self) -> int:
        """How many levels a calculation keeps.

        Raises:
            ExperimentError: levels is "auto" and has not been resolved to a number yet.
        """
        if self.levels == "auto":
            raise ExperimentError(
                'transmon.levels is "auto", but a number is needed here: predict and emulate '
                "choose one (protocols.prediction.predict.with_enough_levels)"
            )
        return self.levels

    @property
    def excited_population(self) -> float:
        """Population of level 1 of a two-level system in equilibrium, p = n / (2 n + 1) < 0.5."""
        if self.residual_excitation is not None:
            return self.residual_excitation
        ratio = boltzmann_ratio(self.frequency_GHz, self.temperature_mK or 0.0)
        return ratio / (1.0 + ratio)

    @property
    def thermal_photons(self) -> float:
        """Occupation n of the bath whose two-level equilibrium is p, n = p / (1 - 2 p), no unit."""
        if self.temperature_mK is not None:
            return thermal_occupation(self.frequency_GHz, self.temperature_mK)
        return self.excited_population / (1.0 - 2.0 * self.excited_population)

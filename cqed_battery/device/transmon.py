"""The battery: a transmon, its levels and how they decay."""

from typing import Annotated, Any, ClassVar, Literal, Self

from annotated_types import Ge, Le
from pydantic import AllowInfNan, Field, model_validator

from cqed_battery.device.limits import MAX_RATE_MHZ, MAX_TEMPERATURE_MK
from cqed_battery.device.section import Section
from cqed_battery.errors import ExperimentError
from cqed_battery.units import boltzmann_ratio, thermal_occupation

_SHORTEST_T1_US = 1e-6  # 1 ps


class Transmon(Section):
    """The battery: the levels of the transmon, and how they decay."""

    # Defaults: frequency and dephasing of Zhao 2026, Sec. V; anharmonicity, T1 and residual
    # excitation, which the paper leaves out, are usual values.
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
        default=0.1, ge=0, le=MAX_RATE_MHZ, description="pure dephasing rate / 2 pi, in MHz"
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

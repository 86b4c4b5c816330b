"""The values of results.json: how an estimate is written there, and the typed reading of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from cqed_battery.operators import ComplexArray, FloatArray

SCHEMA = 1
UNITS = {
    "times": "ns",
    "bloch": "1",
    "energy": "hbar w_q",
    "ergotropy": "hbar w_q",
    "power": "hbar w_q/ns",
    "heat_current": "hbar w_q/ns",
    "heat_integral": "hbar w_q",
    "vacuum_fidelity": "1",
}
SIGN_CONVENTION = (
    "J = dE/dt - P with dE = dW + dQ: J < 0 is energy leaving the battery (the paper calls it"
    " inward); z = P(1) - P(0), the empty battery has z = -1"
)
NINETY_FIVE = 1.959964  # standard normal quantile of 97.5 %


def quantity(
    value: npt.ArrayLike,
    std: npt.ArrayLike,
    method: str,
    *,
    low: npt.ArrayLike | None = None,
    high: npt.ArrayLike | None = None,
    within: tuple[float, float] = (-np.inf, np.inf),
) -> dict[str, Any]:
    """Return value, std, 95 % interval and method as plain lists.

    The interval is value +- 1.96 std, cut to the physical range, unless given.

    Args:
        value: the estimate, any shape.
        std: its standard error, the same shape.
        method: how it was made.
        low: lower end of the interval, the same shape.
        high: upper end of the interval, the same shape.
        within: the physical range.

    Returns:
        `value`, `std`, `ci_low`, `ci_high` and `method`, as `Quantity.of` reads them.
    """
    value, std = np.asarray(value, dtype=float), np.asarray(std, dtype=float)
    low = np.clip(value - NINETY_FIVE * std, *within) if low is None else np.asarray(low)
    high = np.clip(value + NINETY_FIVE * std, *within) if high is None else np.asarray(high)
    return {
        "value": value.tolist(),
        "std": std.tolist(),
        "ci_low": np.minimum(low, value).tolist(),
        "ci_high": np.maximum(high, value).tolist(),
        "method": method,
    }


def floats(values: npt.ArrayLike | None) -> FloatArray:
    """Return numbers of JSON as an array that cannot be changed, null as NaN."""
    array = np.array(values, dtype=np.float64)
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False, kw_only=True)
class Quantity:
    """An estimate: arrays of one shape, () for a single number; NaN where there is none.

    Args:
        value: the estimate, in the unit that the results name (`results["units"]`).
        std: its standard error.
        ci_low: lower end of its 95 % interval.
        ci_high: upper end of its 95 % interval.
        method: how it was made.
    """

    value: FloatArray
    std: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    method: str = ""

    @classmethod
    def of(cls, block: Mapping[str, Any]) -> Self:
        """Read an estimate as `quantity` writes it."""
        return cls(**_numbers(block))


def _numbers(block: Mapping[str, Any]) -> dict[str, Any]:
    arrays = {name: floats(block[name]) for name in ("value", "std", "ci_low", "ci_high")}
    return {**arrays, "method": str(block.get("method", ""))}


@dataclass(frozen=True, eq=False, kw_only=True)
class VacuumFidelity(Quantity):
    """F at the end of charging, each number (): when in ns, and what no number of shots lowers.

    `plain_average` is the textbook estimate; `photon_distribution`, (N,), where the method gives
    one; `sum_rule_bound` the lower bound of F from the battery's data.
    """

    time: float
    systematic: float
    plain_average: float | None = None
    photon_distribution: FloatArray | None = None
    sum_rule_bound: Quantity | None = None

    @classmethod
    def of(cls, block: Mapping[str, Any]) -> Self:
        """Read it from results.json."""
        photons, bound = block.get("photon_distribution"), block.get("sum_rule_bound")
        return cls(
            **_numbers(block),
            time=block["time"],
            systematic=block["systematic"],
            plain_average=block.get("plain_average"),
            photon_distribution=None if photons is None else floats(photons),
            sum_rule_bound=None if bound is None else Quantity.of(bound),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Envelope:
    """The smooth curve through the energy on times of its own in ns, (F,), and its derivative.

    `modes` is None for a Gaussian process.
    """

    times: FloatArray
    energy: Quantity
    energy_derivative: Quantity
    modes: int | None
    frequencies_MHz: FloatArray
    decay_rates_per_us: FloatArray
    reduced_chi2: float
    method: str

    @classmethod
    def of(cls, block: Mapping[str, Any]) -> Self:
        """Read it from results.json."""
        return cls(
            times=floats(block["times"]),
            energy=Quantity.of(block["energy"]),
            energy_derivative=Quantity.of(block["energy_derivative"]),
            modes=block.get("modes"),
            frequencies_MHz=floats(block.get("frequencies_MHz", [])),
            decay_rates_per_us=floats(block.get("decay_rates_per_us", [])),
            reduced_chi2=block["reduced_chi2"],
            method=block["method"],
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class ArmResults:
    """One arm: estimates over the T charging times, (T,), `bloch` (T, 3).

    Args:
        bloch: x, y, z; z = P(1) - P(0).
        energy: E = hbar w_q z/2, and so on in units of hbar w_q.
        ergotropy: what a unitary can take out.
        energy_rate: dE/dt, per ns.
        power: P of the drive, per ns.
        heat_current: J = dE/dt - P, per ns; below 0 energy leaves the battery.
        heat_integral: S, the integral of J from the start.
        bloch_covariance: (T, 3, 3).
        density_matrix: (T, 2, 2).
        envelope: the smooth energy.
        pipeline_bias: what was subtracted from each of the estimates.
        three_outcomes: `leakage` and `bloch` from counts of outcome 2, empty without.
    """

    bloch: Quantity
    energy: Quantity
    ergotropy: Quantity
    energy_rate: Quantity
    power: Quantity
    heat_current: Quantity
    heat_integral: Quantity
    bloch_covariance: FloatArray
    density_matrix: ComplexArray
    envelope: Envelope
    pipeline_bias: Mapping[str, FloatArray]
    three_outcomes: Mapping[str, Quantity]

    @classmethod
    def of(cls, block: Mapping[str, Any]) -> Self:
        """Read an arm from results.json."""
        matrix = block["density_matrix"]
        return cls(
            **{name: Quantity.of(block[name]) for name in CURVES},
            bloch_covariance=floats(block["bloch_covariance"]),
            density_matrix=floats(matrix["real"]) + 1j * floats(matrix["imag"]),
            envelope=Envelope.of(block["envelope"]),
            pipeline_bias={name: floats(bias) for name, bias in block["pipeline_bias"].items()},
            three_outcomes=quantities(block.get("three_outcomes", {})),
        )


CURVES = tuple(part.name for part in fields(ArmResults) if part.type is Quantity)
"""The estimates that every arm has."""


def quantities(blocks: Mapping[str, Mapping[str, Any]]) -> dict[str, Quantity]:
    """Read several estimates by their names."""
    return {name: Quantity.of(block) for name, block in blocks.items()}


@dataclass(frozen=True, eq=False, kw_only=True)
class FittedParameter(Quantity):
    """A device parameter fitted to all counts, numbers (): unit, value of the file, prior width."""

    unit: str
    file: float
    prior: float | None

    @classmethod
    def of(cls, block: Mapping[str, Any]) -> Self:
        """Read it from results.json."""
        prior = None if block["prior"] is None else block["prior"][1]
        return cls(**_numbers(block), unit=block["unit"], file=block["file"], prior=prior)


@dataclass(frozen=True, eq=False, kw_only=True)
class GlobalFitResults:
    """The device model fitted to all counts; only outcome and statement where it fails to converge.

    `parameters` by key of the experiment file, K of them; `correlation`, (K, K); `arms`: estimates
    of each arm by name.
    """

    outcome: str
    statement: str
    deviance: float | None = None
    expected_deviance: float | None = None
    settings: int | None = None
    p_value: float | None = None
    parameters: Mapping[str, FittedParameter] = field(default_factory=dict)
    correlation: FloatArray | None = None
    arms: Mapping[str, Mapping[str, Quantity]] = field(default_factory=dict)

    @classmethod
    def of(cls, block: Mapping[str, Any]) -> Self:
        """Read it from results.json."""
        parameters = {entry["name"]: entry for entry in block.get("parameters", [])}
        read = {
            "parameters": {key: FittedParameter.of(entry) for key, entry in parameters.items()},
            "arms": {arm: quantities(found) for arm, found in block.get("arms", {}).items()},
            "correlation": floats(block["correlation"]) if "correlation" in block else None,
        }
        return cls(**{**block, **read})

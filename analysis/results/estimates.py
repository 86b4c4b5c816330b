"""The values of results.json: how an estimate is written there, and the typed reading of it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import PlainValidator, TypeAdapter

from cqed_battery.operators import FloatArray

T = TypeVar("T")

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
    within: tuple[npt.ArrayLike, npt.ArrayLike] = (-np.inf, np.inf),
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
        `value`, `std`, `ci_low`, `ci_high` and `method`, as `Quantity` has them.
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


def nulls(values: npt.ArrayLike) -> Any:
    """Return an array as plain lists for JSON, null in place of NaN and infinity.

    Args:
        values: numbers, any shape.
    """
    array = np.asarray(values, dtype=float).astype(object)
    array[~np.isfinite(array.astype(float))] = None
    return array.tolist()


def read_typed(kind: Callable[..., T], block: Any) -> T:
    """Return plain values of results.json as one of the types below, or a mapping of them.

    Args:
        kind: the type, such as `Quantity` or `dict[str, Quantity]`.
        block: what JSON holds of it; keys that the type does not name are left out.

    Raises:
        pydantic.ValidationError: the block lacks a value, or holds another kind of value.
    """
    typed: T = _adapter(kind).validate_python(block)
    return typed


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


Floats = Annotated[FloatArray, PlainValidator(floats)]


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

    value: Floats
    std: Floats
    ci_low: Floats
    ci_high: Floats
    method: str = ""

    def __getitem__(self, place: Any) -> "Quantity":
        """Return the estimate at a place of its arrays, such as `bloch[:, 2]`."""
        value, std, low, high = (
            part[place] for part in (self.value, self.std, self.ci_low, self.ci_high)
        )
        return Quantity(value=value, std=std, ci_low=low, ci_high=high, method=self.method)

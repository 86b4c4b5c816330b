"""How the entries of a box are written and checked, each by itself."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from cqed_battery.device.section import as_tuple
from cqed_battery.errors import CqedBatteryError, show_key, show_value

METHOD = "vacuum.method"
MUST = {
    "bounds": "{} must be two numbers, a lower and a higher bound such as [5, 100]",
    "tolerance": "the tolerance of {} must be a number >= 0",
}
"""What an entry must be, by the part of the box where it stands, with a place for its key."""


class DesignError(CqedBatteryError):
    """A box that cannot be read, or a search that cannot be carried out."""


def name_entries(table: Any) -> Any:
    """Name entries by their full key, whether written "a.b" or as a table below."""
    if not isinstance(table, Mapping):
        return table
    found: dict[Any, Any] = {}
    for key, value in table.items():
        below = isinstance(value, Mapping)
        found |= {f"{key}.{name}": own for name, own in value.items()} if below else {key: value}
    return found


def _check_rising(bounds: tuple[float, float]) -> tuple[float, float]:
    if not bounds[0] < bounds[1]:
        raise ValueError("the lower bound comes first")
    return bounds


def is_number(value: Any) -> bool:
    """Say whether a value is a finite number, as TOML writes it."""
    try:
        _NUMBER.validate_python(value)
    except ValidationError:
        return False
    return True


def check_measurement(given: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Return ways to measure by key, each two bounds, or a list of methods."""
    found = {}
    for key, value in given.items():
        if key.partition(".")[0] != "vacuum":
            raise ValueError(f"[measurement] may name keys of [vacuum], but has {show_key(key)}")
        listed = as_tuple(value)
        values = listed if isinstance(listed, tuple) else ()
        if key == METHOD:
            if not values or not all(isinstance(name, str) for name in values):
                raise ValueError(
                    f'{key} in [measurement] must be a list of methods such as ["vacuum-rabi"], but'
                    f" is {show_value(value)}"
                )
        elif len(values) != 2 or not all(map(is_number, values)) or not values[0] < values[1]:
            raise ValueError(f"{MUST['bounds'].format(key)}, but is {show_value(value)}")
        found[key] = values
    return found


STRICT = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
_NUMBER = TypeAdapter(float, config=STRICT)
Entries = BeforeValidator(name_entries)
Bounds = Annotated[tuple[float, float], BeforeValidator(as_tuple), AfterValidator(_check_rising)]

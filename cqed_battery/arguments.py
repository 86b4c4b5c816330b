"""Arguments of the Python interface: numpy's own numbers pass, anything else is one sentence.

A sentence names an argument in backticks; the command line writes its option there instead.
"""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import SupportsFloat, SupportsIndex, TypeVar

from cqed_battery.errors import CqedBatteryError, show_value

Found = TypeVar("Found")
_PICTURES = (".png", ".svg")

LARGEST_SEED = 2**63 - 1
"""A seed fits into a signed 64-bit number, in which netCDF keeps it."""


def whole_number(
    name: str,
    value: object,
    low: int,
    high: int,
    error: type[CqedBatteryError] = CqedBatteryError,
) -> int:
    """Return a whole number from `low` to `high`, Python's or numpy's, as Python's.

    Args:
        name: of the argument.
        value: what was given for it.
        low: the smallest that is taken.
        high: the largest that is taken.
        error: which error a refusal is.

    Raises:
        CqedBatteryError: the value is no whole number, or is out of range.
    """
    if isinstance(value, SupportsIndex) and not isinstance(value, bool):
        whole = value.__index__()
        if low <= whole <= high:
            return whole
    raise error(f"`{name}` must be a whole number from {low} to {high}, but is {show_value(value)}")


def named(name: str, key: str, known: Mapping[str, Found]) -> Found:
    """Return what has a key, in capitals or not.

    Args:
        name: of the argument, in capitals as the command line shows it.
        key: what was given for it.
        known: by keys in capitals.

    Raises:
        CqedBatteryError: nothing has it.
    """
    if key.upper() not in known:
        raise CqedBatteryError(f"{name} must be one of {', '.join(known)}, but was {key!r}")
    return known[key.upper()]


def seed_or(value: object, default: int) -> int:
    """Return a seed as Python's own number, `default` where none is given.

    Args:
        value: what was given for it, None for nothing.
        default: from 0 to `LARGEST_SEED`.

    Raises:
        CqedBatteryError: the seed is no whole number from 0 to `LARGEST_SEED`.
    """
    return default if value is None else whole_number("seed", value, 0, LARGEST_SEED)


def real_number(
    name: str, value: object, high: float, error: type[CqedBatteryError] = CqedBatteryError
) -> float:
    """Return a number above 0 and below `high`, Python's or numpy's, as Python's.

    Args:
        name: of the argument.
        value: what was given for it.
        high: the value must lie below it.
        error: which error a refusal is.

    Raises:
        CqedBatteryError: the value is no number, or is out of range.
    """
    if isinstance(value, SupportsFloat) and not isinstance(value, bool):
        number = float(value)
        if 0 < number < high:
            return number
    most = f"{high:g}".replace("+", "")
    shown = f"{value:g}" if isinstance(value, float) else show_value(value)
    raise error(f"`{name}` must be a number > 0 and < {most}, but is {shown}")


def picture_file(name: str, value: str | PathLike[str]) -> Path:
    """Return the path of a picture to draw.

    Args:
        name: of the argument.
        value: what was given for it.

    Raises:
        CqedBatteryError: it ends in neither .png nor .svg.
    """
    place = Path(value)
    if place.suffix not in _PICTURES:
        raise CqedBatteryError(
            f"`{name}` must end in {' or '.join(_PICTURES)}, but is {place}: name such a file"
        )
    return place

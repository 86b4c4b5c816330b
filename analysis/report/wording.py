"""How numbers, intervals, units and key names are written for a reader."""

import math
from collections.abc import Sequence
from typing import Any

__all__ = ["grouped", "key_and_unit", "number", "sigmas", "value_text", "with_interval"]

UNIT_SUFFIXES = ("GHz", "MHz", "ns", "us", "mK", "rad")
SPOKEN_KEYS = {
    "p1_given_0": "P(1 | 0)",
    "p0_given_1": "P(0 | 1)",
    "t1": "T1",
    "g_on": "g, open",
    "g_off": "g, closed",
}
LONG_LIST = 12


def number(value: float | None, decimals: int) -> str:
    """Write a number with a true minus sign; a dash when there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    text = f"{value:.{decimals}f}"
    if float(text) == 0.0:
        text = text.lstrip("-")
    return text.replace("-", "\N{MINUS SIGN}")


def grouped(count: int) -> str:
    """Write a count with a narrow space between thousands."""
    return f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def decimals_for(low: float | None, high: float | None) -> int:
    """Return the decimals an interval deserves: its half-width to 5-25 %.

    One digit of the half-width when it begins with 4 or more, otherwise two.
    """
    if low is None or high is None or not math.isfinite(high - low) or high == low:
        return 3
    half = abs(high - low) / 2
    place = math.floor(math.log10(half))
    digits = 1 if half / 10.0**place >= 4 else 2
    return min(max(digits - 1 - place, 0), 6)


def with_interval(value: float | None, low: float | None, high: float | None) -> tuple[str, str]:
    """Return a value and its interval as two texts, rounded to the same digit."""
    decimals = decimals_for(low, high)
    interval = f"{number(low, decimals)} to {number(high, decimals)}"
    return number(value, decimals), interval if low is not None else "–"


def sigmas(significance: float | None) -> str:
    """Say how many standard errors speak for or against a claim."""
    if significance is None or not math.isfinite(significance):
        return "significance unknown"
    side = "for" if significance >= 0 else "against"
    return f"{abs(significance):.1f} σ {side} the claim"


def key_and_unit(key: str) -> tuple[str, str]:
    """Split `t1_us` into the words for it and its unit, `("T1", "µs")`."""
    name, _, suffix = key.rpartition("_")
    if suffix not in UNIT_SUFFIXES:
        name, suffix = key, ""
    words = SPOKEN_KEYS.get(name, name.replace("_", " "))
    return words, suffix.replace("us", "µs")


def value_text(value: Any) -> str:
    """Write one entry of the experiment file the way a person would."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        text = "infinite" if math.isinf(value) else f"{value:.12g}"
        return text.replace("-", "\N{MINUS SIGN}", 1) if value < 0 else text
    if isinstance(value, (list, tuple)):
        return _list_text(value)
    return str(value)


def _list_text(values: Sequence[Any]) -> str:
    if len(values) <= LONG_LIST:
        return ", ".join(value_text(entry) for entry in values)
    first, last = value_text(values[0]), value_text(values[-1])
    return f"{first} … {last} ({len(values)} values)"

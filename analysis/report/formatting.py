"""How numbers, intervals, units and key names are written for a reader."""

import math
import re
from collections.abc import Sequence
from typing import Any

from cqed_battery.units import KEY_UNITS

SPOKEN_KEYS = {
    "clock_GHz": "clock rate",
    "fock_levels": "Fock levels",
    "g_off_MHz": "g, closed",
    "g_on_MHz": "g, open",
    "p0_given_1": "P(0 | 1)",
    "p1_given_0": "P(1 | 0)",
    "pulse_ns": "pulse length",
    "rabi_rate_MHz": "Rabi rate",
    "rabi_rate_uncertainty": "Rabi rate uncertainty",
    "ramp_ns": "ramp time",
    "rise_ns": "rise time",
    "t1_us": "T1",
}
TYPED = (
    (re.compile(r"\bhbar\*? ?w_q\b"), "ħω"),
    (re.compile(r"\+-|\+/-"), "±"),
    (re.compile(r"(?<![\w.)])-(?=\d)"), "\N{MINUS SIGN}"),
    (re.compile(r"(?<=\S) - (?=\S)"), " \N{MINUS SIGN} "),
)
LONG_LIST = 12


def number(value: float | None, decimals: int) -> str:
    """Write a number with a true minus sign; a dash when there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:z.{decimals}f}".replace("-", "\N{MINUS SIGN}")


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


def typeset(text: str) -> str:
    """Return plain text with its units, signs and minuses as they are printed."""
    for pattern, printed in TYPED:
        text = pattern.sub(printed, text)
    return text


def sentence(text: str) -> str:
    """Return the text set as a sentence: a capital, unless a symbol begins it; a stop."""
    text = typeset(text.strip())
    first = re.match(r"[a-z]+(?=[\s,:])", text)
    if first and (len(first.group()) > 1 or first.group() == "a"):
        text = text[0].upper() + text[1:]
    return text if not text or text[-1] in ".!?" else f"{text}."


def key_and_unit(key: str) -> tuple[str, str]:
    """Split `t1_us` into the words for it and its unit, `("T1", "µs")`."""
    name, _, suffix = key.rpartition("_")
    if suffix not in KEY_UNITS:
        name, suffix = key, ""
    words = SPOKEN_KEYS.get(key, name.replace("_", " "))
    return words, "µs" if suffix == "us" else suffix


def setting_text(key: str, value: Any) -> tuple[str, str]:
    """Return the words for one entry of the experiment file and its value with unit."""
    words, unit = key_and_unit(key)
    text = value_text(value)
    return words, text if isinstance(value, str) else f"{text} {unit}".strip()


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

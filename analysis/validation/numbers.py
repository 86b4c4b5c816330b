"""Numbers with Monte-Carlo errors, and how they are written."""

import math
from dataclasses import dataclass

_LARGE = 1000.0  # from here a number is a power of ten: nothing that is right is that far off


@dataclass(frozen=True)
class Number:
    """A mean over runs and its Monte-Carlo standard error; nan where there is none."""

    value: float
    error: float

    @property
    def percent(self) -> "Number":
        """The same in percent."""
        return Number(100 * self.value, 100 * self.error)


def show(number: Number, digits: int) -> str:
    """Write a number with its Monte-Carlo error in units of the last digit, "0.95(2)"."""
    if math.isnan(number.value):
        return "-"
    if abs(number.value) >= _LARGE:
        return f"{number.value:.0e}"
    text = f"{number.value:.{digits}f}"
    if math.isnan(number.error):
        return text
    return f"{text}({max(1, math.ceil(number.error * 10**digits))})"

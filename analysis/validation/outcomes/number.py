"""A mean over runs with its Monte-Carlo error, and how it is written."""

import math
from dataclasses import dataclass

import numpy as np

from cqed_battery.operators import FloatArray

_LARGE = 1000.0  # from here a power of ten is written: nothing that is right is that far off


@dataclass(frozen=True)
class Number:
    """A mean over runs and its Monte-Carlo standard error; nan where there is none."""

    value: float
    error: float

    @property
    def percent(self) -> "Number":
        """The same in percent."""
        return Number(100 * self.value, 100 * self.error)


NONE = Number(math.nan, math.nan)


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


def rate(hits: FloatArray) -> Number:
    """Return the share of hits (0 or 1 each) with its binomial standard error.

    (k + 1/2)/(n + 1) stands for the share in the error, so that no hit is not certainty.
    """
    hits = hits[np.isfinite(hits)]
    if hits.size == 0:
        return NONE
    share = (hits.sum() + 0.5) / (hits.size + 1)
    return Number(float(hits.mean()), float(np.sqrt(share * (1 - share) / hits.size)))


def mean_over_runs(values: FloatArray) -> Number:
    """Return the mean over runs, (R,), or over runs and what each holds, (R, K)."""
    if not values.size:
        return NONE
    means = values.reshape(len(values), -1).mean(axis=1)
    spread = means.std(ddof=1) / np.sqrt(len(means)) if len(means) > 1 else np.nan
    return Number(float(means.mean()), float(spread))

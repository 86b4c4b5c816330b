"""What every fitted envelope can do, whichever method fitted it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.stats import norm

from cqed_battery.errors import CqedBatteryError
from cqed_battery.operators import FloatArray

_ROUNDING = 1e-9  # of the measured span, allowed beyond its ends


@dataclass(frozen=True)
class Band:
    """Lower and upper ends of an interval at each time asked for, (F,) each."""

    lower: FloatArray
    upper: FloatArray


class Envelope(Protocol):
    """A smooth curve fitted to T noisy values; times in ns, order 0 the value, 1 its derivative."""

    def value(self, times: FloatArray, order: int = 0) -> FloatArray:
        """Return f (order 0) or df/dt (order 1, per ns), (F,)."""
        ...

    def variance(self, times: FloatArray, order: int = 0) -> FloatArray:
        """Return the variance of `value` by the known noise, (F,)."""
        ...

    def response(self, times: FloatArray, changes: FloatArray, order: int = 0) -> FloatArray:
        """Return how `value` moves, (F, ...), when the data moves by small changes (T, ...)."""
        ...

    def band(
        self,
        times: FloatArray,
        order: int = 0,
        *,
        level: float = 0.95,
        repeats: int = 60,
        seed: int | np.random.SeedSequence = 0,
    ) -> Band:
        """Return where f or df/dt lies at each single time with probability `level`.

        Methods whose band follows from `variance` draw nothing: repeats and seed are for the
        bootstrap of the others.
        """
        ...


def normal_band(value: FloatArray, variance: FloatArray, level: float) -> Band:
    """Return the interval value -+ q sqrt(variance), q the normal quantile of the level."""
    half = normal_quantile(level) * np.sqrt(variance)
    return Band(value - half, value + half)


def normal_quantile(level: float) -> float:
    """Return q such that a standard normal number lies within -+ q with probability `level`."""
    if not 0 < level < 1:
        raise CqedBatteryError(
            f"the level of a band must lie between 0 and 1, but is {level}: 0.95 is usual"
        )
    return float(norm.ppf((1 + level) / 2))


def check_asked(times: FloatArray, order: int, measured: FloatArray) -> None:
    """Refuse derivatives beyond the first, and times outside those measured."""
    if order not in (0, 1):
        raise CqedBatteryError(
            f"the order of an envelope's derivative must be 0 or 1, but is {order}"
        )
    room = _ROUNDING * (measured[-1] - measured[0])
    outside = (times < measured[0] - room) | (times > measured[-1] + room)
    if outside.any():
        raise CqedBatteryError(
            f"an envelope is known from {measured[0]:g} to {measured[-1]:g} ns only, but was asked"
            f" for {times[outside][0]:g} ns: ask within, or measure longer"
        )


def check_data(times: FloatArray, values: FloatArray, std: FloatArray, *, fewest: int) -> None:
    """Refuse data that no method can fit: too few times, out of order, or without a noise."""
    if len(times) < fewest:
        raise CqedBatteryError(
            f"the envelope needs at least {fewest} times, but has {len(times)}: measure more"
        )
    if not len(times) == len(values) == len(std):
        raise CqedBatteryError(
            "times, values and std of an envelope must be equally many, but are"
            f" {len(times)}, {len(values)} and {len(std)}"
        )
    if not all(np.isfinite(array).all() for array in (times, values, std)):
        raise CqedBatteryError(
            "times, values and std of an envelope must be finite: leave out the missing ones"
        )
    if not (np.diff(times) > 0).all():
        raise CqedBatteryError(
            "the times of an envelope must increase, but some repeat or go back: sort them and"
            " merge repeated ones"
        )
    if not (std > 0).all():
        raise CqedBatteryError(
            f"the std of an envelope must be above 0, but its least is {std.min():g}: give every"
            " value its standard error"
        )

"""Noisy samples of a curve, with what is known of it at the first time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from cqed_battery.errors import CqedBatteryError
from cqed_battery.operators import ComplexArray, FloatArray

AnyArray = TypeVar("AnyArray", FloatArray, ComplexArray)

MANY = 500
"""Times beyond which no matrix of times by times is made: 500 take 2 MB each and 10 ms to factor"""

_CHUNK = 256  # times that are worked on at once

FEWEST = 4
"""Times that an envelope needs: fewer do not determine a constant and one oscillation's rate."""


@dataclass(frozen=True)
class Start:
    """What is known at the first time beforehand: value and slope (1/ns), None where unknown.

    `tolerance` is the standard error of both, in their own units.
    """

    value: float | None = None
    slope: float | None = None
    tolerance: float = 1e-3


UNKNOWN_START = Start()


@dataclass(frozen=True)
class WeightedData:
    """N rows: T `measured` values, then what is known at the start, each with its standard error.

    `times` (N,) count from `origin`, the first one, in ns; a row is a value where `orders` (N,) is
    0 and a slope where it is 1.
    """

    origin: float
    times: FloatArray
    values: FloatArray
    sigmas: FloatArray
    orders: FloatArray
    measured: int

    @classmethod
    def of(
        cls, times: FloatArray, values: FloatArray, sigmas: FloatArray, start: Start
    ) -> "WeightedData":
        """Join T measured values with what is known at the first time.

        Args:
            times: increasing, in ns, (T,).
            values: the signal, (T,).
            sigmas: its standard errors, above 0, (T,).
            start: what is known at the first time.

        Raises:
            CqedBatteryError: fewer than 4 times, or data out of order, not finite or without error.
        """
        _check(times, values, sigmas)
        known = [(0, start.value), (1, start.slope)]
        extra = [(order, value) for order, value in known if value is not None]
        return cls(
            origin=float(times[0]),
            times=np.concatenate([times - times[0], np.zeros(len(extra))]),
            values=np.concatenate([values, [value for _, value in extra]]),
            sigmas=np.concatenate([sigmas, np.full(len(extra), start.tolerance)]),
            orders=np.concatenate([np.zeros(len(times)), [order for order, _ in extra]]),
            measured=len(times),
        )

    def rows(self, build: Callable[[FloatArray, int], AnyArray]) -> AnyArray:
        """Return build(times, order) row by row, each at its own order, over its sigma.

        Args:
            build: returns rows (N, ...) at times in ns for an order, 0 for the curve and 1 for its
                slope.

        Returns:
            (N, ...).
        """
        rows = build(self.times, 0)
        slopes = self.orders == 1
        if slopes.any():
            rows[slopes] = build(self.times[slopes], 1)
        return rows / self.sigmas[:, None]


def _check(times: FloatArray, values: FloatArray, std: FloatArray) -> None:
    """Refuse data that no curve can be fitted to."""
    if len(times) < FEWEST:
        raise CqedBatteryError(
            f"the envelope needs at least {FEWEST} times, but has {len(times)}: measure more"
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


def chunks(values: FloatArray) -> list[FloatArray]:
    """Return values (F, ...) in parts of about 256 rows, which are worked on one after the other.

    Args:
        values: one or more rows, (F, ...).
    """
    return np.array_split(values, max(1, -(-len(values) // _CHUNK)))

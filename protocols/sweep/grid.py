"""The grid of a sweep: which parameters of the experiment file take which values."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, product
from math import isfinite, prod

import numpy as np

from cqed_battery.errors import show_value
from cqed_battery.units import KEY_UNITS
from protocols.sweep.point import SweepError, Value

MOST_POINTS = 1_000_000
_MOST_CORNERS = 1024  # that are checked beforehand: all those of ten axes
_LARGEST_WHOLE = 2.0**53  # up to it every whole number is a float


@dataclass(frozen=True)
class Axis:
    """One swept parameter: its key in the experiment file and its values.

    Raises:
        SweepError: there are no values, or one stands there twice.
    """

    key: str
    values: tuple[Value, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise SweepError(f"`over` {self.key} must have at least one value, but has none")
        if len(set(self.values)) < len(self.values):
            raise SweepError(
                f"`over` {self.key} must have each value once, but has one twice: "
                f"{show_value(self.values)}"
            )

    @property
    def dimension(self) -> str:
        """The axis' name in the dataset, with an underscore for the dot."""
        return self.key.replace(".", "_")

    @property
    def unit(self) -> str:
        """The unit of the values, from the key's ending."""
        ending = self.key.rpartition("_")[2]
        return ending if ending in KEY_UNITS else "1"


def parse_axis(text: str) -> Axis:
    """Read `key=start:stop:count` (both ends counted) or `key=a,b,c`.

    Args:
        text: as it is given to `over`.

    Raises:
        SweepError: the text has neither form.

    >>> parse_axis("coupler.g_on_MHz=50:100:3").values
    (50, 75, 100)
    >>> parse_axis("resonator.fock_levels=auto,20").values
    ('auto', 20)
    """
    key, _, given = (part.strip() for part in text.partition("="))
    if not key or not given:
        raise SweepError(
            "`over` must be KEY=START:STOP:COUNT or KEY=A,B,C, such as "
            f"coupler.g_on_MHz=50:100:20, but is {show_value(text)}"
        )
    if ":" in given:
        return Axis(key, _parse_range(key, given))
    return Axis(key, tuple(_literal(value.strip()) for value in given.split(",")))


def _parse_range(key: str, given: str) -> tuple[Value, ...]:
    texts = [part.strip() for part in given.split(":")]
    try:
        start, stop, count = float(texts[0]), float(texts[1]), int(":".join(texts[2:]))
    except (ValueError, IndexError):
        raise SweepError(
            f"`over` {key} must be START:STOP:COUNT, two numbers and a whole number, but is "
            f"{show_value(given)}"
        ) from None
    if not (isfinite(start) and isfinite(stop) and 1 <= count <= MOST_POINTS):
        raise SweepError(
            f"`over` {key} must run between finite numbers in 1 to {MOST_POINTS} values, but is "
            f"{show_value(given)}"
        )
    values = np.linspace(start, stop, count)
    whole = all(isinstance(_literal(text), int) for text in texts) and not (values % 1).any()
    if whole and max(abs(start), abs(stop)) < _LARGEST_WHOLE:
        values = values.astype(np.int64)
    return tuple(values.tolist())


def _literal(text: str) -> Value:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(text, text)


class Grid:
    """All combinations of the axes' values, numbered, the last axis running fastest.

    Raises:
        SweepError: there is no axis, a key stands there twice, or there are too many points.
    """

    def __init__(self, axes: Sequence[Axis]) -> None:
        if not axes:
            raise SweepError("a sweep must have at least one `over`, but has none")
        keys = [axis.key for axis in axes]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise SweepError(f"`over` must name each key once, but names {twice} twice")
        self.axes = tuple(axes)
        self.shape = tuple(len(axis.values) for axis in axes)
        self.count = prod(self.shape)
        if self.count > MOST_POINTS:
            sizes = " x ".join(map(str, self.shape))
            raise SweepError(
                f"a sweep must have at most {MOST_POINTS} points, but `over` asks for {sizes} = "
                f"{self.count}"
            )

    def changes(self, number: int) -> dict[str, Value]:
        """Return the values of a point by key.

        Args:
            number: of the point, from 0 to count - 1.
        """
        places = np.unravel_index(number, self.shape)
        return {axis.key: axis.values[k] for axis, k in zip(self.axes, places, strict=True)}

    def sample(self, most: int) -> list[int]:
        """Return the points along each axis from the first one, at most so many, and corners.

        Args:
            most: points along each axis, at least 1.

        Returns:
            Numbers of points, increasing.
        """
        origin = [0] * len(self.shape)
        found = []
        for axis, size in enumerate(self.shape):
            for k in np.unique(np.linspace(0, size - 1, min(size, most)).astype(int)).tolist():
                found.append([*origin[:axis], k, *origin[axis + 1 :]])
        ends = [sorted({0, size - 1}) for size in self.shape]
        found += map(list, islice(product(*ends), _MOST_CORNERS))
        return np.unique(np.ravel_multi_index(np.transpose(found), self.shape)).tolist()

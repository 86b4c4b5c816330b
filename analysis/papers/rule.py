"""What a number must be for a claim to hold, and findings made of numbers under their rules."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import TypeAlias, TypeVar

from analysis.papers.finding import Finding, Reading


@dataclass(frozen=True)
class Rule:
    """What the number that tests a claim must be; the words that are shown are those that judge.

    Args:
        quantity: what the number is.
        bound: such as "> 0.5 u" or "< 0.1 and > -0.1", which is read as the test; or the test
            itself, where `quantity` is the whole criterion.
        where: the rest of the criterion.
        unit: of the number.

    Raises:
        ValueError: the bound holds no comparison.

    Example:
        >>> rule = Rule("gain", "> 0.5 u", "at t = 1", unit="u")
        >>> rule.criterion, rule.holds(0.6), rule.holds(0.5)
        ('gain > 0.5 u at t = 1', True, False)
    """

    quantity: str
    bound: str | Callable[[float], bool]
    where: str = ""
    unit: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.bound, str) and not self._limits():
            raise ValueError(
                "the bound of a rule must hold a comparison such as '> 0.5', but was "
                f"{self.bound!r}: write <, <=, > or >=, a space and the number"
            )

    @property
    def criterion(self) -> str:
        """The rule in words."""
        bound = self.bound if isinstance(self.bound, str) else ""
        return " ".join(filter(None, (self.quantity, bound, self.where)))

    @property
    def threshold(self) -> float:
        """The first number of the bound, 0 where a function tests."""
        return self._limits()[0][1] if isinstance(self.bound, str) else 0.0

    def holds(self, number: float) -> bool:
        """Say whether a number meets the rule."""
        if isinstance(self.bound, str):
            return all(_COMPARISONS[sign](number, limit) for sign, limit in self._limits())
        return bool(self.bound(number))

    def reading(self, name: str, number: float) -> Reading:
        """Return the reading of that name with its verdict."""
        x = float(number)
        return Reading(
            name=name,
            number=x,
            unit=self.unit,
            criterion=self.criterion,
            holds=self.holds(x),
            margin=self.margin(x),
        )

    def margin(self, number: float) -> float | None:
        """Return how far a number is from the nearest limit, over the larger of the two.

        Args:
            number: under the rule.

        Returns:
            From 0 at the limit; None where a function tests, or where the limit is 0, which has
            no scale.
        """
        limits = [limit for _, limit in self._limits() if limit] if self._said else []
        return min((_distance(number, limit) for limit in limits), default=None)

    @property
    def _said(self) -> bool:
        return isinstance(self.bound, str)

    def _limits(self) -> list[tuple[str, float]]:
        found = re.findall(r"([<>]=?) (-?[\d.e-]+)", str(self.bound))
        return [(sign, float(limit)) for sign, limit in found]


def _distance(number: float, limit: float) -> float:
    return abs(number - limit) / max(abs(number), abs(limit))


_COMPARISONS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def judged(*tests: tuple[Rule, Mapping[str, float]], remark: str = "") -> Finding:
    """Return the finding of numbers, each under its rule.

    Args:
        tests: a rule, and the numbers it judges by the reading's name.
        remark: what a reader must know besides.
    """
    rows = ((rule, name, x) for rule, numbers in tests for name, x in numbers.items())
    readings = tuple(rule.reading(name, x) for rule, name, x in rows)
    return Finding(readings=readings, remark=remark)


Case = TypeVar("Case")
Remark: TypeAlias = str | Callable[[], str]


def told(remark: Remark) -> str:
    """Return the words of a remark, computed now where they hold numbers."""
    return remark if isinstance(remark, str) else remark()


def under(
    readings: Mapping[str, Case], rule: Rule, remark: Remark = ""
) -> Callable[[Callable[[Case], float]], Callable[[], Finding]]:
    """Make a claim's test of the function that returns one number under one reading.

    Args:
        readings: what the function is called with, by the reading's name.
        rule: what each number must be.
        remark: what a reader must know besides, or what returns it.

    Example:
        >>> @under({"cold": 0.0, "warm": 1.0}, Rule("gain", "> 0"))
        ... def gain(occupation: float) -> float:
        ...     return occupation
        >>> gain().verdict
        'holds only if warm'
    """

    def decorate(number: Callable[[Case], float]) -> Callable[[], Finding]:
        """Return the test that judges a number in every reading."""

        @wraps(number)
        def test() -> Finding:
            numbers = {name: number(case) for name, case in readings.items()}
            return judged((rule, numbers), remark=told(remark))

        return test

    return decorate

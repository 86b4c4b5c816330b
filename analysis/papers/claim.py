"""What a paper says, what was computed for it, and the verdict that follows."""

import inspect
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import Any, TypeAlias, TypeVar

NEAR = 0.1
"""Relative distance from a limit below which a verdict is called near."""

HOLDS, FAILS, NOT_TESTABLE = "holds", "fails", "not testable"
DEPENDS = "depends"
"""How a short verdict begins that holds under some readings only."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One reading of a claim, the number that tests it, and whether it then holds.

    `criterion` says what the number must be, so that the verdict can be checked by eye. `margin`
    is the distance from the nearest limit, relative to the larger of the two; None without one.
    """

    name: str
    number: float
    unit: str
    criterion: str
    holds: bool
    margin: float | None = None

    @property
    def near(self) -> bool:
        """Whether the number lies within a tenth of its limit, so that little would turn it."""
        return self.margin is not None and self.margin < NEAR


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was computed for a claim under each reading; `remark` adds what a reader must know.

    `cases` says for single cases whether the claim holds: the values of the paper's options that
    make the case, and the verdict. Without them the readings' names say it.
    """

    readings: tuple[Reading, ...] = ()
    remark: str = ""
    cases: tuple[tuple[frozenset[str], bool], ...] = ()

    @property
    def verdict(self) -> str:
        """Return "holds", "fails", "not testable" or "holds only if" and the readings."""
        held = [reading.name for reading in self.readings if reading.holds]
        if not self.readings:
            return NOT_TESTABLE
        if len(held) == len(self.readings):
            return HOLDS
        return f"holds only if {' or '.join(held)}" if held else FAILS

    @property
    def short(self) -> str:
        """Return the verdict without the readings' names, and whether it is near a limit."""
        held = sum(reading.holds for reading in self.readings)
        partly = 0 < held < len(self.readings)
        words = f"{DEPENDS}: {held} of {len(self.readings)} readings" if partly else self.verdict
        near = sum(reading.near for reading in self.readings)
        return f"{words} ({near} near the limit)" if near else words


@dataclass(frozen=True, kw_only=True)
class PaperClaim:
    """A testable sentence of a paper, in our own words, with its place.

    `compute` tests it; `command` is what a user types to look at the evidence.
    """

    key: str
    place: str
    says: str
    command: str
    compute: Callable[[], Finding]

    @property
    def heading(self) -> str:
        """Return the claim's key and what it claims, as a heading."""
        return f"{self.key}: {self.says.removesuffix('.')}"

    @property
    def figure(self) -> str:
        """Return the key of the figure that the command draws; "" if it draws none."""
        named = re.search(r"--figure (\S+)", self.command)
        return named[1] if named else ""


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


Test = TypeVar("Test", bound=Callable[..., Finding])


@dataclass(frozen=True)
class Claims:
    """The claims of the paper with a short name, each entered where the function stands.

    Example:
        >>> table = Claims("X")
        >>> @table.claim(1, "Fig. 1", "1 --set loss=0")
        ... def grows() -> Finding:
        ...     \"\"\"The energy grows.\"\"\"
        ...     return judged((Rule("gain", "> 0"), {"cold": 0.5}))
        >>> [(claim.key, claim.says, claim.command) for claim in table]
        [('X1', 'The energy grows.', 'cqed-battery paper X --figure 1 --set loss=0')]
    """

    prefix: str
    rows: dict[int, PaperClaim] = field(default_factory=dict)

    def claim(
        self,
        number: int,
        place: str,
        figure: str,
        *arguments: object,
        says: str = "",
        command: str = "",
        **named: Any,
    ) -> Callable[[Test], Test]:
        """Enter a claim that the decorated function tests.

        Args:
            number: of the claim in the paper's order, from 1.
            place: where the paper says it.
            figure: the figure that shows it, with further options of the verb `paper`.
            arguments: what the function is called with; `named` likewise.
            says: the claim in our own words; by default the paragraph of the docstring that starts
                with the paper's short name and a colon, or else its first.
            command: what to type, where no figure shows it.

        Raises:
            ValueError: the number is taken.
        """
        paper = self.prefix.rstrip("-")
        if number in self.rows:
            raise ValueError(f"claim {self.prefix}{number} is entered twice")

        def enter(test: Test) -> Test:
            """Enter a test in the table, its sentence the first part of its docstring."""
            parts = [" ".join(part.split()) for part in str(inspect.getdoc(test)).split("\n\n")]
            own = [part for part in parts if part.startswith(f"{paper}: ")]
            words = (own or parts)[0].removeprefix(f"{paper}: ")
            self.rows[number] = PaperClaim(
                key=f"{self.prefix}{number}",
                place=place,
                says=says or words,
                command=command or f"cqed-battery paper {paper} --figure {figure}",
                compute=partial(test, *arguments, **named),
            )
            return test

        return enter

    def __iter__(self) -> Iterator[PaperClaim]:
        """Yield the claims in the paper's order."""
        return (self.rows[number] for number in sorted(self.rows))

"""What a paper says, what was computed for it, and the verdict that follows."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

HOLDS, FAILS, NOT_TESTABLE = "holds", "fails", "not testable"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One reading of a claim, the number that tests it, and whether it then holds.

    `criterion` says what the number must be, so that the verdict can be checked by eye.
    """

    name: str
    number: float
    unit: str
    criterion: str
    holds: bool


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was computed for a claim under each reading; `remark` adds what a reader must know."""

    readings: tuple[Reading, ...] = ()
    remark: str = ""

    @property
    def verdict(self) -> str:
        """Return "holds", "fails", "not testable" or "holds only if" and the readings."""
        held = [reading.name for reading in self.readings if reading.holds]
        if not self.readings:
            return NOT_TESTABLE
        if len(held) == len(self.readings):
            return HOLDS
        return f"holds only if {' or '.join(held)}" if held else FAILS


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


def judged(
    numbers: Mapping[str, float],
    criterion: str,
    holds: Callable[[float], bool],
    *,
    unit: str = "",
    remark: str = "",
) -> Finding:
    """Return the finding of numbers by reading, all under one criterion.

    Args:
        numbers: what was computed, by the reading's name.
        criterion: what each number must be, in words.
        holds: the same as a test of a number.
        unit: of the numbers.
        remark: what a reader must know besides.
    """
    rows = ((name, float(number)) for name, number in numbers.items())
    readings = [
        Reading(name=name, number=x, unit=unit, criterion=criterion, holds=bool(holds(x)))
        for name, x in rows
    ]
    return Finding(readings=tuple(readings), remark=remark)


Test = TypeVar("Test", bound=Callable[..., Finding])


@dataclass(frozen=True)
class Claims:
    """The claims of the paper with a short name, each entered where the function stands.

    Example:
        >>> table = Claims("X")
        >>> @table.claim(1, "Fig. 1", "1 --set loss=0")
        ... def grows() -> Finding:
        ...     \"\"\"The energy grows.\"\"\"
        ...     return judged({"cold": 0.5}, "gain > 0", lambda gain: gain > 0)
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

"""The claims of a paper: each with its sentence, its place, and the function that tests it."""

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from analysis.papers.finding import Finding


@dataclass(frozen=True, kw_only=True)
class PaperClaim:
    """A testable sentence of a paper, in our own words, with its place.

    `compute` tests it; `drawing` is what a user types to see curves that belong to it, "" where
    there are none.
    """

    key: str
    place: str
    says: str
    drawing: str
    compute: Callable[[], Finding]

    @property
    def heading(self) -> str:
        """Return the claim's key and what it claims, as a heading."""
        return f"{self.key}: {self.says.removesuffix('.')}"

    @property
    def command(self) -> str:
        """Return what a user types to see the numbers that test the claim."""
        return f"cqed-battery claims {self.key}"

    @property
    def figure(self) -> str:
        """Return the key of the figure that `drawing` draws; "" if it draws none."""
        named = re.search(r"--figure (\S+)", self.drawing)
        return named[1] if named else ""


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
        >>> [(claim.key, claim.says, claim.drawing) for claim in table]
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
        drawing: str = "",
        **named: Any,
    ) -> Callable[[Test], Test]:
        """Enter a claim that the decorated function tests.

        Args:
            number: of the claim in the paper's order, from 1.
            place: where the paper says it.
            figure: the figure that belongs to it, with further options of the verb `paper`; ""
                for none.
            arguments: what the function is called with; `named` likewise.
            says: the claim in our own words; by default the paragraph of the docstring that starts
                with the paper's short name and a colon, or else its first.
            drawing: what to type instead, where another verb shows it.

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
                drawing=drawing or (f"cqed-battery paper {paper} --figure {figure}" * bool(figure)),
                compute=partial(test, *arguments, **named),
            )
            return test

        return enter

    def __iter__(self) -> Iterator[PaperClaim]:
        """Yield the claims in the paper's order."""
        return (self.rows[number] for number in sorted(self.rows))

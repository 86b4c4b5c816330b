"""Which reading of a paper fits how many of its sentences at once.

A sentence judged alone may hold under a reading that makes another one fail. Here one value is
taken for every option that the text leaves open, and the sentences that then hold are counted.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

from analysis.papers.finding import Finding

Options: TypeAlias = Sequence[Sequence[str]]
"""Values of each option, the text's own first; synonyms of a value stand in it with " / "."""


@dataclass(frozen=True, kw_only=True)
class JointReading:
    """A choice for every option, and the claims that hold, fail or do not depend on numbers.

    Args:
        name: the values that make a difference; "any reading" if none does.
        own: whether it is the text's own reading, the first value of each option.
        held: keys of the claims that hold.
        failed: keys of those that fail.
    """

    name: str
    own: bool
    held: tuple[str, ...]
    failed: tuple[str, ...]


def joint_readings(findings: Mapping[str, Finding], options: Options) -> list[JointReading]:
    """Return the choices of readings, most sentences first; those that hold alike are one row.

    A claim holds under a choice if a case of it does that names no other value; ranges and points
    that a claim leaves open besides count for it. Claims without such a case are not counted.

    Args:
        findings: what was computed, by the claim's key.
        options: values of each option.

    Example:
        >>> from analysis.papers.rule import Rule, judged
        >>> found = {"X1": judged((Rule("gain", "> 0"), {"cold": 1.0, "warm": -1.0}))}
        >>> [(one.name, one.held) for one in joint_readings(found, [("cold", "warm")])]
        [('cold', ('X1',)), ('warm', ())]
    """
    rows = {key: _rows(finding, options) for key, finding in findings.items()}
    alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[tuple[str, ...]]] = {}
    for choice in product(*options):
        verdicts = {key: _fits(cases, frozenset(choice)) for key, cases in rows.items()}
        held = tuple(key for key, fits in verdicts.items() if fits)
        failed = tuple(key for key, fits in verdicts.items() if fits is False)
        alike.setdefault((held, failed), []).append(choice)
    own = tuple(values[0] for values in options)
    found = [
        JointReading(name=_name(choices, options), own=own in choices, held=held, failed=failed)
        for (held, failed), choices in alike.items()
    ]
    return sorted(found, key=lambda one: len(one.held), reverse=True)


def _rows(finding: Finding, options: Options) -> list[tuple[frozenset[str], bool]]:
    if finding.cases:
        return list(finding.cases)
    values = [value for option in options for value in option]
    return [
        (frozenset(value for value in values if _named(value, one.name)), one.holds)
        for one in finding.readings
    ]


def _named(value: str, name: str) -> bool:
    """Say whether a reading's name holds a value, or a synonym of it, as words of their own."""
    return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", name) for word in value.split(" / "))


def _fits(rows: Iterable[tuple[frozenset[str], bool]], choice: frozenset[str]) -> bool | None:
    held = [holds for values, holds in rows if values <= choice]
    return any(held) if held else None


def _name(choices: Sequence[tuple[str, ...]], options: Options) -> str:
    parts = []
    for place, values in enumerate(options):
        taken = [value for value in values if any(choice[place] == value for choice in choices)]
        if len(taken) < len(values):
            parts.append(" or ".join(taken))
    return ", ".join(parts) or "any reading"

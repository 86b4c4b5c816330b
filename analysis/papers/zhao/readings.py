"""The readings of Zhao's texts: every combination is computed, and told in as few rows as hold.

Five things are left open: where the qubit starts, how the passive state is filled, what the
dephasing is, whether the whole drive acts, and which J is meant.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, wraps
from itertools import permutations, product
from typing import TypeAlias

import numpy as np
import xarray as xr

from analysis.papers.claim import Claims
from analysis.papers.finding import Finding, Reading
from analysis.papers.rule import Remark, Rule, told
from analysis.papers.zhao.model import Zhao
from analysis.papers.zhao.quantities import current_name
from cqed_battery.operators import FloatArray

Case: TypeAlias = Mapping[str, str]
Options: TypeAlias = Mapping[str, Sequence[str]]
Fixed: TypeAlias = Mapping[str, Sequence[str]]

CLAIMS_Z1, CLAIMS_Z2 = Claims("Z1-"), Claims("Z2-")

TIMES = np.linspace(0.0, 60.0, 1201)
LATE = TIMES >= 50.0

START = {"start": ("lower", "upper")}
PASSIVE = {"passive": ("ground first", "opposite", "size of opposite")}
DRIVE = {"drive": ("full", "rotating-wave")}
CURRENT = {"current": ("energy rate", "reduced", "composite", "laboratory")}

Z1_DEPHASING = {"dephasing": ("sigma_z", "trace-growing")}
Z2_DEPHASING = {"dephasing": ("coherence", "sigma_z")}

_PHRASES = {
    "start": "the qubit starts {}",
    "passive": "the passive state is filled {}",
    "dephasing": "the dephasing is that of {}",
    "drive": "the drive is {}",
    "current": "J is {}",
}
_VALUES = {
    "lower": "below",
    "upper": "above",
    "ground first": "ground first",
    "opposite": "the opposite way",
    "size of opposite": "the opposite way with the sign dropped",
    "coherence": "Z2's Eq. 9",
    "sigma_z": "L = sigma_z",
    "trace-growing": "Z1's Eq. 9 as printed",
    "full": "whole",
    "rotating-wave": "its resonant half",
    "energy rate": "the rate of the battery's energy",
    "reduced": "that of the reduced state with the drive",
    "composite": "that of the composite state",
    "laboratory": "what a laboratory infers",
}

_MODEL = ("start", "dephasing", "drive")
_OF_THE_CATALYST = ("omega_c", "g", "kappa", "fock_levels")


@cache
def _run(parameters: tuple[tuple[str, float | str | bool], ...]) -> xr.Dataset:
    return Zhao().replace(dict(parameters)).simulate(TIMES)


def run(case: Case, **changes: float | bool) -> xr.Dataset:
    """Return the model's quantities at `TIMES` under a case's readings, kept once computed."""
    readings = {name: case[name] for name in _MODEL if name in case}
    if changes.get("catalyst") is False:
        changes = {name: v for name, v in changes.items() if name not in _OF_THE_CATALYST}
    return _run(tuple(sorted({**readings, **changes}.items())))


def ergotropy(case: Case, **changes: float | bool) -> FloatArray:
    """Return the ergotropy (T,) with the case's passive order, in u.

    Where the trace grows, the state is exp(gamma_D t/2) times that with L = sigma_z.
    """
    if case.get("dephasing") == "trace-growing":
        rate = changes.get("gamma_D", Zhao().gamma_D) / 2
        return np.exp(rate * TIMES) * ergotropy({**case, "dephasing": "sigma_z"}, **changes)
    found = run(case, **changes)
    if case.get("passive", "ground first") == "ground first":
        return found.ergotropy.to_numpy()
    length = np.linalg.norm(found.bloch.to_numpy(), axis=1)
    opposite = found.energy.to_numpy() - Zhao().omega_a / 2 * length
    return -opposite if case["passive"] == "size of opposite" else opposite


def current(case: Case, **changes: float | bool) -> FloatArray:
    """Return J (T,) in the case's reading, in u^2."""
    return run(case, **changes)[current_name(case.get("current", "reduced"))].to_numpy()


def compared(
    options: Options, rule: Rule, remark: Remark = ""
) -> Callable[[Callable[[Case], float]], Callable[..., Finding]]:
    """Make a claim's test of the function that returns the number of one case of readings.

    What is made takes further options, which replace those of the same name, and another bound,
    for a version of the text whose readings or words differ.

    Args:
        options: the readings' names and values, of which every combination is a case.
        rule: what the number must be.
        remark: what a reader must know besides, or what returns it.
    """

    def decorate(number: Callable[[Case], float]) -> Callable[..., Finding]:
        """Return the test that judges a number in every reading, with other options if given."""

        @wraps(number)
        def test(other: Options | None = None, bound: str = "") -> Finding:
            """Return the finding over all cases."""
            used = replace(rule, bound=bound or rule.bound)
            taken = {**options, **(other or {})}
            pairs = evaluated(taken, number)
            return Finding(
                readings=grouped(taken, pairs, used),
                remark=told(remark),
                cases=judged_cases(taken, pairs, used),
            )

        return test

    return decorate


Numbered: TypeAlias = Sequence[tuple[Case, float]]
"""Cases, each with the number computed for it."""


def evaluated(options: Options, number: Callable[[Case], float]) -> Numbered:
    """Return every combination of the options with its number.

    Args:
        options: the readings' names and values.
        number: of a case.
    """
    cases = [dict(zip(options, values, strict=True)) for values in product(*options.values())]
    return [(case, float(number(case))) for case in cases]


def tags(case: Case) -> frozenset[str]:
    """Return the values of a case, as `OPTIONS` names them."""
    return frozenset(_phrase(option, case[option]) for option in _PHRASES if option in case)


def judged_cases(
    options: Options, pairs: Numbered, rule: Rule
) -> tuple[tuple[frozenset[str], bool], ...]:
    """Return the values that make each case, and whether the claim then holds.

    An option that is computed at one value only, to spare time, is no part of a case.

    Args:
        options: the readings' names and values.
        pairs: cases with their numbers.
        rule: what a number must be.
    """
    varied = {name for name, values in options.items() if len(values) > 1}
    return tuple(
        (tags({name: case[name] for name in varied}), rule.holds(number)) for case, number in pairs
    )


def grouped(options: Options, pairs: Numbered, rule: Rule) -> tuple[Reading, ...]:
    """Return one reading for each group of cases that agree, in as few groups as can be.

    The number shown is that of the group's case nearest to the threshold. A reading's name says
    what its cases have in common; what it does not name makes no difference to the verdict.
    """
    names = list(options)
    trees = [tuple(_split(pairs, order, {}, rule)) for order in permutations(names)]
    return min(trees, key=lambda readings: len(readings))


def _split(pairs: Numbered, order: Sequence[str], fixed: Fixed, rule: Rule) -> Iterator[Reading]:
    """Yield a group's reading, or split it by the first option whose values disagree."""
    if len({rule.holds(number) for _, number in pairs}) == 1:
        nearest = min((number for _, number in pairs), key=lambda n: abs(n - rule.threshold))
        yield rule.reading(_name(fixed, len(pairs)), nearest)
        return
    first, *rest = order
    alike: dict[tuple[bool, ...], list[str]] = {}
    for value in dict.fromkeys(case[first] for case, _ in pairs):
        verdicts = tuple(rule.holds(number) for case, number in pairs if case[first] == value)
        alike.setdefault(verdicts, []).append(value)
    for values in alike.values():
        part = [pair for pair in pairs if pair[0][first] in values]
        said = {**fixed, first: values} if len(alike) > 1 else fixed
        yield from _split(part, rest, said, rule)


def _phrase(option: str, *values: str) -> str:
    return _PHRASES[option].format(" / ".join(_VALUES[value] for value in values))


def _name(fixed: Fixed, count: int) -> str:
    if not fixed:
        return f"any of {count} combinations of readings"
    return ", ".join(_phrase(option, *fixed[option]) for option in _PHRASES if option in fixed)


def listed(
    options: Options,
    rows: Iterable[tuple[str, Callable[[Case], float], Rule]],
    remark: str,
    *,
    every: bool = False,
) -> Finding:
    """Return the finding of several numbers, each with the words that its readings begin with.

    Args:
        options: the readings' names and values.
        rows: words, the number of a case, and what it must be.
        remark: what a reader must know besides.
        every: whether the sentence holds under a reading only if all rows do, as they are its
            parts; otherwise each row is a point or a range of which one suffices.
    """
    readings: list[Reading] = []
    cases: list[tuple[frozenset[str], bool]] = []
    for words, number, rule in rows:
        pairs = evaluated(options, number)
        cases += judged_cases(options, pairs, rule)
        for one in grouped(options, pairs, rule):
            name = words if one.name.startswith("any of") else f"{words}, {one.name}"
            readings.append(replace(one, name=name))
    kept = _taken_together(cases) if every else tuple(cases)
    return Finding(readings=tuple(readings), remark=remark, cases=kept)


def _taken_together(
    cases: Sequence[tuple[frozenset[str], bool]],
) -> tuple[tuple[frozenset[str], bool], ...]:
    """Return each case once, holding where all of its verdicts do."""
    found: dict[frozenset[str], bool] = {}
    for values, holds in cases:
        found[values] = found.get(values, True) and holds
    return tuple(found.items())


def _options(dephasing: Options) -> tuple[tuple[str, ...], ...]:
    # J is first that of Z1's Eq. 11 and Z2's Eqs. 14 and 23, the definition in both texts.
    current = ("reduced", "energy rate", "composite", "laboratory")
    every = {**START, **PASSIVE, **dephasing, **DRIVE, "current": current}
    return tuple(tuple(_phrase(name, value) for value in every[name]) for name in every)


OPTIONS_Z1, OPTIONS_Z2 = _options(Z1_DEPHASING), _options(Z2_DEPHASING)
"""What the texts leave open, one tuple of values for each option, the first the text's own."""

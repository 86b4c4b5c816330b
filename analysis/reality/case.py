"""A published measurement: its parameters, its numbers, and how near the emulator must come.

Parameters, errors and tolerances are written down before the emulator is asked; what disagrees
stays, with its reason.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any, Literal, TypeAlias

import xarray as xr

from analysis.papers.finding import Reading
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment

AGREES, NOT_EXPRESSIBLE, NO_NUMBER = "agrees", "not expressible", "no number to compare"
STANDARD_ERRORS = 1.0
"""How many stated standard errors still agree, for every number of every case."""
_WORST = ("disagrees", "too good", "agrees within", NO_NUMBER, NOT_EXPRESSIBLE, AGREES)

Numbers: TypeAlias = Mapping[str, float]
"""What the emulator gives, by the quantity's name."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """A parameter of the published experiment.

    Args:
        name: as the field calls it.
        value: with its unit, as published.
        source: where it was read.
        from_memory: whether it still has to be checked against the paper.
    """

    name: str
    value: str
    source: str
    from_memory: bool = False


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A measured number, and when the emulator agrees with it.

    Args:
        quantity: what was measured, unique within the case.
        value: in `unit`; None where no number was read off the paper.
        error: the stated standard error; None where none is stated.
        tolerance: the largest difference that still agrees where the error does not decide, in
            `unit`; None where the error decides alone.
        unit: "" for a number without one.
        better: whether a larger or a smaller number is the better device, "" for neither.
        missing: the experiment file's keys that it would need, such as `reset.kind = "cold"`.
        digits: after the point, as the number is shown.
    """

    quantity: str
    value: float | None
    error: float | None = None
    tolerance: float | None = None
    unit: str = ""
    better: Literal["", "higher", "lower"] = ""
    missing: Mapping[str, Any] | None = None
    digits: int = 3

    def verdict(self, emulated: float | None) -> str:
        """Say whether an emulated number agrees, and by how much it does not.

        Args:
            emulated: in `unit`; None where the experiment file cannot express the measurement.
        """
        if emulated is None:
            return NOT_EXPRESSIBLE
        if self.value is None:
            return NO_NUMBER
        difference = emulated - self.value
        if self.error is not None and abs(difference) <= STANDARD_ERRORS * self.error:
            return AGREES
        if self.tolerance is not None and abs(difference) <= self.tolerance:
            return f"agrees within {self.show(self.tolerance)}"
        improved = {"higher": difference > 0, "lower": difference < 0, "": False}[self.better]
        return f"{'too good' if improved else 'disagrees'} by {self.show(abs(difference))}"

    def show(self, number: float) -> str:
        """Return a number with the unit, as it is printed."""
        return f"{number:.{self.digits}f} {self.unit}".strip()


@dataclass(frozen=True, kw_only=True)
class CurveFinding:
    """What tables of the user came to: numbers under their rules, and all curves to draw."""

    readings: tuple[Reading, ...]
    curves: xr.Dataset


@dataclass(frozen=True, kw_only=True)
class Case:
    """A published experiment, as far as the emulator can express it.

    Args:
        key: such as "R1".
        title: what was measured, and by whom.
        source: to look it up.
        parameters: all that is published of it and used.
        keys: of the experiment file, from these parameters alone; empty where none is made.
        free: every parameter that was not published and had to be chosen or fitted, with how.
        beyond: what is computed with Python parts because no key expresses it.
        measured: the numbers to compare with.
        emulate: returns the emulator's numbers for the experiment, by quantity.
        remark: the reason for what disagrees, and what a reader must know.
        curves: compares with tables of the user, if the case has curves.
        recorded: what `curves` gives for the published tables, which are not part of the project.
        draw: returns the emulator's curves, for the page.
    """

    key: str
    title: str
    source: str
    parameters: tuple[Published, ...]
    keys: Mapping[str, Any]
    measured: tuple[Measured, ...]
    emulate: Callable[[Experiment], Numbers] | None = None
    free: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    remark: str = ""
    curves: Callable[[Experiment, Sequence[str | PathLike[str]]], CurveFinding] | None = None
    recorded: tuple[Reading, ...] = ()
    draw: Callable[[Experiment], xr.Dataset] | None = None

    @property
    def experiment(self) -> Experiment:
        """The experiment of the published parameters."""
        return Experiment().replace({"title": self.title, **self.keys})


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A measured number beside the emulator's."""

    measured: Measured
    emulated: float | None

    @property
    def verdict(self) -> str:
        """Whether they agree."""
        return self.measured.verdict(self.emulated)

    @property
    def standard_errors(self) -> float | None:
        """The emulated number less the measured one, in stated standard errors."""
        measured = self.measured
        if self.emulated is None or measured.value is None or measured.error is None:
            return None
        return (self.emulated - measured.value) / measured.error


@dataclass(frozen=True, kw_only=True)
class CaseResult:
    """What a case came to; `curves` is what tables of the user came to, if there were any."""

    case: Case
    comparisons: tuple[Comparison, ...]
    curves: CurveFinding | None = None

    @property
    def verdict(self) -> str:
        """The least favourable verdict of its numbers; "not expressible" counts where some are."""
        return min((row.verdict for row in self.comparisons), key=_rank)

    @property
    def summary(self) -> str:
        """How many of the numbers came to what, "1 too good, 2 agrees", the worst first."""
        kinds = [_WORST[_rank(row.verdict)] for row in self.comparisons]
        return ", ".join(f"{kinds.count(kind)} {kind}" for kind in _WORST if kind in kinds)


def _rank(verdict: str) -> int:
    return next(place for place, word in enumerate(_WORST) if verdict.startswith(word))


def compare(case: Case, tables: Sequence[str | PathLike[str]] = ()) -> CaseResult:
    """Return a case's measured numbers beside the emulator's.

    Args:
        case: of which `emulate` is called once.
        tables: paths of the user's curves, where the case has curves.

    Raises:
        CqedBatteryError: there are tables, but the case has no curves, or a table is refused.
        OSError: a table cannot be read.
    """
    if tables and case.curves is None:
        raise CqedBatteryError(f"case {case.key} has no curves to compare tables with")
    found = case.curves(case.experiment, tables) if tables and case.curves else None
    numbers = case.emulate(case.experiment) if case.emulate else {}
    rows = (
        Comparison(measured=one, emulated=None if one.missing else numbers[one.quantity])
        for one in case.measured
    )
    return CaseResult(case=case, comparisons=tuple(rows), curves=found)

"""What was computed for a claim: numbers under each reading, and the verdict that follows."""

from dataclasses import dataclass

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

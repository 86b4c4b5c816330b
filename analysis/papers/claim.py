"""What a paper says, what was computed for it, and the verdict that follows."""

from collections.abc import Callable
from dataclasses import dataclass

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
class Claim:
    """A testable sentence of a paper, in our own words, with its place.

    `compute` tests it; `command` is what a user types to look at the evidence.
    """

    key: str
    place: str
    says: str
    command: str
    compute: Callable[[], Finding]

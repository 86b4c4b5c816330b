"""The three observations of Zhao 2026, Sec. V, in one table: keys, words, bars and looks.

Verdict, results, report, search and planner ask it. How a number is judged against its bar stands
in `analysis.verdict`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from cqed_battery.experiment import Analysis

__all__ = [
    "ALL_THREE",
    "GAIN",
    "GAIN_MEASURES",
    "HEAT",
    "OBSERVATIONS",
    "VACUUM",
    "VerdictEntry",
    "Judgement",
    "Observation",
    "Outcome",
]


@dataclass(frozen=True, kw_only=True)
class VerdictEntry:
    """One entry of a verdict.

    Args:
        key: its name in the verdict of results.json.
        title: heading of its card on a page.
        label: in tables and legends.
        expected: what Zhao 2026 expects, the end of "Zhao 2026 expects ...".
    """

    key: str
    title: str
    label: str
    expected: str


@dataclass(frozen=True, kw_only=True)
class Observation(VerdictEntry):
    """One observation.

    Args:
        short: one word, with which a search's points name its significance.
        clause: within a sentence.
        number: the number that it rests on, in words.
        symbol: that number's letter.
        unit: that number's unit as it is printed, empty for a pure number.
        bar: key in [analysis] of what the number must exceed; None where the bar is 0.
        colour: in figures, by name (`analysis.report.figures.traces.COLOURS`).
        marker: in figures, as matplotlib has it.
        hatch: of its region in a map, as matplotlib has it.
        look: the style sheet's class for that hatch.
    """

    short: str
    clause: str
    number: str
    symbol: str
    unit: str
    bar: str | None = None
    colour: str
    marker: str
    hatch: str
    look: str

    def bar_in(self, options: Analysis) -> float:
        """Return the bar by the [analysis] section of an experiment.

        Args:
            options: the section [analysis].

        Returns:
            In the number's unit.
        """
        return 0.0 if self.bar is None else float(getattr(options, self.bar))

    @property
    def column(self) -> str:
        """The field of a search's point that says how many standard errors clear the bar."""
        return f"{self.short}_sigmas"

    @property
    def claim(self) -> str:
        """Its name, or how it begins, in the claims of a plan."""
        return self.key.replace("_", "-")


HEAT = Observation(
    key="heat_current_negative",
    short="heat",
    title="Energy leaves the battery early",
    label="J < 0 early",
    clause="J < 0",
    number="exchange early",
    symbol="exchange",
    unit="ħω",
    expected="J < 0 early, read there as energy flowing into the battery.",
    colour="catalysed",
    marker="o",
    hatch="/",
    look="rising",
)
GAIN = Observation(
    key="ergotropy_gain",
    short="gain",
    title="More ergotropy than the control",
    label="ergotropy above control",
    clause="the ergotropy gain",
    number="gain",
    symbol="difference",
    unit="ħω",
    expected="a substantially higher ergotropy than in the control, while J < 0.",
    colour="control",
    marker="s",
    hatch="\\",
    look="falling",
)
VACUUM = Observation(
    key="vacuum_recovered",
    short="vacuum",
    title="The resonator is back in its vacuum",
    label="resonator back in vacuum",
    clause="the return to vacuum",
    number="vacuum fidelity F",
    symbol="F",
    unit="",
    expected="a fidelity with the vacuum near 1 at the end of charging.",
    bar="vacuum_fidelity_threshold",
    colour="gain",
    marker="^",
    hatch=".",
    look="spotted",
)
OBSERVATIONS = (HEAT, GAIN, VACUUM)
GAIN_MEASURES = {"peak": "at the peak", "mean": "as a window mean", "late": "late"}
"""The numbers that the ergotropy gain rests on, as results and claims of a plan name them."""


ALL_THREE = VerdictEntry(
    key="all_three",
    title="All three together",
    label="all three together",
    expected="all three at once.",
)

Outcome = Literal["holds", "fails", "undecided"]


@dataclass(frozen=True)
class Judgement:
    """One observation: outcome, number with 95 % interval, sigmas in favour, and sentences."""

    outcome: Outcome
    value: float | None
    ci_low: float | None
    ci_high: float | None
    significance: float | None
    statement: str
    expected: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the judgement as plain values."""
        return asdict(self)

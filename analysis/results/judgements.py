"""The verdict and the checks of results.json, typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from analysis.observations import ALL_THREE, GAIN, HEAT, VACUUM, Judgement
from analysis.results.estimates import Quantity


@dataclass(frozen=True)
class Check:
    """One check of the pipeline: "pass", "warn" or "fail", its sentence, its own numbers."""

    outcome: str
    statement: str
    numbers: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, block: Mapping[str, Any]) -> Self:
        """Read it from results.json."""
        known = ("outcome", "statement")
        numbers = {name: value for name, value in block.items() if name not in known}
        return cls(block["outcome"], block["statement"], numbers)


@dataclass(frozen=True, eq=False)
class GainJudgement(Judgement):
    """Ergotropy above the control: each measure's judgement, the one that decides, every time.

    `windows` are in ns, `pointwise` is (T,); empty or None without a control.
    """

    parts: Mapping[str, Judgement] = field(default_factory=dict)
    windows: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    criterion: str | None = None
    pointwise: Quantity | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Verdict:
    """The three observations and their conjunction (`analysis.observations`)."""

    heat: Judgement
    gain: GainJudgement
    vacuum: Judgement
    together: Judgement

    @classmethod
    def of(cls, block: Mapping[str, Mapping[str, Any]]) -> Self:
        """Read it from results.json."""
        return cls(
            heat=Judgement.of(block[HEAT.key]),
            gain=_gain(block[GAIN.key]),
            vacuum=Judgement.of(block[VACUUM.key]),
            together=Judgement.of(block[ALL_THREE.key]),
        )


def _gain(block: Mapping[str, Any]) -> GainJudgement:
    parts, pointwise = block.get("parts", {}), block.get("pointwise")
    return GainJudgement(
        **vars(Judgement.of(block)),
        parts={name: Judgement.of(part) for name, part in parts.items()},
        windows={name: tuple(part["window"]) for name, part in parts.items() if "window" in part},
        criterion=block.get("criterion"),
        pointwise=None if pointwise is None else Quantity.of(pointwise),
    )

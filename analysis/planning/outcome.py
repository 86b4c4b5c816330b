"""A plan as a value: its options, what limits it, and the experiments that carry it out."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from analysis.planning.claims import Claim
from analysis.planning.solve import Goal
from analysis.planning.summary import Option
from cqed_battery.experiment import Experiment

Method = Literal["model-free", "global"]


@dataclass(frozen=True)
class Plan:
    """A plan: `options` by name, the recommended one's experiment, and what limits it.

    `outcome` is "planned", or "refused" with the reason in `statement` and no options.
    """

    claim: Claim
    method: Method
    goal: Goal
    outcome: Literal["planned", "refused"]
    statement: str
    values: list[float]
    ceiling: float
    ceiling_with_calibration: float
    floor: dict[str, float] = field(default_factory=dict)
    options: dict[str, Option] = field(default_factory=dict)
    shares: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    experiment: Experiment | None = None
    pilot: Experiment | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the plan as plain values for JSON; a ceiling that is not reached is None."""
        endless = {
            "ceiling": self.ceiling,
            "ceiling_with_calibration_of_file": (self.ceiling_with_calibration),
        }
        return {
            "claim": self.claim.text,
            "estimator": self.method,
            "wanted": {"sigma": self.goal.sigma, "standard_error": self.goal.precision},
            "outcome": self.outcome,
            "statement": self.statement,
            "values": self.values,
            **{name: x if np.isfinite(x) else None for name, x in endless.items()},
            "cramer_rao": self.floor,
            "options": {name: option.as_dict() for name, option in self.options.items()},
            "variance_shares": self.shares,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Budget:
    """What may be spent in place of a number of sigmas: shots, or hours."""

    shots: float | None = None
    hours: float | None = None

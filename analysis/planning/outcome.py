"""A plan as a value: its options, what limits it, and the experiments that carry it out."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from analysis.planning.claims import Claim, PlanError
from analysis.planning.solve import Goal
from analysis.planning.summary import Option
from analysis.results.blocks import axis_dict
from cqed_battery.experiment import Experiment
from cqed_battery.files.html_table import html_table
from cqed_battery.units import show_hours
from protocols.settings.settings import Settings

Method = Literal["model-free", "global"]
_HEADERS = ("plan", "shots", "time", "sigmas")


@dataclass(frozen=True, repr=False)
class Plan:
    """A plan: `options` by name, the recommended one's experiment, and what limits it.

    `outcome` is "planned", or "refused" with the reason in `statement` and no options. `narrowed`
    is the standard error with one calibration twice as good, over what it is, the best first.
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
    narrowed: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    experiment: Experiment | None = None
    pilot: Experiment | None = None

    def plot(self, axes: Any = None) -> Any:
        """Draw the shots of every setting over charging time, a panel for each arm.

        Args:
            axes: matplotlib axes to draw into, one for each arm, by default new ones.

        Returns:
            The axes.

        Raises:
            PlanError: the plan is refused, so that there are no shots.
        """
        from analysis.report.figures.plots import plot_shots

        shots = self.recommended_shots()
        if shots is None:
            raise PlanError(f"a refused plan has no shots to draw: {self.statement}")
        return plot_shots(shots, axes)

    def __repr__(self) -> str:
        rows = (f"{row[0]}: {row[1]} shots, {row[2]}, {row[3]} sigmas" for row in self._rows())
        return "\n".join([f"Plan, {self.outcome}: {self.statement}.", *rows])

    def _repr_html_(self) -> str:
        title = f"{self.claim.text}, {self.outcome}"
        return html_table(title, _HEADERS, self._rows(), (f"{self.statement}.", *self.notes))

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (name, f"{option.total:.4g}", show_hours(option.hours), f"{option.sigmas:.3g}")
            for name, option in self.options.items()
        ]

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
            "narrowed_by": self.narrowed,
            "notes": list(self.notes),
        }

    def recommended_shots(self) -> dict[str, Any] | None:
        """Return the shots of every setting as plain values, None for a refused plan.

        Times in ns, (T,), and what is swept; arms by name, (T, 3) in the order x, y, z; calibration
        of the prepared levels, (2,); vacuum without and with the pi pulse, (2, K), and its exchange
        times in ns, (K,), both empty where it is not measured; where there is an extraction its
        shots by arm, before and after, (K, 2), and its times in ns.
        """
        if self.experiment is None:
            return None
        settings = Settings(self.experiment)
        shots, times = settings.shots, settings.exchange_times
        return {
            "times": settings.times.tolist(),
            "axis": axis_dict(self.experiment),
            "arms": {arm: settings.arm_part(shots, arm).tolist() for arm in settings.arms},
            "calibration": shots[settings.calibration].tolist(),
            "vacuum": settings.vacuum_part(shots).tolist() if len(times) else [],
            "exchange_times": times.tolist(),
            **self._extraction(settings),
        }

    @staticmethod
    def _extraction(settings: Settings) -> dict[str, Any]:
        if not settings.extraction_places:
            return {}
        times = settings.times[settings.extraction_places]
        shots = settings.extraction_part(settings.shots)
        each = {arm: part.tolist() for arm, part in zip(settings.arms, shots, strict=True)}
        return {"extraction": each, "extraction_times": times.tolist()}


@dataclass(frozen=True)
class Budget:
    """What may be spent in place of a number of sigmas: shots, or hours."""

    shots: float | None = None
    hours: float | None = None

"""Measure round by round until a claim is decided."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.planning.rounds import Judged, Rounds
from cqed_battery.operators import IntArray


@dataclass(frozen=True)
class Round:
    """One round: its shots, its hours, and what all counts so far say after it."""

    shots: int
    settings: int
    hours: float
    judged: Judged

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "shots": self.shots,
            "settings": self.settings,
            "hours": self.hours,
            "decision": self.judged.decision,
            "values": self.judged.values.tolist(),
            "standard_errors": self.judged.errors.tolist(),
            "sigmas": self.judged.sigmas,
        }


def measure(
    rounds: Rounds,
    take: Callable[[IntArray], IntArray],
    table: IntArray | None = None,
    done: int = 0,
    each: Callable[[Round], None] | None = None,
) -> list[Round]:
    """Measure round by round until the claim is decided, or the rounds are over.

    Args:
        rounds: of the claim.
        take: measures shots of every setting, (M,), and returns all counts so far, (M, 2).
        table: counts that are there, (M, 2); by default none.
        done: rounds that they come from.
        each: called after each round.

    Returns:
        The rounds that were measured.
    """
    counts = np.zeros((rounds.settings.size, 2), dtype=np.int64) if table is None else table
    found: list[Round] = []
    for _ in range(done, rounds.most):
        shots = rounds.next_shots(counts)
        if not shots.any():
            break
        hours = rounds.hours(shots)
        counts = take(shots)
        judged = rounds.judge(counts)
        found.append(Round(int(shots.sum()), int((shots > 0).sum()), hours, judged))
        if each is not None:
            each(found[-1])
        if judged.decision != "undecided":
            break
    return found

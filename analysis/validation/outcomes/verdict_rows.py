"""What drawn devices say of the verdicts, and of which errors of a laboratory cost coverage."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import get_args

import numpy as np

from analysis.observations import OBSERVATIONS
from analysis.observations import Outcome as Said
from analysis.validation.devices.off_file import UNIFORM
from analysis.validation.outcomes.number import Number, mean_over_runs, rate
from analysis.validation.repeats.claims import Claimed
from analysis.validation.repeats.repeat import Outcome
from cqed_battery.operators import FloatArray

STRENGTHS = (0.0, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 20.0, inf)
"""Borders in standard errors between which the share of decided verdicts is stated."""

_LARGE, _LARGE_SHARE = 1.0, 2 / 3  # from where an error is large: in standard deviations, in shares


@dataclass(frozen=True)
class ClaimRow:
    """One claim over the runs of drawn devices that have a number for it.

    Args:
        claim: its key.
        outcomes: how many runs say what.
        contradicting: share of runs whose outcome the truth contradicts.
        decided: share of runs that hold or fail, by how far the truth is from the bar, a number
            for each interval of `STRENGTHS`.
        runs: how many runs are in each interval.
    """

    claim: str
    outcomes: dict[Said, int]
    contradicting: Number
    decided: tuple[Number, ...]
    runs: tuple[int, ...]


@dataclass(frozen=True)
class ErrorRow:
    """Coverage of the 95 % intervals where one error of the laboratory is large, and elsewhere.

    An error is large beyond a standard deviation, or in the last third where it is uniform.
    """

    error: str
    large: Number
    small: Number


def claim_rows(outcomes: Sequence[Outcome]) -> tuple[ClaimRow, ...]:
    """Return a row for every claim that a run has a number for.

    Args:
        outcomes: of drawn devices; those without claims count for nothing.
    """
    found = []
    for claim in (observation.key for observation in OBSERVATIONS):
        said = [outcome.claims[claim] for outcome in outcomes if claim in outcome.claims]
        if said:
            found.append(_claim_row(claim, said))
    return tuple(found)


def _claim_row(claim: str, said: Sequence[Claimed]) -> ClaimRow:
    strength = np.array([each.strength for each in said])
    decided = np.array([each.outcome != "undecided" for each in said], float)
    place = np.searchsorted(STRENGTHS, strength, side="right") - 1
    parts = [decided[place == number] for number in range(len(STRENGTHS) - 1)]
    return ClaimRow(
        claim,
        {name: sum(each.outcome == name for each in said) for name in get_args(Said)},
        rate(np.array([each.contradicts for each in said], float)),
        tuple(rate(part) for part in parts),
        tuple(len(part) for part in parts),
    )


def error_rows(outcomes: Sequence[Outcome]) -> tuple[ErrorRow, ...]:
    """Return the coverage by what was off, of all quantities and estimators.

    Args:
        outcomes: of drawn devices; those of which nothing is known to be off count for nothing.
    """
    runs = [outcome for outcome in outcomes if outcome.off]
    covered = np.array([_covered(outcome) for outcome in runs])
    found = []
    for name in runs[0].off if runs else ():
        large = np.array([_is_large(name, outcome.off[name]) for outcome in runs])
        parts = (mean_over_runs(covered[chosen][:, None]) for chosen in (large, ~large))
        found.append(ErrorRow(name, *parts))
    return tuple(found)


def _is_large(name: str, error: float) -> bool:
    return error > _LARGE_SHARE if name in UNIFORM else abs(error) > _LARGE


def _covered(outcome: Outcome) -> float:
    """Return the share of a run's intervals that hold the truth."""
    parts: Iterable[FloatArray] = (
        np.ravel(each.covered) for found in outcome.errors.values() for each in found.values()
    )
    return float(np.nanmean(np.concatenate(list(parts))))

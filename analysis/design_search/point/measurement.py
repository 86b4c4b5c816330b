"""How the resonator of a point is measured: the way that tells F best, of those a box allows."""

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from math import isfinite
from typing import Any

import numpy as np

from analysis.design_search.box.box import Box
from analysis.design_search.box.objective import Objective
from analysis.design_search.point.significance import Sigmas
from analysis.estimators.expectation import Expectation
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from protocols.prediction.predict import read_by
from protocols.resonator import check_vacuum

_COMPARED = 8  # of the ways that a device serves
_NUMBER = re.compile(r"[-+]?\d[\d.]*(?:e[-+]?\d+)?")

Way = Mapping[str, Any]
"""Keys of [vacuum] with the values of one way to measure."""


class UnmeasuredError(CqedBatteryError):
    """No way that the box allows can measure the resonator of a point."""


def ways(box: Box) -> tuple[Way, ...]:
    """Return the ways that a box allows, the experiment's own where it names none.

    Args:
        box: whose `measurement` names methods, and bounds of numbers.
    """
    keys = list(box.measurement)
    values = [_values(box.measurement[key], box.way_values) for key in keys]
    return tuple(dict(zip(keys, found, strict=True)) for found in product(*values))


def _values(given: tuple[Any, ...], count: int) -> list[Any]:
    if isinstance(given[0], str):
        return list(given)
    low, high = given
    spaced = np.geomspace(low, high, count) if low > 0 else np.linspace(low, high, count)
    return [float(value) for value in spaced]


def best_way(
    experiment: Experiment, expected: Expectation, objective: Objective, allowed: tuple[Way, ...]
) -> tuple[int, Sigmas]:
    """Return the number of the way that stands clearest of F's bar, and what all shots then tell.

    Of those that the device serves, eight are compared.

    Args:
        experiment: of the point.
        expected: both arms, exact, the resonator not yet measured.
        objective: whose hours the shots fill.
        allowed: the ways.

    Raises:
        UnmeasuredError: the device serves none; why not by the first one of each reason.
    """
    refused: list[str] = []
    found: list[tuple[float, int, Sigmas]] = []
    for number in _compared(_served(experiment, allowed, refused)):
        try:
            chosen = experiment.replace(dict(allowed[number]))
            read = replace(expected, prediction=read_by(expected.prediction, chosen))
            sigmas = Sigmas(chosen, read, objective)
            if len(allowed) == 1:
                return number, sigmas
            reached = sigmas.vacuum_within(objective.hours)
        except CqedBatteryError as error:
            refused.append(str(error))
            continue
        found.append((reached if isfinite(reached) else -np.inf, -number, sigmas))
    if not found:
        raise UnmeasuredError(_reasons(refused))
    _, number, sigmas = max(found, key=lambda each: each[:2])
    return -number, sigmas


def _served(experiment: Experiment, allowed: tuple[Way, ...], refused: list[str]) -> list[int]:
    """Return the numbers of the ways that the device serves, and keep why it refuses others."""
    served = []
    for number, way in enumerate(allowed):
        try:
            check_vacuum(experiment.replace(dict(way)))
        except CqedBatteryError as error:
            refused.append(str(error))
        else:
            served.append(number)
    return served


def _compared(served: list[int]) -> list[int]:
    """Return some of the numbers, evenly spread, both ends among them."""
    count = min(len(served), _COMPARED)
    return [served[place] for place in np.linspace(0, len(served) - 1, count).round().astype(int)]


def _reasons(refused: list[str]) -> str:
    """Return why every way is refused: of those that differ in their numbers alone, the last.

    That is the one nearest to what another reason refuses; of several reasons the advice is left
    out, since what helps against one is what another forbids.
    """
    kinds = {kind_of(reason): reason for reason in refused}
    if len(kinds) == 1:
        return next(iter(kinds.values()))
    return "; ".join(reason.partition(": ")[0] for reason in kinds.values())


def kind_of(reason: str) -> str:
    """Return a reason without its numbers.

    Args:
        reason: a sentence that refuses a value.
    """
    return _NUMBER.sub("", reason)

"""How the resonator of a point is measured: the way that tells F best, of those a box allows."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from math import isfinite
from typing import Any

import numpy as np

from analysis.design_search.box import WAY_VALUES, Box, Objective
from analysis.design_search.sigmas import Sigmas
from analysis.estimators.expectation import Expectation
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from protocols.prediction.predict import read_by

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
    values = [_values(box.measurement[key]) for key in keys]
    return tuple(dict(zip(keys, found, strict=True)) for found in product(*values))


def _values(given: tuple[Any, ...]) -> list[Any]:
    if isinstance(given[0], str):
        return list(given)
    low, high = given
    spaced = np.geomspace(low, high, WAY_VALUES) if low > 0 else np.linspace(low, high, WAY_VALUES)
    return [float(value) for value in spaced]


def best_way(
    experiment: Experiment, expected: Expectation, objective: Objective, allowed: tuple[Way, ...]
) -> tuple[int, Sigmas]:
    """Return the number of the way that stands clearest of F's bar, and what all shots then tell.

    Args:
        experiment: of the point.
        expected: both arms, exact, the resonator not yet measured.
        objective: whose hours the shots fill.
        allowed: the ways.

    Raises:
        UnmeasuredError: the device serves none; why not by the first one.
    """
    found: list[tuple[float, int, Sigmas]] = []
    refused: list[str] = []
    for number, way in enumerate(allowed):
        try:
            chosen = experiment.replace(dict(way))
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
        raise UnmeasuredError(refused[0])
    _, number, sigmas = max(found, key=lambda each: each[:2])
    return -number, sigmas

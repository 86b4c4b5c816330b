"""How many shots a goal needs, for given proportions and for optimal ones."""

from dataclasses import dataclass
from math import exp, log

import numpy as np
from scipy.optimize import brentq

from analysis.estimators.linear import LEAST_STD, Estimator, Linear
from analysis.planning.allocation import mixed, optimal_design
from cqed_battery.operators import FloatArray

_ENDLESS = 1e13  # shots in each setting that leave only what shots do not lower
_CLOSE = 1e-4  # of log N
_ROUNDS = 4  # in which budget and design are found in turn, at most
_SAME = 1e-3  # relative change of the budget at which they agree


@dataclass(frozen=True)
class Goal:
    """What is wanted: every one of Q numbers `sigma` standard errors above 0, or so precise.

    `precision` is None, or the standard error that is wanted; then sigma is 1.
    """

    sigma: float
    precision: float | None = None

    def sizes(self, linear: Linear) -> FloatArray:
        """Return what a standard error is compared with, (Q,).

        Args:
            linear: Q numbers to first order.

        Returns:
            The numbers themselves, or the precision that is wanted, in their unit.
        """
        if self.precision is None:
            return linear.value
        return np.full(len(linear.value), self.precision)

    def reached(self, linear: Linear, frequency: FloatArray, shots: FloatArray) -> float:
        """Return the least size over standard error, all causes included; sigma is wanted.

        Args:
            linear: Q numbers to first order.
            frequency: of outcome 1, in [0, 1], (M,).
            shots: of every setting, at least 0, (M,).
        """
        return float(self.over(linear, linear.std(frequency, shots)).min())

    def over(self, linear: Linear, std: FloatArray) -> FloatArray:
        """Return each size over its standard error, (Q,).

        Args:
            linear: Q numbers to first order.
            std: their standard errors, at least 0, (Q,).
        """
        return self.sizes(linear) / np.maximum(std, LEAST_STD)


def sigmas(estimator: Estimator, goal: Goal, shots: FloatArray) -> float:
    """Return the sigmas that shots (M,) reach.

    Args:
        estimator: of the claim's numbers.
        goal: what is wanted.
        shots: of every setting, at least 0, (M,).
    """
    return goal.reached(estimator.linear(shots), estimator.frequency, shots)


def ceiling(estimator: Estimator, goal: Goal, held: FloatArray) -> float:
    """Return the sigmas of endless shots in all settings but those held, (M,), 0 where not.

    Args:
        estimator: of the claim's numbers.
        goal: what is wanted.
        held: shots of the settings that keep them, 0 elsewhere, (M,).
    """
    endless = np.where(held > 0, held, _ENDLESS)
    return sigmas(estimator, goal, endless)


def needed_budget(
    estimator: Estimator, goal: Goal, share: FloatArray, held: FloatArray
) -> float | None:
    """Return N such that N * share + held reaches the goal, None where no N does.

    share and held are (M,); the significance rises with N.

    Args:
        estimator: of the claim's numbers.
        goal: what is wanted.
        share: shots of every setting per unit of the budget, at least 0, (M,).
        held: shots that are there anyway, (M,).

    Returns:
        N, in the unit of the budget.
    """

    def short(logarithm: float) -> float:
        """Return how many sigmas are missing at a logarithm of N."""
        return goal.sigma - sigmas(estimator, goal, exp(logarithm) * share + held)

    low, high = log(1e-12), log(_ENDLESS / float(share[share > 0].min()))
    if short(high) > 0:
        return None
    if short(low) <= 0:
        return exp(low)
    return exp(brentq(short, low, high, xtol=_CLOSE))


@dataclass(frozen=True)
class Proportions:
    """Shots per unit of cost, (M,), of the optimal design and of its mixture with uniform."""

    optimal: FloatArray
    mixture: FloatArray
    gap: float


def proportions(
    estimator: Estimator, goal: Goal, cost: FloatArray, budget: float, share: float
) -> Proportions:
    """Return the optimal design of a budget over own settings and calibration, and the mixture.

    Args:
        estimator: of the claim's numbers.
        goal: what is wanted.
        cost: of one shot in each setting, in hours, (M,).
        budget: in hours.
        share: of the optimal design in the mixture, from 0 to 1.
    """
    own = estimator.own
    allowed = own.copy()
    allowed[:2] = 1.0  # the calibration
    sizes = np.abs(goal.sizes(estimator.linear(allowed * budget / float(allowed @ cost))))
    design = optimal_design(estimator, sizes, cost, budget, allowed)
    optimal = design.shots / float(design.shots @ cost)
    return Proportions(optimal, mixed(optimal, own, cost, share), design.gap)


def needed_design(
    estimator: Estimator, goal: Goal, cost: FloatArray, share: float, *, pure: bool
) -> FloatArray | None:
    """Return the shots (M,) of the optimal design, or of the mixture, that reach the goal.

    The design depends on its budget where priors or weights do, so both are found in turn.

    Args:
        estimator: of the claim's numbers.
        goal: what is wanted.
        cost: of one shot in each setting, in hours, (M,).
        share: of the optimal design in the mixture, from 0 to 1.
        pure: whether the optimal design is wanted, without the uniform part.

    Returns:
        Shots, not yet whole; None where no number of them reaches the goal.
    """
    budget = float(cost @ (estimator.own * 1000))
    shots = None
    for _ in range(_ROUNDS):
        found = proportions(estimator, goal, cost, budget, share)
        chosen = found.optimal if pure else found.mixture
        needed = needed_budget(estimator, goal, chosen, 0 * chosen)
        if needed is None:
            return None
        shots, change, budget = needed * chosen, abs(needed / budget - 1), needed
        if change < _SAME:
            break
    return shots

"""Where shots serve best: Neyman's allocation and c-optimal designs, rounded to whole shots.

For fixed weights the cheapest allocation is n_j ~ |w_j| sigma_j / sqrt(cost_j) (Neyman, J. R.
Stat. Soc. 97, 558 (1934)). An estimator that is fitted has weights that depend on the shots;
repeating the same rule with its weights is the multiplicative algorithm for c-optimal designs
(Silvey, Titterington and Torsney, Commun. Stat. A 7, 1379 (1978); convergence: Yu, Ann. Stat.
38, 1593 (2010)), which raises the precision at every step.
"""

from dataclasses import dataclass

import numpy as np

from analysis.estimators.linear import Estimator, Linear, spread
from cqed_battery.operators import FloatArray, IntArray

_MOST_STEPS = 300  # of the multiplicative algorithm
_CLOSE = 1e-3  # gap, relative to the variance, at which a design is good enough


@dataclass(frozen=True)
class Design:
    """Shots (M,) for a budget; `gap` bounds how much smaller the variance could still be.

    The gap is relative to the part of the variance that shots make, by convexity.
    """

    shots: FloatArray
    gap: float


def neyman(reach: FloatArray, cost: FloatArray, budget: float) -> FloatArray:
    """Return shots (M,) that minimise sum_j reach_j^2 / n_j with sum_j cost_j n_j = budget.

    Args:
        reach: |weight| times the standard deviation of one shot, (M,), at least 0, not all of them
            0.
        cost: of one shot in each setting, above 0, (M,).
        budget: of all shots together, in units of the cost.

    Source: Neyman, J. R. Stat. Soc. 97, 558 (1934).
    """
    share = reach / np.sqrt(cost)
    return np.asarray(share * budget / float(share @ cost))


def optimal_design(
    estimator: Estimator,
    scale: FloatArray,
    cost: FloatArray,
    budget: float,
    allowed: FloatArray,
) -> Design:
    """Return the allocation that minimises sum_q variance_q / scale_q^2 within a budget.

    Args:
        estimator: of Q numbers from M settings.
        scale: standard error that each number is measured by, (Q,).
        cost: of one shot in each setting, (M,).
        budget: of all shots together, in units of the cost.
        allowed: which settings may have shots, (M,), nonzero where they may.
    """
    start = np.where(allowed > 0, 1.0, 0.0)
    shots = start * budget / float(start @ cost)
    gap = np.inf
    for step in range(_MOST_STEPS):
        reach = combined_reach(estimator.linear(shots), estimator.frequency, scale)
        reach = np.where(allowed > 0, reach, 0.0)
        if not reach.any():  # as of an ergotropy that is 0 whatever the device: no shots matter
            return Design(shots, 0.0)
        gap = _gap(reach, shots, cost, budget)
        if step > 0 and gap < _CLOSE:
            break
        shots = neyman(reach, cost, budget)
    return Design(shots, gap)


def combined_reach(linear: Linear, frequency: FloatArray, scale: FloatArray) -> FloatArray:
    """Return sigma_j sqrt(sum_q w_qj^2 / scale_q^2), (M,).

    Args:
        linear: Q numbers from M settings.
        frequency: of outcome 1, in [0, 1], (M,).
        scale: standard error that each number is measured by, (Q,).
    """
    weights = linear.weights / scale[:, None]
    return spread(frequency) * np.sqrt((weights**2).sum(axis=0))


def _gap(reach: FloatArray, shots: FloatArray, cost: FloatArray, budget: float) -> float:
    """Return how far the variance is from its least, relative to it, from the derivatives.

    The variance is convex in the shots with derivative -(reach_j / n_j)^2, so no allocation of
    this budget lies below it by more than budget max_j(derivative_j / cost_j) less its own.
    """
    used = shots > 0
    fall = np.zeros(len(shots))
    fall[used] = (reach[used] / shots[used]) ** 2
    own = float(fall @ shots)
    return float(budget * (fall / cost).max() / own - 1) if own > 0 else 0.0


def mixed(optimal: FloatArray, uniform: FloatArray, cost: FloatArray, share: float) -> FloatArray:
    """Return `share` of the optimal allocation's budget and the rest spread like the uniform one.

    Both (M,) are read as proportions; the sum costs 1.

    Args:
        optimal: shots of the optimal design, (M,).
        uniform: shots of the uniform one, (M,).
        cost: of one shot in each setting, (M,).
        share: of the optimal one, from 0 to 1.
    """
    parts = (optimal / float(optimal @ cost), uniform / float(uniform @ cost))
    return np.asarray(share * parts[0] + (1 - share) * parts[1])


def whole_shots(shots: FloatArray, needed: FloatArray) -> IntArray:
    """Return whole shots (M,): rounded up, and at least one where a setting is needed.

    Args:
        shots: at least 0, (M,).
        needed: above 0 where a setting is, (M,).
    """
    fewest = np.where(needed > 0, 1, 0)
    return np.maximum(np.ceil(shots - 1e-9).astype(np.int64), fewest)

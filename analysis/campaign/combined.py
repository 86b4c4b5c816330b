"""One number from those of several runs: shots independent, causes of the device in common."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from analysis.estimators.linear import Linear
from cqed_battery.operators import FloatArray

HETEROGENEOUS = 0.05  # p-value of the runs' chi-square below which they differ


@dataclass(frozen=True)
class Combined:
    """A number of n runs: their weighted mean, and how far each lies from it.

    value and std; values, stds and pulls of each run, (n,); chi_square of the runs about their
    mean, with its degrees of freedom and p-value. Where the runs differ more than their errors
    allow, std is larger by sqrt(chi_square / degrees).
    """

    value: float
    std: float
    values: FloatArray
    stds: FloatArray
    pulls: FloatArray
    chi_square: float
    degrees: int
    p_value: float

    @property
    def consistent(self) -> bool:
        """Whether the runs agree within their errors."""
        return self.p_value >= HETEROGENEOUS


def combined(runs: Sequence[Linear], own: Sequence[float], number: int = 0) -> Combined:
    """Return a number of several runs as one.

    The covariance of the runs is V = diag(own) + sum_k c_k c_k', where c_k is what one standard
    error of cause k adds to each run, with its sign: causes of one name are common to all. Weights
    are those of the own variances, since common causes that scale with the number would draw a
    mean by all of V outside its runs (Peelle). The pulls are residuals over their own standard
    errors, and the chi-square that of all of V.

    Args:
        runs: estimates.
        own: variance of the number of each run by shots, above 0, (n,).
        number: which of the estimates' numbers.
    """
    values, alone = np.array([run.value[number] for run in runs]), np.asarray(own, dtype=float)
    names = dict.fromkeys(name for run in runs for name in run.causes)
    common = np.array(
        [[run.causes[n][number] if n in run.causes else 0.0 for n in names] for run in runs]
    ).reshape(len(runs), len(names))
    covariance = np.diag(alone) + common @ common.T
    weights = 1 / alone / (1 / alone).sum()
    value, variance = float(weights @ values), float(weights @ covariance @ weights)
    apart = np.eye(len(runs)) - weights
    spread = np.sqrt(np.maximum(np.diag(apart @ covariance @ apart.T), 0.0))
    pulls = np.divide(values - value, spread, out=np.zeros(len(runs)), where=spread > 0)
    square, degrees = _chi_square(values, covariance), len(runs) - 1
    p_value = float(chdtrc(degrees, square)) if degrees else 1.0
    wider = max(1.0, (square / degrees) ** 0.5) if p_value < HETEROGENEOUS else 1.0
    stds = np.sqrt(np.diag(covariance))
    return Combined(value, wider * variance**0.5, values, stds, pulls, square, degrees, p_value)


def _chi_square(values: FloatArray, covariance: FloatArray) -> float:
    """Return the least (v - m)' V^-1 (v - m) over m."""
    ones = np.ones(len(values))
    solved = np.linalg.solve(covariance, np.stack([values, ones], axis=1))
    return float(values @ solved[:, 0] - (ones @ solved[:, 0]) ** 2 / (ones @ solved[:, 1]))

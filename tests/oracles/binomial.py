"""Counting statistics: readout errors, standard errors, 5-sigma checks, chi-square."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom, chi2, norm

Reals = NDArray[np.floating[Any]]


def reads_one(
    level_populations: ArrayLike,
    p1_given_0: float,
    p0_given_1: float,
    leaked_reads_1: float = 1.0,
) -> Reals:
    """P(outcome 1) from level populations of shape (..., levels).

    A fraction ``leaked_reads_1`` of what sits above level 1 is taken for 1 before the errors.
    """
    populations = np.asarray(level_populations, dtype=float)
    taken = populations[..., 1] + leaked_reads_1 * populations[..., 2:].sum(axis=-1)
    return p1_given_0 + (1.0 - p1_given_0 - p0_given_1) * taken


def bloch_estimate(
    ones: ArrayLike, shots: ArrayLike, p1_given_0: float, p0_given_1: float
) -> Reals:
    """Readout-corrected component P(1) - P(0) from the number of outcomes 1."""
    fraction = np.asarray(ones) / np.asarray(shots)
    return 2.0 * (fraction - p1_given_0) / (1.0 - p1_given_0 - p0_given_1) - 1.0


def bloch_standard_error(
    component: ArrayLike,
    shots: ArrayLike,
    p1_given_0: float,
    p0_given_1: float,
    calibration_shots: float = np.inf,
) -> Reals:
    """Standard error of ``bloch_estimate`` at the true component m = P(1) - P(0).

    2 sqrt(q (1-q)/N)/V with q = P(outcome 1), V = 1 - p10 - p01; errors learnt from a finite
    calibration add (1-m)^2 p10 (1-p10)/(N_c V^2) + (1+m)^2 p01 (1-p01)/(N_c V^2) to its square.
    """
    m = np.asarray(component, dtype=float)
    contrast = 1.0 - p1_given_0 - p0_given_1
    q = p1_given_0 + contrast * 0.5 * (1.0 + m)
    learnt = (1.0 - m) ** 2 * p1_given_0 * (1.0 - p1_given_0)
    learnt = learnt + (1.0 + m) ** 2 * p0_given_1 * (1.0 - p0_given_1)
    variance = 4.0 * q * (1.0 - q) / np.asarray(shots) + learnt / calibration_shots
    return np.sqrt(variance) / contrast


def significance(ones: ArrayLike, shots: ArrayLike, probability: ArrayLike) -> Reals:
    """Sigmas of each count from its probability, by the exact two-sided binomial tail.

    An outcome that the probability forbids gives infinity; no normal approximation is made.
    """
    k, n, p = np.broadcast_arrays(ones, shots, np.clip(probability, 0.0, 1.0))
    tail = 2.0 * np.minimum(binom.cdf(k, n, p), binom.sf(k - 1, n, p))
    return norm.isf(0.5 * np.minimum(tail, 1.0))


def agrees(ones: ArrayLike, shots: ArrayLike, probability: ArrayLike, sigmas: float = 5.0) -> bool:
    """Whether every count lies within so many sigmas of its probability."""
    return bool(np.all(significance(ones, shots, probability) <= sigmas))


def chi_square(counts: ArrayLike, probabilities: ArrayLike) -> tuple[float, int, float]:
    """(statistic, degrees of freedom, p-value) of counts (..., outcomes) against probabilities.

    Each row keeps its own total; impossible outcomes carry no freedom unless they were seen.
    """
    observed = np.asarray(counts, dtype=float)
    chances = np.broadcast_to(np.asarray(probabilities, dtype=float), observed.shape)
    possible = chances > 0.0
    freedom = int((possible.sum(axis=-1) - 1).sum())
    if np.any(observed[~possible] > 0.0):
        return float("inf"), freedom, 0.0
    expected = observed.sum(axis=-1, keepdims=True) * chances
    terms = (observed - expected)[possible] ** 2 / expected[possible]
    statistic = float(terms.sum())
    return statistic, freedom, float(chi2.sf(statistic, freedom))

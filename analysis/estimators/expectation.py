"""What the experiment file leads one to expect, and whether the counts agree with it.

The expectation serves twice: to correct what the tail of the sequence (coupler closing, pulse,
leakage) does to the state before it is read, and, where an estimator smooths or integrates on
a grid, to subtract that estimator's own bias. It never replaces the data: if the counts do not
agree with it, its corrections carry their full size as uncertainty.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from analysis.estimators.assignment import Assignment
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, IntArray
from protocols.prediction.predict import Prediction, predict
from protocols.prediction.truth import arm_truth

_OTHER = 0.1  # added to the reset's excitation for its slope
_UNLIKELY = 1e-3  # probability of the chi-square below which the model is not believed


@dataclass(frozen=True)
class Expectation:
    """Model values: each arm's quantities (`protocols.prediction.truth`), and the prediction."""

    prediction: Prediction
    arms: dict[str, dict[str, FloatArray]]

    def offset(self, arm: str) -> FloatArray:
        """Return what the tail adds to each axis of an arm, (T, 3)."""
        return self.arms[arm]["measured_bloch"] - self.arms[arm]["bloch"]


@dataclass(frozen=True)
class Agreement:
    """Chi-square of all counts against the model, nothing fitted."""

    chi_square: float
    degrees: int
    p_value: float

    @property
    def believed(self) -> bool:
        """Whether the counts agree with the model."""
        return self.p_value >= _UNLIKELY

    def trust(self, uncertainty: float) -> float:
        """Return the relative standard error of the model's corrections: all, if not believed."""
        return uncertainty if self.believed else 1.0


def expectation(experiment: Experiment) -> Expectation:
    """Return what the experiment file predicts (with the reset's expected excitation)."""
    prediction = predict(experiment)
    arms = {name: arm_truth(experiment, prediction, arm) for name, arm in prediction.arms.items()}
    return Expectation(prediction, arms)


def agreement(
    experiment: Experiment,
    expected: Expectation,
    assignment: Assignment,
    counts: dict[str, IntArray],
    vacuum_counts: IntArray | None,
) -> Agreement:
    """Compare counts (T, 3, 2) of every arm, and of the vacuum measurement, with the model.

    Shared uncertainties (assignment errors, the reset's excitation) enter the covariance.
    """
    tables = [arm_counts.reshape(-1, 2) for arm_counts in counts.values()]
    if vacuum_counts is not None and expected.prediction.vacuum_probability is not None:
        tables.append(vacuum_counts.reshape(-1, 2))
    observed = np.concatenate(tables)
    probability = _probabilities(expected.prediction, counts)[: len(observed)]
    shots = observed.sum(axis=1)
    frequency = assignment.frequency(probability)
    variance = np.maximum(frequency * (1 - frequency), 0.25 / shots) / shots
    shared = _shared_causes(experiment, expected.prediction, assignment, probability, counts)
    chi_square = _chi_square(observed[:, 1] / shots - frequency, variance, shared)
    return Agreement(chi_square, len(shots), float(chi2.sf(chi_square, len(shots))))


def _probabilities(prediction: Prediction, arms: Iterable[str]) -> FloatArray:
    """Return the probability of reading 1 of every setting of some arms, then of the vacuum's."""
    parts = [prediction.arms[arm].probability.ravel() for arm in arms]
    if prediction.vacuum_probability is not None:
        parts.append(prediction.vacuum_probability.ravel())
    return np.concatenate(parts)


def _shared_causes(
    experiment: Experiment,
    prediction: Prediction,
    assignment: Assignment,
    probability: FloatArray,
    arms: Iterable[str],
) -> FloatArray:
    """Change of each frequency by one standard error of each shared cause, (N, 3).

    A probability is linear in the excitation that the reset leaves, so the prediction at
    another one gives the slope, also where a long charging has forgotten how it began.
    """
    excitation = prediction.residual_excitation
    std = np.sqrt(excitation * (1 - excitation) / experiment.reset.shots)
    change = np.zeros_like(probability)
    if std > 0:
        other = predict(experiment, excitation + _OTHER, prediction.residual_leakage)
        change = (_probabilities(other, arms)[: len(probability)] - probability) / _OTHER
    return np.column_stack(
        [
            (1 - probability) * assignment.p1_given_0_std,
            -probability * assignment.p0_given_1_std,
            assignment.contrast * change * std,
        ]
    )


def _chi_square(difference: FloatArray, variance: FloatArray, shared: FloatArray) -> float:
    """Return d' (V + S S')^-1 d with V diagonal (Woodbury)."""
    weighted = difference / variance
    inner = np.eye(shared.shape[1]) + shared.T @ (shared / variance[:, None])
    projection = shared.T @ weighted
    return float(difference @ weighted - projection @ np.linalg.solve(inner, projection))

"""What the experiment file leads one to expect, and whether the counts agree with it.

The expectation serves twice: to correct what the readout sequence (coupler closing, pulse,
leakage) does to the state before it is read, and, where an estimator smooths or integrates on
a grid, to subtract that estimator's own bias. It never replaces the data: if the counts do not
agree with it, its corrections carry their full size as uncertainty.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import chdtrc

from analysis.data.inputs import Inputs
from analysis.estimators.assignment import Assignment
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, IntArray
from protocols.prediction.predict import Prediction, predict
from protocols.prediction.truth import arm_truth
from protocols.settings import Settings

_OTHER = 0.1  # added to the reset's excitation for its slope
_UNLIKELY = 1e-3  # probability of the chi-square below which the counts do not agree with the model


@dataclass(frozen=True)
class DeviceErrors:
    """What the model gets wrong by one standard error of each of p independent causes.

    The causes are the parameters of device, pulses and line one after the other, each for what it
    adds to those before it. measured: 2 P(1) - 1 of every setting through the calibrated readout,
    (M, p). arms: each arm's quantities, (..., p).
    """

    names: tuple[str, ...]
    measured: FloatArray
    arms: dict[str, dict[str, FloatArray]]

    def named(self, changes: FloatArray) -> dict[str, FloatArray]:
        """Return changes (..., p) by the name of their cause.

        Args:
            changes: of some numbers, by each cause, (..., p).
        """
        parts = np.moveaxis(np.asarray(changes), -1, 0)
        return {f"{DEVICE}: {name}": part for name, part in zip(self.names, parts, strict=True)}


DEVICE = "device"
"""Causes: the parameters of device, pulses and line, "device: name"."""


@dataclass(frozen=True)
class Expectation:
    """Model values: each arm's quantities (`protocols.prediction.truth`), and the prediction.

    device: how far off they may be, once counts and priors are taken together; None where only
    the Rabi rate's prior and a share of every correction stand for that. planned: returns it for
    the shots of every setting, (M,), before there are counts.
    """

    prediction: Prediction
    arms: dict[str, dict[str, FloatArray]]
    device: DeviceErrors | None = None
    planned: Callable[[FloatArray | IntArray], DeviceErrors] | None = None

    @property
    def experiment(self) -> Experiment:
        """The experiment whose device and drive the model has."""
        return self.prediction.experiment

    def with_shots(self, shots: FloatArray | IntArray) -> "Expectation":
        """Return the same, the device as well known as shots (M,) will make it.

        Args:
            shots: of every setting, at least 0, (M,).
        """
        if self.planned is None or self.device is not None:
            return self
        return replace(self, device=self.planned(shots))

    def offset(self, arm: str) -> FloatArray:
        """Return what the readout sequence adds to each axis of an arm, (T, 3).

        Args:
            arm: "catalysed" or "control".
        """
        return self.arms[arm]["measured_bloch"] - self.arms[arm]["bloch"]


@dataclass(frozen=True)
class Agreement:
    """Chi-square of all counts against the model, nothing fitted."""

    chi_square: float
    degrees: int
    p_value: float

    @property
    def consistent(self) -> bool:
        """Whether the counts agree with the model."""
        return self.p_value >= _UNLIKELY

    def correction_uncertainty(self, known: float) -> float:
        """Return the relative standard error of the model's corrections: all, if not consistent.

        Args:
            known: relative standard error if the counts agree with the model, at least 0.
        """
        return known if self.consistent else 1.0


def expectation(experiment: Experiment) -> Expectation:
    """Return what the experiment file predicts (with the reset's expected excitation).

    Args:
        experiment: the experiment file's content.

    Raises:
        ConvergenceError: the dynamics cannot be trusted.
        ExperimentError: the device cannot serve the vacuum measurement.
    """
    return expectation_of(experiment, predict(experiment))


def expectation_of(experiment: Experiment, prediction: Prediction) -> Expectation:
    """Return the expectation of an experiment from its prediction.

    Args:
        experiment: the experiment file's content.
        prediction: of the experiment (`predict`).
    """
    arms = {name: arm_truth(experiment, prediction, arm) for name, arm in prediction.arms.items()}
    return Expectation(prediction, arms)


def agreement(inputs: Inputs, expected: Expectation) -> Agreement:
    """Compare the counts of every arm, and of the vacuum measurement, with the model.

    Shared uncertainties (assignment errors, the reset's excitation) enter the covariance.

    Args:
        inputs: the checked dataset.
        expected: what its experiment file predicts.
    """
    settings, assignment = inputs.settings, inputs.assignment
    observed = inputs.table[settings.calibration.stop :]
    probability = settings.probabilities(expected.prediction)[settings.calibration.stop :]
    shots = observed.sum(axis=1)
    frequency = assignment.frequency(probability)
    variance = np.maximum(frequency * (1 - frequency), 0.25 / shots) / shots
    shared = shared_causes(settings, expected.prediction, assignment)
    square = chi_square(observed[:, 1] / shots - frequency, variance, shared)
    return Agreement(square, len(shots), float(chdtrc(len(shots), square)))


def shared_causes(settings: Settings, prediction: Prediction, assignment: Assignment) -> FloatArray:
    """Return the change of each frequency by one standard error of each shared cause, (N, 3).

    The causes are P(1|0), P(0|1) and the excitation that the reset leaves; N counts all settings
    but the calibration's. A probability is linear in the excitation, so the prediction at another
    one gives the slope, also where a long charging has forgotten how it began.

    Args:
        settings: the table of settings.
        prediction: of its experiment.
        assignment: the readout's errors with their standard errors.
    """
    rows = slice(settings.calibration.stop, None)
    probability = settings.probabilities(prediction)[rows]
    excitation = prediction.residual_excitation
    std = np.sqrt(excitation * (1 - excitation) / settings.experiment.reset.shots)
    change = np.zeros_like(probability)
    if std > 0:
        other = predict(settings.experiment, excitation + _OTHER, prediction.residual_leakage)
        change = (settings.probabilities(other)[rows] - probability) / _OTHER
    return np.column_stack(
        [
            (1 - probability) * assignment.p1_given_0_std,
            -probability * assignment.p0_given_1_std,
            assignment.contrast * change * std,
        ]
    )


def chi_square(difference: FloatArray, variance: FloatArray, shared: FloatArray) -> float:
    """Return d' (V + S S')^-1 d, V diagonal (Woodbury's identity).

    Args:
        difference: d, (N,).
        variance: the diagonal of V, (N,): independent errors.
        shared: S, (N, C): what one standard error of each shared cause adds.
    """
    weighted = difference / variance
    inner = np.eye(shared.shape[1]) + shared.T @ (shared / variance[:, None])
    projection = shared.T @ weighted
    return float(difference @ weighted - projection @ np.linalg.solve(inner, projection))

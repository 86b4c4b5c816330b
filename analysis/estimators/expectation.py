"""What the experiment file leads one to expect, and whether the counts agree with it.

The expectation serves twice: to correct what the readout sequence (coupler closing, pulse,
leakage) does to the state before it is read, and, where an estimator smooths or integrates on
a grid, to subtract that estimator's own bias. It never replaces the data: if the counts do not
agree with it, its corrections carry their full size as uncertainty.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import hypot
from typing import Protocol

import numpy as np
from scipy.special import chdtrc

from analysis.data.inputs import Inputs
from analysis.estimators.linear import binomial_variance
from analysis.estimators.state.assignment import Assignment
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, IntArray
from protocols.prediction.predict import Prediction, predict
from protocols.prediction.truth import arm_truth
from protocols.settings.settings import Settings

_OTHER = 0.1  # added to the reset's excitation for its slope
_UNSEEN = 2.0  # times what residuals show: a fit that adapts hides part of what is wrong
_UNLIKELY = 1e-3  # probability of the chi-square below which the counts do not agree with the model


@dataclass(frozen=True)
class DeviceErrors:
    """What the model gets wrong by one standard error of each of p independent causes.

    The causes are the parameters of device, pulses and line one after the other, each for what it
    adds to those before it. measured: 2 P(1) - 1 of every setting through the calibrated readout,
    (M, p). arms: each arm's quantities, (..., p). fitted: whether a fit of the counts has told
    them; else they are what the priors leave open.
    """

    names: tuple[str, ...]
    measured: FloatArray
    arms: dict[str, dict[str, FloatArray]]
    fitted: bool = True

    def further(
        self, name: str, measured: FloatArray, arms: Mapping[str, Mapping[str, FloatArray]]
    ) -> "DeviceErrors":
        """Return the same with one cause more.

        Args:
            name: of the cause.
            measured: what it changes of 2 P(1) - 1 of every setting, (M,).
            arms: of each arm's quantities, those that the others change among them, (...).
        """
        changed = {
            arm: {key: _beside(values, arms[arm][key]) for key, values in found.items()}
            for arm, found in self.arms.items()
        }
        names = (*self.names, name)
        return replace(self, names=names, measured=_beside(self.measured, measured), arms=changed)

    def named(self, changes: FloatArray) -> dict[str, FloatArray]:
        """Return changes (..., p) by the name of their cause.

        Args:
            changes: of some numbers, by each cause, (..., p).
        """
        parts = np.moveaxis(np.asarray(changes), -1, 0)
        return {f"{DEVICE}: {name}": part for name, part in zip(self.names, parts, strict=True)}


def _beside(changes: FloatArray, further: FloatArray) -> FloatArray:
    return np.concatenate([changes, further[..., None]], axis=-1)


class PlannedDevice(Protocol):
    """How well the device will be known."""

    def __call__(self, shots: FloatArray | IntArray) -> DeviceErrors:
        """Return what will be wrong with shots of every setting, (M,).

        Args:
            shots: at least 0, (M,).
        """
        ...

    def known(self, experiment: Experiment) -> "PlannedDevice":
        """Return the same with the priors of a file that differs in these alone.

        Args:
            experiment: the file.
        """
        ...


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
    planned: "PlannedDevice | None" = None

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
class Discrepancy:
    """What the residuals show beyond their shots.

    by_arm: standard error that it leaves of each arm's Bloch components, at each time, by the arm's
    own residuals or those of the settings that are no arm's, whichever are larger. share: the part
    of the readout sequence's correction that this is.
    """

    by_arm: dict[str, float]
    share: float

    @classmethod
    def of(
        cls, settings: Settings, expected: Expectation, gap: FloatArray, variance: FloatArray
    ) -> "Discrepancy":
        """Return it from the residuals of 2 P(1) - 1, (M,), and their variances by shots, (M,).

        Args:
            settings: the table of settings, M of them.
            expected: the model, for the size of its corrections.
            gap: residuals through the calibrated readout.
            variance: of each, 0 where nothing was measured.
        """

        def beyond(part: slice) -> float:
            """Return the standard error that these settings show beyond their shots."""
            excess = (gap**2 - variance)[part][variance[part] > 0]
            return _UNSEEN * float(np.sqrt(max(excess.mean(), 0.0))) if excess.size else 0.0

        # A fit bends what all settings share, the readout first, until the most of them agree.
        others = (settings.calibration, settings.vacuum, settings.extraction, settings.qutrit)
        shared = max(beyond(part) for part in others)
        by_arm = {arm: max(beyond(settings.arm(arm)), shared) for arm in settings.arms}
        offsets = [expected.offset(arm) for arm in settings.arms]
        size = float(np.sqrt(np.square(offsets).mean()))
        left = float(np.sqrt(np.square(list(by_arm.values())).mean()))
        return cls(by_arm, min(left / size, 1.0) if size > 0 else 1.0)


@dataclass(frozen=True)
class Agreement:
    """Chi-square of all counts against the model, and what is left where they do not agree."""

    chi_square: float
    degrees: int
    p_value: float
    discrepancy: Discrepancy | None = None

    @property
    def consistent(self) -> bool:
        """Whether the counts agree with the model."""
        return self.p_value >= _UNLIKELY

    @property
    def inflation(self) -> float:
        """By what the variances of the model's parameters grow where the counts do not agree."""
        return 1.0 if self.consistent else max(self.chi_square / self.degrees, 1.0)

    def correction_uncertainty(self, known: float) -> float:
        """Return the relative standard error of the model's corrections.

        Where the counts do not agree it is the share that the residuals leave, and all without
        them.

        Args:
            known: relative standard error if the counts agree with the model, at least 0.
        """
        if self.consistent:
            return known
        return 1.0 if self.discrepancy is None else min(hypot(known, self.discrepancy.share), 1.0)


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
    arms = {name: arm_truth(experiment, prediction, name) for name in prediction.arms}
    return Expectation(prediction, arms)


def agreement(inputs: Inputs, expected: Expectation) -> Agreement:
    """Compare the counts of every arm, and of the vacuum measurement, with the model.

    Shared uncertainties (assignment errors, the reset's excitation) enter the covariance.

    Args:
        inputs: the checked dataset.
        expected: what its experiment file predicts.
    """
    settings, assignment = inputs.settings, inputs.assignment
    shots = inputs.table.sum(axis=1)
    rows = np.flatnonzero(shots)
    rows = rows[rows >= settings.calibration.stop]
    frequency = assignment.frequency(settings.probabilities(expected.prediction)[rows])
    variance = binomial_variance(frequency, shots[rows])
    shared = shared_causes(settings, expected.prediction, assignment)
    gap = inputs.table[rows, 1] / shots[rows] - frequency
    square = chi_square(gap, variance, shared[rows - settings.calibration.stop])
    scale, residual, noise = 2 / assignment.contrast, np.zeros(len(shots)), np.zeros(len(shots))
    residual[rows], noise[rows] = scale * gap, scale**2 * variance
    left = Discrepancy.of(settings, expected, residual, noise)
    return Agreement(square, len(rows), float(chdtrc(len(rows), square)), left)


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
    change = assignment.contrast * change
    if not settings.heralded:  # the calibration's levels are more excited than taken, too
        of_pure = np.stack([1 - probability, probability], axis=-1)
        change = change + of_pure @ assignment.by_excitation
    return np.column_stack(
        [
            (1 - probability) * assignment.p1_given_0_std,
            -probability * assignment.p0_given_1_std,
            change * std,
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

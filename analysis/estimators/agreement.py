"""Whether the counts agree with what the experiment file leads one to expect, and what is left."""

from dataclasses import dataclass
from math import hypot

import numpy as np
from scipy.special import chdtrc

from analysis.data.inputs import Inputs
from analysis.estimators.expectation import Expectation
from analysis.estimators.linear import binomial_variance
from analysis.estimators.state.assignment import Assignment
from cqed_battery.operators import FloatArray
from protocols.prediction.predict import Prediction, predict
from protocols.settings.settings import Settings

_OTHER = 0.1  # added to the reset's excitation for its slope
_UNSEEN = 2.0  # times what residuals show: a fit that adapts hides part of what is wrong
_UNLIKELY = 1e-3  # probability of the chi-square below which the counts do not agree with the model


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
    """Chi-square of all counts against the model, and what is left where they do not agree.

    widened: how many times as wide as stated the priors had to be taken.
    """

    chi_square: float
    degrees: int
    p_value: float
    discrepancy: Discrepancy | None = None
    widened: float = 1.0

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

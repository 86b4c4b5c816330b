"""Ergotropy from a Bloch vector with covariance: bias named and corrected, honest at zero.

The plug-in (r + z)/2 is biased upwards, because noise makes a vector longer: r by about
(tr C - n'Cn)/(2r) to second order. That is subtracted, and r is not let fall below |z|.
Intervals come from the profile likelihood (`analysis.estimators.ergotropy.interval`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from analysis.estimators.ergotropy.interval import Spread, profile_interval
from analysis.estimators.linear import Linear
from analysis.estimators.model_free import ModelFree
from analysis.estimators.observed import Observed
from cqed_battery.energetics import (
    qubit_ergotropy_curvature_error,
    qubit_ergotropy_gradient,
)
from cqed_battery.operators import FloatArray

_SHORTEST = 1e-12  # Bloch vector's length below which its bias is not asked: only to divide by it


@dataclass(frozen=True)
class ErgotropyEstimate:
    """Ergotropy in hbar w_q with standard error and 95 % interval, each (T,); bias removed."""

    value: FloatArray
    std: FloatArray
    low: FloatArray
    high: FloatArray
    bias: FloatArray
    gradient: FloatArray


def estimate_ergotropy(
    bloch: FloatArray, covariance: FloatArray, spread: Spread | None = None
) -> ErgotropyEstimate:
    """Return the de-biased ergotropy of unconstrained Bloch vectors (T, 3), (T, 3, 3).

    `spread` says how standard errors depend on the true vector
    (`analysis.estimators.ergotropy.interval`).

    Args:
        bloch: unconstrained Bloch vectors, (T, 3).
        covariance: of each, (T, 3, 3).
        spread: how standard errors depend on the true vector; by default not at all.
    """
    value, bias, gradient = debiased_ergotropy(bloch, covariance)
    first = np.sqrt(np.einsum("ti,tij,tj->t", gradient, covariance, gradient))
    std = np.hypot(first, qubit_ergotropy_curvature_error(bloch, covariance))
    shown = np.clip(value, 0.0, 1.0)
    low, high = profile_interval(bloch, covariance, spread)
    return ErgotropyEstimate(
        shown, std, np.minimum(low, shown), np.maximum(high, shown), bias, gradient
    )


def debiased_ergotropy(
    bloch: FloatArray, covariance: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return ergotropy (T,), the plug-in's bias that was removed (T,), and the gradient (T, 3).

    Args:
        bloch: unconstrained Bloch vectors, (T, 3).
        covariance: of each, (T, 3, 3); 0 of exact vectors.

    Returns:
        Ergotropy in hbar w_q, not cut to [0, 1]; the bias in hbar w_q; the gradient by (x, y, z).
    """
    length = np.maximum(np.linalg.norm(bloch, axis=-1), _SHORTEST)
    gradient = qubit_ergotropy_gradient(bloch)
    direction = 2 * gradient - np.array([0.0, 0.0, 1.0])
    across = np.einsum("tii->t", covariance) - np.einsum(
        "ti,tij,tj->t", direction, covariance, direction
    )
    shorter = np.maximum(length - across / (2 * length), np.abs(bloch[:, 2]))
    return (shorter + bloch[:, 2]) / 2, (length - shorter) / 2, gradient


SIGNS = {"catalysed": 1.0, "control": -1.0}
"""Of the arms in a gain."""


@dataclass(frozen=True)
class ErgotropyAt(ModelFree):
    """An arm's ergotropy at some charging times, or a sum over arms with signs, as the gain.

    places: indices of the times, (Q,). signs: of the arms, `SIGNS` for the gain.
    """

    places: tuple[int, ...] = ()
    signs: Mapping[str, float] = field(default_factory=lambda: {"catalysed": 1.0})

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms that the estimator uses."""
        return tuple(self.signs)

    def estimate(self, data: Observed) -> Linear:
        """Return the numbers, (Q,).

        Args:
            data: frequencies of all settings, and the model.

        Returns:
            Ergotropies or their gain, in hbar w_q.
        """
        places, value, by_arm = list(self.places), np.zeros(len(self.places)), {}
        for arm in self.arms:
            bloch = data.bloch(arm)
            noise = bloch.covariance[places] if data.counted else np.zeros((len(places), 3, 3))
            found, _, gradient = debiased_ergotropy(bloch.linear[places], noise)
            value += self.signs[arm] * np.clip(found, 0.0, 1.0)
            by_arm[arm] = np.zeros((len(places), *bloch.linear.shape))
            by_arm[arm][np.arange(len(places)), places] = self.signs[arm] * gradient
        return data.linear(value, by_arm, {})

"""The binomial likelihood of all counts, and its weighted least-squares steps."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import lsq_linear
from scipy.special import xlogy

from analysis.data.inputs import Inputs
from analysis.estimators.linear import share_of_ones
from cqed_battery.operators import FloatArray, IntArray

_EDGE = 1e-9  # least distance of a frequency from 0 and 1, for its logarithm
_SMALLEST_SIZE = 1e-13  # of a singular value, relative to columns of length 1


@dataclass(frozen=True)
class Counts:
    """Counts of outcome 1 and shots of every setting, (M,), in the forward model's order.

    times: when each setting is read, in ns, (M,); None where nobody says it.
    """

    ones: IntArray
    shots: IntArray
    times: FloatArray | None = None

    @classmethod
    def of(cls, inputs: Inputs) -> "Counts":
        """Return those of a dataset.

        Args:
            inputs: the checked dataset.
        """
        return cls(inputs.table[:, 1], inputs.table.sum(axis=1), inputs.settings.read_times)

    def until(self, time: float) -> "Counts":
        """Return the counts of settings that are read by then; all others have no shots.

        Args:
            time: in ns; all are read by then where nobody says when.
        """
        if self.times is None:
            return self
        ones, shots = (np.where(self.times <= time, part, 0) for part in (self.ones, self.shots))
        return replace(self, ones=ones, shots=shots)

    def deviance(self, frequency: FloatArray) -> FloatArray:
        """Return -2 log of the likelihood over that of the counts' own frequencies.

        frequency is (..., M); the result (...,).

        Args:
            frequency: of outcome 1; cut to 1e-9 within (0, 1).
        """
        f = np.clip(frequency, _EDGE, 1 - _EDGE)
        zeros = self.shots - self.ones
        share = share_of_ones(self.ones, self.shots)
        own = xlogy(self.ones, share) + xlogy(zeros, 1 - share)
        return np.asarray(2 * (own - xlogy(self.ones, f) - xlogy(zeros, 1 - f)).sum(axis=-1))

    def residual(self, frequency: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return standardised residuals (M,) and the factors sqrt(N / (f (1 - f))), (M,).

        Args:
            frequency: of outcome 1 by the model, (M,); cut to 1e-9 within (0, 1).
        """
        f = np.clip(frequency, _EDGE, 1 - _EDGE)
        factor = np.sqrt(self.shots / (f * (1 - f)))
        return factor * (share_of_ones(self.ones, self.shots) - f), factor


@dataclass(frozen=True)
class LinearModel:
    """Standardised derivatives (M, p) with the priors' square roots below, (M + p, p)."""

    rows: FloatArray

    @classmethod
    def of(cls, slope: FloatArray, factor: FloatArray, precision: FloatArray) -> "LinearModel":
        """Return the rows of Fisher scoring from d frequency / d theta (M, p).

        Args:
            slope: derivatives of the frequencies by the parameters, (M, p).
            factor: sqrt(N / (f (1 - f))) of every setting, (M,).
            precision: 1/prior^2 of every parameter, 0 for flat ones, (p,).
        """
        return cls(np.vstack([factor[:, None] * slope, np.diag(np.sqrt(precision))]))

    @property
    def covariance(self) -> FloatArray:
        """Inverse of the expected information, priors included, (p, p).

        From singular values of columns of length 1, none of which is left out: what the counts do
        not tell stays as uncertain as its prior.
        """
        scale = np.linalg.norm(self.rows, axis=0)
        scale[scale == 0] = 1.0
        _, size, right = np.linalg.svd(self.rows / scale, full_matrices=False)
        half = right / np.maximum(size, _SMALLEST_SIZE)[:, None]
        return np.asarray(half.T @ half / np.outer(scale, scale))

    def step(self, residual: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
        """Return the least-squares step (p,) for residuals (M + p,) within bounds.

        Args:
            residual: standardised residuals of counts, then of priors, (M + p,).
            low: least change of each parameter, at most 0, (p,).
            high: largest change of each parameter, at least 0, (p,).
        """
        scale = np.linalg.norm(self.rows, axis=0)
        scale[scale == 0] = 1.0
        bounds = (np.minimum(low * scale, -1e-12), np.maximum(high * scale, 1e-12))
        found = lsq_linear(self.rows / scale, residual, bounds=bounds, method="bvls")
        return np.asarray(found.x / scale)

    def length(self, step: FloatArray) -> float:
        """Return the step's length in standard errors.

        Args:
            step: of the parameters, each in its unit, (p,).
        """
        return float(np.linalg.norm(self.rows @ step))

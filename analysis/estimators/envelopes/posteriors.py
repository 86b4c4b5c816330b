"""The posterior of a Gaussian process given data, in three forms that agree to rounding.

Dense: the covariance of all rows. Of many times it is too large. Where the length scale l is long,
cos and sin at so many frequencies that nothing is lost to rounding span the kernel
(exp(-t^2 / 2 l^2) is the sum of its spectrum over an interval longer by 9 l than the data); where
it is short, the kernel reaches a few neighbours only and the covariance is a band (`banded`).
Either way the cost is that of the times and the square of the width.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular

from analysis.estimators.envelopes.banded import Banded, neighbours
from analysis.estimators.envelopes.rbf_kernel import FAR, Kernel
from analysis.estimators.envelopes.samples import MANY, WeightedData, chunks
from cqed_battery.operators import FloatArray


class Posterior(Protocol):
    """A process given N rows of data."""

    @property
    def kernel(self) -> Kernel:
        """The covariance before the data."""

    @property
    def data(self) -> WeightedData:
        """The measured values and what is known at the start."""

    def log_likelihood(self) -> float:
        """Return the marginal likelihood's logarithm, without the constant."""

    def mean(self, values: FloatArray, times: FloatArray, order: int) -> FloatArray:
        """Return the posterior mean (F, ...) at times since the first, given values (N, ...).

        Args:
            values: of the N rows of data, (N, ...).
            times: in ns since the first measured one, (F,).
            order: 0 for f, 1 for df/dt.
        """

    def variance(self, times: FloatArray, order: int) -> FloatArray:
        """Return the posterior variance (F,).

        Args:
            times: in ns since the first measured one, (F,).
            order: 0 for f, 1 for df/dt.
        """

    def functional_variance(self, times: FloatArray, weights: FloatArray) -> float:
        """Return the posterior variance of weights @ f(times).

        Args:
            times: in ns since the first measured one, (F,).
            weights: of f at these times, (F,).
        """


def posterior(kernel: Kernel, data: WeightedData) -> Posterior:
    """Return the dense form of few times, of many the narrower one for this length scale.

    Args:
        kernel: the covariance before the data.
        data: what was measured.
    """
    if data.measured <= MANY:
        return Dense(kernel, data)
    return narrow_posterior(kernel, data)


def narrow_posterior(kernel: Kernel, data: WeightedData) -> Posterior:
    """Return the form without a matrix of times by times that is narrower.

    Args:
        kernel: the covariance before the data.
        data: what was measured.
    """
    band = neighbours(kernel, data.times)
    waves = 2 * _highest(kernel, data.times) + 2
    return Banded(kernel, data) if band < waves else Spectral(kernel, data)


@dataclass(frozen=True)
class Dense:
    """The process by the Cholesky factor of the covariance of all rows."""

    kernel: Kernel
    data: WeightedData

    @cached_property
    def _factor(self) -> tuple[FloatArray, bool]:
        data = self.data
        covariance = self.kernel.covariance(data.times, data.orders, data.times, data.orders)
        covariance[np.diag_indices_from(covariance)] += self.kernel.noise(data)
        lower, flag = cho_factor(covariance, lower=True)
        return lower, bool(flag)

    def log_likelihood(self) -> float:
        """Return the marginal likelihood's logarithm, without the constant."""
        fit = self.data.values @ cho_solve(self._factor, self.data.values)
        return -0.5 * float(fit) - float(np.log(np.diag(self._factor[0])).sum())

    def mean(self, values: FloatArray, times: FloatArray, order: int) -> FloatArray:
        """Return the posterior mean (F, ...) at times since the first, given values (N, ...).

        Args:
            values, times, order: as in `Posterior.mean`.
        """
        return np.asarray(self._weights(times, order)[1] @ values)

    def variance(self, times: FloatArray, order: int) -> FloatArray:
        """Return the posterior variance (F,).

        Args:
            times, order: as in `Posterior.variance`.
        """
        cross, weights = self._weights(times, order)
        own = self.kernel.prior_variance(np.full(len(times), order))
        return np.maximum(own - (weights * cross).sum(axis=1), 0.0)

    def functional_variance(self, times: FloatArray, weights: FloatArray) -> float:
        """Return the posterior variance of weights @ f(times).

        Args:
            times, weights: as in `Posterior.functional_variance`.
        """
        zeros, (cross, solved) = np.zeros(len(times)), self._weights(times, 0)
        prior = self.kernel.covariance(times, zeros, times, zeros)
        return max(float(weights @ (prior - solved @ cross.T) @ weights), 0.0)

    def _weights(self, times: FloatArray, order: int) -> tuple[FloatArray, FloatArray]:
        """Return the covariance with the data's rows and their weights in the mean, (F, N) each."""
        cross = self.kernel.to_rows(times, order, self.data)
        return cross, np.asarray(cho_solve(self._factor, cross.T).T)


def _half_period(kernel: Kernel, times: FloatArray) -> float:
    return (float(times.max()) + FAR * kernel.length) / 2


def _highest(kernel: Kernel, times: FloatArray) -> int:
    """Return the number of frequencies above 0 that the kernel's spectrum reaches."""
    return int(np.ceil(FAR / kernel.length * _half_period(kernel, times) / np.pi))


@dataclass(frozen=True)
class Spectral:
    """The process as R waves with independent weights of variance 1."""

    kernel: Kernel
    data: WeightedData

    def waves(self, times: FloatArray, orders: FloatArray) -> FloatArray:
        """Return the waves or, where orders are 1, their slopes at times (F,), (F, R).

        Args:
            times: in ns since the first measured one, (F,).
            orders: 0 for the waves, 1 for their slopes, (F,).
        """
        half = _half_period(self.kernel, self.data.times)
        step = np.pi / half
        frequency = step * np.arange(_highest(self.kernel, self.data.times) + 1)
        power = np.sqrt(np.pi / 2) * self.kernel.length / half * np.where(frequency > 0, 2.0, 1.0)
        size = np.exp(-((frequency * self.kernel.length) ** 2) / 4) * np.sqrt(power)
        angle = np.multiply.outer(times, frequency)
        even, odd = size * np.cos(angle), size[1:] * np.sin(angle[:, 1:])
        slope = orders == 1
        even[slope], odd[slope] = (
            -size * frequency * np.sin(angle[slope]),
            (size * frequency * np.cos(angle[slope]))[:, 1:],
        )
        constant = np.where(slope, 0.0, self.kernel.constant)[:, None]
        scale = self.kernel.amplitude
        return np.concatenate([constant, scale * even, scale * odd], axis=1)

    @cached_property
    def _rows(self) -> FloatArray:
        """The data's rows over their noise, (N, R)."""
        rows = self.waves(self.data.times, self.data.orders)
        return np.asarray(rows / np.sqrt(self.kernel.noise(self.data))[:, None])

    @cached_property
    def _factor(self) -> FloatArray:
        """The lower Cholesky factor of the weights' inverse covariance, (R, R)."""
        inverse = self._rows.T @ self._rows
        inverse[np.diag_indices_from(inverse)] += 1.0
        return np.asarray(cho_factor(inverse, lower=True, overwrite_a=True)[0])

    def _weights(self, values: FloatArray) -> FloatArray:
        """Return the expected weights (R, ...) given the data's values over their noise."""
        return np.asarray(cho_solve((self._factor, True), self._rows.T @ values))

    def log_likelihood(self) -> float:
        """Return the marginal likelihood's logarithm, without the constant."""
        noise = self.kernel.noise(self.data)
        target = self.data.values / np.sqrt(noise)
        weights = self._weights(target)
        left = target - self._rows @ weights
        fit = float(left @ left + weights @ weights)
        spread = 2 * float(np.log(np.diag(self._factor)).sum()) + float(np.log(noise).sum())
        return -0.5 * (fit + spread)

    def mean(self, values: FloatArray, times: FloatArray, order: int) -> FloatArray:
        """Return the posterior mean (F, ...) at times since the first, given values (N, ...).

        Args:
            values, times, order: as in `Posterior.mean`.
        """
        noise = self.kernel.noise(self.data).reshape(-1, *[1] * (values.ndim - 1))
        weights = self._weights(values / np.sqrt(noise))
        parts = [self.waves(part, np.full(len(part), order)) @ weights for part in chunks(times)]
        return np.concatenate(parts)

    def variance(self, times: FloatArray, order: int) -> FloatArray:
        """Return the posterior variance (F,).

        Args:
            times, order: as in `Posterior.variance`.
        """
        found = []
        for part in chunks(times):
            waves = self.waves(part, np.full(len(part), order))
            found.append((solve_triangular(self._factor, waves.T, lower=True) ** 2).sum(axis=0))
        return np.concatenate(found)

    def functional_variance(self, times: FloatArray, weights: FloatArray) -> float:
        """Return the posterior variance of weights @ f(times).

        Args:
            times, weights: as in `Posterior.functional_variance`.
        """
        row = np.zeros(len(self._factor))
        for part, share in zip(chunks(times), chunks(weights), strict=True):
            row += share @ self.waves(part, np.zeros(len(part)))
        return float((solve_triangular(self._factor, row, lower=True) ** 2).sum())

"""The posterior of a Gaussian process whose kernel reaches a few neighbouring times only."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import cho_solve_banded, cholesky_banded

from analysis.estimators.envelopes.rbf_kernel import FAR, Kernel
from analysis.estimators.envelopes.samples import WeightedData, chunks
from cqed_battery.operators import FloatArray


def neighbours(kernel: Kernel, times: FloatArray) -> int:
    """Return how many later times lie within the kernel's reach, at most.

    Args:
        kernel: the covariance before the data, for its length scale.
        times: in ns, in any order, (N,).
    """
    ordered = np.sort(times)
    ends = np.searchsorted(ordered, ordered + FAR * kernel.length, side="right")
    return int((ends - np.arange(len(ordered))).max()) - 1


@dataclass(frozen=True)
class Banded:
    """The process by the band of its covariance; the constant is taken in apart (Woodbury)."""

    kernel: Kernel
    data: WeightedData

    @cached_property
    def _order(self) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        return np.argsort(self.data.times, kind="stable")

    @cached_property
    def _varying(self) -> Kernel:
        return Kernel(0.0, self.kernel.amplitude, self.kernel.length)

    @cached_property
    def _factor(self) -> FloatArray:
        """The Cholesky factor of the band without the constant, rows in the order of time."""
        times, orders = self.data.times[self._order], self.data.orders[self._order]
        count = len(times)
        width = neighbours(self.kernel, times)
        band = np.zeros((width + 1, count))
        for apart in range(width + 1):
            first, second = slice(0, count - apart), slice(apart, count)
            band[apart, : count - apart] = self._varying.between(
                times[first] - times[second], orders[first], orders[second]
            )
        band[0] += self.kernel.noise(self.data)[self._order]
        return np.asarray(cholesky_banded(band, lower=True, overwrite_ab=True))

    def _solved(self, values: FloatArray) -> FloatArray:
        """Return the inverse of the band times values (N, ...), in the data's own order."""
        found = np.empty_like(values)
        found[self._order] = cho_solve_banded((self._factor, True), values[self._order])
        return found

    @cached_property
    def _ones(self) -> FloatArray:
        """What the constant adds to each row, in units of it."""
        return np.where(self.data.orders == 1, 0.0, 1.0)

    @cached_property
    def _level(self) -> tuple[FloatArray, float]:
        """The inverse of the band times `_ones`, and the constant's variance given the data."""
        solved = self._solved(self._ones)
        return solved, 1 / (float(self._ones @ solved) + self.kernel.constant**-2.0)

    def log_likelihood(self) -> float:
        """Return the marginal likelihood's logarithm, without the constant."""
        solved, variance = self._level
        level = variance * float(solved @ self.data.values)
        left = self.data.values - level * self._ones
        fit = float(left @ self._solved(left)) + (level / self.kernel.constant) ** 2
        spread = 2 * float(np.log(self._factor[0]).sum())
        return -0.5 * (fit + spread - np.log(variance) + 2 * np.log(self.kernel.constant))

    def mean(self, values: FloatArray, times: FloatArray, order: int) -> FloatArray:
        """Return the posterior mean (F, ...) at times since the first, given values (N, ...).

        Args:
            values, times, order: as in `Posterior.mean`.
        """
        solved, variance = self._level
        level = variance * np.tensordot(solved, values, 1)
        weights = self._solved(values - np.multiply.outer(self._ones, level))
        parts = [self._varying.to_rows(part, order, self.data) @ weights for part in chunks(times)]
        return np.concatenate(parts) + (level if order == 0 else 0.0)

    def variance(self, times: FloatArray, order: int) -> FloatArray:
        """Return the posterior variance (F,).

        Args:
            times, order: as in `Posterior.variance`.
        """
        solved, level = self._level
        found = []
        for part in chunks(times):
            cross = self._varying.to_rows(part, order, self.data)
            own = self._varying.prior_variance(np.full(1, order))
            missing = (1.0 if order == 0 else 0.0) - cross @ solved
            left = own - np.einsum("fn,nf->f", cross, self._solved(cross.T))
            found.append(left + level * missing**2)
        return np.maximum(np.concatenate(found), 0.0)

    def functional_variance(self, times: FloatArray, weights: FloatArray) -> float:
        """Return the posterior variance of weights @ f(times).

        Args:
            times, weights: as in `Posterior.functional_variance`.
        """
        solved, level = self._level
        row, prior, zeros = np.zeros(len(self.data.times)), 0.0, np.zeros(len(times))
        for part, share in zip(chunks(times), chunks(weights), strict=True):
            row += share @ self._varying.to_rows(part, 0, self.data)
            among = self._varying.covariance(part, zeros[: len(part)], times, zeros)
            prior += float(share @ among @ weights)
        missing = float(weights.sum()) - float(row @ solved)
        return max(prior - float(row @ self._solved(row)), 0.0) + level * missing**2

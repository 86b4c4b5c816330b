"""Envelopes that are linear in the data: a matrix from T values to the curve at any times.

    f(t) = M(t) y + o(t),   var f(t) = sum_j M_j(t)^2 sigma_j^2 + m(t)

o is what is known beforehand, m the expected square of what smoothing takes away.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from analysis.estimators.envelopes.method import Band, check_asked, normal_band
from cqed_battery.operators import FloatArray


@dataclass(frozen=True)
class Rows:
    """The smoother at F times: matrix (F, T), offset (F,) and missed variance (F,).

    `joint` (F, F) is the covariance of what is missed; without it the times are independent.
    """

    matrix: FloatArray
    offset: FloatArray
    missed: FloatArray
    joint: FloatArray | None = None

    @classmethod
    def of(cls, matrix: FloatArray) -> "Rows":
        """Return rows without offset that claim to miss nothing."""
        return cls(matrix, np.zeros(len(matrix)), np.zeros(len(matrix)))


class Smoother(Protocol):
    """A method with all its choices made, window or length scale."""

    def rows(self, times: FloatArray, order: int) -> Rows:
        """Return the smoother of f (order 0) or df/dt (order 1) at times in ns."""
        ...


@dataclass(frozen=True)
class LinearEnvelope:
    """A linear smoother applied to values (T,) with standard errors (T,) at times (T,) in ns."""

    smoother: Smoother
    times: FloatArray
    values: FloatArray
    std: FloatArray

    def value(self, times: FloatArray, order: int = 0) -> FloatArray:
        """Return f (order 0) or df/dt (order 1, per ns), (F,)."""
        return self._value(self._rows(times, order))

    def variance(self, times: FloatArray, order: int = 0) -> FloatArray:
        """Return the variance of `value` by the known noise, and what it misses, (F,)."""
        return self._variance(self._rows(times, order))

    def functional_variance(self, times: FloatArray, weights: FloatArray) -> float:
        """Return the variance of `weights @ value(times)`, for weights (F,)."""
        rows = self._rows(times, 0)
        noise = float((weights @ rows.matrix) ** 2 @ self.std**2)
        missed = rows.missed @ weights**2 if rows.joint is None else weights @ rows.joint @ weights
        return noise + max(float(missed), 0.0)

    @property
    def reduced_chi_square(self) -> float:
        """The residuals' chi-square over the degrees of freedom that smoothing leaves."""
        rows = self._rows(self.times, 0)
        residual = (self.values - self._value(rows)) / self.std
        left = max(len(self.times) - float(np.trace(rows.matrix)), 1.0)
        return float(residual @ residual) / left

    def response(self, times: FloatArray, changes: FloatArray, order: int = 0) -> FloatArray:
        """Return how `value` moves when the data moves by changes (T, ...), choices kept."""
        return np.asarray(self._rows(times, order).matrix @ changes)

    def band(
        self,
        times: FloatArray,
        order: int = 0,
        *,
        level: float = 0.95,
        repeats: int = 60,
        seed: int | np.random.SeedSequence = 0,
    ) -> Band:
        """Return value -+ quantile x sqrt(variance); nothing is drawn."""
        rows = self._rows(times, order)
        return normal_band(self._value(rows), self._variance(rows), level)

    def _rows(self, times: FloatArray, order: int) -> Rows:
        asked = np.asarray(times, dtype=float)
        check_asked(asked, order, self.times)
        return self.smoother.rows(asked, order)

    def _value(self, rows: Rows) -> FloatArray:
        return np.asarray(rows.matrix @ self.values + rows.offset)

    def _variance(self, rows: Rows) -> FloatArray:
        return np.asarray(rows.matrix**2 @ self.std**2 + rows.missed)


def penalised_misfit(
    matrix: FloatArray, values: FloatArray, std: FloatArray, price: float
) -> float:
    """Return chi-square + price x trace of the smoother matrix at the data, (T, T).

    With known noise a price of 2 estimates the squared error of the smoothed values (Mallows,
    Technometrics 15, 661 (1973)); log T is the Bayesian information criterion.
    """
    residual = (values - matrix @ values) / std
    return float(residual @ residual) + price * float(np.trace(matrix))

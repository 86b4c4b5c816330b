"""Envelopes of a component that was measured at some of the times, or hardly at all."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.estimators.envelopes.damped_sinusoids import DampedSinusoids
from analysis.estimators.envelopes.gaussian_process import GaussianProcess
from cqed_battery.operators import FloatArray


@dataclass(frozen=True)
class Partial:
    """An envelope of the times at which there are data: taken, (T,), says which.

    Between and beyond them it is what the curve's kind leaves open: a Gaussian process grows as
    wide as its prior.
    """

    fit: DampedSinusoids | GaussianProcess
    taken: NDArray[np.bool_]

    @classmethod
    def of(cls, fit: DampedSinusoids | GaussianProcess, taken: NDArray[np.bool_]) -> "Partial":
        """Return the envelope for all times, those beyond the data's included.

        Args:
            fit: to the data at the taken times.
            taken: whether there are data, (T,).
        """
        if isinstance(fit, GaussianProcess):
            fit = replace(fit, extrapolates=True)
        return cls(fit, taken)

    def value(self, times: FloatArray, order: int = 0) -> FloatArray:
        """Return f (order 0) or df/dt (order 1, per ns) at times in ns, (F,).

        Args:
            times: in ns, (F,).
            order: 0 for f, 1 for df/dt.
        """
        return self.fit.value(times, order)

    def variance(self, times: FloatArray, order: int = 0) -> FloatArray:
        """Return the variance of `value`, (F,).

        Args:
            times: in ns, (F,).
            order: 0 for f, 1 for df/dt.
        """
        return self.fit.variance(times, order)

    def response(self, times: FloatArray, changes: FloatArray, order: int = 0) -> FloatArray:
        """Return how `value` moves when the data moves by changes (T, ...), (F, ...).

        Args:
            times: in ns, (F,).
            changes: at all T times; those without data do nothing, (T, ...).
            order: 0 for f, 1 for df/dt.
        """
        return self.fit.response(times, changes[self.taken], order)

    def functional_variance(self, times: FloatArray, weights: FloatArray) -> float:
        """Return the variance of `weights @ value(times)`.

        Args:
            times: in ns, (F,).
            weights: of the values at these times, (F,).
        """
        return self.fit.functional_variance(times, weights)

    @property
    def reduced_chi_square(self) -> float:
        """That of the fit."""
        return self.fit.reduced_chi_square


@dataclass(frozen=True)
class Pointwise:
    """No envelope: values at the measured ones of the charging times, (T,), and 0 elsewhere.

    It takes any change of the data for what it is, so that a bias is not asked of it. What is
    unknown at the other times is `BlochEstimate.room`.
    """

    times: FloatArray
    values: FloatArray
    variances: FloatArray

    @classmethod
    def of(cls, times: FloatArray, values: FloatArray, variances: FloatArray) -> "Pointwise":
        """Return the data of a component, where the variance is finite.

        Args:
            times: charging times in ns, (T,).
            values: the component, (T,).
            variances: infinite where it was not measured, (T,).
        """
        known = np.isfinite(variances)
        return cls(times, np.where(known, values, 0.0), np.where(known, variances, 0.0))

    def value(self, times: FloatArray, order: int = 0) -> FloatArray:
        """Return the data at the charging times, no slope.

        Args:
            times: the charging times in ns, (T,).
            order: 0 for the values; a slope is 0.
        """
        return np.zeros(len(times)) if order else self._there(times, self.values)

    def variance(self, times: FloatArray, order: int = 0) -> FloatArray:
        """Return the variance of the data at the charging times.

        Args:
            times: the charging times in ns, (T,).
            order: 0 for the values; a slope has none.
        """
        return np.zeros(len(times)) if order else self._there(times, self.variances)

    def response(self, times: FloatArray, changes: FloatArray, order: int = 0) -> FloatArray:
        """Return the changes themselves, (T, ...).

        Args:
            times: the charging times in ns, (T,).
            changes: of the data, (T, ...).
            order: 0 for the values; a slope does not change.
        """
        return np.zeros_like(changes) if order else self._there(times, changes)

    def functional_variance(self, times: FloatArray, weights: FloatArray) -> float:
        """Return the variance of `weights @ value(times)`.

        Args:
            times: the charging times in ns, (T,).
            weights: of the values at these times, (T,).
        """
        return float(weights**2 @ self.variance(times))

    @property
    def reduced_chi_square(self) -> float:
        """1: nothing is fitted."""
        return 1.0

    def _there(self, times: FloatArray, values: FloatArray) -> FloatArray:
        if not np.array_equal(times, self.times):
            raise ValueError("a component without an envelope is known at the charging times alone")
        return values

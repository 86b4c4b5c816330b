"""A Gaussian process of many times as an envelope."""

from dataclasses import dataclass

import numpy as np

from analysis.estimators.envelopes.long_process import LongProcess
from analysis.estimators.envelopes.method import Band, check_asked, normal_band
from analysis.estimators.envelopes.projection import WeightedData
from cqed_battery.operators import FloatArray


@dataclass(frozen=True)
class LongEnvelope:
    """What `LinearEnvelope` is to few times: value, variance, response and band of f and df/dt.

    The variance is the posterior's: the known noise and what smoothing misses together.
    """

    process: LongProcess
    times: FloatArray
    data: WeightedData

    def value(self, times: FloatArray, order: int = 0) -> FloatArray:
        """Return f (order 0) or df/dt (order 1, per ns), (F,)."""
        return self.process.mean(self.data.values, self._since_start(times, order), order)

    def variance(self, times: FloatArray, order: int = 0) -> FloatArray:
        """Return the variance of `value`, (F,)."""
        return self.process.variance(self._since_start(times, order), order)

    def response(self, times: FloatArray, changes: FloatArray, order: int = 0) -> FloatArray:
        """Return how `value` moves when the data moves by changes (T, ...), choices kept."""
        known = len(self.data.times) - self.data.measured
        rows = np.concatenate([changes, np.zeros((known, *changes.shape[1:]))])
        return self.process.mean(rows, self._since_start(times, order), order)

    def functional_variance(self, times: FloatArray, weights: FloatArray) -> float:
        """Return the variance of `weights @ value(times)`, for weights (F,)."""
        return self.process.functional_variance(self._since_start(times, 0), weights)

    @property
    def reduced_chi_square(self) -> float:
        """The residuals' chi-square over the degrees of freedom that smoothing leaves.

        The smoother's diagonal is the posterior variance over that of the noise.
        """
        values, std = (part[: self.data.measured] for part in (self.data.values, self.data.sigmas))
        residual = (values - self.value(self.times)) / std
        taken = float((self.variance(self.times) / std**2).sum())
        return float(residual @ residual) / max(len(values) - taken, 1.0)

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
        return normal_band(self.value(times, order), self.variance(times, order), level)

    def _since_start(self, times: FloatArray, order: int) -> FloatArray:
        asked = np.asarray(times, dtype=float)
        check_asked(asked, order, self.times)
        return asked - self.data.origin

"""The kernel of the Gaussian process: covariances of a curve and of its derivative."""

from dataclasses import dataclass

import numpy as np

from cqed_battery.operators import FloatArray

JITTER = 1e-12
"""Added to the variance of every row, relative to it, so that the matrix stays regular."""


@dataclass(frozen=True)
class Kernel:
    """Constant c, amplitude s and length scale l in ns."""

    constant: float
    amplitude: float
    length: float

    def covariance(
        self, times: FloatArray, orders: FloatArray, others: FloatArray, other_orders: FloatArray
    ) -> FloatArray:
        """Return cov[f^(order)(t), f^(other order)(u)] of times (F,) and others (T,), (F, T)."""
        gap = np.subtract.outer(times, others)
        return self.between(gap, orders[:, None], other_orders[None, :])

    def between(self, gap: FloatArray, orders: FloatArray, other_orders: FloatArray) -> FloatArray:
        """Return cov[f^(order)(t), f^(other order)(u)] for gaps t - u, in their shape."""
        gap = gap / self.length
        first, second = orders == 1, other_orders == 1
        factor = np.select(
            [first & second, first, second],
            [(1 - gap**2) / self.length**2, -gap / self.length, gap / self.length],
            1.0,
        )
        constant = np.where(first | second, 0.0, self.constant**2)
        return np.asarray(self.amplitude**2 * factor * np.exp(-(gap**2) / 2) + constant)

"""The kernel of the Gaussian process: covariances of a curve and of its derivative."""

from dataclasses import dataclass

import numpy as np

from analysis.estimators.envelopes.samples import WeightedData
from cqed_battery.operators import FloatArray

FAR = 9.0  # in length scales or their inverse: exp(-81/2) is below rounding
_JITTER = 1e-12  # added to each row's variance, relative to it, so that the matrix stays regular


@dataclass(frozen=True)
class Kernel:
    """Constant c, amplitude s and length scale l in ns."""

    constant: float
    amplitude: float
    length: float

    def covariance(
        self, times: FloatArray, orders: FloatArray, others: FloatArray, other_orders: FloatArray
    ) -> FloatArray:
        """Return cov[f^(order)(t), f^(other order)(u)] of times (F,) and others (T,), (F, T).

        Args:
            times: t in ns, (F,).
            orders: 0 for f and 1 for df/dt at t, (F,).
            others: u in ns, (T,).
            other_orders: 0 for f and 1 for df/dt at u, (T,).

        Source: Rasmussen and Williams, Gaussian Processes for Machine Learning, Sec. 9.4.
        """
        gap = np.subtract.outer(times, others)
        return self.between(gap, orders[:, None], other_orders[None, :])

    def to_rows(self, times: FloatArray, order: int, data: WeightedData) -> FloatArray:
        """Return the covariance of f or df/dt at times (F,) with every row of data, (F, N).

        Args:
            times: in ns since the first measured one, (F,).
            order: 0 for f, 1 for df/dt.
            data: N rows.
        """
        orders = np.full(len(times), float(order))
        return self.covariance(times, orders, data.times, data.orders)

    def between(self, gap: FloatArray, orders: FloatArray, other_orders: FloatArray) -> FloatArray:
        """Return cov[f^(order)(t), f^(other order)(u)] for gaps t - u, in their shape.

        Args:
            gap: t - u in ns, of any shape.
            orders: 0 for f and 1 for df/dt at t, of a shape that goes with the gaps.
            other_orders: the same at u.
        """
        gap = gap / self.length
        first, second = orders == 1, other_orders == 1
        factor = np.select(
            [first & second, first, second],
            [(1 - gap**2) / self.length**2, -gap / self.length, gap / self.length],
            1.0,
        )
        constant = np.where(first | second, 0.0, self.constant**2)
        return np.asarray(self.amplitude**2 * factor * np.exp(-(gap**2) / 2) + constant)

    def prior_variance(self, orders: FloatArray) -> FloatArray:
        """Return the variance of f or df/dt before any data, in the shape of orders.

        Args:
            orders: 0 for f, 1 for df/dt, of any shape.
        """
        return self.between(np.zeros_like(orders), orders, orders)

    def noise(self, data: WeightedData) -> FloatArray:
        """Return the variance of each row's noise, with the least that keeps matrices regular.

        Args:
            data: N rows.

        Returns:
            (N,), in the square of each row's unit.
        """
        return np.asarray(data.sigmas**2 + _JITTER * self.prior_variance(data.orders))

"""What one shot in each setting tells about a claim: estimators to first order.

To first order every estimator is linear in the frequencies f of outcome 1:

    estimate = value + sum_j w_j (f_j - E f_j),   var = sum_j w_j^2 f_j (1 - f_j) / n_j + fixed.

The calibration's settings are among the j, so readout errors need no term of their own.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from cqed_battery.operators import FloatArray


@dataclass(frozen=True)
class Linear:
    """An estimator of Q numbers to first order.

    value (Q,); weights (Q, M) of the frequencies; fixed: standard errors (Q,) by cause that
    shots do not lower; needed: what has to be shown, value above 0, or a standard error.
    """

    value: FloatArray
    weights: FloatArray
    fixed: dict[str, FloatArray]

    @property
    def fixed_variance(self) -> FloatArray:
        """Variance that shots do not lower, (Q,)."""
        return np.asarray(sum((part**2 for part in self.fixed.values()), np.zeros(len(self.value))))


class Estimator(Protocol):
    """An estimator of a claim; it may depend on the shots (M,), as a weighted fit does.

    `frequency` (M,) are the expected frequencies of outcome 1; `own` (M,) says which settings
    the claim's uniform grid has.
    """

    frequency: FloatArray
    own: FloatArray

    def linear(self, shots: FloatArray) -> Linear:
        """Return the estimator to first order for shots (M,)."""
        ...


def spread(frequency: FloatArray) -> FloatArray:
    """Return the standard deviation of one shot's outcome, sqrt(f (1 - f)), (M,)."""
    return np.sqrt(np.clip(frequency * (1 - frequency), 0.0, None))


def shot_variance(linear: Linear, frequency: FloatArray, shots: FloatArray) -> FloatArray:
    """Return the variance by shots, (Q,), of settings with their shots (M,).

    A setting without shots is one that the estimator does without; with a weight it is infinite.
    """
    reach = (linear.weights * spread(frequency)) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(reach > 0, reach / shots, 0.0)
    return np.asarray(parts.sum(axis=1))

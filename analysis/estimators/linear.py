"""What an estimator returns: numbers to first order in the counts, with named causes of error.

To first order every estimator is linear in the frequencies f of outcome 1 in the settings j:

    estimate = value + sum_j w_j (f_j - E f_j),   var = sum_j w_j^2 f_j (1 - f_j) / n_j + causes^2

The calibration's settings are among the j, so readout errors need no term of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cqed_battery.operators import FloatArray, IntArray

LEAST_STD = 1e-9  # what is 0 for certain, as a gain without a drive, has some, too


@dataclass(frozen=True)
class Linear:
    """Q numbers to first order.

    value (Q,); weights (Q, M), the derivative of the numbers by the frequency of outcome 1 in
    each setting; causes: what one standard error of each named cause of systematic error, which
    shots do not lower, adds to the numbers, (Q,) with its sign.
    """

    value: FloatArray
    weights: FloatArray
    causes: dict[str, FloatArray] = field(default_factory=dict)

    @property
    def systematic_variance(self) -> FloatArray:
        """Variance that shots do not lower, (Q,)."""
        squares = (part**2 for part in self.causes.values())
        return np.asarray(sum(squares, np.zeros(len(self.value))))

    def shot_variance(self, frequency: FloatArray, shots: FloatArray | IntArray) -> FloatArray:
        """Return the variance by shots, (Q,), for frequencies and shots of the settings, (M,).

        A setting without shots is one that the estimator does without; with a weight its
        variance is infinite.

        Args:
            frequency: of outcome 1, in [0, 1], (M,).
            shots: of every setting, at least 0, (M,).
        """
        reach = (self.weights * spread(frequency)) ** 2
        with np.errstate(divide="ignore", invalid="ignore"):
            parts = np.where(reach > 0, reach / shots, 0.0)
        return np.asarray(parts.sum(axis=1))

    def std(self, frequency: FloatArray, shots: FloatArray | IntArray) -> FloatArray:
        """Return the standard errors, causes included, (Q,).

        Args:
            frequency: of outcome 1, in [0, 1], (M,).
            shots: of every setting, at least 0, (M,).
        """
        return np.sqrt(self.shot_variance(frequency, shots) + self.systematic_variance)

    def without(self, unmeasured: NDArray[np.bool_]) -> "Linear":
        """Return the numbers without the part of some settings, which is bounded elsewhere.

        Args:
            unmeasured: whether a setting is left out, (M,).
        """
        return replace(self, weights=np.where(unmeasured, 0.0, self.weights))

    @classmethod
    def stacked(cls, parts: "Sequence[Linear]") -> "Linear":
        """Return the numbers of several as one; a cause that one does not name is 0 there.

        Args:
            parts: several, over the same M settings.
        """
        names = dict.fromkeys(name for part in parts for name in part.causes)
        nothing = [np.zeros(len(part.value)) for part in parts]
        return cls(
            np.concatenate([part.value for part in parts]),
            np.concatenate([part.weights for part in parts]),
            {
                name: np.concatenate(
                    [p.causes.get(name, none) for p, none in zip(parts, nothing, strict=True)]
                )
                for name in names
            },
        )

    def combined(self, matrix: FloatArray) -> "Linear":
        """Return linear combinations of the numbers, by a matrix (Q', Q).

        Args:
            matrix: a row for each new number, (Q', Q).
        """
        causes = {name: matrix @ change for name, change in self.causes.items()}
        return Linear(matrix @ self.value, matrix @ self.weights, causes)

    def __add__(self, other: "Linear") -> "Linear":
        names = dict.fromkeys([*self.causes, *other.causes])
        none = np.zeros(len(self.value))
        causes = {
            name: self.causes.get(name, none) + other.causes.get(name, none) for name in names
        }
        return Linear(self.value + other.value, self.weights + other.weights, causes)

    def __neg__(self) -> "Linear":
        return Linear(-self.value, -self.weights, {name: -x for name, x in self.causes.items()})


class Estimator(Protocol):
    """An estimator of a claim's numbers.

    `frequency` (M,) are the expected frequencies of outcome 1; `own` (M,) is 1 in the settings
    that the claim is measured by, calibration aside.
    """

    @property
    def frequency(self) -> FloatArray:
        """Expected frequencies of outcome 1, (M,)."""
        ...

    @property
    def own(self) -> FloatArray:
        """1 in the settings that the estimator uses, calibration aside, (M,)."""
        ...

    def linear(self, shots: FloatArray) -> Linear:
        """Return the estimator at the expected frequencies for shots (M,).

        The weights may depend on the shots, as those of a fit do.

        Args:
            shots: of every setting, at least 0, (M,).
        """
        ...


def share_of_ones(ones: FloatArray | IntArray, shots: FloatArray | IntArray) -> FloatArray:
    """Return the frequency of outcome 1, any shape; 1/2 in a setting without shots.

    Args:
        ones: counts of outcome 1.
        shots: of every setting, at least 0, the same shape or one that broadcasts.
    """
    ones, shots = np.broadcast_arrays(np.asarray(ones, dtype=float), shots)
    return np.divide(ones, shots, out=np.full(ones.shape, 0.5), where=shots > 0)


def binomial_variance(frequency: FloatArray, shots: FloatArray | IntArray) -> FloatArray:
    """Return f (1 - f) / N, at least 1 / (4 N^2), any shape; infinite in a setting without shots.

    Args:
        frequency: of outcome 1, in [0, 1].
        shots: of every setting, at least 0, of the same shape.
    """
    with np.errstate(divide="ignore"):
        single = np.maximum(frequency * (1 - frequency), np.divide(0.25, shots))
        return np.asarray(np.where(shots > 0, single / np.maximum(shots, 1e-300), np.inf))


def spread(frequency: FloatArray) -> FloatArray:
    """Return the standard deviation of one shot's outcome, sqrt(f (1 - f)), (M,).

    Args:
        frequency: of outcome 1, in [0, 1], (M,).
    """
    return np.sqrt(np.clip(frequency * (1 - frequency), 0.0, None))

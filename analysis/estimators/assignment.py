"""The readout's assignment errors, from calibration counts."""

from dataclasses import dataclass

import numpy as np

from cqed_battery.files.datasets import DatasetError
from cqed_battery.operators import FloatArray, IntArray

_SIGMAS = 3.0  # standard errors by which the contrast must exceed 0
_USABLE = 0.3  # contrast that a poor readout has; one that may have it is not useless
_NEEDED = 100  # shots of a level by which such a contrast is 3 standard errors, and rounded up


@dataclass(frozen=True)
class Assignment:
    """P(1|0) and P(0|1) with standard errors; the contrast is 1 - P(1|0) - P(0|1)."""

    p1_given_0: float
    p0_given_1: float
    p1_given_0_std: float
    p0_given_1_std: float

    @property
    def contrast(self) -> float:
        """1 - P(1|0) - P(0|1): how far apart levels 0 and 1 read, at most 1."""
        return 1 - self.p1_given_0 - self.p0_given_1

    def frequency(self, probability: FloatArray) -> FloatArray:
        """Return the frequency of outcome 1 for a probability of level 1.

        Args:
            probability: of level 1, any shape, in [0, 1].
        """
        return self.p1_given_0 + self.contrast * probability


def assignment_from(calibration: IntArray | FloatArray) -> Assignment:
    """Return assignment errors from calibration counts.

    Standard errors use (errors + 1/2)/(shots + 1), so that no counted error is not no error.

    Args:
        calibration: counts (2, 2): rows prepared 0, 1; columns outcome 0, 1.

    Raises:
        DatasetError: a row is empty, or the readout does not tell 1 from 0.
    """
    shots = calibration.sum(axis=1)
    if (shots == 0).any():
        raise DatasetError(
            f"calibration_counts of prepared level {int(np.argmin(shots))} are empty;"
            " both levels need at least one shot"
        )
    errors = np.array([calibration[0, 1], calibration[1, 0]])
    rate, smoothed = errors / shots, (errors + 0.5) / (shots + 1)
    std = np.sqrt(smoothed * (1 - smoothed) / shots)
    contrast = 1 - rate.sum()
    if contrast <= _SIGMAS * np.hypot(*std):
        raise DatasetError(_no_contrast(rate, std, shots))
    return Assignment(float(rate[0]), float(rate[1]), float(std[0]), float(std[1]))


def _no_contrast(rate: FloatArray, std: FloatArray, shots: FloatArray | IntArray) -> str:
    """Say why the readout is not known to tell 1 from 0: swapped labels, few shots, or itself.

    Args:
        rate: P(1|0) and P(0|1), (2,).
        std: their standard errors, (2,).
        shots: of the prepared levels, (2,).
    """
    contrast, uncertain = 1 - rate.sum(), _SIGMAS * np.hypot(*std)
    said = f"calibration_counts give P(1|0) = {rate[0]:.3f} and P(0|1) = {rate[1]:.3f}"
    if contrast < -uncertain:
        return (
            f"{said}, as if the labels were swapped: if the outcomes are, say 0 = 1 and 1 = 0 under"
            " [labels.outcome] in a `mapping` file; if the prepared levels are, under"
            " [labels.prepared]"
        )
    if contrast + uncertain > _USABLE:
        return (
            f"{said} from {shots[0]} and {shots[1]} shots, too few to know whether the readout"
            f" tells level 1 from 0; take at least {_NEEDED} shots of each level, or leave these"
            " counts out and say `calibration` from-file"
        )
    return (
        f"{said}, so the readout does not tell level 1 from 0; their sum must be clearly less"
        " than 1"
    )

"""The readout's assignment errors, from calibration counts."""

from dataclasses import dataclass, replace

import numpy as np

from cqed_battery.files.datasets import DatasetError
from cqed_battery.operators import FloatArray, IntArray

_SIGMAS = 3.0  # standard errors by which the contrast must exceed 0
_USABLE = 0.3  # contrast that a poor readout has; one that may have it is not useless
_NEEDED = 100  # shots of a level by which such a contrast is 3 standard errors, and rounded up


@dataclass(frozen=True)
class Assignment:
    """P(1|0) and P(0|1) with standard errors; the contrast is 1 - P(1|0) - P(0|1).

    prepared: P(1) of the prepared levels 0 and 1 before these errors; (0, 1) where they are pure.
    """

    p1_given_0: float
    p0_given_1: float
    p1_given_0_std: float
    p0_given_1_std: float
    prepared: tuple[float, float] = (0.0, 1.0)

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

    def on_counts(self, weights: FloatArray) -> FloatArray:
        """Return weights on the prepared levels' frequencies, (2,), from those on the pure ones'.

        Args:
            weights: on P(1|0) and 1 - P(0|1), (2,).
        """
        return np.asarray(np.linalg.solve(_mixing(self.prepared).T, weights))

    @property
    def by_excitation(self) -> FloatArray:
        """How P(1|0) and 1 - P(0|1) move by what the levels' excitation is taken for, (2,)."""
        swapped = self.contrast * np.array([1.0, -1.0])
        return np.asarray(-np.linalg.solve(_mixing(self.prepared), swapped))


def _mixing(prepared: tuple[float, float]) -> FloatArray:
    """Return what the prepared levels hold of the pure ones, (2, 2), rows prepared."""
    ones = np.array(prepared)
    return np.stack([1 - ones, ones], axis=-1)


def assignment_of(wrong: FloatArray, prepared: tuple[float, float]) -> Assignment:
    """Return assignment errors from exact frequencies of the wrong outcome, no standard errors.

    Args:
        wrong: frequencies of outcome 1 in the prepared level 0 and of 0 in 1, (2,).
        prepared: P(1) of these before assignment errors.
    """
    zero, one = prepared
    contrast = (1 - wrong[0] - wrong[1]) / (one - zero)
    errors = wrong[0] - contrast * zero, wrong[1] - contrast * (1 - one)
    return Assignment(float(errors[0]), float(errors[1]), 0.0, 0.0, prepared)


def assignment_from(
    calibration: IntArray | FloatArray, prepared: tuple[float, float] = (0.0, 1.0)
) -> Assignment:
    """Return assignment errors from calibration counts.

    Standard errors use (errors + 1/2)/(shots + 1), so that no counted error is not no error.

    Args:
        calibration: counts (2, 2): rows prepared 0, 1; columns outcome 0, 1.
        prepared: P(1) of the prepared levels before assignment errors, as `Settings.prepared`.

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
    found = assignment_of(rate, prepared)
    zero, one = (np.linalg.norm(found.on_counts(pure) * std) for pure in np.eye(2))
    return replace(found, p1_given_0_std=float(zero), p0_given_1_std=float(one))


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

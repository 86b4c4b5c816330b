"""A linear discriminant in the IQ plane, trained on calibration shots."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from cqed_battery.errors import CqedBatteryError
from cqed_battery.operators import FloatArray

_REFINEMENTS = 3  # lines, each from the shots that the one before reads as prepared
_CONCENTRATIONS = 5  # steps towards the inner half of a cloud
_SMOOTHING = 0.2  # of a standard deviation, over which counted errors are smoothed
_CANDIDATES, _BINS = 401, 2000  # thresholds that are tried, and bins of the projected shots
FEWEST_SHOTS = 10
"""Calibration shots that each prepared level needs for a line to be trained."""


@dataclass(frozen=True)
class Discriminator:
    """A line in the IQ plane: a point reads 1 where axis . point > threshold; axis has length 1."""

    axis: tuple[float, float]
    threshold: float

    def score(self, points: FloatArray) -> FloatArray:
        """Return the signed distance from the line, (...,), of points (..., 2).

        Args:
            points: of the IQ plane, (..., 2), in standard deviations of the noise.
        """
        return np.asarray(points @ np.array(self.axis) - self.threshold)

    def reads_1(self, points: FloatArray) -> NDArray[np.bool_]:
        """Return which points (..., 2) read 1.

        Args:
            points: of the IQ plane, (..., 2), in standard deviations of the noise.

        Returns:
            A boolean for each point, (...,).
        """
        return np.asarray(self.score(points) > 0)


def between(zero: FloatArray, one: FloatArray) -> Discriminator:
    """Return the line half way between two centres, (2,) each, for round noise of one size.

    Args:
        zero: centre of level 0's points, (2,).
        one: centre of level 1's points, (2,).

    Raises:
        CqedBatteryError: the centres coincide.
    """
    return _line(zero, one, np.eye(2))


def train(zero: FloatArray, one: FloatArray) -> Discriminator:
    """Return the linear discriminant of calibration shots, (N0, 2) and (N1, 2).

    axis ~ C^-1 (m1 - m0), with medians m and the pooled covariance C of the shots that the
    previous line reads as they were prepared: shots that relax on the way hardly turn it. The
    threshold is where P(1|0) + P(0|1) of these shots, smoothed, is least.

    Args:
        zero: IQ points of shots prepared in level 0, (N0, 2), in standard deviations of the noise.
        one: those of shots prepared in level 1, (N1, 2).

    Raises:
        CqedBatteryError: there are fewer than 10 shots of a level, or the clouds do not differ.
    """
    if min(len(zero), len(one)) < FEWEST_SHOTS:
        raise CqedBatteryError(
            f"a discriminator needs at least {FEWEST_SHOTS} calibration shots of each level, but"
            f" has {len(zero)} and {len(one)}: raise readout.calibration_shots"
        )
    line = between(np.median(zero, axis=0), np.median(one, axis=0))
    for _ in range(_REFINEMENTS):
        kept_0, kept_1 = zero[~line.reads_1(zero)], one[line.reads_1(one)]
        if min(len(kept_0), len(kept_1)) < FEWEST_SHOTS:
            break
        centres = np.median(kept_0, axis=0), np.median(kept_1, axis=0)
        line = _line(*centres, _pooled(kept_0 - centres[0], kept_1 - centres[1]))
    axis = np.array(line.axis)
    return Discriminator(line.axis, _best_threshold(zero @ axis, one @ axis))


def _best_threshold(zero: FloatArray, one: FloatArray) -> float:
    """Return where fewest of the projected shots, (N0,) and (N1,), lie on the wrong side.

    The counted errors are smoothed over a fifth of a standard deviation.
    """
    ends = float(np.median(zero)), float(np.median(one))
    low, high = np.quantile(zero, [0.16, 0.84])
    width = _SMOOTHING * float(high - low) / 2
    candidates = np.linspace(*ends, _CANDIDATES)
    errors = _share_above(zero, candidates, width) - _share_above(one, candidates, width)
    return float(candidates[np.argmin(errors)])


def _share_above(scores: FloatArray, candidates: FloatArray, width: float) -> FloatArray:
    """Return the smoothed share of scores above each candidate, from a fine histogram."""
    numbers, edges = np.histogram(scores, bins=_BINS)
    middles = (edges[1:] + edges[:-1]) / 2
    above = ndtr((middles - candidates[:, None]) / width)
    return np.asarray(above @ numbers / len(scores))


def _pooled(zero: FloatArray, one: FloatArray) -> FloatArray:
    """Return the covariance (2, 2), up to a factor, of the inner half of two centred clouds.

    Each step keeps the half that is nearest by the covariance of the step before, so that an
    ellipse keeps its shape and what lies far off has no say.
    """
    both = np.concatenate([zero, one])
    covariance = both.T @ both
    for _ in range(_CONCENTRATIONS):
        distance = (both * np.linalg.solve(covariance, both.T).T).sum(axis=1)
        inner = both[distance <= np.median(distance)]
        covariance = inner.T @ inner
    return np.asarray(covariance / len(inner))


def _line(zero: FloatArray, one: FloatArray, covariance: FloatArray) -> Discriminator:
    difference = one - zero
    if not np.linalg.norm(difference) > 0:
        raise CqedBatteryError(
            "the IQ clouds of levels 0 and 1 must lie apart, but coincide: raise dispersive.chi_MHz"
            " or dispersive.photons"
        )
    direction = np.linalg.solve(covariance, difference)
    axis = direction / np.linalg.norm(direction)
    return Discriminator((float(axis[0]), float(axis[1])), float(axis @ (zero + one) / 2))

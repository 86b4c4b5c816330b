"""IQ points without discrimination: the populations that make all points most likely.

The line that tells 1 from 0 is trained as ever; where a point lies across it is kept, in bins whose
shares f_0 and f_1 the calibration shots have. A setting's population p maximises
sum_b n_b log[(1 - p) f_0b + p f_1b]; a shot tells I(p) = sum_b (f_1b - f_0b)^2 / [(1 - p) f_0b +
p f_1b] of it (Fisher). So the excess of its variance over p (1 - p) / N is g(p) / N,
g = 1 / I(p) - p (1 - p); that of the line alone is linear in p, h(p), and g <= h.

Into the analysis it goes as counts of a readout with smaller errors, whose excess is the largest
ratio of g to h times h. At most p such a readout would still vary more than the populations do. So
a setting counts as more shots than it has, by that ratio of variances at its own p: the intervals
then have the populations' own width.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from analysis.data.iq.iq_line import trained_line
from cqed_battery.operators import FloatArray, IntArray
from protocols.readout.discriminator import Discriminator

_MOST_BINS, _SHOTS_PER_BIN = 24, 50  # so few that the shares of a bin are known to a few percent
_FEWEST_IN_BIN = 30  # calibration shots of either level, so that its share is known to a fifth
_PSEUDOCOUNT = 0.5  # in each bin, so that no point is impossible
_STEPS, _CLOSE = 60, 1e-10  # of Newton's method, which needs about six
_OUTSIDE = 0.2  # by which noise may take a population out of 0 to 1
_GRID = np.linspace(0.0, 1.0, 41)  # of populations, on which g and h are compared
_FEWEST_ERRORS = 0.5  # counted errors of a level stand for at least this many


@dataclass(frozen=True)
class SoftReadout:
    """Shares of bins across a line for levels 0 and 1, (B,), and the errors (2,) it counts with.

    worth: shots that one shot counts as, on `_GRID`, at least 1.
    """

    line: Discriminator
    edges: FloatArray
    zero: FloatArray
    one: FloatArray
    errors: FloatArray
    worth: FloatArray

    def population(self, points: FloatArray) -> float:
        """Return the most likely population of level 1, which noise may take out of 0 to 1.

        Args:
            points: of a setting's shots, (N, 2).
        """
        numbers = _binned(self.line.score(points), self.edges)
        held = numbers > 0  # bins without a point say nothing, whatever the mixture is there
        numbers, zero, difference = numbers[held], self.zero[held], (self.one - self.zero)[held]
        found = 0.5
        for _ in range(_STEPS):
            slope = difference / (zero + found * difference)
            curvature = float(numbers @ slope**2)
            if curvature == 0:  # the levels look alike wherever there are points
                break
            step = (numbers @ slope) / curvature
            # Outside 0 to 1 the mixture must stay positive.
            wanted = float(np.clip(found + step, -_OUTSIDE, 1 + _OUTSIDE))
            while (zero + wanted * difference).min() <= 0:
                wanted = (wanted + found) / 2
            if abs(wanted - found) < _CLOSE:
                break
            found = wanted
        return float(found)

    def counts(self, points: FloatArray) -> IntArray:
        """Return counts of outcomes 0 and 1, (2,), that stand for a setting's points.

        Args:
            points: of a setting's shots, (N, 2).
        """
        return self.counts_of(self.population(points), len(points))

    def counts_of(self, population: float, shots: int) -> IntArray:
        """Return counts of outcomes 0 and 1, (2,), that stand for a population.

        Args:
            population: of level 1.
            shots: of the setting; the counts add up to what they are worth.
        """
        share = self.errors[0] + (1 - self.errors.sum()) * population
        worth = round(shots * float(np.interp(population, _GRID, self.worth)))
        ones = round(min(max(share, 0.0), 1.0) * worth)
        return np.array([worth - ones, ones])


def train_soft(zero: FloatArray, one: FloatArray, source: str) -> SoftReadout:
    """Return the soft readout of calibration shots, (N0, 2) and (N1, 2).

    Args:
        zero: points of shots prepared in level 0, in any unit.
        one: those of shots prepared in level 1.
        source: name of the file, for messages.

    Raises:
        DatasetError: there are too few shots, or the clouds coincide.
    """
    line = trained_line(zero, one, source)
    scores = line.score(zero), line.score(one)
    bins = min(max(min(map(len, scores)) // _SHOTS_PER_BIN, 2), _MOST_BINS)
    edges = _edges(*scores, bins)
    shares = _shares(_binned(scores[0], edges)), _shares(_binned(scores[1], edges))
    wrong = np.array([(scores[0] > 0).sum(), (scores[1] <= 0).sum()])
    hard = np.maximum(wrong, _FEWEST_ERRORS) / [len(values) for values in scores]
    soft = _soft_excess(*shares)
    errors = _effective_errors(hard, soft)
    return SoftReadout(line, edges, *shares, errors, _worth(errors, soft))


def _soft_excess(zero: FloatArray, one: FloatArray) -> FloatArray:
    """Return g on `_GRID`: how much more a shot's population varies than one without noise."""
    mixtures = zero + _GRID[:, None] * (one - zero)
    fisher = ((one - zero) ** 2 / mixtures).sum(axis=1)
    with np.errstate(divide="ignore"):  # levels that look alike
        return np.clip(1 / fisher - _GRID * (1 - _GRID), 0.0, None)


def _linear_excess(errors: FloatArray) -> FloatArray:
    """Return h on `_GRID`, of a readout with these errors, (2,)."""
    ends = errors * (1 - errors) / (1 - errors.sum()) ** 2
    return np.asarray(ends[0] + (ends[1] - ends[0]) * _GRID)


def _worth(errors: FloatArray, soft: FloatArray) -> FloatArray:
    """Return by how much a readout with these errors varies more than the populations do."""
    if errors.sum() >= 1 or not np.isfinite(soft).all():  # which the analysis will refuse
        return np.ones(len(_GRID))
    own = _GRID * (1 - _GRID)
    found = (own + _linear_excess(errors)) / np.maximum(own + soft, np.finfo(float).tiny)
    return np.maximum(found, 1.0)


def _edges(zero: FloatArray, one: FloatArray, bins: int) -> FloatArray:
    """Return the inner edges of bins across the line, one of which is the line itself.

    The bins hold equally many scores, and are joined on each side of the line until each has
    enough of both levels: a share that is hardly known there would be taken for certainty.
    """
    inner = np.quantile(np.concatenate([zero, one]), np.arange(1, bins) / bins)
    kept = [0.0]
    for side in (inner[inner < 0][::-1], inner[inner > 0]):
        last, end = 0.0, float(np.sign(side.sum())) * np.inf
        for edge in side:
            inside, beyond = sorted((last, edge)), sorted((edge, end))
            if all(_within(level, *part) for level in (zero, one) for part in (inside, beyond)):
                kept.append(float(edge))
                last = float(edge)
    return np.unique(kept)


def _within(scores: FloatArray, low: float, high: float) -> bool:
    """Say whether enough scores lie between two edges."""
    return int(((scores > low) & (scores <= high)).sum()) >= _FEWEST_IN_BIN


def _binned(scores: FloatArray, edges: FloatArray) -> FloatArray:
    """Return how many scores lie in each bin, (B,)."""
    return np.bincount(np.searchsorted(edges, scores), minlength=len(edges) + 1).astype(float)


def _shares(numbers: FloatArray) -> FloatArray:
    return np.asarray((numbers + _PSEUDOCOUNT) / (numbers + _PSEUDOCOUNT).sum())


def _effective_errors(hard: FloatArray, soft: FloatArray) -> FloatArray:
    """Return the errors (2,) of the readout with the least excess that is nowhere below `soft`."""
    if hard.sum() >= 1 or not np.isfinite(soft).all():  # blind, which the analysis will refuse
        return hard
    ends = hard * (1 - hard) / (1 - hard.sum()) ** 2
    excess = ends * min(1.0, float((soft / _linear_excess(hard)).max()))

    def errors(contrast: float) -> FloatArray:
        """Return the errors below 1/2 with e (1 - e) = excess contrast^2, (2,)."""
        return np.asarray((1 - np.sqrt(np.maximum(1 - 4 * excess * contrast**2, 0.0))) / 2)

    def mismatch(contrast: float) -> float:
        """Return how far errors and contrast are from adding up to 1."""
        return float(1 - errors(contrast).sum() - contrast)

    largest = 1.0 if excess.max() <= 0.25 else float(1 / np.sqrt(4 * excess.max()))
    if mismatch(largest) > 0:  # an error above 1/2: as little as there is to gain, it stays
        return hard
    return errors(brentq(mismatch, 0.0, largest))

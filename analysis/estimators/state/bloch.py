"""From counts to the battery's state: readout-corrected maximum likelihood with covariance.

Each axis is read as P(1) - P(0) through an assignment matrix that the calibration counts fix.
`offset` is what the readout sequence (coupler closing, pulse, leakage) adds to an axis between the
end of charging and the readout; it enters the likelihood, so the state stays inside the Bloch ball.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import elementwise
from scipy.special import chdtrc, gammaln

from analysis.estimators.linear import binomial_variance, share_of_ones
from analysis.estimators.state.assignment import Assignment
from analysis.results.estimates import NINETY_FIVE
from cqed_battery.operators import FloatArray, IntArray

_HALVINGS = 52  # of an interval of length 2: to the last bit of a double
_PULSES = 0.02  # standard error allowed on each axis by pulses turned a degree too far
_WEAKEST, _STRONGEST = -10.0, 20.0  # of log lambda: from no shots' pull to that of 10^9 shots


@dataclass(frozen=True)
class Binomial:
    """How the standard error of each axis depends on the true vector.

    base (T, 3): frequency of outcome 1 at component 0; half: its change per component. shots,
    and variance that does not depend on the vector and in all at the measured one: (T, 3).
    """

    base: FloatArray
    half: float
    shots: FloatArray
    constant: FloatArray
    measured: FloatArray

    def take(self, index: NDArray[np.int_]) -> "Binomial":
        """Return that of the vectors with these numbers.

        Args:
            index: of the vectors, (N,), each in 0 to T - 1.
        """
        parts = (self.shots, self.constant, self.measured)
        return Binomial(self.base[index], self.half, *(part[index] for part in parts))

    def scale(self, vectors: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return std at true vectors (..., T, 3) over that at the measured one.

        Args:
            vectors: Bloch vectors, (..., T, 3), each component in [-1, 1].

        Returns:
            The ratio and its derivative by the component, each (..., T, 3).
        """
        frequency = self.base + self.half * vectors
        spread, least = frequency * (1 - frequency), 0.25 / self.shots
        scale = np.sqrt(
            (np.maximum(spread, least) / self.shots / self.half**2 + self.constant) / self.measured
        )
        slope = (1 - 2 * frequency) / (2 * self.half * self.shots * self.measured * scale)
        return scale, np.where(spread > least, slope, 0.0)


@dataclass(frozen=True)
class BlochEstimate:
    """Bloch vectors (T, 3) with their uncertainties.

    value: maximum likelihood in the Bloch ball. linear: linear inversion, unbiased; 0 where an axis
    was not measured. shot: the variance by shot noise of each axis, independent between axes and
    times; infinite where it was not measured. shared (T, 3, M): change of every axis by one
    standard error of M common causes (see `causes`). spread: how standard errors depend on the true
    vector.
    """

    value: FloatArray
    linear: FloatArray
    shot: FloatArray
    shared: FloatArray
    causes: tuple[str, ...]
    spread: Binomial | None = None

    @property
    def measured(self) -> NDArray[np.bool_]:
        """Which axes were measured, (T, 3)."""
        return np.isfinite(self.shot)

    @cached_property
    def room(self) -> FloatArray:
        """How large an axis may be that was not measured, since |r| <= 1, (T, 3); else 0.

        The length of the measured ones counts with the smallest values of their 95 % intervals.
        """
        known = np.where(self.measured, self.shot + (self.shared**2).sum(axis=-1), 0.0)
        least = np.maximum(np.abs(self.linear) - NINETY_FIVE * np.sqrt(known), 0.0)
        left = np.sqrt(np.maximum(1 - (least**2).sum(axis=1, keepdims=True), 0.0))
        return np.where(self.measured, 0.0, left)

    @property
    def covariance(self) -> FloatArray:
        """Covariance of each time's vector, (T, 3, 3); 1.96 errors of an unknown axis: `room`."""
        every = np.arange(3)
        found = np.einsum("tim,tjm->tij", self.shared, self.shared)
        own = np.where(self.measured, self.shot, (self.room / NINETY_FIVE) ** 2)
        found[:, every, every] += own
        return found

    @property
    def std(self) -> FloatArray:
        """Standard errors, (T, 3)."""
        return np.sqrt(np.einsum("tii->ti", self.covariance))


def estimate_bloch(
    counts: IntArray | FloatArray,
    assignment: Assignment,
    offset: FloatArray,
    offset_uncertainty: float,
    expected_frequency: FloatArray | None = None,
    scatter: FloatArray | None = None,
    *,
    constrained: bool = True,
    device: FloatArray | None = None,
) -> BlochEstimate:
    """Return Bloch vectors from counts (T, 3, 2) for the axes x, y, z.

    Args:
        counts: of outcomes 0 and 1; none where an axis was not measured.
        assignment: from the calibration counts.
        offset: what the readout sequence adds to each axis, (T, 3).
        offset_uncertainty: its relative standard error, common to all of it.
        expected_frequency: of outcome 1, (T, 3), for the variance; by default the observed one
            with half a count added to each outcome, which scatters at few shots.
        scatter: standard error of the offset of its own at each time, per axis (3,).
        constrained: whether `value` is the most likely state; else it is `linear`, which is all
            that the estimators of claims take.
        device: how far off the offset may be by further common causes, (T, 3, p).
    """
    shots = counts.sum(axis=-1)
    taken, contrast = shots > 0, assignment.contrast
    frequency = share_of_ones(counts[..., 1], shots)
    measured = 2 * (frequency - assignment.p1_given_0) / contrast - 1
    measured = np.where(taken, measured, offset)
    likely = expected_frequency
    if likely is None:
        likely = (counts[..., 1] + 0.5) / (shots + 1)
    binomial = 4 * binomial_variance(likely, shots) / contrast**2
    shot = binomial if scatter is None else binomial + scatter**2
    shared = np.stack(
        [
            (measured - 1) / contrast * assignment.p1_given_0_std,
            (measured + 1) / contrast * assignment.p0_given_1_std,
            -offset * offset_uncertainty,
        ],
        axis=-1,
    )
    causes = ("P(1|0)", "P(0|1)", "readout sequence")
    if device is not None:
        shared = np.concatenate([shared, device], axis=-1)
        causes += ("device",) * device.shape[-1]
    shared = np.where(taken[..., None], shared, 0.0)
    constant = (0.0 if scatter is None else scatter**2) + (shared**2).sum(axis=-1)
    base = assignment.p1_given_0 + contrast / 2 * (1 + offset)
    return BlochEstimate(
        value=maximum_likelihood(counts, assignment, offset) if constrained else measured - offset,
        linear=measured - offset,
        shot=shot,
        shared=shared,
        causes=causes,
        spread=Binomial(base, contrast / 2, shots, constant, binomial + constant),
    )


def maximum_likelihood(
    counts: IntArray | FloatArray, assignment: Assignment, offset: FloatArray
) -> FloatArray:
    """Return the most likely Bloch vectors (T, 3) in the ball, for counts (T, 3, 2).

    The axes are independent binomials, so inside the ball this is linear inversion; otherwise
    it lies on the sphere where each axis' score equals lambda v_i, one secular equation in
    lambda, solved for all states at once.

    Args:
        counts: of outcomes 0 and 1, (T, 3, 2); an axis without any is 0.
        assignment: the readout's errors.
        offset: what the readout sequence adds to each axis, (T, 3).
    """
    half = assignment.contrast / 2
    base = assignment.p1_given_0 + half * (1 + offset)
    shots = counts.sum(axis=-1)
    frequency = np.where(shots > 0, share_of_ones(counts[..., 1], shots), base)
    linear = (frequency - base) / half
    outside = np.linalg.norm(linear, axis=-1) > 1
    if not outside.any():
        return linear
    solution = linear.copy()
    solution[outside] = _on_sphere(counts[outside], base[outside], half)
    return solution


def _on_sphere(counts: IntArray | FloatArray, base: FloatArray, half: float) -> FloatArray:
    """Return the most likely vectors (N, 3) of length 1, for counts (N, 3, 2)."""

    def too_long(exponent: FloatArray, number: FloatArray) -> FloatArray:
        """Return |v|^2 - 1 of some vectors, (N,), at their log lambda; it falls with lambda."""
        one = number.astype(int)
        vectors = _axes(counts[one], base[one], half, np.exp(exponent))
        return np.asarray((vectors**2).sum(axis=-1) - 1)

    every = np.arange(len(counts))
    ends = np.full(len(counts), _WEAKEST), np.full(len(counts), _STRONGEST)
    found = elementwise.find_root(too_long, ends, args=(every,))
    beyond = np.where(found.f_bracket[0] > 0, _STRONGEST, _WEAKEST)
    exponent = np.where(found.success, found.x, beyond)
    vectors = _axes(counts, base, half, np.exp(exponent))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def _axes(
    counts: IntArray | FloatArray, base: FloatArray, half: float, strength: FloatArray
) -> FloatArray:
    """Solve score_i(v_i) = lambda v_i for every axis; score falls and lambda v rises with v.

    By bisection: `elementwise.find_root` here too, inside the search for lambda, takes five times
    as long for 385 times.
    """
    edge = 1e-12
    low = np.maximum((edge - base) / half, -1.0)
    high = np.minimum((1 - edge - base) / half, 1.0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        one = base + half * middle
        score = half * (counts[..., 1] / one - counts[..., 0] / (1 - one))
        rising = score > strength[:, None] * middle
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    return np.asarray((low + high) / 2)


def states_p_value(estimates: Sequence[BlochEstimate]) -> float:
    """Return how likely vectors as long as these are, all together, if all are states.

    Of each vector longer than 1 the square of what is beyond, in standard errors along it, is
    added up. For pure states, the worst, each sum of n such squares is chi-square distributed
    with a number of degrees that is binomial, n and 1/2. Two per cent on each axis are allowed
    for pulses and assignment errors that are not quite the calibrated ones.

    Args:
        estimates: linear-inversion Bloch vectors of several arms, with their errors.

    Returns:
        From 0 to 1; pure states give values spread over the whole range.
    """
    total, count = 0.0, 0
    for found in estimates:
        length = np.linalg.norm(found.linear, axis=1)
        direction = found.linear / np.maximum(length, 1.0)[:, None]
        variance = np.einsum("ti,tij,tj->t", direction, found.covariance, direction)
        beyond = np.maximum(length - 1, 0.0)
        total += float((beyond**2 / (variance + _PULSES**2)).sum())
        count += len(length)
    degrees = np.arange(count + 1)
    chances = _coin(degrees, count)
    tails = np.where(degrees > 0, chdtrc(np.maximum(degrees, 1), total), total <= 0)
    return float((chances * tails).sum())


def _coin(numbers: NDArray[np.int_], count: int) -> FloatArray:
    logarithm = gammaln(count + 1) - gammaln(numbers + 1) - gammaln(count - numbers + 1)
    return np.asarray(np.exp(logarithm - count * np.log(2)))

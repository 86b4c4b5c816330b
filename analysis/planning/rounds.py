"""Rounds of measurement that end when a claim is decided, and the rule that ends them.

After each of at most K rounds the claim's numbers are estimated from all counts so far. It holds
when every number lies S_K standard errors above 0, and fails when all lie as far below the
smallest effect, with K P(Z > S_K) = P(Z > S): by Bonferroni's inequality a claim without effect is
said to hold, and one of at least the smallest effect to fail, no more often than P(Z > S), however
many rounds there were. A claim of a precision ends when it is reached, which is no test.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from scipy.special import ndtr, ndtri

from analysis.estimators.expectation import Expectation
from analysis.estimators.global_fit.device import planned_expectation
from analysis.estimators.linear import Linear, spread
from analysis.estimators.model_free import ModelFree
from analysis.estimators.observed import Observed
from analysis.planning.allocation import neyman
from analysis.planning.claims import Claim, PlanError, model_free, parse_claim
from analysis.planning.demands import checked_claim, reduced
from analysis.planning.solve import Goal
from cqed_battery.compute.threads import one_thread
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, IntArray
from cqed_battery.units import hours_from_seconds
from protocols.settings.settings import Settings

Decision = Literal["holds", "fails", "reached", "undecided"]
MOST_ROUNDS = 5
"""By default; each round more makes every one of them a little stricter."""

_FEWEST = 20  # shots of a setting with a weight, so that a frequency of 0 or 1 is an exception
_FEWEST_CALIBRATION = 200  # of each prepared level
_GROWTH = 8.0  # by which the shots of all rounds grow at most from one to the next
_BEYOND = np.linspace(0.0, 3.0, 31)  # standard errors by which a round may aim beyond the bar
_LEAST_WEIGHT = 1e-6  # of the largest: settings with less tell nothing
_SECONDS_PER_MS = 1e-3


@dataclass(frozen=True)
class Judged:
    """What the counts so far say.

    Args:
        decision: of the rule.
        values: of the claim's numbers, (Q,).
        errors: their standard errors, causes that shots do not lower included, (Q,).
        sigmas: the least of what decides, in standard errors.
    """

    decision: Decision
    values: FloatArray
    errors: FloatArray
    sigmas: float


@dataclass(frozen=True)
class Rounds:
    """The rounds of one claim.

    Args:
        claim: what is to be shown.
        goal: standard errors, or the precision that is wanted.
        experiment: the file, without what the claim does not need.
        expected: what it leads one to expect.
        most: rounds, at most.
    """

    claim: Claim
    goal: Goal
    experiment: Experiment
    expected: Expectation
    most: int = MOST_ROUNDS

    @classmethod
    @one_thread()
    def of(
        cls, experiment: Experiment, claim: str, sigma: float, most: int = MOST_ROUNDS
    ) -> "Rounds":
        """Return the rounds of a claim.

        Args:
            experiment: what the laboratory means to measure.
            claim: one of `analysis.planning.claims.FORMS`.
            sigma: standard errors at which it is decided.
            most: rounds, at most.

        Raises:
            PlanError: the claim cannot be read, or the file lacks what it needs.
        """
        asked = parse_claim(claim)
        checked_claim(experiment, asked, sigma)
        if asked.extracts:
            raise PlanError(
                f"the claim {asked.text} needs a pulse that tomography names first, which rounds do"
                " not wait for: plan its shots instead"
            )
        used = reduced(experiment, asked, "model-free")
        goal = Goal(1.0 if asked.precision else sigma, asked.precision)
        return cls(asked, goal, used, planned_expectation(used), most)

    @cached_property
    def settings(self) -> Settings:
        """The table of settings."""
        return Settings(self.experiment)

    @cached_property
    def estimator(self) -> ModelFree:
        """The claim's estimator."""
        return model_free(self.claim, self.expected)

    @cached_property
    def planned(self) -> Linear:
        """The claim's numbers as the file leads one to expect them."""
        return _weighed(self.estimator.linear(self.settings.shots.astype(float)))

    @property
    def bar(self) -> float:
        """Standard errors at which a round decides, S_K."""
        if self.goal.precision is not None:
            return 1.0
        return float(-ndtri(ndtr(-self.goal.sigma) / self.most))

    @property
    def error_rate(self) -> float:
        """How often, at most, a claim is decided wrongly: P(Z > S), one-sided."""
        return float(ndtr(-self.goal.sigma))

    def estimate(self, table: IntArray) -> tuple[Linear, FloatArray]:
        """Return the claim's numbers from counts, and the likely frequencies of outcome 1, (M,).

        Args:
            table: of outcomes 0 and 1, (M, 2); none where a setting was not measured.
        """
        data = Observed.drawn(self.expected, self.settings, table)
        return _weighed(self.estimator.estimate(data)), data.likely

    @one_thread()
    def judge(self, table: IntArray) -> Judged:
        """Return what counts say of the claim.

        Args:
            table: of outcomes 0 and 1, (M, 2).
        """
        found, likely = self.estimate(table)
        errors = found.std(likely, table.sum(axis=1))
        if self.goal.precision is not None:
            reached = float((self.goal.precision / errors).min())
            return Judged("reached" if reached >= 1 else "undecided", found.value, errors, reached)
        above = float((found.value / errors).min())
        effect = self.experiment.analysis.smallest_effect
        below = float(((effect - found.value) / errors).min())
        decision: Decision = "undecided"
        if above >= self.bar:
            decision = "holds"
        elif below >= self.bar:
            decision = "fails"
        return Judged(decision, found.value, errors, max(above, below))

    @one_thread()
    def next_shots(self, table: IntArray) -> IntArray:
        """Return the shots of the next round, (M,), 0 where no more serve.

        Where loading settings takes longer than shots, a round aims so far beyond the bar that
        another one is rarely needed.

        Args:
            table: counts so far, (M, 2); all 0 before the first round.
        """
        shots = table.sum(axis=1)
        linear, frequency = self._known(table)
        share, reach = self._share(linear, frequency)
        size = self._distance(linear)
        systematic = linear.systematic_variance
        aims = [self._hours(linear, reach, share, size, systematic, more) for more in _BEYOND]
        wanted = aims[int(np.argmin([hours for hours, _ in aims]))][1]
        total = float(shots.sum())
        if total:
            wanted = min(wanted, _GROWTH * total / float(share.sum()))
        whole = np.ceil(wanted * share).astype(np.int64)
        fewest = np.where(share > 0, _FEWEST, 0)
        fewest[self.settings.calibration] = _FEWEST_CALIBRATION
        return np.maximum(np.maximum(whole, fewest) - shots, 0)

    def _hours(
        self,
        linear: Linear,
        reach: FloatArray,
        share: FloatArray,
        size: FloatArray,
        systematic: FloatArray,
        more: float,
    ) -> tuple[float, float]:
        """Return the expected hours of a round that aims beyond the bar, and its budget."""
        allowed = (size / (self.bar + more)) ** 2 - systematic
        used = share > 0
        unit = (linear.weights[:, used] ** 2 * reach[used] / share[used]).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            budget = float(np.where(allowed > 0, unit / allowed, np.inf).max())
        if not np.isfinite(budget):
            return np.inf, float(self.settings.shots.sum()) / float(share.sum())
        loading = self._loading(share)
        hours = loading + budget * float(share @ self.settings.shot_hours)
        again = 0.0 if self.goal.precision else float(ndtr(-more))
        return hours * (1 + again), budget

    def _loading(self, share: FloatArray | IntArray) -> float:
        """Return the hours of loading the settings that have a share."""
        each = self.experiment.laboratory.setting_overhead_ms * _SECONDS_PER_MS
        return hours_from_seconds(float((share > 0).sum()) * each)

    def _known(self, table: IntArray) -> tuple[Linear, FloatArray]:
        """Return the numbers as far as they are known, and frequencies, (M,)."""
        shots = table.sum(axis=1)
        if not shots.any():
            return self.planned, self.estimator.frequency
        found, likely = self.estimate(table)
        return found, np.where(shots > 0, likely, self.estimator.frequency)

    def _share(self, linear: Linear, frequency: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the shots that serve best, per unit of a budget, and each one's variance, (M,)."""
        each = spread(np.clip(frequency, 1e-3, 1 - 1e-3))
        size = self._distance(linear)
        reach = each * np.sqrt(((linear.weights / size[:, None]) ** 2).sum(axis=0))
        return neyman(reach, self.settings.shot_hours, 1.0), each**2

    def _distance(self, linear: Linear) -> FloatArray:
        """Return how far the numbers are from what would decide otherwise, (Q,)."""
        if self.goal.precision is not None:
            return np.full(len(linear.value), self.goal.precision)
        effect = self.experiment.analysis.smallest_effect
        return np.maximum(np.maximum(linear.value, effect - linear.value), effect / 2)

    def hours(self, shots: IntArray) -> float:
        """Return the hours that one round takes, loading of its settings included.

        Args:
            shots: of the round, (M,).
        """
        return float(self.settings.shot_hours @ shots) + self._loading(shots)


def _weighed(linear: Linear) -> Linear:
    """Return the numbers without weights that are rounding."""
    size = np.abs(linear.weights)
    small = size < _LEAST_WEIGHT * size.max(axis=1, keepdims=True)
    return replace(linear, weights=np.where(small, 0.0, linear.weights))

"""The shot planner: what a claim costs in shots and hours, or why no shots can buy it."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from analysis.estimators.expectation import Expectation
from analysis.estimators.global_fit.bound import GlobalBound
from analysis.estimators.global_fit.device import planned_expectation
from analysis.estimators.linear import Linear
from analysis.estimators.model_free import ModelFree
from analysis.planning.allocation import whole_shots
from analysis.planning.calibrations import narrowed
from analysis.planning.claims import (
    VACUUM,
    Claim,
    PlanError,
    global_bound,
    model_free,
    parse_claim,
)
from analysis.planning.demands import checked_claim, left_out, reduced
from analysis.planning.outcome import Budget, Method, Plan
from analysis.planning.solve import (
    Goal,
    ceiling,
    needed_budget,
    needed_design,
    proportions,
    sigmas,
)
from analysis.planning.summary import Option, refusal, statement, variance_shares
from cqed_battery.compute.threads import one_thread
from cqed_battery.experiment import Experiment, ExperimentLike, as_experiment
from cqed_battery.operators import FloatArray, IntArray
from protocols.prediction.predict import named
from protocols.settings.settings import Settings
from protocols.stages.extraction import with_pulses_of, without_pulses

PILOT_SHARE = 0.2  # of the time of the recommended shots
_FEWEST = {"model-free": 1, "global": 10}  # shots of a setting that the estimator uses
_FEWEST_CALIBRATION = 100  # shots of each prepared level


@one_thread()
def plan(
    experiment: ExperimentLike,
    claim: str,
    *,
    method: Method = "model-free",
    sigma: float = 5.0,
    budget: Budget | None = None,
    optimal_share: float = 0.5,
) -> Plan:
    """Plan the shots of a claim: n_j ~ |w_j| sigma_j / sqrt(period_j), mixed with uniform ones.

    Args:
        experiment: what the laboratory means to measure; its own device is the truth here.
        claim: one of `analysis.planning.claims.FORMS`.
        method: the estimator that will judge the claim.
        sigma: standard errors that a claim with a sign has to reach.
        budget: shots or hours to spend, in place of sigma.
        optimal_share: part of the laboratory's time for the optimal design, 0 to 1; the rest is
            uniform, so that the model can still be criticised.

    Returns:
        The plan; its `experiment` carries the allocation and leaves out arms that the claim's
        estimator does not use.

    Raises:
        PlanError: the claim cannot be read, or the file lacks what it needs.
        ConvergenceError: the dynamics cannot be trusted.
    """
    experiment = as_experiment(experiment)
    asked = parse_claim(claim)
    checked_claim(experiment, asked, sigma)
    if not 0 <= optimal_share <= 1:
        raise PlanError(f"the optimal share must be a number from 0 to 1, but is {optimal_share:g}")
    used = reduced(experiment, asked, method)
    if used.extraction.measured:
        # Tomography that is still to be made names about what the model does.
        used = named(without_pulses(used) if experiment.extraction.unitary != "model" else used)
    expected = planned_expectation(used)
    estimator: ModelFree | GlobalBound = (
        model_free(asked, expected) if method == "model-free" else global_bound(asked, expected)
    )
    goal = Goal(1.0 if asked.precision else sigma, asked.precision)
    found = _Planner(used, asked, method, goal, estimator, expected, optimal_share).plan(budget)
    if found.experiment is None or found.pilot is None:
        return found
    return replace(
        found,
        experiment=_as_named(found.experiment, experiment),
        pilot=_as_named(found.pilot, experiment),
        notes=(*found.notes, *left_out(experiment, used)),
    )


def _as_named(planned: Experiment, given: Experiment) -> Experiment:
    """Return the planned file with the extraction pulses that the given one states, or none."""
    if not planned.extraction.measured:
        return planned
    return with_pulses_of(planned, given)


@dataclass
class _Planner:
    """What one plan is made from."""

    experiment: Experiment
    claim: Claim
    method: Method
    goal: Goal
    estimator: ModelFree | GlobalBound
    expected: Expectation
    share: float

    def __post_init__(self) -> None:
        self.settings = Settings(self.experiment)
        self.cost = self.settings.shot_hours
        self.file = self.settings.shots.astype(float)
        self.held = np.zeros(self.settings.size)
        calibration = self.settings.calibration
        self.held[calibration] = self.file[calibration]
        self.grid = self.estimator.own * self.file

    def plan(self, budget: Budget | None) -> Plan:
        """Return the plan, or the reason why there is none.

        Args:
            budget: what may be spent; None for as much as the goal needs.

        Raises:
            PlanError: the budget is too small, or no design was found.
        """
        linear = self.estimator.linear(self.file)
        tops = (
            ceiling(self.estimator, self.goal, 0 * self.held),
            ceiling(self.estimator, self.goal, self.held),
        )
        reason = refusal(
            self.claim, self.goal, linear, tops[0], budget is None, self.experiment.axis
        )
        if reason is not None:
            return self._result("refused", reason, linear, tops)
        return self._planned(linear, tops, budget)

    def _result(
        self,
        outcome: Literal["planned", "refused"],
        sentence: str,
        linear: Linear,
        tops: tuple[float, float],
        **more: Any,
    ) -> Plan:
        values = linear.value.tolist()
        head = (self.claim, self.method, self.goal, outcome, sentence, values, *tops)
        return Plan(*head, **more)

    def _planned(self, linear: Linear, tops: tuple[float, float], budget: Budget | None) -> Plan:
        if budget is None:
            chosen = needed_design(self.estimator, self.goal, self.cost, self.share, pure=False)
            optimal = needed_design(self.estimator, self.goal, self.cost, self.share, pure=True)
        else:
            chosen, optimal = self._spent(budget)
        if chosen is None or optimal is None:
            raise PlanError(f"no design was found for {self.claim.text}: lower `sigma`")
        shots = self._whole(chosen)
        options = {
            "uniform grid of the file": self._uniform(budget),
            "optimal": self._option(optimal),
            "recommended": self._option(shots),
        }
        pilot = self._pilot(shots)
        options["pilot"] = self._option(pilot)
        options["rest after the pilot"] = self._option(np.maximum(shots - pilot, 0), after=pilot)
        found = self.estimator.linear(shots.astype(float))
        shares = variance_shares(self.experiment, self.goal, found, self.estimator.frequency, shots)
        sentence, notes = statement(self.claim, self.goal, options, shares, tops, shots)
        return self._result(
            "planned",
            sentence,
            linear,
            tops,
            floor=self._floor(shots, budget),
            options=options,
            shares=shares,
            narrowed=self._narrowed(shots),
            notes=notes,
            experiment=self.settings.with_shots(shots),
            pilot=self.settings.with_shots(np.maximum(pilot, 1)),
        )

    def _narrowed(self, shots: IntArray) -> dict[str, float]:
        """Return what a better calibration of each kind makes of the standard error."""
        return narrowed(self.estimator, self.expected, self.goal, shots)

    def _spent(self, budget: Budget) -> tuple[FloatArray, FloatArray]:
        """Return the mixture's and the optimal shots (M,) of a budget."""
        fixed, fewest = self.settings.fixed_hours(), self._whole(0 * self.cost)
        if budget.shots is None:
            asked, least = budget.hours or 0.0, float(fewest @ self.cost) + fixed
            start, needed = asked - fixed, f"{_rounded_up(least)} hours"
        else:
            asked, least = budget.shots, float(fewest.sum())
            start, needed = float(self.cost.mean()) * asked, f"{least:g} shots"
        if asked < least:
            raise PlanError(
                f"the budget must be at least {needed}, which the fewest shots that the analysis"
                f" takes need, but is {asked:g}"
            )
        found = proportions(self.estimator, self.goal, self.cost, start, self.share)
        parts = []
        for share in (found.mixture, found.optimal):
            scale = start if budget.shots is None else budget.shots / float(share.sum())
            parts.append(scale * share)
        return parts[0], parts[1]

    def _whole(self, shots: FloatArray) -> IntArray:
        """Return whole shots (M,), with the fewest that estimator and calibration take."""
        fewest = np.where(self.estimator.own > 0, _FEWEST[self.method], 1).astype(float)
        by_itself = self.claim.kind == VACUUM or self.claim.extracts
        if by_itself and self.expected.planned is not None:
            tomography = slice(self.settings.calibration.stop, self.settings.vacuum.start)
            fewest[tomography] = self.file[tomography]  # which make the device known
        fewest[self.settings.calibration] = _FEWEST_CALIBRATION
        return np.maximum(whole_shots(shots, np.ones(len(shots))), fewest.astype(np.int64))

    def _uniform(self, budget: Budget | None) -> Option:
        """Return the file's own grid, scaled as a whole; its calibration and the others stay."""
        share = self.grid / float(self.grid @ self.cost)
        if budget is None:
            needed = needed_budget(self.estimator, self.goal, share, self.held)
            return self._option(
                np.full(len(share), np.nan)
                if needed is None
                else (np.ceil(needed * share) + self.held)
            )
        mixture, _ = self._spent(budget)
        return self._option(float(mixture @ self.cost) * share + self.held)

    def _option(self, shots: FloatArray | IntArray, after: IntArray | None = None) -> Option:
        if np.isnan(shots).any():
            return Option.impossible()
        together = shots if after is None else shots + after
        calibration = float(shots[self.settings.calibration].sum())
        vacuum = float(shots[self.settings.vacuum].sum())
        extraction = float(shots[self.settings.extraction].sum())
        return Option(
            tomography=max(float(shots.sum()) - calibration - vacuum - extraction, 0.0),
            vacuum=vacuum,
            extraction=extraction,
            calibration=calibration,
            hours=self.settings.hours(shots),
            sigmas=sigmas(self.estimator, self.goal, np.asarray(together, dtype=float)),
        )

    def _pilot(self, shots: IntArray) -> IntArray:
        """Return the pilot (M,): a fifth of the time, uniform over the grid, and calibration."""
        spend = PILOT_SHARE * float(shots @ self.cost)
        pilot = self._whole(spend * self.grid / float(self.grid @ self.cost))
        return np.minimum(pilot, np.maximum(shots, pilot * (self.estimator.own > 0)))

    def _floor(self, shots: IntArray, budget: Budget | None) -> dict[str, float]:
        """Return the bound: sigmas of the recommended shots, and least shots for the goal."""
        bound = self.estimator
        if self.method == "model-free":
            bound = global_bound(self.claim, self.expected)
        floor = {"sigmas_of_recommended": sigmas(bound, self.goal, shots.astype(float))}
        if budget is None:
            least = needed_design(bound, self.goal, self.cost, 1.0, pure=True)
            if least is not None:
                floor["least_shots"] = float(least.sum())
        return floor


def _rounded_up(value: float) -> str:
    """Write three digits of a number that is not less, so that it does when it is taken."""
    step = 10.0 ** (np.floor(np.log10(value)) - 2)
    return f"{np.ceil(value / step) * step:.3g}"

"""The search for the most likely parameters: Fisher scoring, step by step.

Derivatives are kept while they serve, since they change little within the parameters' errors.
"""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from scipy.special import chdtrc

from analysis.estimators.global_fit.likelihood import Counts, LinearModel
from analysis.estimators.global_fit.model.parameters import Parameter, prior_precision
from analysis.estimators.global_fit.model.response import Response
from analysis.estimators.global_fit.model.sensitivities import Slope
from analysis.estimators.global_fit.widening import prior_scale
from cqed_battery.errors import CqedBatteryError
from cqed_battery.operators import FloatArray

_HALVINGS = 8  # of a step that makes the counts less likely
SHORT = 5e-3  # standard errors: a step that ends the search
_FAR = 3.0  # standard errors, per parameter, beyond which derivatives are computed anew
_ENOUGH = 0.1  # of what the surfaces last left out: before they do, a shorter step gains nothing
_EXACT = 0.05  # standard errors: what the surfaces may leave out where the search ends
_FLAT = 0.02  # of the deviance, a seventh of a standard error: less between two stops is no gain
_UNLIKELY = 1e-3  # probability of the deviance below which another maximum is looked for
_SETTLED = 3.0  # standard errors, per parameter: a last step so short that they are worth it


class Forward(Protocol):
    """What is fitted: frequencies of outcome 1 from parameters, of one run or of several."""

    @property
    def free(self) -> tuple[Parameter, ...]:
        """The free parameters, p of them."""

    def start(self) -> FloatArray:
        """Return their values by the experiment file, (p,)."""

    def values(self, theta: FloatArray) -> Mapping[str, float]:
        """Return parameters by name.

        Args:
            theta: the free parameters, (p,).
        """

    def leading(self) -> "Forward":
        """Return the model with those parameters free alone that lead to the likely device."""

    def response(self, theta: FloatArray, near: Slope | None = None) -> Response:
        """Return the model at theta.

        Args:
            theta: the free parameters, (p,).
            near: derivatives about a point near theta.
        """

    def slope(self, theta: FloatArray, at: Response) -> Slope:
        """Return the derivatives of the response.

        Args:
            theta: the free parameters, (p,).
            at: the response there.
        """

    def made_exact(self, theta: FloatArray, near: Slope) -> Slope:
        """Return derivatives near theta with which the response is exact there.

        Args:
            theta: the free parameters, (p,).
            near: derivatives about a point near theta.
        """

    def frequency(self, theta: FloatArray, probability: FloatArray) -> FloatArray:
        """Return the frequencies of outcome 1, (M,).

        Args:
            theta: the free parameters, (p,).
            probability: of reading 1 before assignment errors, (M,).
        """

    def frequency_slope(self, theta: FloatArray, at: Response, slope: Slope) -> FloatArray:
        """Return the derivatives of `frequency`, (M, p).

        Args:
            theta: the free parameters, (p,).
            at: the response there.
            slope: the derivatives there.
        """


class Search:
    """Where the maximisation stands.

    Args:
        model: the forward model.
        counts: of every setting.
        centre: of the priors, (p,).
        start: where it begins, (p,); by default at the experiment file's values.
    """

    def __init__(
        self,
        model: Forward,
        counts: Counts,
        centre: FloatArray,
        start: FloatArray | None = None,
    ) -> None:
        self.model, self.counts = model, counts
        self.precision = prior_precision(model.free)
        self.centre, self.widened = centre, 1.0
        self.low = np.array([parameter.low for parameter in model.free])
        self.high = np.array([parameter.high for parameter in model.free])
        begin = model.start() if start is None else start
        self.theta, self.last = np.clip(begin, self.low, self.high), np.inf
        self.stalled, self.steps, self.settled = np.inf, 0, False
        self.response = model.response(self.theta)
        self.cost = self._cost(self.theta, self.response)
        self._differentiate()

    @property
    def fresh(self) -> bool:
        """Whether the derivatives still serve: taken within some standard errors of here."""
        known = self.slope.surfaces
        if known is not None and not known.hold(self.theta):
            return False
        moved = self.linear().length(self.theta - self.where)
        return moved < _FAR * len(self.theta) ** 0.5

    def prior_scale(self) -> float:
        """Return how many times as wide as stated the priors most likely are (`widening`)."""
        inside = (self.theta > self.low) & (self.theta < self.high) & (self.precision > 0)
        covariance = self.linear().covariance[np.ix_(inside, inside)]
        return prior_scale(self.precision[inside], covariance, (self.theta - self.centre)[inside])

    def widen(self, scale: float) -> None:
        """Take the priors for so many times as wide, and go on.

        Args:
            scale: times, above 1.
        """
        self.widened *= scale
        self.precision = self.precision / scale**2
        self.cost = self._cost(self.theta, self.response)
        self.stalled, self.last, self.settled = np.inf, np.inf, False

    def _differentiate(self) -> None:
        """Take the derivatives here; the surfaces that come with them change the response."""
        self.where = self.theta
        self.slope = self.model.slope(self.theta, self.response)
        self.response = self.model.response(self.theta, self.slope)
        self.cost = self._cost(self.theta, self.response)

    def frequency(self) -> FloatArray:
        """Return the frequencies of outcome 1 here, (M,)."""
        return self.model.frequency(self.theta, self.response.probability)

    def linear(self) -> LinearModel:
        """Return the counts' model about here, to first order."""
        _, factor = self.counts.residual(self.frequency())
        slope = self.model.frequency_slope(self.theta, self.response, self.slope)
        return LinearModel.of(slope, factor, self.precision)

    def _cost(self, theta: FloatArray, response: Response) -> float:
        deviance = self.counts.deviance(self.model.frequency(theta, response.probability))
        return float(deviance + self.precision @ (theta - self.centre) ** 2)

    @property
    def astray(self) -> bool:
        """Whether the counts are so unlikely here that another maximum may be the right one."""
        settings = int(np.count_nonzero(self.counts.shots))
        return float(chdtrc(settings, self.cost)) < _UNLIKELY

    def run(self, most: int, close: float) -> None:
        """Take steps until they are short and the derivatives are those of here.

        Args:
            most: steps.
            close: the last one's length in standard errors.
        """
        off = 0.0
        while not self.settled and self.steps < most:
            length = self.improve()
            if length < max(close, _ENOUGH * off) and self.fresh:
                off = self._made_exact()
                self.settled = off < max(close, _EXACT) and length < close
            self.steps += 1

    def _made_exact(self) -> float:
        """Take the response as it is here, and return by how many standard errors it was off."""
        before, slope = self.frequency(), self.model.made_exact(self.theta, self.slope)
        if slope is self.slope:
            return 0.0
        self.slope, self.stalled = slope, np.inf
        self.response = self.model.response(self.theta, slope)
        self.cost = self._cost(self.theta, self.response)
        _, factor = self.counts.residual(before)
        return float(np.linalg.norm(factor * (self.frequency() - before)))

    def improve(self) -> float:
        """Take one step, if it is worth one; return its length in standard errors."""
        if not self.fresh and self.last < _SETTLED * len(self.theta) ** 0.5:
            self._differentiate()
        residual, _ = self.counts.residual(self.frequency())
        pull = np.sqrt(self.precision) * (self.centre - self.theta)
        linear = self.linear()
        step = linear.step(
            np.concatenate([residual, pull]), self.low - self.theta, self.high - self.theta
        )
        self.last = linear.length(step)
        if self.last < SHORT:  # its gain is lost in the deviance's rounding
            return self.last
        for _ in range(_HALVINGS):
            theta = np.clip(self.theta + step, self.low, self.high)
            response = self._try(theta)
            if response is not None:
                cost = self._cost(theta, response)
                if cost <= self.cost + 1e-9 * abs(self.cost):
                    break
            step = step / 2
        else:
            # Where counts are few the expected information steps across a flat maximum for ever.
            gain = min(self.last**2, self.stalled - self.cost)  # at most
            if (self.theta == self.where).all() or gain < _FLAT:
                return 0.0
            self.stalled = self.cost
            self._differentiate()
            self.last = np.inf
            return self.last
        self.theta, self.response, self.cost = theta, response, cost
        self.last = linear.length(step)
        return self.last

    def _try(self, theta: FloatArray) -> Response | None:
        """Return the model at theta, or None where no experiment has such parameters."""
        try:
            return self.model.response(theta, self.slope)
        except CqedBatteryError:
            return None

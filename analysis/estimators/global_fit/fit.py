"""One binomial likelihood over all counts, maximised by Fisher scoring.

Calibration, control, catalysed and vacuum counts share one device model; its parameters are
free within stated priors. Each step solves the weighted, bounded least-squares problem with
the expected information; derivatives are kept while they serve, since they change little
within the parameters' errors.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import chdtrc

from analysis.estimators.global_fit.likelihood import Counts, LinearModel
from analysis.estimators.global_fit.parameters import Parameter, prior_precision
from analysis.estimators.global_fit.response import Response
from analysis.estimators.global_fit.sensitivities import Slope
from cqed_battery.compute.threads import one_thread
from cqed_battery.errors import CqedBatteryError
from cqed_battery.operators import FloatArray
from protocols.faults.simulated import TOLERANCE

_MOST_STEPS = 40  # of Fisher scoring
_FEW_STEPS = 4  # after which counts that no device gives are told
_DIRECT_STEPS = 12  # from the file's device, before another way is looked for
_HALVINGS = 8  # of a step that makes the counts less likely
_SHORT = 5e-3  # standard errors: a step that ends the search
_FAR = 3.0  # standard errors, per parameter, beyond which derivatives are computed anew
_CERTAIN = 1e-12  # standard error: rounding of a number that no parameter moves
_EXACT = 0.05  # standard errors: what the surfaces may leave out where the search ends
_FLAT = 0.02  # of the deviance, a seventh of a standard error: less between two stops is no gain
_UNLIKELY = 1e-3  # probability of the deviance below which another maximum is looked for
_FIRST_TIMES, _EARLY_STEPS = 8, 8  # the first charging times, and steps for an early stretch
_NO_DEVICE = 0.3  # of the deviance, a shot: beyond, no phase that went round explains the counts
_LATE_STEPS = 20  # with all counts, from where the early ones lead
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


class FitError(CqedBatteryError):
    """The global fit did not converge."""


@dataclass(frozen=True)
class GlobalFit:
    """The fitted parameters theta (p,) with covariance (p, p), and the model there.

    prior_penalty: sum of the squares of their distances from the priors' centres, in priors; part
    of the deviance. No standard error of a quantity is below the accuracy of what is predicted.
    """

    parameters: tuple[Parameter, ...]
    theta: FloatArray
    covariance: FloatArray
    deviance: float
    settings: int
    steps: int
    counts: Counts
    frequency: FloatArray
    linear: LinearModel
    response: Response
    slope: Slope
    prior_penalty: float = 0.0

    @property
    def std(self) -> FloatArray:
        """Standard errors, (p,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def correlation(self) -> FloatArray:
        """Correlations of the parameters, (p, p)."""
        std = np.where(self.std > 0, self.std, 1.0)
        return self.covariance / np.outer(std, std)

    def value(self, name: str) -> tuple[float, float]:
        """Return a parameter and its standard error.

        Args:
            name: of a free parameter; its unit is the parameter's.
        """
        index = [parameter.name for parameter in self.parameters].index(name)
        return float(self.theta[index]), float(self.std[index])

    def quantity(self, arm: str, name: str) -> tuple[FloatArray, FloatArray]:
        """Return a fitted quantity of an arm at the charging times and its standard error.

        Args:
            arm: "catalysed" or "control".
            name: one of `forward.QUANTITIES`.

        Returns:
            Value and standard error, (T,) or (T, 3), in the quantity's unit.
        """
        gradient = self.slope.quantities[arm][name]
        return self.response.quantities[arm][name], self._std(gradient)

    def difference(self, name: str) -> tuple[FloatArray, FloatArray]:
        """Return catalysed minus control of a quantity, and its standard error.

        Args:
            name: one of `forward.QUANTITIES`.

        Returns:
            Value and standard error, (T,) or (T, 3), in the quantity's unit.
        """
        arms = ("catalysed", "control")
        first, second = (self.response.quantities[arm][name] for arm in arms)
        gradient = np.subtract(*(self.slope.quantities[arm][name] for arm in arms))
        return first - second, self._std(gradient)

    def _std(self, gradient: FloatArray) -> FloatArray:
        """Return the standard errors of what has these derivatives (..., p); 0 where certain."""
        variance = np.einsum("...i,ij,...j->...", gradient, self.covariance, gradient)
        certain = variance <= _CERTAIN**2
        return np.asarray(np.where(certain, 0.0, np.sqrt(np.maximum(variance, 0.0) + TOLERANCE**2)))


@one_thread()
def fit_counts(
    model: Forward,
    counts: Counts,
    *,
    centre: FloatArray | None = None,
    close: float = _SHORT,
    wrong: bool = False,
) -> GlobalFit:
    """Maximise the likelihood of the counts times the priors.

    Args:
        model: the forward model with its free parameters.
        counts: of every setting, in the model's order.
        centre: where the priors are centred, (p,); by default at the experiment file's values.
        close: the last step's length in standard errors.
        wrong: that the counts are not the model's is no reason to look further, or to give up.

    Raises:
        FitError: no maximum was found.
    """
    search = _Search(model, counts, model.start() if centre is None else centre)
    if not wrong:
        search = _likely(search, close)
    if wrong or search.settled or not search.astray:
        search.run(_MOST_STEPS, close)
    if search.settled:
        return search.result()
    raise FitError(
        f"the global fit did not converge in {search.steps} steps; its last values were"
        f" {_named(model.values(search.theta))}. Check the experiment file, or free fewer"
        " parameters"
    )


def _likely(search: "_Search", close: float) -> "_Search":
    """Return a search that has come to where the counts are likely, if there is such a place."""
    search.run(min(_FEW_STEPS, _DIRECT_STEPS), close)
    if search.astray and search.cost >= _NO_DEVICE * search.counts.shots.sum():
        return search
    search.run(_DIRECT_STEPS, close)
    if not search.astray:
        return search
    # More than half an oscillation off at late times, the likelihood has other maxima.
    late = _Search(search.model, search.counts, search.centre, _unwrapped(search))
    late.run(_LATE_STEPS, close)
    return late if late.cost < search.cost else search


def _unwrapped(search: "_Search") -> FloatArray:
    """Return where ever later counts lead: those before they tell how often a phase went round.

    Each stretch is twice as long as the one before it.
    """
    times = search.counts.times
    if times is None:
        return search.model.start()
    charged, theta = np.unique(times[times > 0]), search.model.start()
    for number in _FIRST_TIMES * 2 ** np.arange(np.log2(len(charged) / _FIRST_TIMES).clip(0)):
        early = search.counts.until(charged[int(number) - 1])
        part = _Search(search.model, early, search.centre, theta)
        part.run(_EARLY_STEPS, close=1.0)
        theta = part.theta
    return theta


def _named(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} = {value:.4g}" for name, value in values.items())


class _Search:
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
        self.centre = centre
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
        moved = self._linear().length(self.theta - self.where)
        return moved < _FAR * len(self.theta) ** 0.5

    def _differentiate(self) -> None:
        """Take the derivatives here; the surfaces that come with them change the response."""
        self.where = self.theta
        self.slope = self.model.slope(self.theta, self.response)
        self.response = self.model.response(self.theta, self.slope)
        self.cost = self._cost(self.theta, self.response)

    def _frequency(self) -> FloatArray:
        return self.model.frequency(self.theta, self.response.probability)

    def _linear(self) -> LinearModel:
        _, factor = self.counts.residual(self._frequency())
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
        while not self.settled and self.steps < most:
            short = self.improve() < close and self.fresh
            self.settled = short and self._made_exact() < max(close, _EXACT)
            self.steps += 1

    def _made_exact(self) -> float:
        """Take the response as it is here, and return by how many standard errors it was off."""
        before, slope = self._frequency(), self.model.made_exact(self.theta, self.slope)
        if slope is self.slope:
            return 0.0
        self.slope, self.stalled = slope, np.inf
        self.response = self.model.response(self.theta, slope)
        self.cost = self._cost(self.theta, self.response)
        _, factor = self.counts.residual(before)
        return float(np.linalg.norm(factor * (self._frequency() - before)))

    def improve(self) -> float:
        """Take one step, if it is worth one; return its length in standard errors."""
        if not self.fresh and self.last < _SETTLED * len(self.theta) ** 0.5:
            self._differentiate()
        residual, _ = self.counts.residual(self._frequency())
        pull = np.sqrt(self.precision) * (self.centre - self.theta)
        linear = self._linear()
        step = linear.step(
            np.concatenate([residual, pull]), self.low - self.theta, self.high - self.theta
        )
        self.last = linear.length(step)
        if self.last < _SHORT:  # its gain is lost in the deviance's rounding
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

    def result(self) -> GlobalFit:
        """Return the fit where the search stands."""
        linear = self._linear()
        return GlobalFit(
            parameters=self.model.free,
            theta=self.theta,
            covariance=linear.covariance,
            deviance=self.cost,
            settings=int(np.count_nonzero(self.counts.shots)),
            steps=self.steps,
            counts=self.counts,
            frequency=self._frequency(),
            linear=linear,
            response=self.response,
            slope=self.slope,
            prior_penalty=float(self.precision @ (self.theta - self.centre) ** 2),
        )

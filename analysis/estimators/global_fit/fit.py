"""One binomial likelihood over all counts, maximised by Fisher scoring.

Calibration, control, catalysed and vacuum counts share one device model; its parameters are
free within stated priors. Each step solves the weighted, bounded least-squares problem with
the expected information; derivatives are kept while they serve, since they change little
within the parameters' errors.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.estimators.global_fit.forward import ForwardModel
from analysis.estimators.global_fit.likelihood import Counts, LinearModel
from analysis.estimators.global_fit.parameters import Parameter, prior_precision
from analysis.estimators.global_fit.response import Response
from analysis.estimators.global_fit.sensitivities import Slope
from cqed_battery.compute.threads import one_thread
from cqed_battery.errors import CqedBatteryError
from cqed_battery.operators import FloatArray

_MOST_STEPS = 40  # of Fisher scoring
_HALVINGS = 8  # of a step that makes the counts less likely
_FAR = 3.0  # standard errors, per parameter, beyond which derivatives are computed anew
_FLAT = 0.02  # of the deviance, a seventh of a standard error: less between two stops is no gain
_SETTLED = 3.0  # standard errors, per parameter: a last step so short that they are worth it


class FitError(CqedBatteryError):
    """The global fit did not converge."""


@dataclass(frozen=True)
class GlobalFit:
    """The fitted parameters theta (p,) with covariance (p, p), and the model there.

    prior_penalty: sum of the squares of their distances from the priors' centres, in priors; part
    of the deviance.
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
        variance = np.einsum("...i,ij,...j->...", gradient, self.covariance, gradient)
        return self.response.quantities[arm][name], np.sqrt(np.maximum(variance, 0.0))

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
        variance = np.einsum("...i,ij,...j->...", gradient, self.covariance, gradient)
        return first - second, np.sqrt(np.maximum(variance, 0.0))


@one_thread()
def fit_counts(
    model: ForwardModel,
    counts: Counts,
    *,
    centre: FloatArray | None = None,
    close: float = 5e-3,
) -> GlobalFit:
    """Maximise the likelihood of the counts times the priors.

    Args:
        model: the forward model with its free parameters.
        counts: of every setting, in the model's order.
        centre: where the priors are centred, (p,); by default at the experiment file's values.
        close: the last step's length in standard errors.

    Raises:
        FitError: no maximum was found.
    """
    search = _Search(model, counts, model.start() if centre is None else centre)
    for number in range(_MOST_STEPS):
        if search.improve() < close and search.fresh:
            return search.result(number + 1)
    raise FitError(
        f"the global fit did not converge in {_MOST_STEPS} steps; its last values were"
        f" {_named(model.values(search.theta))}. Check the experiment file, or free fewer"
        " parameters"
    )


def _named(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} = {value:.4g}" for name, value in values.items())


class _Search:
    """Where the maximisation stands."""

    def __init__(self, model: ForwardModel, counts: Counts, centre: FloatArray) -> None:
        self.model, self.counts = model, counts
        self.precision = prior_precision(model.free)
        self.centre = centre
        self.low = np.array([parameter.low for parameter in model.free])
        self.high = np.array([parameter.high for parameter in model.free])
        self.theta, self.last = np.clip(model.start(), self.low, self.high), np.inf
        self.stalled = np.inf
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

    def improve(self) -> float:
        """Take one step; return its length in standard errors."""
        if not self.fresh and self.last < _SETTLED * len(self.theta) ** 0.5:
            self._differentiate()
        residual, _ = self.counts.residual(self._frequency())
        pull = np.sqrt(self.precision) * (self.centre - self.theta)
        linear = self._linear()
        step = linear.step(
            np.concatenate([residual, pull]), self.low - self.theta, self.high - self.theta
        )
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
            if (self.theta == self.where).all() or self.stalled - self.cost < _FLAT:
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

    def result(self, steps: int) -> GlobalFit:
        """Return the fit where the search stands.

        Args:
            steps: how many were taken.
        """
        linear = self._linear()
        return GlobalFit(
            parameters=self.model.free,
            theta=self.theta,
            covariance=linear.covariance,
            deviance=self.cost,
            settings=len(self.counts.shots),
            steps=steps,
            counts=self.counts,
            frequency=self._frequency(),
            linear=linear,
            response=self.response,
            slope=self.slope,
            prior_penalty=float(self.precision @ (self.theta - self.centre) ** 2),
        )

"""One binomial likelihood over all counts, maximised by Fisher scoring.

Calibration, control, catalysed and vacuum counts share one device model; its parameters are
free within stated priors. Each step solves the weighted, bounded least-squares problem with
the expected information; derivatives are kept while they serve, since they change little
within the parameters' errors.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.estimators.global_fit.likelihood import Counts, LinearModel
from analysis.estimators.global_fit.model.parameters import Parameter, with_priors
from analysis.estimators.global_fit.model.response import Response
from analysis.estimators.global_fit.model.sensitivities import Slope
from analysis.estimators.global_fit.search import SHORT, Forward, Search
from cqed_battery.compute.threads import one_thread
from cqed_battery.energetics import qubit_ergotropy_curvature_error
from cqed_battery.errors import CqedBatteryError
from cqed_battery.operators import FloatArray
from protocols.faults.simulated import TOLERANCE

_MOST_STEPS = 120  # of Fisher scoring: where line and coupling are far off, surfaces creep
_FEW_STEPS = 4  # after which counts that no device gives are told
_DIRECT_STEPS = 12  # from the file's device, before another way is looked for
_CERTAIN = 1e-12  # standard error: rounding of a number that no parameter moves
_FIRST_TIMES, _EARLY_STEPS = 8, 8  # the first charging times, and steps for an early stretch
_FAR_OFF = 10.0  # of the deviance, a setting: after the first steps, more is seldom on the way
_NO_DEVICE = 0.3  # of the deviance, a shot: beyond, no phase that went round explains the counts
_BESIDE = 0.05  # last step's length in standard errors where the priors have been widened
_LATE_STEPS = 20  # with all counts, from where the early ones lead


class FitError(CqedBatteryError):
    """The global fit did not converge."""


@dataclass(frozen=True)
class GlobalFit:
    """The fitted parameters theta (p,) with covariance (p, p), and the model there.

    prior_penalty: sum of the squares of their distances from the priors' centres, in priors; part
    of the deviance. widened: how many times as wide as stated the priors, those of `parameters`,
    were taken. No standard error of a quantity is below the accuracy of what is predicted.
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
    widened: float = 1.0

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
            name: one of `response.QUANTITIES`.

        Returns:
            Value and standard error, (T,) or (T, 3), in the quantity's unit.
        """
        std = self._std(self.slope.quantities[arm][name])
        if name == "ergotropy":
            std = np.hypot(std, self._ergotropy_curvature(arm))
        return self.response.quantities[arm][name], std

    def _ergotropy_curvature(self, arm: str) -> FloatArray:
        """Return what is left of the ergotropy's error where its gradient vanishes, (T,)."""
        bloch, slope = (found.quantities[arm]["bloch"] for found in (self.response, self.slope))
        covariance = np.einsum("tip,pq,tjq->tij", slope, self.covariance, slope)
        return qubit_ergotropy_curvature_error(bloch, covariance)

    def difference(self, name: str) -> tuple[FloatArray, FloatArray]:
        """Return catalysed minus control of a quantity, and its standard error.

        Args:
            name: one of `response.QUANTITIES`.

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
    close: float = SHORT,
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
    search = Search(model, counts, model.start() if centre is None else centre)
    if not wrong:
        search = _likely(search, close)
    if wrong or search.settled or not search.astray:
        search.run(_MOST_STEPS, close)
    if search.settled and not wrong and (scale := search.prior_scale()) > 1:
        search.widen(scale)
        search.run(search.steps + _MOST_STEPS, max(close, _BESIDE))
    if search.settled:
        return _result(search)
    raise FitError(
        f"the global fit did not converge in {search.steps} steps; its last values were"
        f" {_named(model.values(search.theta))}. Check the experiment file, or free fewer"
        " parameters"
    )


def _likely(search: Search, close: float) -> Search:
    """Return a search that has come to where the counts are likely, if there is such a place."""
    search.run(min(_FEW_STEPS, _DIRECT_STEPS), close)
    if search.astray and search.cost >= _NO_DEVICE * search.counts.shots.sum():
        return search
    if not search.astray or search.cost < _FAR_OFF * np.count_nonzero(search.counts.shots):
        search.run(_DIRECT_STEPS, close)
        if not search.astray:
            return search
    # More than half an oscillation off at late times, the likelihood has other maxima.
    late = Search(search.model, search.counts, search.centre, _unwrapped(search))
    late.run(_LATE_STEPS, close)
    if late.astray:
        search.run(_DIRECT_STEPS, close)
    return late if late.cost < search.cost else search


def _unwrapped(search: Search) -> FloatArray:
    """Return where ever later counts lead: those before they tell how often a phase went round.

    Each stretch is twice as long as the one before it. What bends the oscillations a little, as a
    line's delay, is left to the search that begins there.
    """
    times, theta = search.counts.times, np.array(search.model.start())
    if times is None:
        return theta
    leading = search.model.leading()
    names = {parameter.name for parameter in leading.free}
    places = [n for n, parameter in enumerate(search.model.free) if parameter.name in names]
    charged = np.unique(times[times > 0])
    for number in _FIRST_TIMES * 2 ** np.arange(np.log2(len(charged) / _FIRST_TIMES).clip(0)):
        early = search.counts.until(charged[int(number) - 1])
        part = Search(leading, early, search.centre[places], theta[places])
        part.run(_EARLY_STEPS, close=1.0)
        theta[places] = part.theta
    return theta


def _named(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} = {value:.4g}" for name, value in values.items())


def _result(search: Search) -> GlobalFit:
    """Return the fit where the search stands."""
    linear, free = search.linear(), search.model.free
    return GlobalFit(
        parameters=with_priors(free, {p.name: search.widened * p.prior for p in free}),
        theta=search.theta,
        covariance=linear.covariance,
        deviance=search.cost,
        settings=int(np.count_nonzero(search.counts.shots)),
        steps=search.steps,
        counts=search.counts,
        frequency=search.frequency(),
        linear=linear,
        response=search.response,
        slope=search.slope,
        widened=search.widened,
        prior_penalty=float(search.precision @ (search.theta - search.centre) ** 2),
    )

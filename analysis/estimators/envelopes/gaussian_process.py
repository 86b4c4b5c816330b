"""A Gaussian process with an RBF kernel: posterior of the curve and its derivative.

    cov[f(t), f(u)] = c^2 + s^2 exp(-(t - u)^2 / 2 l^2)

Derivatives of the kernel give the covariances of df/dt, so that value and derivative, measured
or asked for, are treated jointly and exactly (Rasmussen and Williams, Gaussian Processes for
Machine Learning, Eqs. 2.25, 2.30 and Sec. 9.4). s and l maximise the marginal likelihood with the
known noise of each value; c is the size of the data.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from analysis.estimators.envelopes.posteriors import Posterior, posterior
from analysis.estimators.envelopes.rbf_kernel import Kernel
from analysis.estimators.envelopes.samples import UNKNOWN_START, Start, WeightedData
from cqed_battery.errors import CqedBatteryError
from cqed_battery.operators import FloatArray

_STARTS = 12  # length scales tried first, evenly in the logarithm from the mean step to the span
_REFINED = 3  # the likeliest of them, which L-BFGS-B refines
_AMPLITUDES = (-7.0, 5.0)  # bounds of log s about the size of the data: 0.1 % to 150 times
_ROUNDING = 1e-9  # of the measured span, allowed beyond its ends


@dataclass(frozen=True)
class GaussianProcess:
    """The fitted process: `posterior` given `data` measured at `times` (T,) in ns.

    extrapolates: whether it may be asked for times beyond the measured ones.
    """

    posterior: Posterior
    times: FloatArray
    extrapolates: bool = False

    @property
    def data(self) -> WeightedData:
        """The measured values and what is known at the start."""
        return self.posterior.data

    def value(self, times: FloatArray, order: int = 0) -> FloatArray:
        """Return f (order 0) or df/dt (order 1, per ns), (F,).

        Args:
            times: within the measured ones, in ns, (F,).
            order: 0 for f, 1 for df/dt.

        Raises:
            CqedBatteryError: another order, or a time outside the measured ones.
        """
        return self.posterior.mean(self.data.values, self._since_start(times, order), order)

    def variance(self, times: FloatArray, order: int = 0) -> FloatArray:
        """Return the variance of `value` by the known noise and by what smoothing misses, (F,).

        Args:
            times: within the measured ones, in ns, (F,).
            order: 0 for f, 1 for df/dt.

        Raises:
            CqedBatteryError: another order, or a time outside the measured ones.
        """
        return self.posterior.variance(self._since_start(times, order), order)

    def response(self, times: FloatArray, changes: FloatArray, order: int = 0) -> FloatArray:
        """Return how `value` moves when the data moves by changes (T, ...), s and l kept.

        Args:
            times: within the measured ones, in ns, (F,).
            changes: of the fitted values, (T, ...).
            order: 0 for f, 1 for df/dt.

        Returns:
            (F, ...), exact: the mean is linear in the data.

        Raises:
            CqedBatteryError: another order, or a time outside the measured ones.
        """
        known = len(self.data.times) - self.data.measured
        rows = np.concatenate([changes, np.zeros((known, *changes.shape[1:]))])
        return self.posterior.mean(rows, self._since_start(times, order), order)

    def functional_variance(self, times: FloatArray, weights: FloatArray) -> float:
        """Return the variance of `weights @ value(times)`, for weights (F,).

        Args:
            times: within the measured ones, in ns, (F,).
            weights: of the values at these times, (F,).

        Raises:
            CqedBatteryError: a time outside the measured ones.
        """
        return self.posterior.functional_variance(self._since_start(times, 0), weights)

    @property
    def reduced_chi_square(self) -> float:
        """The residuals' chi-square over the degrees of freedom that smoothing leaves.

        The smoother's diagonal is the posterior variance over that of the noise.
        """
        data, first = self.data, slice(self.data.measured)
        residual = (data.values[first] - self.value(self.times)) / data.sigmas[first]
        noise = self.posterior.kernel.noise(data)[first]
        taken = float((self.variance(self.times) / noise).sum())
        return float(residual @ residual) / max(data.measured - taken, 1.0)

    def _since_start(self, times: FloatArray, order: int) -> FloatArray:
        """Return times since the first one; refuse second derivatives and times not measured."""
        asked = np.asarray(times, dtype=float)
        if order not in (0, 1):
            raise CqedBatteryError(
                f"the order of an envelope's derivative must be 0 or 1, but is {order}"
            )
        first, last = self.times[0], self.times[-1]
        room = _ROUNDING * (last - first)
        outside = (asked < first - room) | (asked > last + room)
        if outside.any() and not self.extrapolates:
            raise CqedBatteryError(
                f"an envelope is known from {first:g} to {last:g} ns only, but was asked"
                f" for {asked[outside][0]:g} ns: ask within, or measure longer"
            )
        return asked - self.data.origin


def fit_gaussian_process(
    times: FloatArray, values: FloatArray, std: FloatArray, *, start: Start = UNKNOWN_START
) -> GaussianProcess:
    """Fit a Gaussian process to values (T,) with known standard errors (T,) at times in ns.

    Args:
        times: increasing, (T,).
        values: the signal.
        std: its standard errors.
        start: value and slope known at the first time, within their tolerance.

    Returns:
        The process: value, variance and response of f and df/dt at times within the measured ones.

    Raises:
        CqedBatteryError: fewer than 4 times, or data that cannot be fitted.

    Example:
        >>> times = np.linspace(0.0, 60.0, 61)
        >>> fit = fit_gaussian_process(times, np.cos(0.3 * times), np.full(61, 0.01))
        >>> bool(abs(fit.value(np.array([7.5]), 1)[0] + 0.3 * np.sin(2.25)) < 0.01)
        True
    """
    data = WeightedData.of(times, values, std, start)
    return GaussianProcess(posterior(_best_kernel(data), data), times)


def _best_kernel(data: WeightedData) -> Kernel:
    """Maximise the marginal likelihood over amplitude and length scale from several starts."""
    measured = data.values[: data.measured]
    span, constant = float(data.times.max()), float(np.abs(measured).max()) or 1.0
    least = span / len(measured) / 4
    size = np.log(max(float(measured.std()), float(data.sigmas[: data.measured].min())))
    bounds = [(size + _AMPLITUDES[0], size + _AMPLITUDES[1]), (np.log(least), np.log(10 * span))]

    def cost(point: FloatArray) -> float:
        """Return minus the log-likelihood at the logarithms of amplitude and length scale, (2,)."""
        return -posterior(Kernel(constant, *np.exp(point).tolist()), data).log_likelihood()

    starts = [np.array([size, x]) for x in np.linspace(np.log(2 * least), np.log(span), _STARTS)]
    best = sorted(starts, key=cost)[:_REFINED]
    found = [minimize(cost, point, method="L-BFGS-B", bounds=bounds) for point in best]
    amplitude, length = np.exp(min(found, key=lambda result: result.fun).x).tolist()
    return Kernel(constant, amplitude, length)

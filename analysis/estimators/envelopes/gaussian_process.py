"""A Gaussian process with an RBF kernel: posterior of the curve and its derivative.

    cov[f(t), f(u)] = c^2 + s^2 exp(-(t - u)^2 / 2 l^2)

Derivatives of the kernel give the covariances of df/dt, so that value and derivative, measured
or asked for, are treated jointly and exactly (Rasmussen and Williams, Gaussian Processes for
Machine Learning, Eqs. 2.25, 2.30 and Sec. 9.4). s and l maximise the marginal likelihood with the
known noise of each value; c is the size of the data. Of many times the same process is taken
without dense matrices (`long_process`).
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from analysis.estimators.envelopes.kernel import JITTER, Kernel
from analysis.estimators.envelopes.linear import LinearEnvelope, Rows
from analysis.estimators.envelopes.long_envelope import LongEnvelope
from analysis.estimators.envelopes.long_process import long_process
from analysis.estimators.envelopes.method import check_data
from analysis.estimators.envelopes.projection import UNKNOWN_START, Start, WeightedData
from analysis.estimators.envelopes.starts import MANY
from cqed_battery.operators import FloatArray

_STARTS = 12  # length scales tried first
_REFINED = 3  # of them, refined


@dataclass(frozen=True)
class Posterior:
    """The process given data: `data` holds the measured values and what is known at the start."""

    kernel: Kernel
    data: WeightedData

    def rows(self, times: FloatArray, order: int) -> Rows:
        """Return the posterior mean's rows; missed is the posterior covariance less the noise's."""
        data, kernel = self.data, self.kernel
        orders = np.full(len(times), float(order))
        cross = kernel.covariance(times - data.origin, orders, data.times, data.orders)
        weights = cho_solve(_factor(kernel, data), cross.T).T
        matrix, known = weights[:, : data.measured], weights[:, data.measured :]
        at = times - data.origin
        posterior = kernel.covariance(at, orders, at, orders) - weights @ cross.T
        joint = posterior - (matrix * data.sigmas[: data.measured] ** 2) @ matrix.T
        missed = np.maximum(np.diag(joint), 0.0)
        return Rows(matrix, known @ data.values[data.measured :], missed, joint)


def fit_gaussian_process(
    times: FloatArray, values: FloatArray, std: FloatArray, *, start: Start = UNKNOWN_START
) -> LinearEnvelope | LongEnvelope:
    """Fit a Gaussian process to values (T,) with known standard errors (T,) at times in ns.

    Args:
        times: increasing, (T,).
        values: the signal.
        std: its standard errors.
        start: value and slope known at the first time, within their tolerance.

    Raises:
        CqedBatteryError: fewer than 4 times, or data that cannot be fitted.
    """
    check_data(times, values, std, fewest=4)
    data = WeightedData.of(times, values, std, start)
    kernel = _best_kernel(data)
    if len(times) > MANY:
        return LongEnvelope(long_process(kernel, data), times, data)
    return LinearEnvelope(Posterior(kernel, data), times, values, std)


def log_likelihood(kernel: Kernel, data: WeightedData) -> float:
    """Return the marginal likelihood's logarithm of all rows, without the constant."""
    factor = _factor(kernel, data)
    fit = data.values @ cho_solve(factor, data.values)
    return -0.5 * float(fit) - float(np.log(np.diag(factor[0])).sum())


def _factor(kernel: Kernel, data: WeightedData) -> tuple[FloatArray, bool]:
    """Return the Cholesky factor of the data's covariance."""
    covariance = kernel.covariance(data.times, data.orders, data.times, data.orders)
    noise = data.sigmas**2 + JITTER * np.diag(covariance)
    lower, flag = cho_factor(covariance + np.diag(noise), lower=True)
    return lower, bool(flag)


def _best_kernel(data: WeightedData) -> Kernel:
    """Maximise the marginal likelihood over amplitude and length scale from several starts."""
    measured = data.values[: data.measured]
    span, constant = float(data.times.max()), float(np.abs(measured).max()) or 1.0
    least = span / len(measured) / 4
    size = max(float(measured.std()), float(data.sigmas[: data.measured].min()))
    bounds = [(np.log(size) - 7, np.log(size) + 5), (np.log(least), np.log(10 * span))]

    def cost(point: FloatArray) -> float:
        kernel = Kernel(constant, *np.exp(point).tolist())
        if len(measured) > MANY:
            return -long_process(kernel, data).log_likelihood()
        return -log_likelihood(kernel, data)

    starts = [
        np.array([np.log(size), x]) for x in np.linspace(np.log(2 * least), np.log(span), _STARTS)
    ]
    best = sorted(starts, key=cost)[:_REFINED]
    found = [minimize(cost, point, method="L-BFGS-B", bounds=bounds) for point in best]
    amplitude, length = np.exp(min(found, key=lambda result: result.fun).x).tolist()
    return Kernel(constant, amplitude, length)

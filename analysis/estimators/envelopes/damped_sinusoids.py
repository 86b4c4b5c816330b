"""An lmfit envelope of damped sinusoids, with its derivative and band.

    f(t) = c + sum_k exp(-gamma_k t) (a_k cos w_k t + b_k sin w_k t)

The amplitudes enter linearly and are solved for at every step (variable projection), so lmfit
searches over (gamma_k, w_k) alone. The number of modes is chosen by the Bayesian information
criterion with known noise; the band adds the spread between the candidate numbers of modes,
weighted by that criterion, to the covariance of the chosen fit.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from analysis.estimators.envelopes.samples import UNKNOWN_START, Start, WeightedData
from analysis.estimators.envelopes.starting_points import matrix_pencil, residual_peak
from analysis.estimators.envelopes.variable_projection import (
    basis,
    parameter_jacobian,
    search,
    solve_amplitudes,
)
from cqed_battery.operators import FloatArray

_UNLIKELY = 1e-3  # below this probability of its chi-square a fit's band is widened


@dataclass(frozen=True)
class DampedSinusoids:
    """A fitted envelope: decay rates and angular frequencies (K,), amplitudes (2K + 1,).

    `smoother` (2K + 1 + 2K, T) maps small changes of the data to changes of all parameters;
    `covariance` is theirs; `competing` are the other numbers of modes with their weights. `misfit`
    is the residuals' root mean square, `fastest` the angular frequency the times resolve.
    """

    origin: float
    decay: FloatArray
    frequency: FloatArray
    amplitudes: FloatArray
    covariance: FloatArray
    smoother: FloatArray
    chi_square: float
    degrees: int
    misfit: float
    fastest: float
    competing: tuple[tuple[float, "DampedSinusoids"], ...] = ()

    @property
    def modes(self) -> int:
        """Number of damped oscillations K."""
        return len(self.decay)

    @property
    def reduced_chi_square(self) -> float:
        """Chi-square per degree of freedom."""
        return self.chi_square / max(self.degrees, 1)

    @property
    def variance_inflation(self) -> float:
        """Factor on the variance: 1, or the reduced chi-square where the fit is unlikely."""
        unlikely = float(chdtrc(max(self.degrees, 1), self.chi_square)) < _UNLIKELY
        return max(1.0, self.reduced_chi_square) if unlikely else 1.0

    def value(self, times: FloatArray, order: int = 0) -> FloatArray:
        """Return f (order 0) or df/dt (order 1, per ns) at times in ns, shape (T,).

        Args:
            times: in ns, (T,).
            order: 0 for f, 1 for df/dt.
        """
        return basis(times - self.origin, self.decay, self.frequency, order) @ self.amplitudes

    def jacobian(self, times: FloatArray, order: int = 0) -> FloatArray:
        """Return the derivative of `value` with respect to all parameters, (T, 4K + 1).

        Args:
            times: in ns, (T,).
            order: 0 for f, 1 for df/dt.
        """
        return parameter_jacobian(
            times - self.origin, self.decay, self.frequency, self.amplitudes, order
        )

    def response(self, times: FloatArray, changes: FloatArray, order: int = 0) -> FloatArray:
        """Return how `value` moves when the data moves by `changes` (T_data, ...).

        Args:
            times: in ns, (T,).
            changes: of the fitted values, (T_data, ...).
            order: 0 for f, 1 for df/dt.

        Returns:
            (T, ...), to first order.
        """
        return self.jacobian(times, order) @ (self.smoother @ changes)

    def variance(self, times: FloatArray, order: int = 0) -> FloatArray:
        """Return the variance of `value` by shot noise and choice of the number of modes, (T,).

        Args:
            times: in ns, (T,).
            order: 0 for f, 1 for df/dt.
        """
        jacobian = self.jacobian(times, order)
        own = (
            np.einsum("ti,ij,tj->t", jacobian, self.covariance, jacobian) * self.variance_inflation
        )
        best = self.value(times, order)
        spread = sum(
            (weight * (other.value(times, order) - best) ** 2 for weight, other in self.competing),
            np.zeros_like(best),
        )
        return own + spread + self._misfit_variance * self.fastest ** (2 * order)

    @property
    def _misfit_variance(self) -> float:
        """Mean square of the residuals where the fit is unlikely: what it does not describe."""
        return self.misfit**2 if self.variance_inflation > 1 else 0.0

    def functional_variance(self, times: FloatArray, weights: FloatArray) -> float:
        """Return the variance of `weights @ value(times)`, for weights (T,).

        Args:
            times: in ns, (T,).
            weights: of the values at these times, (T,).
        """
        row = weights @ self.jacobian(times)
        best = self.value(times)
        spread = sum(
            weight * float(weights @ (other.value(times) - best)) ** 2
            for weight, other in self.competing
        )
        missed = self._misfit_variance * float(weights @ weights)
        return float(row @ self.covariance @ row) * self.variance_inflation + spread + missed


def fit_damped_sinusoids(
    times: FloatArray,
    values: FloatArray,
    sigmas: FloatArray,
    *,
    max_modes: int,
    start: Start = UNKNOWN_START,
) -> DampedSinusoids:
    """Fit an envelope to values (T,) with known standard errors (T,) at times in ns.

    Args:
        times: increasing, (T,).
        values: the signal.
        sigmas: its standard errors; the covariance is not rescaled by the fit's chi-square.
        max_modes: most oscillations to try; never more than the data can determine.
        start: what is known at the first time.

    Raises:
        CqedBatteryError: fewer than 4 times, or data that cannot be fitted.
    """
    data = WeightedData.of(times, values, sigmas, start)
    most = min(max_modes, (len(times) - 2) // 4)
    candidates = [_fit(data, np.empty(0), np.empty(0))]
    for modes in range(1, most + 1):
        candidates.append(_best_fit(data, candidates[-1], modes))
        if modes >= 2 and _bic(candidates[-1]) > _bic(candidates[-2]) > _bic(candidates[-3]):
            break
    criteria = np.array([_bic(candidate) for candidate in candidates])
    weights = np.exp(-0.5 * (criteria - criteria.min()))
    weights /= weights.sum()
    chosen = int(criteria.argmin())
    competing = tuple(
        (float(weight), fit)
        for number, (weight, fit) in enumerate(zip(weights, candidates, strict=True))
        if number != chosen and weight > 1e-4
    )
    best = candidates[chosen]
    return DampedSinusoids(**{**best.__dict__, "competing": competing})


def _fit(data: WeightedData, decay: FloatArray, frequency: FloatArray) -> DampedSinusoids:
    """Refine decay rates and frequencies with lmfit from a starting point."""
    if len(decay):
        decay, frequency = search(data, decay, frequency)
    amplitudes, residual = solve_amplitudes(data, decay, frequency)
    jacobian = data.rows(
        lambda t, order: parameter_jacobian(t, decay, frequency, amplitudes, order)
    )
    information = jacobian.T @ jacobian
    covariance: FloatArray = np.asarray(np.linalg.pinv(information, 1e-12, True), dtype=float)
    smoother = (covariance @ jacobian.T)[:, : data.measured] / data.sigmas[: data.measured]
    return DampedSinusoids(
        origin=data.origin,
        decay=decay,
        frequency=frequency,
        amplitudes=amplitudes,
        covariance=covariance,
        smoother=smoother,
        chi_square=float(residual @ residual),
        misfit=float(np.sqrt(((residual * data.sigmas)[: data.measured] ** 2).mean())),
        fastest=np.pi * (data.measured - 1) / float(data.times.max()),
        degrees=len(data.times) - jacobian.shape[1],
    )


def _best_fit(data: WeightedData, smaller: DampedSinusoids, modes: int) -> DampedSinusoids:
    """Fit with that many modes from several starts and keep the best."""
    times, values = data.times[: data.measured], data.values[: data.measured]
    left = values - smaller.value(times + data.origin)
    new_decay, new_frequency = residual_peak(times, left, data.sigmas[: data.measured])
    starts = [
        (np.append(smaller.decay, new_decay), np.append(smaller.frequency, new_frequency)),
        matrix_pencil(times, values, modes),
    ]
    fits = [_fit(data, decay, frequency) for decay, frequency in starts if len(decay) == modes]
    return min(fits, key=lambda fit: fit.chi_square)


def _bic(fit: DampedSinusoids) -> float:
    """Bayesian information criterion; a frequency, sought over the whole band, counts twice.

    After Djuric, IEEE Trans. Signal Process. 44, 1744 (1996), where it counts three times for
    oscillations that do not decay.
    """
    parameters = 5 * fit.modes + 1
    return fit.chi_square + parameters * float(np.log(fit.degrees + parameters))

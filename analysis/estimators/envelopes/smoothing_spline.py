"""A cubic smoothing spline whose penalty minimises the risk expected with the known noise.

    minimise over f:  sum_j (y_j - f(t_j))^2 / sigma_j^2 + penalty x integral of (f'')^2

scipy's `make_smoothing_spline` of the unit vectors gives the smoother matrix. What smoothing takes
away is expected from the prior exp(-penalty x integral / 2) over natural splines with knots at the
data, of which the curve is the posterior mean and A W^-1 the posterior covariance at the data
(Wahba, J. R. Stat. Soc. B 45, 133 (1983); Wood, Generalized Additive Models, Sec. 6.10).
"""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import make_interp_spline, make_smoothing_spline
from scipy.optimize import minimize_scalar

from analysis.estimators.envelopes.linear import LinearEnvelope, Rows, penalised_misfit
from analysis.estimators.envelopes.method import check_data
from cqed_battery.operators import FloatArray

_FEWEST = 5  # what scipy asks for
_COARSE = 25
_DECADES = (-4.0, 7.0)  # of the penalty about that of the data's own step and noise


@dataclass(frozen=True)
class Spline:
    """The penalty in ns^3, on data at times (T,) with standard errors (T,)."""

    penalty: float
    data_times: FloatArray
    std: FloatArray

    def matrix(self, times: FloatArray, order: int) -> FloatArray:
        """Return the smoother matrix of f or df/dt, (F, T)."""
        unit = np.eye(len(self.data_times))
        weights = 1 / self.std**2
        spline = make_smoothing_spline(self.data_times, unit, w=weights, lam=self.penalty)
        return np.asarray(spline(times, nu=order))

    def rows(self, times: FloatArray, order: int) -> Rows:
        """Return the smoother M = D A, A its values at the data and D the interpolating spline.

        missed = diag(D A W^-1 D') - diag(M W^-1 M'), W the inverse squares of the standard errors.
        """
        matrix, variance = self.matrix(times, order), self.std**2
        unit = np.eye(len(self.data_times))
        natural = make_interp_spline(self.data_times, unit, bc_type="natural")
        missed = (matrix * variance * (natural(times, nu=order) - matrix)).sum(axis=1)
        return Rows(matrix, np.zeros(len(times)), np.maximum(missed, 0.0))


def fit_smoothing_spline(times: FloatArray, values: FloatArray, std: FloatArray) -> LinearEnvelope:
    """Fit a smoothing spline to values (T,) with known standard errors (T,) at times in ns.

    Args:
        times: increasing, (T,).
        values: the signal.
        std: its standard errors.

    Raises:
        CqedBatteryError: fewer than 5 times, or data that cannot be fitted.
    """
    check_data(times, values, std, fewest=_FEWEST)

    def risk(exponent: float) -> float:
        return penalised_misfit(
            Spline(10**exponent, times, std).matrix(times, 0), values, std, price=2.0
        )

    step = float(times[-1] - times[0]) / (len(times) - 1)
    middle = np.log10(step**3 / np.median(std) ** 2)
    grid = middle + np.linspace(*_DECADES, _COARSE)
    best = int(np.argmin([risk(exponent) for exponent in grid]))
    ends = grid[max(best - 1, 0)], grid[min(best + 1, _COARSE - 1)]
    found = minimize_scalar(risk, bounds=ends, method="bounded", options={"xatol": 0.05})
    return LinearEnvelope(Spline(float(10**found.x), times, std), times, values, std)

"""Savitzky-Golay: a cubic fitted in a moving window.

The window minimises the Bayesian information criterion with the known noise. The risk of the
values would do, but often takes a window too narrow for the derivative.
"""

from dataclasses import dataclass

import numpy as np

from analysis.estimators.envelopes.linear import LinearEnvelope, Rows, penalised_misfit
from analysis.estimators.envelopes.method import check_data
from cqed_battery.errors import CqedBatteryError
from cqed_battery.operators import FloatArray

_DEGREE = 3
_NARROWEST = 5
_UNEVEN = 1e-6  # largest departure from equal steps, in steps


@dataclass(frozen=True)
class MovingPolynomial:
    """A window of that many of the data's evenly spaced times (T,).

    Between times, the polynomial of the nearest window holds; near the ends, that of the last.
    """

    window: int
    data_times: FloatArray

    def rows(self, times: FloatArray, order: int) -> Rows:
        """Return the smoother of f or df/dt; it claims to miss nothing."""
        count, half = len(self.data_times), self.window // 2
        step = (self.data_times[-1] - self.data_times[0]) / (count - 1)
        position = (times - self.data_times[0]) / step
        centre = np.clip(np.rint(position).astype(int), half, count - 1 - half)
        powers = np.arange(_DEGREE + 1)
        fit = np.linalg.pinv(np.arange(-half, half + 1)[:, None] ** powers)
        offset = (position - centre)[:, None]
        wave = offset**powers
        if order == 1:
            wave = powers * offset ** np.maximum(powers - 1, 0) / step
        matrix = np.zeros((len(times), count))
        columns = centre[:, None] + np.arange(-half, half + 1)
        np.put_along_axis(matrix, columns, wave @ fit, axis=1)
        return Rows.of(matrix)


def fit_savitzky_golay(times: FloatArray, values: FloatArray, std: FloatArray) -> LinearEnvelope:
    """Smooth values (T,) with known standard errors (T,) at evenly spaced times in ns.

    Args:
        times: increasing, (T,).
        values: the signal.
        std: its standard errors.

    Raises:
        CqedBatteryError: fewer than 5 times, uneven ones, or data that cannot be fitted.
    """
    check_data(times, values, std, fewest=_NARROWEST)
    steps = np.diff(times)
    if np.abs(steps / steps.mean() - 1).max() > _UNEVEN:
        raise CqedBatteryError(
            "savitzky-golay needs evenly spaced times, but their steps go from"
            f" {steps.min():g} to {steps.max():g} ns: choose gaussian-process or smoothing-spline"
        )

    def criterion(smoother: MovingPolynomial) -> float:
        matrix = smoother.rows(times, 0).matrix
        return penalised_misfit(matrix, values, std, price=float(np.log(len(times))))

    windows = [MovingPolynomial(width, times) for width in range(_NARROWEST, len(times) + 1, 2)]
    best = min(windows, key=criterion)
    return LinearEnvelope(best, times, values, std)

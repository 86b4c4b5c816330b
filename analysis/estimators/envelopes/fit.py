"""Fits an envelope by a method's name."""

import numpy as np
from numpy.typing import ArrayLike

from analysis.estimators.envelopes.finite_difference import fit_finite_difference
from analysis.estimators.envelopes.gaussian_process import fit_gaussian_process
from analysis.estimators.envelopes.method import Envelope
from analysis.estimators.envelopes.projection import UNKNOWN_START, Start
from analysis.estimators.envelopes.resampling import fit_resampled_sinusoids
from analysis.estimators.envelopes.savitzky_golay import fit_savitzky_golay
from analysis.estimators.envelopes.smoothing_spline import fit_smoothing_spline
from cqed_battery.compute.threads import one_thread
from cqed_battery.errors import CqedBatteryError

METHODS = (
    "damped-sinusoids",
    "gaussian-process",
    "smoothing-spline",
    "savitzky-golay",
    "finite-difference",
)


@one_thread()
def fit_envelope(
    times: ArrayLike,
    values: ArrayLike,
    std: ArrayLike,
    *,
    method: str,
    start: Start = UNKNOWN_START,
    max_modes: int = 4,
) -> Envelope:
    """Fit a smooth curve to noisy values by a named method; nothing in the fit is random.

        y_j = f(t_j) + noise of standard error std_j

    Args:
        times: increasing, in ns, (T,).
        values: the signal y, (T,).
        std: its known standard errors, (T,).
        method: one of `METHODS`.
        start: what is known at the first time; damped sinusoids and the Gaussian process use it.
        max_modes: most oscillations of the damped sinusoids.

    Returns:
        The envelope: value, variance, response and band of f and df/dt.

    Raises:
        CqedBatteryError: an unknown method, or data that the method cannot fit.

    Example:
        >>> times = np.linspace(0.0, 60.0, 61)
        >>> values, std = np.cos(0.3 * times), np.full(61, 0.01)
        >>> envelope = fit_envelope(times, values, std, method="gaussian-process")
        >>> bool(abs(envelope.value(np.array([7.5]), 1)[0] + 0.3 * np.sin(2.25)) < 0.01)
        True
    """
    t, y, s = (np.asarray(array, dtype=float) for array in (times, values, std))
    match method:
        case "damped-sinusoids":
            return fit_resampled_sinusoids(t, y, s, max_modes=max_modes, start=start)
        case "gaussian-process":
            return fit_gaussian_process(t, y, s, start=start)
        case "smoothing-spline":
            return fit_smoothing_spline(t, y, s)
        case "savitzky-golay":
            return fit_savitzky_golay(t, y, s)
        case "finite-difference":
            return fit_finite_difference(t, y, s)
    raise CqedBatteryError(
        f"the method of an envelope must be one of {', '.join(METHODS)}, but is {method!r}"
    )

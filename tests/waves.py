"""A noisy wave, and its envelope by a named method."""

import numpy as np

from analysis.estimators.envelopes import METHODS, fit_envelope

EVEN = np.linspace(3.0, 51.0, 61)
UNEVEN = 3.0 + 48.0 * np.linspace(0.0, 1.0, 61) ** 1.3
LINEAR = tuple(name for name in METHODS if name != "damped-sinusoids")


def wave(times, order=0):
    """A damped oscillation about an offset, or its derivative."""
    rate = -0.01 + 0.3j
    return (np.exp(rate * (times - 3.0)) * rate**order).real * 0.4 - 0.5 * (order == 0)


def noisy(method, *, times=EVEN, noise=0.02, seed=0, truth=wave, **options):
    values = truth(times) + noise * np.random.default_rng(seed).standard_normal(len(times))
    return fit_envelope(times, values, np.full(len(times), noise), method=method, **options)


def holds(band, truth):
    return (band.lower <= truth) & (truth <= band.upper)

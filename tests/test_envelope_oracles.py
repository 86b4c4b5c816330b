"""Each linear envelope against something independent: scipy, numpy, or the normal law itself."""

from functools import lru_cache

import numpy as np
import pytest
from scipy.interpolate import make_smoothing_spline
from scipy.signal import savgol_filter
from scipy.stats import multivariate_normal
from waves import EVEN, LINEAR, UNEVEN, holds, noisy

from analysis.estimators.envelopes import Start
from analysis.estimators.envelopes.gaussian_process import Kernel, Posterior, log_likelihood
from analysis.estimators.envelopes.linear import LinearEnvelope
from analysis.estimators.envelopes.projection import WeightedData

PROCESS = Kernel(constant=0.7, amplitude=0.4, length=3.0)
ASKED = np.linspace(3.0, 51.0, 30)


def joint(times, orders, kernel=PROCESS):
    """Covariance of f and df/dt by differencing the kernel, an independent way to it."""

    def covariance(t, u):
        return kernel.constant**2 + kernel.amplitude**2 * np.exp(
            -((t - u) ** 2) / (2 * kernel.length**2)
        )

    step = 1e-3
    shifts = {0: [(0.0, 1.0)], 1: [(step, 0.5 / step), (-step, -0.5 / step)]}
    total = np.zeros((len(times), len(times)))
    for i, (t, order) in enumerate(zip(times, orders, strict=True)):
        for j, (u, other) in enumerate(zip(times, orders, strict=True)):
            total[i, j] = sum(
                a * b * covariance(t + p, u + q) for p, a in shifts[order] for q, b in shifts[other]
            )
    return total


def small_process():
    """Seven uneven values with a start of known value and slope."""
    times = np.array([0.0, 1.0, 2.5, 3.0, 5.0, 7.5, 8.0])
    values = np.array([0.1, 0.3, 0.5, 0.45, 0.0, -0.2, -0.1])
    std = np.linspace(0.02, 0.08, 7)
    return WeightedData.of(times, values, std, Start(value=0.05, slope=0.2, tolerance=0.01))


def test_process_posterior_is_gaussian_conditioning():
    """Mean and variance of value and slope are those of the joint normal law of everything."""
    data = small_process()
    fit = LinearEnvelope(Posterior(PROCESS, data), data.times[:7], data.values[:7], data.sigmas[:7])
    asked = np.array([0.0, 0.7, 4.0, 8.0])
    for order in (0, 1):
        times = np.concatenate([data.times, asked])
        orders = np.concatenate([data.orders, np.full(4, order)]).astype(int)
        law = joint(times, orders)
        gain = law[9:, :9] @ np.linalg.inv(law[:9, :9] + np.diag(data.sigmas**2))
        np.testing.assert_allclose(fit.value(asked, order), gain @ data.values, atol=1e-5)
        variance = np.diag(law[9:, 9:] - gain @ law[:9, 9:])
        np.testing.assert_allclose(fit.variance(asked, order), variance, rtol=1e-3, atol=1e-8)


def test_process_likelihood_is_that_of_a_normal_law():
    """The marginal likelihood differs from scipy's density by a constant alone."""
    data = small_process()
    gaps = []
    for kernel in (PROCESS, Kernel(0.7, 0.8, 2.0)):
        law = multivariate_normal(
            np.zeros(9),
            joint(data.times, data.orders.astype(int), kernel) + np.diag(data.sigmas**2),
        )
        gaps.append(law.logpdf(data.values) - log_likelihood(kernel, data))
    assert gaps[0] == pytest.approx(gaps[1], abs=1e-3)


@lru_cache
def drawn(count=40, seed=7):
    """Curves drawn from the process, with slopes, at EVEN and at ASKED, and fits to them."""
    times = np.concatenate([EVEN, ASKED, ASKED])
    orders = np.repeat([0.0, 0.0, 1.0], [61, 30, 30])
    law = multivariate_normal(
        np.zeros(121), PROCESS.covariance(times, orders, times, orders), allow_singular=True
    )
    curves = law.rvs(count, random_state=seed)
    fits = [
        noisy("gaussian-process", truth=lambda _, c=curve: c[:61], noise=0.05, seed=number)
        for number, curve in enumerate(curves)
    ]
    return curves, fits


def test_process_finds_its_own_length_scale():
    """On draws of a process the mean length scale found is its own within 4 standard errors."""
    lengths = np.log([fit.smoother.kernel.length for fit in drawn()[1]])
    error = lengths.std(ddof=1) / np.sqrt(len(lengths))
    assert error < 0.03
    assert abs(lengths.mean() - np.log(PROCESS.length)) < 4 * error


@pytest.mark.parametrize("order", [0, 1])
def test_process_band_covers_draws_of_a_process(order):
    """Curves drawn from a process lie in the fitted process's 95 % band 92-98 % of the time.

    Half the band holds fewer than 75 %.
    """
    held, held_by_half = [], []
    for curve, fit in zip(*drawn(), strict=True):
        truth = curve[61 + 30 * order :][:30]
        band = fit.band(ASKED, order)
        held.append(holds(band, truth))
        error = np.abs(fit.value(ASKED, order) - truth)
        held_by_half.append(error <= (band.upper - band.lower) / 4)
    assert 0.92 <= np.mean(held) <= 0.98
    assert np.mean(held_by_half) < 0.75


def test_spline_is_scipys_with_its_penalty():
    """The smoother matrix on the data is scipy's spline of the data itself."""
    fit = noisy("smoothing-spline", times=UNEVEN)
    spline = make_smoothing_spline(UNEVEN, fit.values, w=fit.std**-2, lam=fit.smoother.penalty)
    asked = np.linspace(3.0, 51.0, 100)
    for order in (0, 1):
        np.testing.assert_allclose(fit.value(asked, order), spline(asked, nu=order), atol=1e-9)


def test_spline_variance_is_that_of_its_prior():
    """At the data the variance is the posterior's of a line plus a twice integrated Wiener process.

    That is Wahba's theorem; here the process is conditioned directly, with a broad prior of the
    line.
    """
    fit = noisy("smoothing-spline", times=UNEVEN)
    gone = UNEVEN - UNEVEN[0]
    least, most = np.minimum.outer(gone, gone), np.maximum.outer(gone, gone)
    law = least**2 * (3 * most - least) / 6 / fit.smoother.penalty
    law += 1e4 * (1 + np.outer(gone, gone) / 100)
    kept = np.linalg.solve(law + np.diag(fit.std**2), law)
    posterior = np.diag(law - law @ kept)
    np.testing.assert_allclose(fit.variance(UNEVEN), posterior, rtol=1e-3)
    slope = fit.variance(UNEVEN, 1)
    assert (slope > (fit.response(UNEVEN, np.eye(61), 1) ** 2).sum(axis=1) * 0.02**2 * 1.05).any()


def test_straight_lines_pass_the_spline():
    """A straight line is not bent, whatever the penalty."""
    fit = noisy("smoothing-spline")
    line = 0.3 - 0.02 * EVEN
    np.testing.assert_allclose(fit.response(EVEN, line), line, atol=1e-8)
    np.testing.assert_allclose(fit.response(EVEN, line, 1), -0.02, atol=1e-8)


@pytest.mark.parametrize("order", [0, 1])
def test_moving_polynomial_is_scipys_filter(order):
    """At the data, ends included, the moving cubic is scipy's Savitzky-Golay filter."""
    fit = noisy("savitzky-golay")
    expected = savgol_filter(
        fit.values, fit.smoother.window, 3, deriv=order, delta=0.8, mode="interp"
    )
    np.testing.assert_allclose(fit.value(EVEN, order), expected, atol=1e-12)


def test_more_noise_takes_a_wider_window():
    """The window widens, and the spline and the process stiffen, with the known noise."""
    faint, strong = (
        {name: noisy(name, noise=noise).smoother for name in LINEAR} for noise in (0.001, 0.1)
    )
    assert faint["savitzky-golay"].window < strong["savitzky-golay"].window
    grown = [s["smoothing-spline"].penalty * sd**2 for s, sd in ((faint, 0.001), (strong, 0.1))]
    assert 10 * grown[0] < grown[1]


def test_finite_differences_are_numpys():
    """The derivative at the data is numpy's gradient; between times it goes straight."""
    fit = noisy("finite-difference", times=UNEVEN)
    slopes = np.gradient(fit.values, UNEVEN, edge_order=2)
    np.testing.assert_allclose(fit.value(UNEVEN, 1), slopes)
    np.testing.assert_allclose(fit.value(UNEVEN), fit.values)
    middle = (UNEVEN[1:] + UNEVEN[:-1]) / 2
    np.testing.assert_allclose(fit.value(middle, 1), (slopes[1:] + slopes[:-1]) / 2)


def test_central_difference_has_the_textbook_variance():
    """Two values two steps apart: sigma^2 / (2 step^2)."""
    fit = noisy("finite-difference")
    np.testing.assert_allclose(fit.variance(EVEN[1:-1], 1), 0.02**2 / (2 * 0.8**2))
    np.testing.assert_allclose(fit.variance(EVEN), 0.02**2)

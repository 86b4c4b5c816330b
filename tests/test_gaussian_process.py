"""The Gaussian process against the normal law itself: posterior, likelihood, variance, refusals."""

from functools import lru_cache

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from analysis.estimators.envelopes import GaussianProcess, Start, fit_gaussian_process
from analysis.estimators.envelopes.posteriors import Dense, posterior
from analysis.estimators.envelopes.rbf_kernel import Kernel
from analysis.estimators.envelopes.samples import WeightedData
from cqed_battery.errors import CqedBatteryError

EVEN = np.linspace(3.0, 51.0, 61)
UNEVEN = 3.0 + 48.0 * np.linspace(0.0, 1.0, 61) ** 1.3
ASKED = np.linspace(3.0, 51.0, 30)
PROCESS = Kernel(constant=0.7, amplitude=0.4, length=3.0)


def wave(times, order=0):
    """A damped oscillation about an offset, or its derivative."""
    rate = -0.01 + 0.3j
    return (np.exp(rate * (times - 3.0)) * rate**order).real * 0.4 - 0.5 * (order == 0)


def noisy(*, times=EVEN, noise=0.02, seed=0, truth=wave, **options):
    values = truth(times) + noise * np.random.default_rng(seed).standard_normal(len(times))
    return fit_gaussian_process(times, values, np.full(len(times), noise), **options)


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
    fit = GaussianProcess(Dense(PROCESS, data), data.times[:7])
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
        gaps.append(law.logpdf(data.values) - Dense(kernel, data).log_likelihood())
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
        noisy(truth=lambda _, c=curve: c[:61], noise=0.05, seed=number)
        for number, curve in enumerate(curves)
    ]
    return curves, fits


def test_process_finds_its_own_length_scale():
    """On draws of a process the mean length scale found is its own within 4 standard errors."""
    lengths = np.log([fit.posterior.kernel.length for fit in drawn()[1]])
    error = lengths.std(ddof=1) / np.sqrt(len(lengths))
    assert error < 0.03
    assert abs(lengths.mean() - np.log(PROCESS.length)) < 4 * error


@pytest.mark.parametrize("order", [0, 1])
def test_process_variance_covers_draws_of_a_process(order):
    """Curves drawn from a process lie within 1.96 standard errors 92-98 % of the time.

    Half the interval holds fewer than 75 %.
    """
    errors = [
        np.abs(fit.value(ASKED, order) - curve[61 + 30 * order :][:30])
        / np.sqrt(fit.variance(ASKED, order))
        for curve, fit in zip(*drawn(), strict=True)
    ]
    assert 0.92 <= np.mean(np.array(errors) <= 1.96) <= 0.98
    assert np.mean(np.array(errors) <= 0.98) < 0.75


@pytest.mark.parametrize("times", [EVEN, UNEVEN], ids=["even", "uneven"])
def test_faint_noise_gives_the_curve_between_times(times):
    """With hardly any noise the process finds curve and derivative, also between the times."""
    between, fit = np.linspace(5.0, 49.0, 333), noisy(times=times, noise=1e-6)
    for order in (0, 1):
        np.testing.assert_allclose(fit.value(between, order), wave(between, order), atol=1e-3)


def test_derivative_is_that_of_the_curve():
    """Order 1 is the slope of order 0, which a difference over a short step finds."""
    step, fit, middle = 1e-4, noisy(), EVEN[3:-3:2]
    slope = (fit.value(middle + step) - fit.value(middle - step)) / (2 * step)
    np.testing.assert_allclose(fit.value(middle, 1), slope, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("order", [0, 1])
def test_response_and_variance_follow_the_data(order):
    """Changed data moves the curve by `response`; the variance is at least that of the noise."""
    fit, asked = noisy(), np.linspace(4.0, 50.0, 40)
    change = np.random.default_rng(5).standard_normal(len(EVEN))
    values, std = (part[: len(EVEN)] for part in (fit.data.values, fit.data.sigmas))
    data = WeightedData.of(EVEN, values + change, std, Start())
    moved = GaussianProcess(posterior(fit.posterior.kernel, data), EVEN)
    found = moved.value(asked, order) - fit.value(asked, order)
    np.testing.assert_allclose(found, fit.response(asked, change, order), atol=1e-11)
    each = fit.response(asked, np.eye(len(EVEN)), order)
    assert (fit.variance(asked, order) >= (each**2).sum(axis=1) * 0.02**2 * (1 - 1e-9)).all()


def test_functional_variance_is_that_of_means():
    """A single time's is `variance`; a mean over times is as sure as it scatters.

    Data drawn from the process' own prior and noise: 4000 means are known to 1 % of their scatter.
    """
    fit, asked = noisy(), np.linspace(4.0, 50.0, 12)
    single = [fit.functional_variance(asked, row) for row in np.eye(12)]
    np.testing.assert_allclose(single, fit.variance(asked), rtol=1e-9)
    rng, mean, both = np.random.default_rng(8), np.full(12, 1 / 12), np.concatenate([EVEN, asked])
    covariance = fit.posterior.kernel.covariance(both, 0 * both, both, 0 * both)
    curves = rng.multivariate_normal(0 * both, covariance, size=4000, method="eigh")
    data = curves[:, : len(EVEN)] + 0.02 * rng.standard_normal((4000, len(EVEN)))
    errors = mean @ (fit.response(asked, data.T) - curves[:, len(EVEN) :].T)
    stated = np.sqrt(fit.functional_variance(asked, mean))
    assert errors.std() == pytest.approx(stated, rel=0.05)


def test_known_start_binds():
    """A value and slope known at the first time hold there, and the variance knows it."""
    known = Start(value=wave(EVEN[:1])[0], slope=wave(EVEN[:1], 1)[0])
    bound, free = noisy(start=known, noise=0.05), noisy(noise=0.05)
    for order, target in ((0, known.value), (1, known.slope)):
        assert bound.value(EVEN[:1], order)[0] == pytest.approx(target, abs=4e-3)
        assert bound.variance(EVEN[:1], order)[0] < 2e-3**2
        assert free.variance(EVEN[:1], order)[0] > 5e-3**2


GOOD = {"times": EVEN, "values": wave(EVEN), "std": np.full(61, 0.02)}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"values": wave(EVEN)[1:]}, "must be equally many, but are 61, 60 and 61"),
        ({"times": EVEN[::-1]}, "must increase, but some repeat or go back"),
        ({"std": np.zeros(61)}, "std of an envelope must be above 0, but its least is 0"),
        ({"values": np.full(61, np.nan)}, "must be finite: leave out"),
    ],
)
def test_bad_data_is_refused(changes, words):
    """What cannot be fitted is refused in a sentence that says why and what to do."""
    with pytest.raises(CqedBatteryError, match=words):
        fit_gaussian_process(**GOOD | changes)


def test_fewest_times():
    """Four times are enough, three are refused."""
    enough = fit_gaussian_process(EVEN[:4], np.ones(4), np.ones(4))
    assert np.isfinite(enough.variance(EVEN[:4], 1)).all()
    with pytest.raises(CqedBatteryError, match="at least 4 times, but has 3"):
        fit_gaussian_process(EVEN[:3], np.ones(3), np.ones(3))


@pytest.mark.parametrize(
    ("asked", "order", "words"),
    [(EVEN, 2, "must be 0 or 1, but is 2"), (EVEN + 1, 0, "from 3 to 51 ns only, .* for 51.2 ns")],
)
def test_bad_questions_are_refused(asked, order, words):
    """A second derivative and times not measured are refused."""
    fit = noisy()
    with pytest.raises(CqedBatteryError, match=words):
        fit.value(asked, order)

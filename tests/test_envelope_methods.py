"""The named envelopes: what all of them promise, how sure they are, and what they refuse."""

import json

import numpy as np
import pytest
from waves import EVEN, LINEAR, UNEVEN, holds, noisy, wave

from analysis.estimators.envelopes import METHODS, Start, fit_envelope
from analysis.estimators.envelopes.linear import LinearEnvelope
from benchmarks import envelopes
from cqed_battery.errors import CqedBatteryError


@pytest.mark.parametrize(
    ("method", "room"),
    [
        ("damped-sinusoids", 1e-5),
        ("gaussian-process", 1e-3),
        ("smoothing-spline", 0.02),
        ("savitzky-golay", 0.02),
        ("finite-difference", 0.02),
    ],
)
def test_faint_noise_gives_the_curve_between_times(method, room):
    """With hardly any noise every method finds curve and derivative, also between the times."""
    between = np.linspace(5.0, 49.0, 333)
    for times in (EVEN,) if method == "savitzky-golay" else (EVEN, UNEVEN):
        fit = noisy(method, times=times, noise=1e-6)
        np.testing.assert_allclose(fit.value(between), wave(between), atol=room)
        np.testing.assert_allclose(fit.value(between, 1), wave(between, 1), atol=room)


@pytest.mark.parametrize("method", LINEAR)
def test_derivative_is_that_of_the_curve(method):
    """Order 1 is the slope of order 0, which a difference over a short step finds."""
    step, fit = 1e-4, noisy(method)
    middle = EVEN[3:-3:2]
    if method == "finite-difference":  # its curve has kinks at the data: steps go to neighbours
        step = EVEN[1] - EVEN[0]
    slope = (fit.value(middle + step) - fit.value(middle - step)) / (2 * step)
    np.testing.assert_allclose(fit.value(middle, 1), slope, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("method", LINEAR)
@pytest.mark.parametrize("order", [0, 1])
def test_response_and_variance_follow_the_data(method, order):
    """Changed data moves the curve by `response`; unit changes give the noise's variance.

    The variance is at least that of independent noise, and equal where nothing is missed.
    """
    fit = noisy(method)
    change = np.random.default_rng(5).standard_normal(len(EVEN))
    moved = LinearEnvelope(fit.smoother, EVEN, fit.values + change, fit.std)
    asked = np.linspace(4.0, 50.0, 40)
    found = moved.value(asked, order) - fit.value(asked, order)
    np.testing.assert_allclose(found, fit.response(asked, change, order), atol=1e-12)
    each = fit.response(asked, np.eye(len(EVEN)), order)
    by_noise = (each**2).sum(axis=1) * 0.02**2
    assert (fit.variance(asked, order) >= by_noise * (1 - 1e-9)).all()
    if method in ("savitzky-golay", "finite-difference"):
        np.testing.assert_allclose(fit.variance(asked, order), by_noise)


@pytest.mark.parametrize("method", LINEAR)
def test_functional_variance_is_that_of_means(method):
    """A single time's is `variance`; a Gaussian process' mean over times is as sure as it scatters.

    Data drawn from the process' own prior and noise: 4000 means are known to 1 % of their scatter.
    """
    fit, asked = noisy(method), np.linspace(4.0, 50.0, 12)
    single = [fit.functional_variance(asked, row) for row in np.eye(12)]
    np.testing.assert_allclose(single, fit.variance(asked), rtol=1e-9)
    if method != "gaussian-process":
        return
    kernel, rng, mean = fit.smoother.kernel, np.random.default_rng(8), np.full(12, 1 / 12)
    both = np.concatenate([EVEN, asked])
    covariance = kernel.covariance(both, 0 * both, both, 0 * both)
    curves = rng.multivariate_normal(0 * both, covariance, size=4000, method="eigh")
    data = curves[:, : len(EVEN)] + 0.02 * rng.standard_normal((4000, len(EVEN)))
    rows = fit.smoother.rows(asked, 0)
    errors = (data @ rows.matrix.T + rows.offset - curves[:, len(EVEN) :]) @ mean
    stated = np.sqrt(fit.functional_variance(asked, mean))
    assert errors.std() == pytest.approx(stated, rel=0.05)


@pytest.mark.parametrize("method", ["damped-sinusoids", "gaussian-process"])
def test_known_start_binds(method):
    """A value and slope known at the first time hold there, and the band knows it."""
    known = Start(value=wave(EVEN[:1])[0], slope=wave(EVEN[:1], 1)[0])
    bound, free = noisy(method, start=known, noise=0.05), noisy(method, noise=0.05)
    for order, target in ((0, known.value), (1, known.slope)):
        assert bound.value(EVEN[:1], order)[0] == pytest.approx(target, abs=4e-3)
        assert bound.variance(EVEN[:1], order)[0] < 2e-3**2
        assert free.variance(EVEN[:1], order)[0] > 5e-3**2


# Bands.


@pytest.mark.parametrize("method", LINEAR)
def test_band_is_normal_and_draws_nothing(method):
    """The band of a linear method is 1.96 standard errors wide each way, and 0.674 at one half."""
    fit = noisy(method)
    for level, quantile in ((0.95, 1.959964), (0.5, 0.6744898)):
        band = fit.band(EVEN, 1, level=level, repeats=1, seed=3)
        half = quantile * np.sqrt(fit.variance(EVEN, 1))
        np.testing.assert_allclose(band.upper - fit.value(EVEN, 1), half, rtol=1e-5)
        np.testing.assert_allclose(fit.value(EVEN, 1) - band.lower, half, rtol=1e-5)


FAINT = ((0.4, 0.30, 0.01), (0.03, 0.62, 0.004))  # amplitude, frequency and decay, all 1/ns
FEW = np.linspace(0.0, 60.0, 31)


def faint_second(times, order=0):
    """Two modes, of which the noise mostly hides the second."""
    rates = [(a, -d + 1j * w) for a, w, d in FAINT]
    return sum((a * np.exp(r * times) * r**order).real for a, r in rates)


def test_bootstrap_that_selects_covers_where_one_selection_does_not():
    """With a mode that is often missed the band holds the slope at 90 % of times or more.

    Linear propagation for the number of modes found holds it at fewer than 65 %.
    """
    held, linear = [], []
    for seed in range(8):
        fit = noisy(
            "damped-sinusoids", times=FEW, noise=0.035, seed=seed, truth=faint_second, max_modes=2
        )
        held.append(holds(fit.band(FEW, 1, repeats=15, seed=seed), faint_second(FEW, 1)))
        chosen = fit.fit
        jacobian = chosen.jacobian(FEW, 1)
        own = np.einsum("ti,ij,tj->t", jacobian, chosen.covariance, jacobian)
        error = np.abs(chosen.value(FEW, 1) - faint_second(FEW, 1))
        linear.append(error <= 1.96 * np.sqrt(own))
    assert np.mean(held) >= 0.90
    assert np.mean(linear) < 0.65


def test_bootstrap_is_seeded_and_repeats_the_fit():
    """One seed gives one band, another seed another; draws serve every order and level."""
    fit = noisy("damped-sinusoids", times=FEW, max_modes=1)
    again = noisy("damped-sinusoids", times=FEW, max_modes=1)
    first, other = fit.band(FEW, repeats=10, seed=1), again.band(FEW, repeats=10, seed=2)
    np.testing.assert_array_equal(again.band(FEW, repeats=10, seed=1).upper, first.upper)
    assert fit.redraw(10, 1) is fit.redraw(10, 1)
    assert np.abs(first.upper - other.upper).max() > 0


def test_bootstrap_band_is_never_below_linear_propagation():
    """After an unlikely fit the widened variance of the fit stands in the band."""
    step = noisy(
        "damped-sinusoids", times=FEW, truth=lambda t: np.where(t < 31, 0.3, -0.3), max_modes=1
    )
    band = step.band(FEW, repeats=10)
    least = 2 * 1.959 * np.sqrt(step.variance(FEW))
    assert step.fit.widening > 1
    assert (band.upper - band.lower >= least).all()


# Refusals.

GOOD = {"times": EVEN, "values": wave(EVEN), "std": np.full(61, 0.02), "method": "savitzky-golay"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"method": "wavelets"}, "must be one of damped-sinusoids, .* but is 'wavelets'"),
        ({"times": UNEVEN}, "needs evenly spaced times, but their steps go from .* ns: choose"),
        ({"values": wave(EVEN)[1:]}, "must be equally many, but are 61, 60 and 61"),
        ({"times": EVEN[::-1]}, "must increase, but some repeat or go back"),
        ({"std": np.zeros(61)}, "std of an envelope must be above 0, but its least is 0"),
        ({"values": np.full(61, np.nan)}, "must be finite: leave out"),
    ],
)
def test_bad_data_is_refused(changes, words):
    """What cannot be fitted is refused in a sentence that says why and what to do."""
    with pytest.raises(CqedBatteryError, match=words):
        fit_envelope(**GOOD | changes)


@pytest.mark.parametrize(
    ("method", "fewest"), list(zip(METHODS, (4, 4, 5, 5, 3), strict=True)), ids=METHODS
)
def test_fewest_times(method, fewest):
    """Each method takes the fewest times it says it needs, and refuses one fewer."""
    enough = fit_envelope(EVEN[:fewest], np.ones(fewest), np.ones(fewest), method=method)
    assert np.isfinite(enough.variance(EVEN[:fewest], 1)).all()
    few = EVEN[: fewest - 1]
    with pytest.raises(CqedBatteryError, match=f"at least {fewest} times, but has {fewest - 1}"):
        fit_envelope(few, few, few, method=method)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("asked", "order", "words"),
    [(EVEN, 2, "must be 0 or 1, but is 2"), (EVEN + 1, 0, "from 3 to 51 ns only, .* for 51.2 ns")],
)
def test_bad_questions_are_refused(method, asked, order, words):
    """A second derivative and times not measured are refused by every method."""
    fit = noisy(method, max_modes=1)
    with pytest.raises(CqedBatteryError, match=words):
        fit.value(asked, order)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"level": 95.0}, "between 0 and 1, but is 95"), ({"repeats": 5}, "at least 10, but are 5")],
)
def test_bad_bands_are_refused(options, words):
    """A level in per cent and too few repeats are refused."""
    fit = noisy("damped-sinusoids", times=FEW, max_modes=1)
    with pytest.raises(CqedBatteryError, match=words):
        fit.band(FEW, **{"repeats": 10} | options)


def test_benchmark_measures_every_method(tmp_path):
    """The smallest Monte-Carlo gives error and coverage of each method, and the targets."""
    envelopes.main(["--tiny", "--out", str(tmp_path)])
    content = json.loads((tmp_path / "envelopes.json").read_text())
    assert [row["method"] for row in content["methods"]] == list(METHODS)
    assert all(0 < row["relative_rmse"] < 0.5 for row in content["methods"])
    assert all(0 <= row["coverage"] <= 1 for row in content["methods"])
    assert set(content["targets"]["coverage, damped-sinusoids"]) == {"value", "target", "met"}


def test_benchmark_truth_turns_with_its_own_rate():
    """The truth begins at z = -1 at rest, and its rate is the slope of its z."""
    truth = envelopes.signal(601)
    assert (truth.z[0], truth.rate[0]) == pytest.approx((-1.0, 0.0), abs=1e-9)
    slope = np.gradient(truth.z, truth.times)
    np.testing.assert_allclose(truth.rate[1:-1], slope[1:-1], atol=1e-3)

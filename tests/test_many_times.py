"""Many charging times: what replaces dense matrices agrees with them, and memory grows linearly."""

import tracemalloc

import numpy as np
import pytest
from drawn_counts import drawn_dataset
from fuzz.values import toml
from oracles import heat_weights, integral_matrix

from analysis import analyse
from analysis.estimators.envelopes import GaussianProcess, Start, fit_gaussian_process
from analysis.estimators.envelopes.banded import Banded
from analysis.estimators.envelopes.posteriors import Dense, Spectral, narrow_posterior
from analysis.estimators.envelopes.rbf_kernel import Kernel
from analysis.estimators.envelopes.samples import MANY, WeightedData
from analysis.estimators.envelopes.starting_points import (
    dominant_rows,
    matrix_pencil,
    periodogram,
)
from analysis.estimators.heat.current import LinearFunctional, power_weights
from analysis.estimators.heat.integral import HeatIntegral, RunningIntegral
from analysis.estimators.state.bloch import BlochEstimate
from cqed_battery.experiment import Experiment

EVEN = np.linspace(3.0, 103.0, 120)
UNEVEN = np.sort(np.random.default_rng(5).uniform(0.0, 80.0, 150))
LENGTHS = (0.3, 1.0, 5.0, 20.0, 300.0)


def noisy(times, seed=0):
    """A damped oscillation with noise of its own size at every time: values and errors."""
    rng = np.random.default_rng(seed)
    std = rng.uniform(0.01, 0.03, len(times))
    return np.exp(-times / 30) * np.cos(0.7 * times) + 0.5 + std * rng.normal(size=len(times)), std


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("form", [Spectral, Banded])
@pytest.mark.parametrize("times", [EVEN, UNEVEN], ids=["even", "uneven"])
def test_a_long_process_is_the_dense_one(times, form, length):
    """Likelihood, curve, band, response and functionals agree to rounding, for any length."""
    values, std = noisy(times)
    kernel = Kernel(1.0, 0.5, length)
    data = WeightedData.of(times, values, std, Start(value=0.3, slope=0.0))
    dense = GaussianProcess(Dense(kernel, data), times)
    long = GaussianProcess(form(kernel, data), times)
    likely = dense.posterior.log_likelihood()
    assert long.posterior.log_likelihood() == pytest.approx(likely, rel=1e-7)
    rng = np.random.default_rng(1)
    asked = np.linspace(times[0], times[-1], 300)
    changes, weights = rng.normal(size=(len(times), 2)), rng.normal(size=300)
    for order in (0, 1):
        for one, other in (
            (long.value(asked, order), dense.value(asked, order)),
            (long.variance(asked, order), dense.variance(asked, order)),
            (long.response(asked, changes, order), dense.response(asked, changes, order)),
        ):
            np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-7 * np.abs(other).max())
    variance = dense.functional_variance(asked, weights)
    assert long.functional_variance(asked, weights) == pytest.approx(variance, rel=1e-6)
    assert long.reduced_chi_square == pytest.approx(dense.reduced_chi_square, rel=1e-5)


def test_the_narrower_form_is_taken():
    """Short length scales are a band, long ones waves; a wrong spectrum would show."""
    values, std = noisy(EVEN)
    data = WeightedData.of(EVEN, values, std, Start())
    assert isinstance(narrow_posterior(Kernel(1.0, 0.5, 0.5), data), Banded)
    assert isinstance(narrow_posterior(Kernel(1.0, 0.5, 50.0), data), Spectral)
    right, wrong = (Spectral(Kernel(1.0, 0.5, x), data).log_likelihood() for x in (5.0, 5.01))
    assert abs(right - wrong) > 1e-6 * abs(right)


def test_a_fit_beyond_the_limit_is_the_fit_below_it():
    """One time more than the limit changes the form, and the band by what one time adds."""
    times = np.linspace(0.0, 100.0, MANY + 1)
    values, std = noisy(times)
    long = fit_gaussian_process(times, values, std)
    dense = fit_gaussian_process(times[:-1], values[:-1], std[:-1])
    assert isinstance(long.posterior, Spectral | Banded)
    assert isinstance(dense.posterior, Dense)
    asked = np.linspace(10.0, 90.0, 50)
    for order in (0, 1):
        expected = np.sqrt(dense.variance(asked, order))
        np.testing.assert_allclose(np.sqrt(long.variance(asked, order)), expected, rtol=0.05)
        apart = np.abs(long.value(asked, order) - dense.value(asked, order))
        assert (apart < 0.2 * expected).all()


@pytest.mark.parametrize("count", [4, 5, 6, 7, 12, 61])
def test_the_running_integral_is_its_matrix(count):
    """A f, A' w and the variance of A f follow from Simpson's weights of single intervals."""
    rng = np.random.default_rng(count)
    times = np.cumsum(rng.uniform(0.5, 2.0, count))
    matrix, rule = integral_matrix(times), RunningIntegral.at(times)
    values, variance = rng.normal(size=(count, 2)), rng.uniform(size=count)
    np.testing.assert_allclose(rule.of(values), matrix @ values, atol=1e-11)
    np.testing.assert_allclose(rule.adjoint(values[:, 0]), matrix.T @ values[:, 0], atol=1e-11)
    np.testing.assert_allclose(rule.variance(variance), matrix**2 @ variance, atol=1e-10)


def test_the_heat_is_its_functional():
    """S, its standard errors and its weights are those of the matrix of all Bloch vectors."""
    rng = np.random.default_rng(3)
    times, count = np.cumsum(rng.uniform(0.5, 2.0, 30)), 30
    experiment = Experiment().replace({"drive.phase_rad": 0.4, "drive.rise_ns": 8.0})
    power = np.stack([weight for _, _, weight in power_weights(experiment, times)])
    dense = LinearFunctional(heat_weights(times, power))
    heat = HeatIntegral.at(experiment, times)
    bloch = rng.uniform(-0.5, 0.5, (count, 3))
    data = BlochEstimate(
        bloch, bloch, rng.uniform(0, 1e-3, (count, 3)), rng.normal(size=(count, 3, 2)), ("a", "b")
    )
    found, expected = heat.estimate(data), dense.estimate(data)
    np.testing.assert_allclose(found.value, expected.value, atol=1e-12)
    np.testing.assert_allclose(found.std, expected.std, atol=1e-12)
    weights = rng.normal(size=count)
    by_matrix = np.einsum("q,qti->ti", weights, dense.weights)
    np.testing.assert_allclose(heat.adjoint(weights), by_matrix, atol=1e-12)


@pytest.mark.parametrize("rank", [2, 4, 8])
def test_lanczos_finds_the_dominant_rows(rank):
    """The signal's space of a Hankel matrix is the same by convolutions and by its dense form."""
    signal = noisy(np.linspace(0.0, 100.0, 300))[0]
    few, many = (dominant_rows(signal, 150, rank, many=many) for many in (False, True))
    np.testing.assert_allclose(many.T @ many, few.T @ few, atol=1e-9)


@pytest.mark.parametrize("values", [np.zeros(MANY + 1), np.ones(MANY + 1)])
def test_no_start_from_no_signal(values):
    """A signal that stays the same has no poles."""
    decay, frequency = matrix_pencil(np.linspace(0.0, 9.0, MANY + 1), values, 2)
    assert len(decay) == len(frequency) == 0


@pytest.mark.parametrize(
    ("times", "room"), [(EVEN - EVEN[0], 1e-10), (UNEVEN - UNEVEN[0], 2e-2)], ids=["even", "uneven"]
)
def test_a_chirp_is_the_periodogram(times, room):
    """Evenly spaced times lose nothing; uneven ones move by less than a cell of a fine grid."""
    weight = noisy(times)[0]
    frequencies = np.linspace(0.5, len(times) - 1, 4 * len(times)) * np.pi / times[-1]
    few, many = (periodogram(times, weight, frequencies, many=many) for many in (False, True))
    by_terms = np.abs(np.exp(1j * np.multiply.outer(frequencies, times)) @ weight) ** 2
    np.testing.assert_allclose(few, by_terms, rtol=1e-9, atol=1e-12 * few.max())
    assert np.abs(few - many).max() < room * few.max()
    assert few.argmax() == many.argmax()


def peak_mib(times, envelope):
    """The most memory that the analysis of so many times takes at once."""
    changes = {
        "charging.points": times,
        "charging.stop_ns": 100.0,
        "tomography.shots": 10**4,
        "control.enabled": False,
        "analysis.envelope": envelope,
        "analysis.max_modes": 1,
    }
    tree = drawn_dataset(Experiment.from_text(toml(changes)))
    tracemalloc.start()
    try:
        analyse(tree)
        return tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "envelope",
    [
        pytest.param("damped-sinusoids", marks=pytest.mark.study),
        pytest.param("gaussian-process", marks=pytest.mark.slow),
    ],
)
def test_memory_grows_linearly_with_the_times(envelope):
    """Three times as many times take at most some four times the memory; dense took nine."""
    small, large = (peak_mib(times, envelope) for times in (400, 1200))
    assert large < 4.5 * small
    assert large < 100

"""Damped-sinusoid envelopes: what they recover, how sure they are, and when they say so."""

from functools import lru_cache

import numpy as np
import pytest

from analysis.estimators.envelopes import Start, fit_damped_sinusoids
from analysis.estimators.envelopes.samples import WeightedData
from analysis.estimators.envelopes.starting_points import matrix_pencil
from analysis.estimators.envelopes.variable_projection import residual_jacobian, solve_amplitudes
from cqed_battery.errors import CqedBatteryError

TIMES = np.linspace(0.0, 60.0, 61)
UNEVEN = np.sort(np.concatenate([np.linspace(0.0, 20.0, 31), np.linspace(21.0, 60.0, 20)]))
# Offset; then amplitude, phase, decay rate (1/ns) and angular frequency (1/ns) of each mode.
SIGNAL = (-0.1, [(0.6, 2.9, 0.02, 0.31), (0.25, 0.4, 0.008, 0.52)])
NOISE = 0.03


def damped(times, order=0, signal=SIGNAL):
    """Sum of damped cosines, or its derivative."""
    offset, modes = signal
    total = np.full(len(times), offset if order == 0 else 0.0)
    for amplitude, phase, decay, frequency in modes:
        rate = -decay + 1j * frequency
        total += (amplitude * np.exp(1j * phase + rate * times) * rate**order).real
    return total


def fitted(times=TIMES, noise=NOISE, seed=0, signal=SIGNAL, **options):
    """Fit noisy samples of a signal, with up to four modes."""
    rng = np.random.default_rng(seed)
    values = damped(times, signal=signal) + noise * rng.standard_normal(len(times))
    sigmas = np.full(len(times), max(noise, 1e-3))
    return fit_damped_sinusoids(times, values, sigmas, **{"max_modes": 4, **options})


@pytest.mark.parametrize("times", [TIMES, UNEVEN, TIMES + 30], ids=["even", "uneven", "later"])
def test_recovers_damped_sinusoids(times):
    """Exact samples give back rates, frequencies, the curve and its derivative between times."""
    fit = fitted(times, noise=0.0)
    assert fit.modes == 2
    order = np.argsort(fit.frequency)
    np.testing.assert_allclose(fit.frequency[order], [0.31, 0.52], atol=1e-5)
    np.testing.assert_allclose(fit.decay[order], [0.02, 0.008], atol=1e-5)
    between = np.linspace(times[0], times[-1], 333)
    np.testing.assert_allclose(fit.value(between), damped(between), atol=1e-5)
    np.testing.assert_allclose(fit.value(between, 1), damped(between, 1), atol=1e-5)


@lru_cache
def noisy(seed):
    return fitted(seed=seed)


def covered(order, fits, times=TIMES, *, shrink=1.0):
    """Share of times at which the 95 % bands hold the true curve (or derivative)."""
    truth = damped(times, order)
    return np.mean(
        [
            np.abs(fit.value(times, order) - truth)
            <= 1.96 * shrink * np.sqrt(fit.variance(times, order))
            for fit in fits
        ]
    )


@pytest.mark.parametrize("order", [0, 1], ids=["value", "derivative"])
def test_band_covers(order):
    """The band, choice of the number of modes included, holds the truth at 90 % of times or more.

    One half as wide would not, so the count can tell.
    """
    fits = [noisy(seed) for seed in range(40)]
    assert covered(order, fits) >= 0.90
    assert covered(order, fits, shrink=0.5) < 0.85


def test_band_of_uneven_times_covers():
    """Unevenly spaced times are no worse served."""
    assert covered(0, [fitted(UNEVEN, seed=seed) for seed in range(15)], UNEVEN) >= 0.88


@pytest.mark.parametrize(("times", "room"), [(TIMES, 2e-3), (UNEVEN, 0.05)], ids=["even", "uneven"])
def test_matrix_pencil_starts_near_the_modes(times, room):
    """On exact samples the starting point is close to the modes, on uneven ones not far."""
    decay, frequency = matrix_pencil(times, damped(times, signal=(0.0, SIGNAL[1])), 2)
    order = np.argsort(frequency)
    np.testing.assert_allclose(frequency[order], [0.31, 0.52], atol=room)
    np.testing.assert_allclose(decay[order], [0.02, 0.008], atol=room)


@pytest.mark.parametrize(
    "start", [Start(), Start(0.3, -0.02)], ids=["unknown start", "known start"]
)
def test_jacobian_of_the_search_is_exact(start):
    """The residual's derivative, the amplitudes following, is its difference quotient."""
    values = damped(TIMES) + NOISE * np.random.default_rng(7).standard_normal(61)
    data = WeightedData.of(TIMES, values, np.full(61, NOISE), start)
    point, step = np.array([0.03, 0.01, 0.35, 0.48]), 1e-6

    def residual(moved):
        return solve_amplitudes(data, moved[:2], moved[2:])[1]

    found = residual_jacobian(data, point[:2], point[2:])
    for column, change in zip(found.T, step * np.eye(4), strict=True):
        expected = (residual(point + change) - residual(point - change)) / (2 * step)
        np.testing.assert_allclose(column, expected, atol=1e-7 * np.abs(found).max())


def test_a_mode_that_is_over_at_once_does_not_move_the_search():
    """Where a mode decays within the first step, its derivatives underflow to plain zeros."""
    data = WeightedData.of(TIMES, damped(TIMES), np.full(61, NOISE), Start())
    found = residual_jacobian(data, np.array([684.0, 0.02]), np.array([2.3, 0.3]))
    assert (found[:, [0, 2]] == 0).all()
    assert (np.abs(found[:, [1, 3]]).max(axis=0) > 1).all()


@pytest.mark.parametrize("seed", range(6))
def test_the_fastest_oscillation_stays_tame_between_the_times(seed):
    """A signal that alternates is not taken for a sine, thousands as large, that is 0 each time."""
    noise = NOISE * np.random.default_rng(seed).standard_normal(61)
    values = 0.1 * np.exp(-0.12 * TIMES) * (-1.0) ** np.arange(61) + noise
    fit = fit_damped_sinusoids(TIMES, values, np.full(61, NOISE), max_modes=4)
    fits = [fit, *(other for _, other in fit.competing)]
    between = np.linspace(0.0, 60.0, 601)
    assert max(np.abs(f.value(between)).max() for f in fits) < 50 * np.abs(values).max()


def test_null_channel_gets_no_modes():
    """Noise about zero is described by a constant in nearly all of 40 draws, a signal never."""
    silent, heard = (0.0, []), (0.0, [(5 * NOISE, 0.0, 0.001, 0.31)])
    assert np.mean([fitted(seed=s, signal=silent).modes == 0 for s in range(40)]) >= 0.9
    assert all(fitted(seed=s, signal=heard).modes > 0 for s in range(5))


def test_more_modes_do_not_buy_a_better_score():
    """With noise the number of modes is the true one in nearly all draws, though four may be."""
    assert np.mean([noisy(seed).modes == 2 for seed in range(40)]) >= 0.9


def test_known_start_is_honoured():
    """A value and slope known at the first time bind there, within their tolerance."""
    value, slope = damped(TIMES[:1])[0], damped(TIMES[:1], 1)[0]
    bound = [fitted(seed=s, start=Start(value=value, slope=slope)) for s in range(8)]
    free = [noisy(seed) for seed in range(8)]
    first = TIMES[:1]
    assert max(abs(fit.value(first)[0] - value) for fit in bound) < 4e-3
    assert max(abs(fit.value(first, 1)[0] - slope) for fit in bound) < 4e-3
    assert max(abs(fit.value(first)[0] - value) for fit in free) > 1e-2
    assert all(fit.variance(first)[0] < 1.1e-3**2 for fit in bound)


def test_start_of_later_times_is_at_the_first_one():
    """The known start belongs to the first time given, not to time zero."""
    fit = fitted(TIMES + 30, start=Start(value=0.123, tolerance=1e-5))
    assert fit.value(np.array([30.0]))[0] == pytest.approx(0.123, abs=1e-3)


def test_smoother_is_the_derivative_by_the_data():
    """A small change of one datum moves curve and derivative as the smoother says."""
    fit = fitted(noise=0.0)
    for number in (0, 7, 40):
        change = np.zeros(len(TIMES))
        change[number] = 1e-4
        moved = fit_damped_sinusoids(
            TIMES, damped(TIMES) + change, np.full(len(TIMES), 1e-3), max_modes=4
        )
        for order in (0, 1):
            found = moved.value(TIMES, order) - fit.value(TIMES, order)
            said = fit.response(TIMES, change, order)
            np.testing.assert_allclose(found, said, atol=0.02 * np.abs(said).max())


def test_smoother_keeps_what_is_known_at_the_start():
    """With a known start the smoother moves the curve there hardly at all."""
    value = damped(TIMES[:1])[0]
    fit = fitted(noise=0.0, start=Start(value=value, tolerance=1e-6))
    change = 1e-3 * np.ones(len(TIMES))
    assert abs(fit.response(TIMES[:1], change)[0]) < 1e-8
    assert fit.response(TIMES, change)[10:].mean() == pytest.approx(1e-3, rel=0.05)


def test_errors_scale_with_the_stated_noise():
    """Standard errors come from the stated noise, never from the scatter about the fit."""
    values = damped(TIMES)
    fits = [
        fit_damped_sinusoids(TIMES, values, np.full(len(TIMES), s), max_modes=2)
        for s in (1e-3, 2e-3)
    ]
    ratio = fits[1].variance(TIMES) / fits[0].variance(TIMES)
    np.testing.assert_allclose(ratio, 4.0, rtol=0.01)
    assert [fit.variance_inflation for fit in fits] == [1.0, 1.0]


def test_a_wrong_model_widens_its_band():
    """A step, which few damped sinusoids describe, multiplies the variance by its chi-square."""
    values = np.where(TIMES < 30, 0.3, -0.3) + NOISE * np.random.default_rng(1).standard_normal(61)
    fit = fit_damped_sinusoids(TIMES, values, np.full(61, NOISE), max_modes=1)
    assert fit.reduced_chi_square > 2
    assert fit.variance_inflation == fit.reduced_chi_square
    jacobian = fit.jacobian(TIMES)
    bare = np.einsum("ti,ij,tj->t", jacobian, fit.covariance, jacobian)
    assert (fit.variance(TIMES) >= 2 * bare).all()


def test_a_right_model_is_seldom_widened():
    """Widening sets in below a probability of 1 %: at most 3 of 40 right fits suffer it."""
    assert sum(noisy(seed).variance_inflation > 1 for seed in range(40)) <= 3


def test_competing_models_enter_the_band():
    """Where two numbers of modes are both credible the band spans both curves."""
    weak = (0.0, [(0.6, 0.0, 0.02, 0.31), (0.025, 1.0, 0.001, 0.8)])
    fits = [fitted(seed=s, signal=weak) for s in range(12)]
    torn = [fit for fit in fits if any(weight > 0.05 for weight, _ in fit.competing)]
    assert torn
    for fit in torn:
        weight, other = max(fit.competing, key=lambda pair: pair[0])
        gap = np.abs(other.value(TIMES) - fit.value(TIMES)).max()
        assert np.sqrt(fit.variance(TIMES)).max() > np.sqrt(weight) * gap * 0.99


@pytest.mark.parametrize("count", [1, 3])
def test_fewer_than_four_times_are_refused(count):
    """An envelope of fewer than four times is an error that says how many there are."""
    with pytest.raises(CqedBatteryError, match=f"at least 4 times, but has {count}"):
        fit_damped_sinusoids(TIMES[:count], TIMES[:count], TIMES[:count] + 1, max_modes=1)


def test_four_times_are_enough():
    """Four times give a finite envelope that does not use more parameters than data."""
    fit = fitted(TIMES[:4])
    assert 4 * fit.modes + 1 <= 4
    assert np.isfinite(fit.variance(TIMES[:4])).all()

"""Power, heat current and its integral from Bloch vectors: weights, errors, false alarms."""

import numpy as np
import pytest
from oracles import (
    DephasedRabi,
    DisplacedJaynesCummings,
    HeatIdentities,
    bloch_estimate,
    bloch_standard_error,
)
from oracles.conversions import mhz

from analysis.estimators.heat.current import current_weights, power_weights
from analysis.estimators.heat.estimate import RABI, Estimate, corrected, with_cause
from analysis.estimators.heat.integral import HeatIntegral, RunningIntegral
from analysis.estimators.heat.smooth_bloch import smooth_bloch
from analysis.estimators.state.bloch import BlochEstimate
from cqed_battery.experiment import Experiment

SQUARE = Experiment().replace({"drive.rise_ns": 0.0})
TIMES = SQUARE.charging.grid_ns()
ERRORS = (0.01, 0.04)


def exact(vectors, sigma=1e-3, shared=None):
    """An estimate whose linear inversion is the given Bloch vectors (T, 3)."""
    none = np.zeros((*vectors.shape, 0))
    shot = np.full(vectors.shape, sigma**2)
    return BlochEstimate(vectors, vectors, shot, none if shared is None else shared, ())


def rabi(times, **changes):
    """Bloch vectors of the uncoupled battery under pure dephasing."""
    oracle = DephasedRabi(**changes)
    return np.stack([oracle.x(times), 0 * times, oracle.z(times)], axis=1)


def jaynes_cummings(times, oracle):
    return np.stack([oracle.x(times), 0 * times, oracle.z(times)], axis=1)


def test_integral_is_exact_for_parabolas():
    """The running integral of 1, t and t^2 on uneven times has no error, that of t^3 has."""
    times = np.sort(np.random.default_rng(1).uniform(0, 3, 12))
    rule = RunningIntegral.at(times)

    def error(power):
        truth = (times ** (power + 1) - times[0] ** (power + 1)) / (power + 1)
        return np.abs(rule.of(times**power) - truth).max()

    assert max(error(power) for power in range(3)) < 1e-14
    assert error(3) > 1e-3


def test_integral_converges_with_the_fourth_power():
    """Halving the step divides the largest error by 16, the order of Simpson's rule."""
    counts, errors = np.array([11, 21, 41, 81]), []
    for count in counts:
        times = np.linspace(0, 2, count)
        found = RunningIntegral.at(times).of(np.exp(times))
        errors.append(np.abs(found - np.exp(times) + 1).max())
    slope = np.polyfit(np.log(counts - 1), np.log(errors), 1)[0]
    assert slope == pytest.approx(-4, abs=0.3)


@pytest.mark.parametrize(("phase", "carrier"), [(0.0, 5.0), (0.7, 5.0), (-1.9, 5.2)])
def test_heat_integral_is_exact_for_parabolas(phase, carrier):
    """S = [z - z(0)]/2 - (w_d/2w_q) Omega integral of x', for any phase and drive frequency."""
    experiment = SQUARE.replace({"drive.phase_rad": phase, "drive.frequency_GHz": carrier})
    coefficients = np.array([[0.1, 0.02, -4e-4], [-0.3, 0.01, 1e-4], [-1.0, 0.05, -5e-4]])
    vectors = np.polynomial.polynomial.polyval(TIMES, coefficients.T).T
    inside = np.cos(phase) * coefficients[0] + np.sin(phase) * coefficients[1]
    area = inside[0] * TIMES + inside[1] * TIMES**2 / 2 + inside[2] * TIMES**3 / 3
    expected = (vectors[:, 2] + 1) / 2 - mhz(50.0) / 2 * carrier / 5.0 * area
    found = HeatIntegral.at(experiment, TIMES).of(vectors)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_heat_integral_starts_at_the_first_time():
    """S counts from the first charging time, wherever that is, and is zero there."""
    times = np.linspace(7.0, 40.0, 12)
    vectors = np.random.default_rng(2).uniform(-1, 1, (12, 3))
    functional = HeatIntegral.at(SQUARE, times)
    assert functional.of(vectors)[0] == 0.0
    shifted = HeatIntegral.at(SQUARE, times + 5.0)
    np.testing.assert_allclose(functional.of(vectors), shifted.of(vectors), atol=1e-12)


def test_heat_integral_of_the_lossless_battery():
    """With the resonator S is minus the photon number, without it zero: Simpson error aside."""
    oracle = DisplacedJaynesCummings(g_MHz=50.0, rabi_rate_MHz=50.0)
    functional = HeatIntegral.at(SQUARE, TIMES)
    found = functional.of(jaynes_cummings(TIMES, oracle))
    np.testing.assert_allclose(found, -oracle.photon_number(TIMES), atol=2e-3)
    assert found[1:].max() < 0
    idle = functional.of(rabi(TIMES, coherence_rate_MHz=0.0))
    np.testing.assert_allclose(idle, 0, atol=2e-4)


def test_power_weights_hold_through_the_rise():
    """P with the slope of the rising drive, at a phase, is that of the definition."""
    phase, rise = 0.4, 8.0
    experiment = Experiment().replace({"drive.rise_ns": rise, "drive.phase_rad": phase})
    times = np.array([0.5, 3.0, 7.9, 8.1, 20.0])
    x, y = np.random.default_rng(3).uniform(-1, 1, (2, 5))
    part = np.clip(times / rise, 0, 1)
    envelope = mhz(50.0) * (1 - np.cos(np.pi * part)) / 2
    slope = mhz(50.0) * np.pi / (2 * rise) * np.sin(np.pi * part)
    turned = np.exp(-1j * phase) * (x + 1j * y)
    expected = HeatIdentities().power(turned.real, turned.imag, envelope, rabi_slope=slope)
    weights = power_weights(experiment, times)
    assert [(axis, order) for axis, order, _ in weights] == [(0, 0), (1, 0)]
    found = weights[0][2] * x + weights[1][2] * y
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    flat = HeatIdentities().power(turned.real, turned.imag, envelope)
    assert not np.allclose(found, flat, rtol=1e-3)


def test_current_weights_are_energy_rate_less_power():
    """J is half of dz/dt less P, by weight."""
    rows = {(axis, order): weight for axis, order, weight in current_weights(SQUARE, TIMES)}
    for axis, order, weight in power_weights(SQUARE, TIMES):
        np.testing.assert_array_equal(rows.pop((axis, order)), -weight)
    assert list(rows) == [(2, 1)]
    np.testing.assert_array_equal(rows[2, 1], 0.5)


def test_power_and_current_of_a_damped_oscillation():
    """From noisy vectors of the uncoupled battery, P is Omega x/2 and J vanishes, within errors."""
    oracle = DephasedRabi(coherence_rate_MHz=2.0)
    vectors = rabi(TIMES, coherence_rate_MHz=2.0)
    noisy = vectors + 1e-3 * np.random.default_rng(4).standard_normal(vectors.shape)
    smooth = smooth_bloch(SQUARE, TIMES, exact(noisy))
    power = smooth.combine(TIMES, power_weights(SQUARE, TIMES))
    current = smooth.combine(TIMES, current_weights(SQUARE, TIMES))
    assert np.abs(power.value - mhz(50.0) / 2 * oracle.x(TIMES)).max() < 5 * power.std.max() < 2e-3
    assert np.abs(current.value).max() < 5 * current.std.max() < 2e-3


def test_what_is_known_at_time_zero_enters():
    """Charging from 0 starts with x = y = 0 and dz/dt = 0; charging from later does not."""
    vectors = rabi(TIMES) + 0.03 * np.random.default_rng(5).standard_normal((61, 3))
    first = smooth_bloch(SQUARE, TIMES, exact(vectors, 0.03))
    later = smooth_bloch(SQUARE, TIMES + 3.0, exact(vectors, 0.03))
    assert np.abs(first.value(np.zeros(1))[0, :2]).max() < 3e-3
    assert abs(first.fits[2].value(np.zeros(1), 1)[0]) < 3e-3
    assert later.fits[0].variance(np.array([3.0]))[0] > 25 * first.fits[0].variance(np.zeros(1))[0]


def test_a_shared_cause_moves_everything_together():
    """If all vectors may be 1 % too long, so may P: no averaging over times lowers that."""
    vectors = rabi(TIMES)
    smooth = smooth_bloch(SQUARE, TIMES, exact(vectors, 1e-5, 0.01 * vectors[:, :, None]))
    power = smooth.combine(TIMES, power_weights(SQUARE, TIMES))
    clear = np.abs(power.value) > 0.02
    np.testing.assert_allclose(power.std[clear], 0.01 * np.abs(power.value[clear]), rtol=0.02)


def test_bias_makes_the_model_come_out_as_itself():
    """What smoothing does to the model's own vectors is what the bias says, to first order."""
    oracle = DisplacedJaynesCummings()
    vectors = jaynes_cummings(TIMES, oracle)
    weights = current_weights(SQUARE, TIMES)
    coarse = SQUARE.replace({"analysis.max_modes": 2})
    smooth = smooth_bloch(coarse, TIMES, exact(vectors, 0.02))
    raw = smooth.combine(TIMES, weights)
    truth = oracle.heat_current(TIMES)
    bias = smooth.bias(weights, vectors, truth)
    before, after = np.abs(raw.value - truth).max(), np.abs(raw.value - bias - truth).max()
    assert before > 3e-3
    assert after < 0.2 * before


def test_bias_is_the_methods_not_the_noises():
    """Noise in the data is not taken for a bias: of an exact sinusoid hardly any is found."""
    noise = 0.02 * np.random.default_rng(7).standard_normal((61, 3))
    smooth = smooth_bloch(SQUARE, TIMES, exact(rabi(TIMES) + noise, 0.02))
    weights = current_weights(SQUARE, TIMES)
    error = smooth.combine(TIMES, weights).value
    bias = smooth.bias(weights, rabi(TIMES), 0 * TIMES)
    assert np.abs(bias).max() < 0.1 * np.abs(error).max()


def test_corrections_carry_their_uncertainty():
    """A bias is subtracted once, adds its relative error in quadrature, and is remembered."""
    one = np.ones(2)
    found = corrected(Estimate(5 * one, 3 * one, 0.5 * one), np.array([2.0, -40.0]), 0.1)
    np.testing.assert_allclose(found.value, [3.0, 45.0])
    np.testing.assert_allclose(found.std, [np.hypot(3, 0.2), 5.0])
    np.testing.assert_allclose(found.bias, [2.5, -39.5])
    rate = with_cause(found, RABI, 0.01 * np.array([0.0, -1200.0]))
    np.testing.assert_allclose(rate.std, [found.std[0], 13.0])
    np.testing.assert_array_equal(rate.value, found.value)


def null_runs(uncertainty, shots, runs=2000):
    """S at the half period, in stated sigmas, of uncoupled runs with a Rabi rate off by 0.2 %."""
    times = TIMES[:11]
    functional = HeatIntegral.at(SQUARE, times)
    rng, found = np.random.default_rng(6), []
    for _ in range(runs):
        really = 50.0 * (1 + 0.002 * rng.standard_normal())
        vectors = rabi(times, rabi_rate_MHz=really, coherence_rate_MHz=0.0)
        q = ERRORS[0] + (1 - sum(ERRORS)) * (1 + vectors) / 2
        linear = bloch_estimate(rng.binomial(shots, q), shots, *ERRORS)
        sigma = bloch_standard_error(vectors, shots, *ERRORS)
        heat = functional.estimate(
            BlochEstimate(linear, linear, sigma**2, np.zeros((11, 3, 0)), ())
        )
        work = (linear[:, 2] - linear[0, 2]) / 2 - heat.value
        heat = with_cause(heat, RABI, uncertainty * work)
        found.append(heat.value[-1] / heat.std[-1])
    return np.array(found)


@pytest.mark.parametrize("shots", [1000, 1_000_000])
def test_null_runs_raise_few_false_alarms(shots):
    """Without coupling J < 0 is claimed at 95 % in about 5 % of runs, at any number of shots."""
    alarms = (null_runs(0.002, shots) < -1.645).mean()
    # 5 % of 2000 runs is known to 0.5 %; four of them.
    assert alarms == pytest.approx(0.05, abs=0.02)


def test_an_ignored_calibration_error_raises_many():
    """At many shots the false alarms multiply if the Rabi rate is taken as known exactly."""
    assert (null_runs(0.0, 1_000_000, runs=500) < -1.645).mean() > 0.2


def test_no_corrected_band_is_narrower_than_the_prediction():
    """Where the drive has not begun, P has no noise at all, but the model is good to 1e-5 there."""
    still = Estimate(np.zeros(3), np.zeros(3), np.zeros(3))
    assert (corrected(still, np.full(3, 1.8e-6), 0.0).std >= 1e-5).all()

"""The oracles' energy balance: sum rule, heat identities, laboratory frame."""

import numpy as np
import pytest
from oracles import (
    DenseDevice,
    HeatIdentities,
    bloch,
    fock_populations,
    ground_state,
    integrate_lab,
    integrate_rotating,
    lab_to_rotating,
    ladder_means,
    liouvillian,
    photon_number,
    propagate,
    random_device,
    random_segments,
    random_state,
    resonant_heat_current,
    time_integrals,
    vacuum_population,
)
from oracles.conversions import ghz, mhz

COLD = {
    "levels": 2,
    "t1_us": float("inf"),
    "residual_excitation": 0.0,
    "resonator_temperature_mK": 0.0,
}


@pytest.mark.parametrize("seed", range(4))
def test_sum_rule(seed):
    """integral J_int = -w_q [n(t) - n(0) + kappa integral n] to 1e-12 whatever the device."""
    rng = np.random.default_rng(seed)
    drawn = random_device(rng, fock_levels=4)
    device = DenseDevice(**{**vars(drawn), "resonator_temperature_mK": 0.0})
    rho0 = ground_state(device) if seed % 2 else random_state(rng, device.dimension)
    segments = random_segments(rng)
    states = propagate(device, rho0, segments)
    pieces = np.diff(time_integrals(device, rho0, segments), axis=0)
    couplings = np.array([g for _, g, _ in segments])
    exchange = ladder_means(device, pieces)[2]
    gained = HeatIdentities().interaction_current(couplings, exchange).cumsum()
    emitted = mhz(device.linewidth_MHz) * photon_number(device, pieces).cumsum()
    photons = photon_number(device, states)
    np.testing.assert_allclose(gained, -(photons[1:] - photons[0] + emitted), atol=1e-12)
    assert abs(gained).max() > 1e-3
    if seed % 2:
        assert gained.max() < 0.0


def test_vacuum_is_bounded_by_the_photon_number():
    """F >= 1 - n always; the slack is below 0.001 at g 100, Omega 20 and 0.05-0.35 at 50, 50."""
    slacks = []
    for g_MHz, rabi_MHz, size in ((100.0, 20.0, 7), (50.0, 50.0, 12)):
        device = DenseDevice(fock_levels=size, **COLD)
        piece = (2.0, mhz(g_MHz), 1j * mhz(rabi_MHz))
        states = propagate(device, ground_state(device), [piece] * 30)
        slack = vacuum_population(device, states) - 1.0 + photon_number(device, states)
        assert slack.min() > -1e-12
        assert fock_populations(device, states)[:, -1].max() < 1e-6
        slacks.append(slack)
    assert 1e-4 < slacks[0].max() < 1e-3
    assert slacks[1].mean() == pytest.approx(0.09, abs=0.03)


@pytest.mark.parametrize("seed", range(4))
def test_heat_identities_hold_for_any_state(seed):
    """dE/dt and J_exp follow from the generator on random two-level states, phase included."""
    rng = np.random.default_rng(300 + seed)
    device = random_device(rng, levels=2, fock_levels=3)
    rho = random_state(rng, device.dimension)
    g, rabi, phase = mhz(60.0), mhz(rng.uniform(10.0, 90.0)), rng.uniform(0.0, 6.0)
    rabi_slope, phase_slope = rng.normal(size=2)
    eps = 1j * rabi * np.exp(-1j * phase)
    slope = (liouvillian(device, g, eps) @ rho.reshape(-1)).reshape(rho.shape)
    seen_x, seen_y, z = bloch(device, rho)
    turned = np.exp(-1j * phase) * (seen_x + 1j * seen_y)
    x, y, z_rate = turned.real, turned.imag, bloch(device, slope)[2]
    w_q, w_d = ghz(device.transmon_frequency_GHz), ghz(device.drive_frequency_GHz)
    identities = HeatIdentities(
        transmon_frequency_GHz=device.transmon_frequency_GHz,
        drive_frequency_GHz=device.drive_frequency_GHz,
        t1_us=device.t1_us,
        bath_number=device.transmon_bath_number,
    )
    current = identities.interaction_current(g, ladder_means(device, rho)[2])
    assert 0.5 * z_rate == pytest.approx(identities.energy_rate(x, z, rabi, current), abs=1e-13)
    slopes = {"rabi_slope": rabi_slope, "phase_slope": phase_slope}
    extra = 0.5 * ((w_q - w_d - phase_slope) * rabi * x + rabi_slope * y) / w_q
    measured = identities.measured_current(z_rate, x, y, rabi, **slopes)
    assert measured == pytest.approx(current + identities.bath_current(z) + extra, abs=1e-13)


def test_resonant_square_pulse_needs_only_z_and_x():
    """J = (dz/dt - Omega x)/2 equals J_int and J_exp at the laboratory's point without T1."""
    device = DenseDevice(fock_levels=8, **COLD)
    g, rabi = mhz(50.0), mhz(50.0)
    rho = propagate(device, ground_state(device), [(3.0, g, 1j * rabi)])[-1]
    slope = (liouvillian(device, g, 1j * rabi) @ rho.reshape(-1)).reshape(rho.shape)
    (x, y, _), z_rate = bloch(device, rho), bloch(device, slope)[2]
    current = HeatIdentities().interaction_current(g, ladder_means(device, rho)[2])
    assert resonant_heat_current(z_rate, x, 50.0) == pytest.approx(current, abs=1e-13)
    assert HeatIdentities().measured_current(z_rate, x, y, rabi) == pytest.approx(current)
    assert current < -0.01


def test_lab_frame_agrees_with_the_rotating_frame():
    """At 5 GHz the drive's counter-rotating part moves P by 0.1-0.7 % and J by 0.3-1.2 %."""
    device, g, rabi = DenseDevice(fock_levels=6, **COLD), mhz(50.0), mhz(50.0)
    step, period = 0.01, 20
    times = np.arange(1001) * step
    lab = integrate_lab(
        device,
        ground_state(device),
        times,
        coupling=lambda t: g,
        rabi=lambda t: rabi,
        rtol=1e-9,
    )
    states = propagate(device, ground_state(device), [(step, g, 1j * rabi)] * 1000)
    x, y, z = bloch(device, states).T
    np.testing.assert_allclose(
        bloch(device, lab_to_rotating(device, lab, times)), bloch(device, states), atol=0.012
    )
    lab_x, _, lab_z = bloch(device, lab).T

    def over_a_period(values: np.ndarray) -> np.ndarray:
        sums = np.concatenate(([0.0], np.cumsum(0.5 * (values[1:] + values[:-1]))))
        return (sums[period:] - sums[:-period]) / period

    lab_power = over_a_period(rabi * np.cos(ghz(5.0) * times) * lab_x)
    power = over_a_period(HeatIdentities().power(x, y, rabi))
    gained, lab_gained = (0.5 * (v[period:] - v[:-period]) / (period * step) for v in (z, lab_z))
    misses = [
        np.linalg.norm(lab_power - power) / np.linalg.norm(power),
        np.linalg.norm(lab_gained - lab_power - gained + power) / np.linalg.norm(gained - power),
    ]
    assert 0.001 < misses[0] < 0.007
    assert 0.003 < misses[1] < 0.012


@pytest.mark.parametrize("counter_rotating", [False, True])
def test_rotating_wave_error_is_of_first_order(counter_rotating):
    """The lab frame's distance from the rotating frame falls as 1/frequency; phases agree."""
    frequencies, misses = np.array([2.5, 5.0, 10.0]), []
    g, rabi, phase = mhz(30.0), mhz(30.0), 0.4
    for frequency in frequencies:
        device = DenseDevice(
            transmon_frequency_GHz=frequency,
            resonator_frequency_GHz=frequency,
            drive_frequency_GHz=frequency,
            fock_levels=4,
            **{**COLD, "levels": 3},
        )
        times = np.arange(0.0, 5.0, 0.013)
        start = ground_state(device)
        lab = integrate_lab(
            device,
            start,
            times,
            coupling=lambda t: g,
            rabi=lambda t: rabi,
            phase=phase,
            counter_rotating=counter_rotating,
            rtol=1e-8,
        )
        eps = 1j * rabi * np.exp(-1j * phase)
        turning = integrate_rotating(
            device, start, times, coupling=lambda t: g, drive=lambda t, eps=eps: eps, rtol=1e-8
        )
        misses.append(abs(lab_to_rotating(device, lab, times) - turning).max())
    order = -np.polyfit(np.log(frequencies), np.log(misses), 1)[0]
    assert order == pytest.approx(1.0, abs=0.3)
    assert misses[-1] < 0.01


def test_a_third_level_moves_the_coherence():
    """A third level moves x by 0.17 at Omega = 50 MHz and by 0.6-0.75 at 100 MHz within 60 ns."""
    times, g = np.arange(0.0, 61.0), mhz(50.0)
    for rabi_MHz, size, low, high in ((50.0, 10, 0.16, 0.18), (100.0, 17, 0.6, 0.75)):
        eps, x = 1j * mhz(rabi_MHz), []
        for levels in (2, 3):
            device = DenseDevice(fock_levels=size, **{**COLD, "levels": levels})
            states = integrate_rotating(
                device,
                ground_state(device),
                times,
                coupling=lambda t: g,
                drive=lambda t, eps=eps: eps,
                rtol=1e-7,
            )
            x.append(bloch(device, states)[:, 0])
        assert low < abs(x[1] - x[0]).max() < high

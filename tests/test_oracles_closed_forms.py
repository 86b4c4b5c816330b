"""Closed forms against the dense engine."""

import numpy as np
import pytest
from oracles import (
    CatalystSteadyState,
    DenseDevice,
    DephasedRabi,
    DetunedRabi,
    DisplacedJaynesCummings,
    DrivenOscillators,
    FreeResonator,
    ThermalRelaxation,
    bloch,
    boltzmann_state,
    coherent_state,
    ergotropy,
    fock_populations,
    ground_state,
    integrate_rotating,
    ladder_means,
    passive_energy,
    photon_number,
    propagate,
    qubit_ergotropy,
    random_state,
    steady_state,
    transmon_energies,
    transmon_state,
    vacuum_population,
)
from oracles.conversions import boltzmann_ratio, mhz

LOSSLESS = {
    "t1_us": float("inf"),
    "residual_excitation": 0.0,
    "dephasing_rate_MHz": 0.0,
    "linewidth_MHz": 0.0,
    "resonator_temperature_mK": 0.0,
}


GRID = np.arange(25) * 2.5


def battery(**changes: object) -> DenseDevice:
    """A two-level battery without resonator, lossless but for the changes."""
    return DenseDevice(**{"levels": 2, "fock_levels": 1, **LOSSLESS, **changes})


def march(
    device: DenseDevice, g: float, eps: complex, rho0: np.ndarray | None = None
) -> np.ndarray:
    """States on GRID under constant controls."""
    start = ground_state(device) if rho0 is None else rho0
    return propagate(device, start, [(2.5, g, eps)] * (GRID.size - 1))


@pytest.fixture(scope="module")
def displaced() -> tuple[DenseDevice, np.ndarray]:
    """The lossless displaced device at g = Omega = 50 MHz and its states on GRID."""
    device = DenseDevice(levels=2, fock_levels=14, **LOSSLESS)
    return device, march(device, mhz(50.0), 1j * mhz(50.0))


def test_drive_sign():
    """eps = i Omega without the resonator gives z = -cos(Omega t), x = +sin(Omega t), y = 0."""
    device, rabi = battery(), mhz(50.0)
    expected = np.stack([np.sin(rabi * GRID), 0.0 * GRID, -np.cos(rabi * GRID)], axis=-1)
    found = bloch(device, march(device, 0.0, 1j * rabi))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_displaced_jaynes_cummings(displaced):
    """x, y, z, photon number and vacuum fidelity match the Poisson sums to 1e-9; y is null."""
    device, states = displaced
    oracle = DisplacedJaynesCummings(g_MHz=50.0, rabi_rate_MHz=50.0)
    found = bloch(device, states)
    np.testing.assert_allclose(found[:, 0], oracle.x(GRID), atol=1e-9)
    np.testing.assert_allclose(found[:, 1], 0.0, atol=1e-13)
    np.testing.assert_allclose(found[:, 2], oracle.z(GRID), atol=1e-9)
    np.testing.assert_allclose(photon_number(device, states), oracle.photon_number(GRID), atol=1e-9)
    vacuum = vacuum_population(device, states)
    np.testing.assert_allclose(vacuum, oracle.vacuum_fidelity(GRID), atol=1e-9)


def test_displaced_heat_current_is_the_photons_left_behind():
    """The closed-form J integrates to -<n>(t), and dz/dt is the slope of z."""
    oracle = DisplacedJaynesCummings(g_MHz=40.0, rabi_rate_MHz=70.0)
    nodes, weights = np.polynomial.legendre.leggauss(60)
    for end in (3.0, 11.0, 30.0):
        times, steps = 0.5 * end * (nodes + 1.0), 0.5 * end * weights
        assert steps @ oracle.heat_current(times) == pytest.approx(
            -oracle.photon_number(end), abs=1e-11
        )
        assert steps @ oracle.z_rate(times) == pytest.approx(oracle.z(end) + 1.0, abs=1e-11)


def test_displaced_vacuum_bound():
    """The closed-form F never falls below 1 - n, and both are right at t = 0."""
    oracle = DisplacedJaynesCummings(g_MHz=50.0, rabi_rate_MHz=100.0)
    times = np.linspace(0.0, 60.0, 241)
    fidelity, photons = oracle.vacuum_fidelity(times), oracle.photon_number(times)
    assert np.all(fidelity >= 1.0 - photons - 1e-12)
    assert fidelity[0] == pytest.approx(1.0, abs=1e-14)
    assert photons[0] == pytest.approx(0.0, abs=1e-14)


@pytest.mark.parametrize("coherence_rate_MHz", [0.0, 3.0, 100.0, 260.0], ids=str)
def test_dephased_rabi(coherence_rate_MHz):
    """Damped, critical and overdamped Rabi curves match the dense engine to 1e-9."""
    device = battery(dephasing_rate_MHz=coherence_rate_MHz)
    oracle = DephasedRabi(rabi_rate_MHz=50.0, coherence_rate_MHz=coherence_rate_MHz)
    found = bloch(device, march(device, 0.0, 1j * mhz(50.0)))
    np.testing.assert_allclose(found[:, 0], oracle.x(GRID), atol=1e-9)
    np.testing.assert_allclose(found[:, 2], oracle.z(GRID), atol=1e-9)


@pytest.mark.parametrize("phase", [0.0, 0.7])
def test_detuned_rabi(phase):
    """Detuned and turned drives match the dense engine, and P(1) its textbook formula."""
    device = battery(transmon_frequency_GHz=5.02)
    oracle = DetunedRabi(rabi_rate_MHz=50.0, detuning_MHz=20.0, phase_rad=phase)
    eps = 1j * mhz(50.0) * np.exp(-1j * phase)
    found = bloch(device, march(device, 0.0, eps))
    np.testing.assert_allclose(found, oracle.bloch(GRID), atol=1e-9)
    np.testing.assert_allclose(0.5 * (1.0 + found[:, 2]), oracle.excited(GRID), atol=1e-9)


@pytest.mark.parametrize(("convention", "factor"), [("coherence", 1.0), ("sigma_z", 2.0)])
def test_relaxation_and_dephasing(convention, factor):
    """T1 leads to p and the coherence decays at the rate that its convention states."""
    device = battery(
        transmon_frequency_GHz=5.02,
        t1_us=0.05,
        residual_excitation=0.1,
        dephasing_rate_MHz=2.0,
        dephasing_convention=convention,
    )
    oracle = ThermalRelaxation(
        t1_us=0.05, residual_excitation=0.1, coherence_rate_MHz=2.0 * factor, detuning_MHz=20.0
    )
    rho0 = np.array([[0.3, 0.2 + 0.1j], [0.2 - 0.1j, 0.7]])
    found = bloch(device, march(device, 0.0, 0.0, rho0))
    expected = oracle.excited(GRID, 0.7)
    np.testing.assert_allclose(0.5 * (1.0 + found[:, 2]), expected, atol=1e-12)
    turning = oracle.coherence(GRID, 2.0 * rho0[0, 1])
    np.testing.assert_allclose(found[:, 0] + 1j * found[:, 1], turning, atol=1e-12)


@pytest.mark.parametrize("bath", [{"residual_excitation": 0.08}, {"transmon_temperature_mK": 90.0}])
def test_three_levels_relax_to_boltzmann(bath):
    """The undriven steady state has the bath's ratio between neighbouring levels."""
    device = DenseDevice(levels=3, fock_levels=2, **bath)
    ratio = 0.08 / 0.92 if "residual_excitation" in bath else boltzmann_ratio(5.0, 90.0)
    found = transmon_state(device, steady_state(device, 0.0, 0.0))
    np.testing.assert_allclose(found, boltzmann_state(3, ratio), atol=1e-12)


def test_free_resonator():
    """A coherent and a warm resonator decay as the displaced thermal state does."""
    device = DenseDevice(
        levels=1,
        fock_levels=26,
        linewidth_MHz=8.0,
        resonator_temperature_mK=100.0,
        resonator_frequency_GHz=5.03,
    )
    common = {"linewidth_MHz": 8.0, "bath_number": device.resonator_bath_number}
    warm = FreeResonator(**common, thermal_number=0.25)
    coherent = FreeResonator(**common, amplitude=0.8 - 0.3j, detuning_MHz=30.0)
    starts = (boltzmann_state(26, 0.2), coherent_state(26, 0.8 - 0.3j))
    for oracle, rho0 in zip((warm, coherent), starts, strict=True):
        states = march(device, 0.0, 0.0, rho0)
        np.testing.assert_allclose(
            photon_number(device, states), oracle.photon_number(GRID), atol=1e-9
        )
        np.testing.assert_allclose(
            vacuum_population(device, states), oracle.vacuum_fidelity(GRID), atol=1e-9
        )
        mean = ladder_means(device, states)[1]
        np.testing.assert_allclose(mean, oracle.mean_amplitude(GRID), atol=1e-9)


@pytest.mark.parametrize("g_MHz", [0.0, 10.0])
def test_driven_oscillators_stay_coherent(g_MHz):
    """A harmonic driven battery, coupled or not, follows its mean-field amplitudes."""
    device = DenseDevice(
        transmon_frequency_GHz=5.004,
        anharmonicity_GHz=0.0,
        levels=9,
        t1_us=0.05,
        dephasing_rate_MHz=0.0,
        residual_excitation=0.0,
        resonator_frequency_GHz=4.997,
        resonator_temperature_mK=0.0,
        linewidth_MHz=6.0,
        fock_levels=8,
    )
    oracle = DrivenOscillators(
        g_MHz=g_MHz,
        linewidth_MHz=6.0,
        transmon_detuning_MHz=4.0,
        resonator_detuning_MHz=-3.0,
    )
    times = np.linspace(0.0, 20.0, 6)
    g, eps = mhz(g_MHz), 1j * mhz(5.0)
    states = integrate_rotating(
        device, ground_state(device), times, coupling=lambda t: g, drive=lambda t: eps, rtol=1e-9
    )
    b, a, exchange = ladder_means(device, states)
    expected = oracle.amplitudes(times)
    np.testing.assert_allclose(b, expected[:, 0], atol=1e-8)
    np.testing.assert_allclose(a, expected[:, 1], atol=1e-8)
    np.testing.assert_allclose(exchange, expected[:, 0].conj() * expected[:, 1], atol=1e-8)
    assert abs(expected[-1, 0]) > 0.1


def test_catalyst_steady_state_is_reached_at_second_order():
    """F -> exp(-(Omega/2g)^2) and ergotropy -> 0 as linewidth squared, n -> (Omega/2g)^2."""
    limit = CatalystSteadyState(g_MHz=50.0, rabi_rate_MHz=50.0)
    widths = np.array([4.0, 2.0, 1.0])
    misses = []
    for width in widths:
        device = DenseDevice(levels=2, fock_levels=10, **{**LOSSLESS, "linewidth_MHz": width})
        rho = steady_state(device, mhz(50.0), 1j * mhz(50.0))
        fidelity, ergotropy = vacuum_population(device, rho), qubit_ergotropy(bloch(device, rho))
        misses.append([limit.vacuum_fidelity - fidelity, ergotropy - limit.ergotropy])
        assert photon_number(device, rho) == pytest.approx(limit.photon_number, abs=1e-6)
        assert fock_populations(device, rho)[-1] < 1e-6
    orders = np.polyfit(np.log(widths), np.log(np.abs(misses)), 1)[0]
    np.testing.assert_allclose(orders, 2.0, atol=0.3)
    assert np.abs(misses[-1]).max() < 1e-4


def test_ergotropy_of_qubits_and_levels():
    """The sorted spectrum gives (|r| + z)/2 for a qubit and zero for passive states."""
    rng = np.random.default_rng(21)
    device = DenseDevice(levels=2, fock_levels=1)
    for _ in range(10):
        rho = random_state(rng, 2)
        expected = qubit_ergotropy(bloch(device, rho))
        assert ergotropy(rho, [0.0, 1.0]) == pytest.approx(expected, abs=1e-14)
    levels = transmon_energies(3, 5.0, -0.25)
    np.testing.assert_allclose(levels, [0.0, 1.0, 1.95])
    assert ergotropy(boltzmann_state(3, 0.3), levels) == pytest.approx(0.0, abs=1e-15)
    assert ergotropy(np.diag([0.2, 0.5, 0.3]), levels) == pytest.approx(1.085 - 0.69)


def test_no_unitary_beats_the_ergotropy():
    """Random unitaries never reach below the passive energy; the sorting one attains it."""
    rng = np.random.default_rng(22)
    rho, levels = random_state(rng, 3), transmon_energies(3, 5.0, -0.25)
    floor = passive_energy(rho, levels)
    for _ in range(200):
        turn = np.linalg.qr(rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)))[0]
        assert np.diagonal(turn @ rho @ turn.conj().T).real @ levels >= floor - 1e-14
    sorting = np.linalg.eigh(rho)[1][:, ::-1].conj().T
    reached = np.diagonal(sorting @ rho @ sorting.conj().T).real @ levels
    assert reached == pytest.approx(floor, abs=1e-14)

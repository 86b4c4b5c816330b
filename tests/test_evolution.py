"""The engine against the dense one, against ODE solvers, and against closed forms of decay."""

import numpy as np
import pytest
from devices import evolve, experiment_of, liouvillian_of, waveform_of
from oracles import (
    DenseDevice,
    FreeResonator,
    ThermalRelaxation,
    bloch,
    coherent_state,
    ground_state,
    integrate_lab,
    number_state,
    photon_number,
    product_state,
    propagate,
    random_device,
    random_segments,
    random_state,
    steady_state,
    to_transmon_first,
    vacuum_population,
)
from oracles.conversions import mhz
from scipy.linalg import expm

from cqed_battery import evolution
from cqed_battery.evolution import (
    EvolutionError,
    backward,
    exponential_action,
    lab_frame_states,
    trajectory,
)
from cqed_battery.generator import lab_frame
from cqed_battery.operators import SparseMatrix, to_matrix, to_vector
from cqed_battery.pulses import Controls


def random_case(seed: int, **sizes: int):
    rng = np.random.default_rng(seed)
    device = random_device(rng, **sizes)
    return device, random_state(rng, device.dimension), random_segments(rng)


@pytest.mark.parametrize("seed", range(24))
def test_engine_agrees_with_dense_exponentials(seed):
    """Random lossy, warm, detuned devices under random complex controls agree to 1e-10."""
    sizes = {} if seed < 20 else {"levels": 4 + seed % 2, "fock_levels": 3}
    device, rho0, segments = random_case(seed, **sizes)
    expected = propagate(device, rho0, segments)
    found = evolve(device, rho0, segments, tolerance=1e-12)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)
    assert abs(expected[-1] - expected[0]).max() > 1e-2


@pytest.mark.parametrize("method", ["DOP853", "RK45"])
@pytest.mark.parametrize("seed", [30, 31])
def test_ode_methods_agree_with_the_exponential(method, seed):
    """ODE solvers reach the exponential's states to 1e-7, through every jump of the controls."""
    device, rho0, segments = random_case(seed, fock_levels=3)
    exact = evolve(device, rho0, segments, tolerance=1e-12)
    stepped = evolve(device, rho0, segments, method=method, tolerance=1e-9)
    np.testing.assert_allclose(stepped, exact, rtol=0, atol=1e-7)
    assert abs(stepped - exact).max() > 0.0


def test_ode_methods_evolve_lossless_density_matrices():
    """A device without any decay evolves by commutators under the ODE solvers, too."""
    device = DenseDevice(
        levels=2,
        fock_levels=3,
        t1_us=float("inf"),
        dephasing_rate_MHz=0.0,
        linewidth_MHz=0.0,
    )
    segments = [(4.0, mhz(50.0), 1j * mhz(40.0))]
    exact = propagate(device, ground_state(device), segments)
    stepped = evolve(device, ground_state(device), segments, method="DOP853")
    np.testing.assert_allclose(stepped, exact, rtol=0, atol=1e-8)


@pytest.mark.parametrize("seed", range(40, 44))
def test_measurements_carried_back_see_the_states_carried_forward(seed):
    """Tr[M rho(t)] is the same in Heisenberg's and Schroedinger's picture, to 1e-10."""
    device, rho0, segments = random_case(seed, fock_levels=4)
    rng = np.random.default_rng(seed + 1000)
    operators = rng.normal(size=(2, 3, device.dimension, device.dimension))
    operators = operators[0] + 1j * operators[1]
    operators = operators + operators.conj().swapaxes(1, 2)
    liouvillian, waveform = liouvillian_of(device), waveform_of(segments)
    start = to_transmon_first(device, rho0)
    final = list(
        trajectory(liouvillian, start, waveform, np.array([waveform.duration]), tolerance=1e-13)
    )[-1].state
    effects = np.stack([to_vector(operator) for operator in operators], axis=1)
    before = backward(liouvillian, effects, waveform).conj().T @ to_vector(start)
    after = effects.conj().T @ final
    np.testing.assert_allclose(before, after, rtol=0, atol=1e-10)
    assert abs(after - effects.conj().T @ to_vector(start)).max() > 1e-2


@pytest.mark.parametrize("seed", range(50, 53))
def test_states_stay_states(seed):
    """Trace, Hermiticity and positivity hold at every time, to ten times the tolerance."""
    device, rho0, segments = random_case(seed)
    states = evolve(device, rho0, segments, tolerance=1e-10)
    np.testing.assert_allclose(np.trace(states, axis1=1, axis2=2), 1.0, rtol=0, atol=1e-9)
    np.testing.assert_allclose(states, states.conj().swapaxes(1, 2), rtol=0, atol=1e-9)
    assert np.linalg.eigvalsh(states).min() > -1e-9


@pytest.mark.parametrize("tolerance", [1e-3, 1e-7, 1e-11])
def test_exponential_action_keeps_its_tolerance(tolerance):
    """The relative error is below what was asked for, also when many steps are needed."""
    rng = np.random.default_rng(60)
    half = rng.normal(size=(30, 30)) + 1j * rng.normal(size=(30, 30))
    matrix = 0.3 * (half - half.conj().T)
    vectors = rng.normal(size=(30, 2)) + 0j
    for duration in (0.3, 5.0):
        found = exponential_action(SparseMatrix(matrix), vectors, duration, tolerance)
        error = abs(found - expm(duration * matrix) @ vectors).max()
        # one step's error can turn into any component of a unitary: 2-norm against max-norm
        assert error < tolerance * abs(vectors).max() * np.sqrt(30) + 1e-13


def test_series_that_does_not_converge_is_refused(monkeypatch):
    """A Taylor series cut too early is an error that says so, never a wrong state."""
    monkeypatch.setattr(evolution, "_MAX_TERMS", 4)
    matrix = SparseMatrix(np.array([[0.0, 3.0], [-3.0, 0.0]]) + 0j)
    with pytest.raises(EvolutionError, match=r"did not converge in 4 terms .*check the device"):
        exponential_action(matrix, np.array([1.0 + 0j, 0.0]), 1.0, 1e-10)


@pytest.mark.parametrize("convention", ["coherence", "sigma_z"])
def test_relaxation_and_dephasing_in_closed_form(convention):
    """T1 leads to the bath's excitation, the coherence fades and turns as its convention says."""
    device = DenseDevice(
        levels=2,
        fock_levels=2,
        t1_us=0.05,
        residual_excitation=0.2,
        dephasing_rate_MHz=2.0,
        dephasing_convention=convention,
        drive_frequency_GHz=4.99,
    )
    factor = {"coherence": 1.0, "sigma_z": 2.0}[convention]
    oracle = ThermalRelaxation(
        t1_us=0.05,
        residual_excitation=0.2,
        coherence_rate_MHz=2.0 * factor,
        detuning_MHz=10.0,
    )
    transmon = np.array([[0.3, 0.25 - 0.3j], [0.25 + 0.3j, 0.7]])
    start = product_state(transmon, number_state(2, 0))
    times = np.arange(0.0, 201.0, 10.0)
    segments = [(10.0, 0.0, 0j)] * 20
    x, y, z = bloch(device, evolve(device, start, segments, tolerance=1e-12)).T
    np.testing.assert_allclose((1 + z) / 2, oracle.excited(times, 0.7), atol=1e-10)
    np.testing.assert_allclose(x + 1j * y, oracle.coherence(times, 0.5 - 0.6j), atol=1e-10)


def test_resonator_decays_as_a_displaced_thermal_state():
    """A coherent field turns at w_c - w_d, loses amplitude at kappa/2 and fills from its bath."""
    device = DenseDevice(
        levels=2,
        fock_levels=24,
        linewidth_MHz=5.0,
        resonator_frequency_GHz=5.02,
        resonator_temperature_mK=100.0,
    )
    oracle = FreeResonator(
        linewidth_MHz=5.0,
        bath_number=device.resonator_bath_number,
        amplitude=0.8 + 0.4j,
        detuning_MHz=20.0,
    )
    start = product_state(number_state(2, 0), coherent_state(24, 0.8 + 0.4j))
    times = np.arange(0.0, 31.0, 6.0)
    states = evolve(device, start, [(6.0, 0.0, 0j)] * 5, tolerance=1e-11)
    np.testing.assert_allclose(
        photon_number(device, states), oracle.photon_number(times), atol=1e-8
    )
    np.testing.assert_allclose(
        vacuum_population(device, states), oracle.vacuum_fidelity(times), atol=1e-8
    )
    field = np.trace(states @ np.kron(np.diag(np.sqrt(np.arange(1.0, 24)), 1), np.eye(2)), 0, 1, 2)
    np.testing.assert_allclose(field, oracle.mean_amplitude(times), atol=1e-8)


def test_the_dense_engines_steady_state_stands_still():
    """The generator vanishes on the steady state that the dense engine solves for."""
    device = random_device(np.random.default_rng(70), levels=3, fock_levels=4)
    g, eps = mhz(40.0), mhz(30.0) * np.exp(0.7j)
    rho = to_transmon_first(device, steady_state(device, g, eps))
    matrix = liouvillian_of(device).matrix(Controls(g, complex(eps)))
    assert abs(matrix @ to_vector(rho)).max() < 1e-12
    moved = to_transmon_first(device, ground_state(device))
    assert abs(matrix @ to_vector(moved)).max() > 1e-2


@pytest.mark.parametrize("counter_rotating", [False, True])
def test_lab_frame_agrees_with_stepwise_integration(counter_rotating):
    """The laboratory's states of a random lossy device with a rising drive agree to 1e-6."""
    device = random_device(np.random.default_rng(80), levels=3, fock_levels=3)
    g, full, phase = mhz(60.0), mhz(80.0), 0.7

    def rabi(time: float) -> float:
        return full * float(np.sin(time / 3.0)) ** 2

    times = np.array([0.0, 0.7, 2.03, 3.0])
    start = random_state(np.random.default_rng(81), device.dimension)
    expected = integrate_lab(
        device,
        start,
        times,
        coupling=lambda t: g,
        rabi=rabi,
        phase=phase,
        counter_rotating=counter_rotating,
        rtol=1e-9,
    )
    frame = lab_frame(
        experiment_of(device).device, device.fock_levels, counter_rotating=counter_rotating
    )
    found = lab_frame_states(
        frame, to_transmon_first(device, start), times, g=g, rabi=rabi, phase=phase
    )
    np.testing.assert_allclose(found, to_transmon_first(device, expected), rtol=0, atol=1e-6)
    assert abs(expected[-1] - start).max() > 1e-2


def test_vectors_become_matrices_again():
    """Stacking the columns of a matrix and undoing it changes nothing."""
    matrix = random_state(np.random.default_rng(90), 6)
    np.testing.assert_array_equal(to_matrix(to_vector(matrix)), matrix)
    np.testing.assert_array_equal(to_vector(SparseMatrix(matrix)), to_vector(matrix))

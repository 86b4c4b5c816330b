"""The engine against the dense one, against ODE solvers, and against closed forms of decay."""

from typing import Any

import numpy as np
import pytest
from devices import evolve, experiment_of, liouvillian_of, waveform_of
from oracles import (
    DenseDevice,
    FreeResonator,
    ThermalRelaxation,
    bloch,
    coherent_state,
    from_transmon_first,
    ground_state,
    integrate_lab,
    lab_to_rotating,
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

from cqed_battery.dynamics.evolution import backward
from cqed_battery.dynamics.hermitian import from_real, to_real
from cqed_battery.dynamics.lab_frame.hamiltonian import lab_frame
from cqed_battery.dynamics.qiskit_models import lab_stepper
from cqed_battery.dynamics.recorder import Recorder, observe
from cqed_battery.dynamics.waveforms import Controls
from cqed_battery.operators import SparseMatrix


def random_case(seed: int, **sizes: int) -> tuple[DenseDevice, Any, Any]:
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


@pytest.mark.parametrize("method", ["exponential", "DOP853"])
def test_lossless_density_matrices_evolve_by_commutators(method):
    """A device without any decay is evolved as a density matrix, not as columns of kets."""
    device = DenseDevice(
        levels=2, fock_levels=3, t1_us=np.inf, dephasing_rate_MHz=0.0, linewidth_MHz=0.0
    )
    segments = [(4.0, mhz(50.0), 1j * mhz(40.0))]
    exact = propagate(device, ground_state(device), segments)
    found = evolve(device, ground_state(device), segments, method=method)
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-8)


@pytest.mark.parametrize("seed", range(40, 44))
def test_measurements_carried_back_see_the_states_carried_forward(seed):
    """Tr[M rho(t)] is the same in Heisenberg's and Schroedinger's picture, to 1e-10."""
    device, rho0, segments = random_case(seed, fock_levels=4)
    rng = np.random.default_rng(seed + 1000)
    halves = rng.normal(size=(2, 3, device.dimension, device.dimension))
    operators = halves[0] + halves[0].swapaxes(1, 2) + 1j * (halves[1] - halves[1].swapaxes(1, 2))
    final = propagate(device, rho0, segments)[-1]
    after = np.einsum("mij,ji->m", operators, to_transmon_first(device, final)).real
    carried = backward(liouvillian_of(device), to_real(operators).T, waveform_of(segments))
    start = to_transmon_first(device, rho0)
    np.testing.assert_allclose(carried.T @ to_real(start), after, rtol=0, atol=1e-10)
    unmoved = np.einsum("mij,ji->m", operators, start).real
    assert abs(after - unmoved).max() > 1e-2


@pytest.mark.parametrize("seed", range(50, 53))
def test_states_stay_states(seed):
    """Trace and positivity hold at every time, to ten times the tolerance."""
    device, rho0, segments = random_case(seed)
    states = evolve(device, rho0, segments, tolerance=1e-10)
    np.testing.assert_allclose(np.trace(states, axis1=1, axis2=2), 1.0, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(states, states.conj().swapaxes(1, 2))
    assert np.linalg.eigvalsh(states).min() > -1e-9


@pytest.mark.parametrize(("convention", "factor"), [("coherence", 1.0), ("sigma_z", 2.0)])
def test_relaxation_and_dephasing_in_closed_form(convention, factor):
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
    oracle = ThermalRelaxation(
        t1_us=0.05,
        residual_excitation=0.2,
        coherence_rate_MHz=2.0 * factor,
        detuning_MHz=10.0,
    )
    transmon = np.array([[0.3, 0.25 - 0.3j], [0.25 + 0.3j, 0.7]])
    start = product_state(transmon, number_state(2, 0))
    times = np.arange(0.0, 201.0, 10.0)
    x, y, z = bloch(device, evolve(device, start, [(10.0, 0.0, 0j)] * 20, tolerance=1e-12)).T
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
    close = {"rtol": 0, "atol": 1e-8}
    np.testing.assert_allclose(photon_number(device, states), oracle.photon_number(times), **close)
    np.testing.assert_allclose(
        vacuum_population(device, states), oracle.vacuum_fidelity(times), **close
    )
    lowering = np.kron(np.diag(np.sqrt(np.arange(1.0, 24)), 1), np.eye(2))
    field = np.trace(states @ lowering, axis1=1, axis2=2)
    np.testing.assert_allclose(field, oracle.mean_amplitude(times), **close)


def test_the_dense_engines_steady_state_stands_still():
    """The generator vanishes on the steady state that the dense engine solves for."""
    device = random_device(np.random.default_rng(70), levels=3, fock_levels=4)
    g, eps = mhz(40.0), complex(mhz(30.0) * np.exp(0.7j))
    matrix = liouvillian_of(device).matrix(Controls(g, eps))
    still = to_real(to_transmon_first(device, steady_state(device, g, eps)))
    moving = to_real(to_transmon_first(device, ground_state(device)))
    assert abs(matrix @ still).max() < 1e-12
    assert abs(matrix @ moving).max() > 1e-2


@pytest.mark.parametrize("counter_rotating", [False, True])
def test_lab_frame_agrees_with_stepwise_integration(counter_rotating):
    """The laboratory's states of a random lossy device under a stepped drive agree to 1e-6."""
    device = random_device(np.random.default_rng(80), levels=3, fock_levels=3)
    g, phase = mhz(60.0), 0.7
    heights = {0.7: mhz(30.0), 2.03: mhz(80.0), 3.0: mhz(50.0)}

    def rabi(time: float) -> float:
        return next(height for end, height in heights.items() if time <= end)

    times = np.array([0.0, *heights])
    start = random_state(np.random.default_rng(81), device.dimension)
    expected = integrate_lab(
        device,
        start,
        times,
        coupling=lambda t: g,
        rabi=rabi,
        phase=phase,
        counter_rotating=counter_rotating,
        breaks_ns=list(heights)[:-1],
        rtol=1e-9,
    )
    frame = lab_frame(
        experiment_of(device).device, device.fock_levels, counter_rotating=counter_rotating
    )
    drive = [1j * height * np.exp(-1j * phase) for height in heights.values()]
    pieces = zip(np.diff(times), [g] * 3, drive, strict=True)
    every = Recorder(SparseMatrix((0, device.dimension**2)), keep=frozenset(range(4)))
    record = observe(
        liouvillian_of(device),
        to_transmon_first(device, start),
        waveform_of(list(pieces)),
        times,
        every,
        stepper=lab_stepper(frame, "DOP853", 1e-9),
    )
    found = from_transmon_first(device, from_real(record.states))
    np.testing.assert_allclose(found, lab_to_rotating(device, expected, times), rtol=0, atol=1e-6)
    assert abs(expected[-1] - start).max() > 1e-2


@pytest.mark.parametrize("dimension", [1, 2, 7])
def test_hermitian_matrices_are_real_vectors(dimension):
    """Turning into real vectors is undone, keeps Tr[A B], and puts populations first."""
    rng = np.random.default_rng(dimension)
    one, other = random_state(rng, dimension), random_state(rng, dimension)
    vectors = to_real(np.array([one, other]))
    assert vectors.dtype == float
    np.testing.assert_allclose(from_real(vectors), [one, other], rtol=0, atol=1e-15)
    assert vectors[0] @ vectors[1] == pytest.approx(np.trace(one @ other).real, abs=1e-14)
    np.testing.assert_array_equal(vectors[0, :dimension], np.diagonal(one).real)


def test_the_tolerance_is_of_the_whole_evolution():
    """A thousand samples of a shaped pulse keep the state to 1e-8, however coarse each may be."""
    device, start, _ = random_case(90, levels=3, fock_levels=3)
    heights = mhz(40.0) * np.random.default_rng(5).random(1000)
    pieces = [(0.42, mhz(8.0), height + 0j) for height in heights.tolist()]
    coarse, fine = (evolve(device, start, pieces, tolerance=each) for each in (1e-8, 1e-12))
    np.testing.assert_allclose(coarse, fine, rtol=0, atol=1e-8)

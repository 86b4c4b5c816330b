"""The exponential's series and what is recorded on the way, against matrix exponentials."""

import numpy as np
import pytest
import scipy.sparse as sp
from devices import liouvillian_of, waveform_of
from oracles import (
    bloch,
    propagate,
    random_device,
    random_segments,
    random_state,
    time_integrals,
    to_transmon_first,
    transmon_state,
)
from scipy.linalg import expm

from cqed_battery.dynamics import chebyshev
from cqed_battery.dynamics.hermitian import from_real, photon_rows, to_real, transmon_rows
from cqed_battery.dynamics.qiskit_models import ode_stepper
from cqed_battery.dynamics.recorder import Record, Recorder, observe
from cqed_battery.dynamics.waveforms import Controls
from cqed_battery.operators import SparseMatrix, pauli


def turning(size: int, speed: float, seed: int) -> tuple[SparseMatrix, tuple[float, float]]:
    """A random antisymmetric matrix and the bounds of its spectrum."""
    half = np.random.default_rng(seed).normal(size=(size, size))
    matrix = half - half.T
    matrix *= speed / abs(np.linalg.eigvals(matrix)).max()
    return sp.csr_array(matrix), (speed, 0.0)


@pytest.mark.parametrize("tolerance", [1e-3, 1e-7, 1e-12])
@pytest.mark.parametrize("duration", [0.3, 6.0, 90.0])
def test_series_keeps_its_tolerance(tolerance, duration):
    """The error stays below what was asked for, within one step and over many."""
    matrix, bounds = turning(30, 2.0, seed=60)
    vectors = np.random.default_rng(61).normal(size=(30, 2))
    found = chebyshev.propagate(matrix, bounds, vectors, duration, tolerance)
    error = np.linalg.norm(found - expm(duration * matrix.toarray()) @ vectors, axis=0)
    # each cut coefficient is below the tolerance and the next ones fall at least by halves;
    # rounding of the recursion grows with the number of products
    limit = 4 * tolerance + 1e-15 * (100 + 4 * duration)
    assert (error < limit * np.linalg.norm(vectors, axis=0)).all()


@pytest.mark.parametrize("part", [None, [1, 4, 7]])
def test_steps_give_states_and_integrals_inside_and_at_their_ends(part):
    """States at any times, or what is kept of them, and integrals are those of exponentials."""
    kept = None if part is None else lambda phi: phi[part]
    part = part or slice(None)
    matrix, bounds = turning(12, 3.0, seed=62)
    dense, vector = matrix.toarray(), np.random.default_rng(63).normal(size=12)
    times, duration = np.array([0.0, 0.5, 16.0, 16.1, 40.0]), 41.0
    states, integrals, total = [], [], 0.0
    for step in chebyshev.steps(matrix, bounds, vector, times, duration, 1e-13, kept):
        states += list(step.table[:-1] @ step.phi)
        integrals += list(total + step.integral[:-1] @ step.phi)
        total = total + step.integral[-1] @ step.phi
    assert len(states) == len(times)
    for time, state, integral in zip(times, states, integrals, strict=True):
        block = expm(time * np.block([[dense, vector[:, None]], [np.zeros((1, 13))]]))
        np.testing.assert_allclose(state, (block[:12, :12] @ vector)[part], rtol=0, atol=1e-11)
        np.testing.assert_allclose(integral, block[:12, 12][part], rtol=0, atol=1e-11)
    np.testing.assert_allclose(step.end, expm(duration * dense) @ vector, rtol=0, atol=1e-11)


def test_chebyshev_series_stands_strong_decay():
    """Fast decay shortens the steps instead of losing digits, and integrals come out exact."""
    rng = np.random.default_rng(61)
    half = rng.normal(size=(8, 8))
    matrix = 0.5 * (half - half.T) - np.diag(rng.uniform(0.0, 6.0, 8))
    bounds = (float(np.linalg.norm(half - half.T, 2)) / 2 + 6.0, 6.0)
    start, times = rng.normal(size=8), np.array([0.4, 2.5, 3.0])
    found, integrals, before = [], [], np.zeros(8)
    for step in chebyshev.steps(SparseMatrix(matrix), bounds, start, times, 3.0, 1e-13):
        found.extend(step.table[:-1] @ step.phi)
        integrals.extend(before + step.integral[:-1] @ step.phi)
        before = before + step.integral[-1] @ step.phi
    expected = np.array([expm(time * matrix) @ start for time in times])
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11)
    exact = np.linalg.solve(matrix, (expected - start).T).T
    np.testing.assert_allclose(integrals, exact, rtol=0, atol=1e-10)


def test_nothing_turns_without_rates():
    """A matrix of zeros leaves the vector as it is and integrates it over the time."""
    zero, vector = sp.csr_array((3, 3)), np.array([1.0, 2.0, 3.0])
    (step,) = chebyshev.steps(zero, (0.0, 0.0), vector, np.array([0.5]), 2.0, 1e-10)
    np.testing.assert_allclose(step.table @ step.phi, [vector, vector])
    np.testing.assert_allclose(step.integral @ step.phi, [0.5 * vector, 2 * vector])
    np.testing.assert_array_equal(chebyshev.propagate(zero, (0.0, 0.0), vector, 2.0, 1e-10), vector)


def recorded(seed: int, **options: object) -> tuple[object, object, object, Record]:
    """A random device under three segments, its Bloch vector recorded and integrated."""
    rng = np.random.default_rng(seed)
    device = random_device(rng, fock_levels=3)
    rho0, segments = random_state(rng, device.dimension), random_segments(rng)
    rows = sp.csr_array(
        np.array([to_real(np.kron(sigma, np.eye(3))) for sigma in pauli(device.levels)])
    )

    def weights(controls: Controls) -> np.ndarray:
        return np.array([controls.eps.real, controls.g, 1.0])

    def work_jump(before: Controls, after: Controls) -> np.ndarray:
        return np.array([0.0, after.g - before.g, 0.0])

    liouvillian = liouvillian_of(device)
    if options:
        options = {"stepper": ode_stepper(liouvillian.generator, "DOP853", 1e-11)}
    edges = np.cumsum([0.0, *(duration for duration, _, _ in segments)])
    start = to_transmon_first(device, rho0)
    recorder = Recorder(rows, weights, work_jump, keep=frozenset([1, 3]))
    record = observe(
        liouvillian, start, waveform_of(segments), edges, recorder, tolerance=1e-12, **options
    )
    return device, rho0, segments, record


@pytest.mark.parametrize("options", [{}, {"stepper": "an ODE solver"}])
@pytest.mark.parametrize("seed", [71, 72])
def test_record_is_what_the_dense_engine_says(seed, options):
    """Values, integral with its jumps, and kept states of a random device agree to 1e-9."""
    device, rho0, segments, record = recorded(seed, **options)
    states = propagate(device, rho0, segments)
    values = bloch(device, states)
    np.testing.assert_allclose(record.values, values, rtol=0, atol=1e-9)
    pieces = bloch(device, np.diff(time_integrals(device, rho0, segments), axis=0))
    weights = np.array([[eps.real, g, 1.0] for _, g, eps in segments])
    integral = np.concatenate([[0.0], np.cumsum((weights * pieces).sum(axis=1))])
    couplings = np.array([g for _, g, _ in segments])
    integral[1:3] += np.cumsum(np.diff(couplings) * values[1:3, 1])
    integral[3] += (np.diff(couplings) * values[1:3, 1]).sum()
    np.testing.assert_allclose(record.integrated_power, integral, rtol=0, atol=1e-9)
    kept = to_transmon_first(device, states[[1, 3]])
    np.testing.assert_allclose(from_real(record.states), kept, rtol=0, atol=1e-9)
    assert abs(integral).max() > 1e-2


def test_rates_are_those_of_the_controls_from_then_on():
    """At a border the rate is that of the later segment, and elsewhere the slope of the value."""
    device, rho0, segments, record = recorded(73)
    states = propagate(device, rho0, segments)
    short = 1e-4
    for index, (_, g, eps) in enumerate(segments):
        after = propagate(device, states[index], [(short, g, eps), (short, g, eps)])
        x0, x1, x2 = bloch(device, after)
        slope = (4 * x1 - 3 * x0 - x2) / (2 * short)
        np.testing.assert_allclose(record.rates[index], slope, rtol=0, atol=1e-5)


def test_reduced_states_are_partial_traces():
    """The maps to the transmon's state and the photons' populations are partial traces."""
    device = random_device(np.random.default_rng(74), levels=3, fock_levels=4)
    rho = random_state(np.random.default_rng(75), 12)
    vector = to_real(to_transmon_first(device, rho))
    reduced = from_real(transmon_rows(3, 4) @ vector)
    np.testing.assert_allclose(reduced, transmon_state(device, rho), rtol=0, atol=1e-14)
    populations = np.diagonal(rho).real.reshape(4, 3).sum(axis=1)
    np.testing.assert_allclose(photon_rows(3, 4) @ vector, populations, rtol=0, atol=1e-14)

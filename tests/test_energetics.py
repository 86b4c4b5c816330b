"""Energy, ergotropy, power and heat current as functions of a state, against the oracles."""

import numpy as np
import oracles
import pytest
from devices import dense_of, lossless
from oracles import HeatIdentities, random_state, transmon_energies
from oracles.conversions import ghz, mhz
from scipy.stats import unitary_group

from cqed_battery.energetics import (
    bloch_vector,
    drive_power_weights,
    ergotropy,
    heat_current,
    passive_state,
    qubit_energy,
    qubit_ergotropy,
    qubit_ergotropy_gradient,
    work_jump_weights,
)
from cqed_battery.errors import CqedBatteryError
from protocols.prediction.truth import drive_power
from protocols.stages.charging import designed_drive


def random_bloch(rng: np.random.Generator, number: int) -> np.ndarray:
    return np.array([bloch_vector(random_state(rng, 2)) for _ in range(number)])


@pytest.mark.parametrize("levels", [2, 3, 5])
def test_bloch_vector_is_the_oracles(levels):
    """x, y and z of random states are those of the oracle, whatever stands above level 1."""
    device = dense_of(lossless(transmon__levels=levels), fock_levels=1)
    states = np.array([random_state(np.random.default_rng(seed), levels) for seed in range(6)])
    found = bloch_vector(states)
    np.testing.assert_allclose(found, oracles.bloch(device, states), rtol=0, atol=1e-14)
    assert found.shape == (6, 3)


def test_bloch_vector_knows_its_poles():
    """Empty has z = -1, full has z = +1, and |0> + i|1> has y = -1, for x + iy = 2 rho_01."""
    empty, full = np.diag([1.0, 0.0]), np.diag([0.0, 1.0])
    turned = np.array([[0.5, -0.5j], [0.5j, 0.5]])
    states = np.array([empty, full, turned]).astype(complex)
    expected = [[0.0, 0.0, -1.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]
    np.testing.assert_allclose(bloch_vector(states), expected, atol=1e-15)


def test_ergotropy_of_a_qubit_is_the_oracles():
    """(r + z)/2 agrees with the sorted spectrum and with the oracle on random qubits."""
    rng = np.random.default_rng(1)
    states = [random_state(rng, 2) for _ in range(20)]
    vectors = bloch_vector(np.array(states))
    found = qubit_ergotropy(vectors)
    np.testing.assert_allclose(found, oracles.qubit_ergotropy(vectors), rtol=0, atol=1e-15)
    sorted_out = [ergotropy(state, np.diag([0.0, 1.0])) for state in states]
    np.testing.assert_allclose(found, sorted_out, rtol=0, atol=1e-14)
    assert found.min() > 1e-3


@pytest.mark.parametrize("levels", [2, 3, 6])
def test_ergotropy_of_any_ladder_is_the_oracles(levels):
    """The general ergotropy agrees with the oracle on a transmon's ladder and on a rotated one."""
    rng = np.random.default_rng(levels)
    energies = transmon_energies(levels, 5.0, -0.25)
    for _ in range(5):
        state, basis = random_state(rng, levels), unitary_group.rvs(levels, random_state=rng)
        expected = oracles.ergotropy(state, energies)
        assert ergotropy(state, np.diag(energies)) == pytest.approx(expected, abs=1e-13)
        turned = basis @ state @ basis.conj().T, basis @ np.diag(energies) @ basis.conj().T
        assert ergotropy(*turned) == pytest.approx(expected, abs=1e-13)


def test_ergotropy_depends_on_more_than_the_spectrum():
    """Rotations at fixed spectrum move the ergotropy from 0 (passive) to its most (inverted)."""
    spectrum, hamiltonian = np.array([0.6, 0.3, 0.1]), np.diag([0.0, 1.0, 1.95])
    passive, inverted = np.diag(spectrum), np.diag(spectrum[::-1])
    assert ergotropy(passive, hamiltonian) == pytest.approx(0.0, abs=1e-15)
    most = ergotropy(inverted, hamiltonian)
    assert most == pytest.approx(0.5 * 1.95, abs=1e-14)
    rng = np.random.default_rng(3)
    turns = unitary_group.rvs(3, size=50, random_state=rng)
    values = [ergotropy(turn @ passive @ turn.conj().T, hamiltonian) for turn in turns]
    assert 0.0 < min(values) < max(values) < most
    assert np.std(values) > 0.05


def test_no_unitary_extracts_more_than_the_ergotropy():
    """What random unitaries extract stays below the ergotropy; the best of many comes close."""
    rng = np.random.default_rng(4)
    state, hamiltonian = random_state(rng, 2), np.diag([0.0, 1.0])
    turns = unitary_group.rvs(2, size=2000, random_state=rng)
    energies = np.einsum("tij,jk,tik,ii->t", turns, state, turns.conj(), hamiltonian).real
    extracted = np.trace(state @ hamiltonian).real - energies
    limit = ergotropy(state, hamiltonian)
    assert extracted.max() <= limit + 1e-14
    assert extracted.max() > 0.99 * limit


def test_pure_and_mixed_qubits():
    """Full: 1, empty: 0, mixed: 0, on the equator: half; the energy is z/2."""
    vectors = np.array([[0, 0, 1], [0, 0, -1], [0, 0, 0], [0.6, 0.8, 0]], dtype=float)
    np.testing.assert_allclose(qubit_ergotropy(vectors), [1.0, 0.0, 0.0, 0.5], atol=1e-15)
    np.testing.assert_array_equal(qubit_energy(vectors), [0.5, -0.5, 0.0, 0.0])


def test_power_and_heat_current_are_the_oracles():
    """P of a held and of a changing drive, detuned and turned, and J agree with the oracle's."""
    rng = np.random.default_rng(5)
    vectors, phase = random_bloch(rng, 8), 0.8
    rabi, slope, z_rate = rng.uniform(0.1, 0.5, 8), rng.normal(size=8), rng.normal(size=8)
    along = np.exp(-1j * phase) * (vectors[:, 0] + 1j * vectors[:, 1])
    held, changes = (1j * size * np.exp(-1j * phase) for size in (rabi, slope))
    weights = [
        drive_power_weights(eps, ghz(4.8), ghz(5.1)) + work_jump_weights(change, ghz(5.1))
        for eps, change in zip(held, changes, strict=True)
    ]
    power = (vectors[:, :2] * weights).sum(axis=1)
    balance = HeatIdentities(transmon_frequency_GHz=5.1, drive_frequency_GHz=4.8)
    drive = (along.real, along.imag, rabi)
    expected = balance.power(*drive, rabi_slope=slope)
    np.testing.assert_allclose(power, expected, rtol=0, atol=1e-14)
    measured = balance.measured_current(z_rate, *drive, rabi_slope=slope)
    np.testing.assert_allclose(heat_current(z_rate / 2, power), measured, rtol=0, atol=1e-14)


def test_power_of_an_experiments_drive():
    """The power of an experiment uses its own Rabi rate, rise, phase and frequencies."""
    experiment = lossless(
        drive__rise_ns=4.0,
        drive__rabi_rate_MHz=30.0,
        drive__phase_rad=-0.6,
        drive__frequency_GHz=4.9,
    )
    times = np.array([0.0, 1.0, 3.0, 5.0])
    phase = 1j * np.exp(0.6j)
    rabi, slope = (part / phase for part in designed_drive(experiment, times))
    full = mhz(30.0)
    np.testing.assert_allclose(
        rabi, full * np.array([0.0, np.sin(np.pi / 8) ** 2, np.sin(3 * np.pi / 8) ** 2, 1.0])
    )
    later, earlier = (designed_drive(experiment, times[1:3] + h)[0] for h in (1e-5, -1e-5))
    np.testing.assert_allclose(slope[1:3], (later - earlier) / phase / 2e-5, rtol=1e-8)
    vectors = random_bloch(np.random.default_rng(6), 4)
    turned = np.exp(0.6j) * (vectors[:, 0] + 1j * vectors[:, 1])
    balance = HeatIdentities(transmon_frequency_GHz=5.0, drive_frequency_GHz=4.9)
    expected = balance.power(turned.real, turned.imag, rabi.real, rabi_slope=slope.real)
    np.testing.assert_allclose(drive_power(experiment, times, vectors), expected, atol=1e-14)


def test_gradient_of_the_ergotropy_is_its_difference_quotient():
    """A small step along each axis moves the ergotropy by the gradient; the origin has z's half."""
    bloch, step = np.random.default_rng(3).uniform(-0.7, 0.7, (50, 3)), 1e-6
    for axis, change in enumerate(step * np.eye(3)):
        moved = qubit_ergotropy(bloch + change) - qubit_ergotropy(bloch - change)
        np.testing.assert_allclose(
            qubit_ergotropy_gradient(bloch)[:, axis], moved / (2 * step), atol=1e-8
        )
    np.testing.assert_array_equal(qubit_ergotropy_gradient(np.zeros(3)), [0.0, 0.0, 0.5])


MIXED = np.diag([0.6, 0.4]).astype(complex)
LEVELS = np.diag([0.0, 1.0])
SKEW = np.array([[0.6, 0.1], [0.0, 0.4]])
NOT_STATES = {
    "skew": (SKEW, r"`state` must be Hermitian to 1\.0e-06, but differs .* by 0\.1;"),
    "half": (MIXED / 2, r"`state` must have trace 1 .* but its trace is 0\.5; divide"),
    "one of many": (np.stack([MIXED, 2 * MIXED]), r"`state` must have trace 1 .* is 2;"),
    "negative": (np.diag([1.1, -0.1]), r"no negative eigenvalue .* but one is -0\.1;"),
    "nan": (np.diag([np.nan, 1.0]), r"`state` must hold finite numbers"),
    "infinite": (np.diag([np.inf, 1.0]), r"`state` must hold finite numbers"),
    "vector": (np.array([1.0, 0.0]), r"`state` must be density matrices .* shape \(2,\)"),
    "oblong": (np.ones((2, 3)), r"`state` must be density matrices .* shape \(2, 3\)"),
    "empty": (np.ones((0, 0)), r"`state` must be density matrices .* shape \(0, 0\)"),
    "text": ("excited", r"`state` must be density matrices .* is of type str"),
    "ragged": ([[1.0, 0.0], [0.0]], r"`state` must be density matrices .* is of type list"),
}
NOT_HAMILTONIANS = {
    "skew": (SKEW, r"`hamiltonian` must be Hermitian .* by 0\.1;"),
    "imaginary": (1j * LEVELS, r"`hamiltonian` must be Hermitian .* by 2;"),
    "nan": (np.diag([0.0, np.nan]), r"`hamiltonian` must hold finite numbers"),
    "larger": (np.diag([0.0, 1.0, 2.0]), r"must be one matrix \(2, 2\), .* shape \(3, 3\)"),
    "several": (np.stack([LEVELS, LEVELS]), r"must be one matrix \(2, 2\), .* shape \(2, 2, 2\)"),
    "vector": (np.array([0.0, 1.0]), r"must be one matrix \(2, 2\), .* shape \(2,\)"),
    "nothing": (None, r"`hamiltonian` must be one matrix .* shape \(\)"),
}


@pytest.mark.parametrize("function", [ergotropy, passive_state])
@pytest.mark.parametrize("name", NOT_STATES)
def test_what_is_no_state_is_refused(name, function):
    """Each fault is named, with the size of it."""
    state, sentence = NOT_STATES[name]
    with pytest.raises(CqedBatteryError, match=sentence):
        function(state, LEVELS)


@pytest.mark.parametrize("function", [ergotropy, passive_state])
@pytest.mark.parametrize("name", NOT_HAMILTONIANS)
def test_what_is_no_hamiltonian_is_refused(name, function):
    """Each fault is named, also of one that numpy would have taken."""
    hamiltonian, sentence = NOT_HAMILTONIANS[name]
    with pytest.raises(CqedBatteryError, match=sentence):
        function(MIXED, hamiltonian)


def test_what_a_solver_leaves_of_a_state_passes():
    """Trace, Hermiticity and eigenvalues may be off by a little, in any unit of energy."""
    rough = np.diag([1.0 + 3e-7, -2e-7]) + np.array([[0.0, 4e-7], [0.0, 0.0]])
    assert ergotropy(rough, 1e-24 * LEVELS) == pytest.approx(0.0, abs=1e-30)
    assert ergotropy(np.diag([0.0, 1.0]), 1e-24 * LEVELS) == pytest.approx(1e-24)
    assert ergotropy(np.empty((0, 2, 2)), LEVELS).shape == (0,)

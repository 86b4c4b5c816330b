"""Constant master equations: evolution and steady states against dense linear algebra."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.linalg import expm

from cqed_battery.energetics import ergotropy, passive_state
from cqed_battery.operators import lowering
from cqed_battery.theory.master import evolve, lindblad, spectrum_bounds, steady_states


def random_case(dimension, seed):
    """A random Hamiltonian, three jumps and a random start, (D, D) each."""
    rng = np.random.default_rng(seed)
    shape = (5, dimension, dimension)
    matrices = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    hamiltonian = matrices[0] + matrices[0].conj().T
    start = matrices[1] @ matrices[1].conj().T
    jumps = [sp.csr_array(0.3 * matrix) for matrix in matrices[2:]]
    return sp.csr_array(hamiltonian), jumps, start / np.trace(start)


def dense_states(hamiltonian, jumps, start, times):
    """Row-stacked vectorisation and a dense exponential: an engine that shares no code."""
    one, h = np.eye(len(start)), hamiltonian.toarray()
    matrix = -1j * (np.kron(h, one) - np.kron(one, h.T))
    for jump in jumps:
        c = jump.toarray()
        loss = c.conj().T @ c
        matrix += np.kron(c, c.conj()) - (np.kron(loss, one) + np.kron(one, loss.T)) / 2
    return np.array([(expm(matrix * t) @ start.ravel()).reshape(start.shape) for t in times])


@pytest.mark.parametrize("dimension", [3, 18])
def test_states_are_those_of_a_dense_exponential(dimension):
    """Both the dense way (small) and the series (large), at uneven times with 0 among them."""
    hamiltonian, jumps, start = random_case(dimension, 4)
    times = np.array([0.0, 0.01, 0.05, 0.3])
    found = evolve(lindblad(hamiltonian, jumps), start, times)
    expected = dense_states(hamiltonian, jumps, start, times)
    np.testing.assert_allclose(found, expected, atol=1e-10)
    bounds = spectrum_bounds(hamiltonian, jumps)
    closer = evolve(lindblad(hamiltonian, jumps), start, times, bounds=bounds)
    np.testing.assert_allclose(closer, expected, atol=1e-10)


def test_unique_steady_state_is_that_of_a_long_evolution():
    hamiltonian, jumps, start = random_case(4, 5)
    found = steady_states(lindblad(hamiltonian, jumps), start)
    assert found.dimension == 1
    np.testing.assert_allclose(
        found.state, dense_states(hamiltonian, jumps, start, [200.0])[0], atol=1e-9
    )


def test_degenerate_steady_state_keeps_what_the_start_conserves():
    """Dephasing alone keeps the populations of any start and has as many steady states."""
    start = random_case(3, 6)[2]
    number = sp.csr_array(np.diag([0.0, 1.0, 2.5]).astype(complex))
    found = steady_states(lindblad(0 * number, [number]), start)
    assert found.dimension == 3
    np.testing.assert_allclose(found.state, np.diag(np.diag(start)), atol=1e-12)


def test_a_limit_that_does_not_exist_is_refused():
    """A nilpotent matrix grows for ever: its null space has no complement that decays."""
    with pytest.raises(ArithmeticError, match="no complement that decays"):
        steady_states(sp.csr_array(np.diag([1.0, 0.0, 0.0], k=1)), np.eye(2))


def test_ergotropy_of_many_states_for_any_hamiltonian():
    """A thermal state is passive; a coherent state's energy is all ergotropy; batches agree."""
    number = (lowering(40).conj().T @ lowering(40)).toarray()
    hamiltonian = 1.7 * number
    thermal = np.diag(0.4 ** np.arange(40.0))
    thermal = thermal / np.trace(thermal)
    amplitudes = np.cumprod(np.append(1.0, 1.2 / np.sqrt(np.arange(1, 40))))
    coherent = np.outer(amplitudes, amplitudes) * np.exp(-(1.2**2))
    found = ergotropy(np.array([thermal, coherent]), hamiltonian)
    np.testing.assert_allclose(found, [0.0, 1.7 * 1.2**2], atol=1e-10)
    np.testing.assert_allclose(passive_state(thermal, hamiltonian), thermal, atol=1e-14)

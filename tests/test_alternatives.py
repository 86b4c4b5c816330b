"""States by other ways: a dense search, a peer, linear inversion and projection."""

import numpy as np
import pytest
from scipy.linalg import sqrtm
from scipy.optimize import minimize

from analysis.estimators.state.alternatives import METHODS, fidelity, purity, trace_distance
from analysis.estimators.state.assignment import Assignment
from analysis.estimators.state.bloch import maximum_likelihood
from cqed_battery.energetics import bloch_state

KNOWN = Assignment(0.01, 0.04, 0.0, 0.0)


def counted(states, shots, rng):
    q = 0.01 + 0.95 * (1 + states) / 2
    ones = rng.binomial(shots, q)
    return np.stack([shots - ones, ones], axis=-1)


def dense_maximum(counts):
    """Maximum likelihood over rho = T T' / tr T T' with T lower triangular, by a general search."""

    def matrix(t):
        lower = np.array([[t[0], 0.0], [t[2] + 1j * t[3], t[1]]])
        rho = lower @ lower.conj().T
        return rho / np.trace(rho).real

    sigma = np.array([[[0, 1], [1, 0]], [[0, 1j], [-1j, 0]], [[-1, 0], [0, 1]]])

    def cost(t):
        v = np.einsum("kij,ji->k", sigma, matrix(t)).real
        q = np.clip(0.01 + 0.95 * (1 + v) / 2, 1e-12, 1 - 1e-12)
        return -(counts[:, 1] @ np.log(q) + counts[:, 0] @ np.log(1 - q))

    starts = ([1.0, 1.0, 0.1, 0.1], [1.0, 0.3, 0.0, -0.3], [0.3, 1.0, -0.3, 0.2])
    options = {"maxiter": 8000, "xatol": 1e-10, "fatol": 1e-10, "maxfev": 8000}
    found = [minimize(cost, s, method="Nelder-Mead", options=options) for s in starts]
    return matrix(min(found, key=lambda fit: fit.fun).x)


def test_maximum_likelihood_is_that_of_a_search_over_bloch_state():
    """On the same counts a search over 2 x 2 density matrices finds the same states."""
    rng = np.random.default_rng(6)
    states = rng.standard_normal((5, 3))
    states *= np.array([[0.3], [0.7], [0.97], [1.0], [1.0]]) / np.linalg.norm(
        states, axis=1, keepdims=True
    )
    counts = counted(states, 300, rng)
    found = bloch_state(maximum_likelihood(counts, KNOWN, np.zeros((5, 3))))
    expected = np.array([dense_maximum(entry) for entry in counts])
    np.testing.assert_allclose(found, expected, atol=2e-4)


def test_qiskit_experiments_fits_the_same_states():
    """Where qiskit-experiments is installed, its fitter finds the same states inside the ball."""
    fitters = pytest.importorskip("qiskit_experiments.library.tomography.fitters")
    basis = pytest.importorskip("qiskit_experiments.library.tomography.basis")
    rng = np.random.default_rng(7)
    counts = counted(np.array([[0.3, -0.4, 0.2], [0.5, 0.1, -0.6]]), 1000, rng)
    perfect = Assignment(0.0, 0.0, 0.0, 0.0)
    ours = bloch_state(maximum_likelihood(counts, perfect, np.zeros((2, 3))))
    for state, (x, y, z) in zip(ours, counts, strict=True):
        # their settings are Z, X, Y; our x reads 1 where theirs reads 0, our y turns the other way
        outcome = np.array([[z, x[::-1], y]])
        rho, _ = fitters.linear_inversion(
            outcome,
            outcome[0].sum(axis=-1),
            np.arange(3)[:, None],
            np.zeros((3, 0), dtype=int),
            measurement_basis=basis.PauliMeasurementBasis(),
        )
        np.testing.assert_allclose(np.asarray(rho), state, atol=1e-9)


def test_alternatives_agree_inside_the_ball_and_differ_outside():
    """Inside all are linear inversion; outside, projection keeps the direction, likelihood less."""
    offset = np.zeros((2, 3))
    ones = np.array([[600, 450, 300], [930, 800, 500]])
    counts = np.stack([1000 - ones, ones], axis=-1)
    found = {name: method(counts, KNOWN, offset) for name, method in METHODS.items()}
    for vectors in found.values():
        np.testing.assert_allclose(vectors[0], found["linear inversion"][0], atol=1e-12)
    linear, projected = found["linear inversion"][1], found["projected least squares"][1]
    assert np.linalg.norm(linear) > 1
    np.testing.assert_allclose(projected, linear / np.linalg.norm(linear))
    assert np.linalg.norm(found["maximum likelihood"][1] - projected) > 1e-3


def test_purity_distance_and_fidelity_are_those_of_matrices():
    """Closed forms of Bloch vectors against traces, eigenvalues and matrix roots."""
    rng = np.random.default_rng(8)
    pairs = rng.uniform(-0.55, 0.55, (2, 6, 3))
    first, second = (bloch_state(vectors) for vectors in pairs)
    np.testing.assert_allclose(purity(pairs[0]), np.einsum("tij,tji->t", first, first).real)
    eigenvalues = np.linalg.eigvalsh(first - second)
    np.testing.assert_allclose(trace_distance(*pairs), np.abs(eigenvalues).sum(axis=1) / 2)
    roots = [sqrtm(sqrtm(a) @ b @ sqrtm(a)) for a, b in zip(first, second, strict=True)]
    expected = [np.trace(root).real ** 2 for root in roots]
    np.testing.assert_allclose(fidelity(*pairs), expected, atol=1e-9)

"""Counts to Bloch vectors: the likelihood's maximum, its covariance, and density matrices."""

import numpy as np
import pytest
from oracles import DenseDevice, bloch, bloch_estimate, bloch_standard_error
from scipy.optimize import minimize

from analysis.estimators.state.assignment import Assignment
from analysis.estimators.state.bloch import estimate_bloch, maximum_likelihood
from cqed_battery.energetics import bloch_state

ERRORS = (0.01, 0.04)
KNOWN = Assignment(*ERRORS, 0.0, 0.0)


def drawn(states, shots, rng, errors=ERRORS):
    """Counts (T, 3, 2) of Bloch vectors (T, 3), which may lie outside the ball."""
    q = errors[0] + (1 - sum(errors)) * (1 + np.asarray(states)) / 2
    ones = rng.binomial(shots, np.clip(q, 0, 1))
    return np.stack([shots - ones, ones], axis=-1)


def log_likelihood(vector, counts, offset):
    one = ERRORS[0] + (1 - sum(ERRORS)) * (1 + vector + offset) / 2
    one = np.clip(one, 1e-12, 1 - 1e-12)
    return float(counts[:, 1] @ np.log(one) + counts[:, 0] @ np.log(1 - one))


def direct_maximum(counts, offset):
    """The most likely vector in the ball by a general constrained optimiser."""
    shots, half = counts.sum(), (1 - sum(ERRORS)) / 2

    def slope(vector):
        one = np.clip(ERRORS[0] + half * (1 + vector + offset), 1e-12, 1 - 1e-12)
        return -half * (counts[:, 1] / one - counts[:, 0] / (1 - one)) / shots

    ends = [(np.array([1e-9, 1 - 1e-9]) - ERRORS[0]) / half - 1 - shift for shift in offset]
    found = [
        minimize(
            lambda v: -log_likelihood(v, counts, offset) / shots,
            start,
            jac=slope,
            method="SLSQP",
            bounds=ends,
            constraints={"type": "ineq", "fun": lambda v: 1 - v @ v, "jac": lambda v: -2 * v},
            options={"ftol": 1e-15, "maxiter": 500},
        )
        for start in 0.5 * np.vstack([np.zeros(3), np.eye(3), -np.eye(3)])
    ]
    legal = [fit.x / max(1.0, np.linalg.norm(fit.x)) for fit in found]
    return max(legal, key=lambda vector: log_likelihood(vector, counts, offset))


def assert_maximum(counts, offset, atol=2e-5):
    """The closed form agrees with the optimiser and is never less likely."""
    found = maximum_likelihood(counts, KNOWN, offset)
    for vector, n, shift in zip(found, counts, offset, strict=True):
        expected = direct_maximum(n, shift)
        assert np.linalg.norm(vector) <= 1 + 1e-12
        best = log_likelihood(expected, n, shift)
        assert log_likelihood(vector, n, shift) >= best - 1e-7 * n.sum()
        np.testing.assert_allclose(vector, expected, atol=atol)


@pytest.mark.parametrize("shots", [30, 1000])
@pytest.mark.parametrize("length", [0.3, 1.0, 1.3], ids=["inside", "edge", "outside"])
def test_closed_form_is_the_constrained_maximum(length, shots):
    """For vectors in, at and beyond the ball the answer is that of a general optimiser."""
    rng = np.random.default_rng(2)
    states = rng.standard_normal((12, 3))
    states *= length / np.linalg.norm(states, axis=1, keepdims=True)
    assert_maximum(drawn(states, shots, rng), np.zeros((12, 3)))


def test_closed_form_with_offsets():
    """What the tail adds enters the likelihood, so the state itself stays in the ball."""
    rng = np.random.default_rng(3)
    offset = rng.uniform(-0.3, 0.3, (12, 3))
    states = rng.standard_normal((12, 3))
    states /= np.linalg.norm(states, axis=1, keepdims=True)
    counts = drawn(states + offset, 300, rng)
    assert_maximum(counts, offset)
    shortened = maximum_likelihood(counts, KNOWN, 0 * offset)
    assert np.abs(shortened - maximum_likelihood(counts, KNOWN, offset)).max() > 0.1


@pytest.mark.parametrize("x", [0, 25, 50])
@pytest.mark.parametrize("z", [0, 1, 50])
def test_closed_form_at_the_ends_of_the_counts(x, z):
    """Counts of 0 and of N, which no state explains with these errors, are no exception."""
    counts = np.array([[[50 - x, x], [25, 25], [50 - z, z]]])
    assert_maximum(counts, np.zeros((1, 3)), atol=2e-4)


def test_inside_the_ball_it_is_linear_inversion():
    """A vector that lies in the ball is that of the readout-corrected frequencies, exactly."""
    ones = np.array([[300, 600, 450]])
    counts = np.stack([1000 - ones, ones], axis=-1)
    found = estimate_bloch(counts, KNOWN, np.zeros((1, 3)), 0.0)
    expected = bloch_estimate(ones, 1000, *ERRORS)
    np.testing.assert_allclose(found.value, expected, atol=1e-14)
    np.testing.assert_allclose(found.linear, expected, atol=1e-14)


def test_outside_the_ball_linear_inversion_stays_unconstrained():
    """The unbiased vector is kept beside the physical one, which has length 1."""
    counts = drawn([[0.9, 0.0, 0.9]], 10**6, np.random.default_rng(4))
    found = estimate_bloch(counts, KNOWN, np.zeros((1, 3)), 0.0)
    np.testing.assert_allclose(found.linear, [[0.9, 0.0, 0.9]], atol=0.01)
    np.testing.assert_allclose(found.value, [[np.sqrt(0.5), 0.0, np.sqrt(0.5)]], atol=0.01)


def repeated(state, *, calibrated, tail, uncertainty, runs=6000, shots=1000):
    """Linear inversions of repeated runs, and the mean covariance that they state."""
    rng = np.random.default_rng(5)
    vectors, stated, alone = [], [], []
    for _ in range(runs):
        wrong = rng.binomial(calibrated, ERRORS) / calibrated
        std = np.sqrt(wrong * (1 - wrong) / calibrated)
        really = tail * (1 + uncertainty * rng.standard_normal())
        counts = drawn([state + really], shots, rng)
        found = estimate_bloch(counts, Assignment(*wrong, *std), tail[None], uncertainty)
        vectors.append(found.linear[0])
        stated.append(found.covariance[0])
        alone.append(np.diag(found.shot[0]))
    return np.array(vectors), np.mean(stated, axis=0), np.mean(alone, axis=0)


@pytest.mark.parametrize(
    ("calibrated", "tail", "uncertainty"),
    [(300, [0.0, 0.0, 0.0], 0.0), (10**8, [0.25, -0.2, 0.1], 0.3), (300, [0.25, -0.2, 0.1], 0.3)],
    ids=["calibration", "tail", "both"],
)
def test_covariance_is_the_scatter_shared_causes_included(calibrated, tail, uncertainty):
    """Repeated runs scatter, together and on each axis, as stated; shot noise alone is too little.

    An entry of a covariance from R runs has the variance (C_ii C_jj + C_ij^2) / R.
    """
    state = np.array([0.3, -0.2, -0.5])
    vectors, stated, alone = repeated(
        state, calibrated=calibrated, tail=np.array(tail), uncertainty=uncertainty
    )
    scatter = np.cov(vectors.T)
    diagonal = np.diag(scatter)
    error = np.sqrt((np.multiply.outer(diagonal, diagonal) + scatter**2) / len(vectors))
    # Errors of the errors (of order 1/sqrt(3) at 3 counts of 300) shift the statement by 3 %.
    room = 5 * error + 0.03 * np.sqrt(np.multiply.outer(diagonal, diagonal))
    assert (np.abs(stated - scatter) < room).all()
    assert not (np.abs(alone - scatter) < room).all()
    assert np.abs(vectors.mean(axis=0) - state).max() < 6 * np.sqrt(diagonal.max() / len(vectors))


def test_standard_error_against_the_formula():
    """For counts at their expectation the standard errors are the textbook ones."""
    state, shots, calibrated = np.array([[0.4, 0.0, -0.8]]), 10**6, 10**5
    ones = np.rint(shots * (ERRORS[0] + 0.95 * (1 + state) / 2)).astype(int)
    std = [np.sqrt(p * (1 - p) / calibrated) for p in ERRORS]
    counts = np.stack([shots - ones, ones], axis=-1)
    found = estimate_bloch(counts, Assignment(*ERRORS, *std), 0 * state, 0.0)
    expected = bloch_standard_error(state, shots, *ERRORS, calibration_shots=calibrated)
    np.testing.assert_allclose(found.std, expected, rtol=1e-4)
    bare = bloch_standard_error(state, shots, *ERRORS)
    assert (found.std > 1.1 * bare).all()


def test_expected_frequencies_steady_the_variance():
    """Given what the counts should be, the variance no longer follows their scatter."""
    counts = drawn(np.zeros((200, 3)) - 0.9, 20, np.random.default_rng(6))
    expected = np.full((200, 3), ERRORS[0] + 0.95 * 0.05)
    free = estimate_bloch(counts, KNOWN, np.zeros((200, 3)), 0.0)
    steady = estimate_bloch(counts, KNOWN, np.zeros((200, 3)), 0.0, expected)
    q = expected[0, 0]
    np.testing.assert_allclose(steady.shot, 4 * q * (1 - q) / 20 / 0.95**2, rtol=1e-12)
    assert free.shot.std() > 0.3 * free.shot.mean()


def test_density_matrices_are_physical():
    """Of any vector in the ball: Hermitian, trace one, no negative eigenvalue."""
    rng = np.random.default_rng(7)
    vectors = rng.standard_normal((50, 3))
    vectors *= rng.uniform(0, 1, (50, 1)) / np.linalg.norm(vectors, axis=1, keepdims=True)
    rho = bloch_state(vectors)
    np.testing.assert_allclose(rho, rho.conj().swapaxes(1, 2), atol=1e-15)
    np.testing.assert_allclose(np.trace(rho, axis1=1, axis2=2), 1, atol=1e-15)
    assert np.linalg.eigvalsh(rho).min() > -1e-15
    outside = 1.1 * vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert np.linalg.eigvalsh(bloch_state(outside)).min() < -0.04


def test_density_matrices_have_the_stated_signs():
    """z = -1 is the empty |0><0|, z = +1 the full |1><1|, and x, y sit in <0|rho|1> = (x+iy)/2."""
    rho = bloch_state(np.array([[0, 0, -1.0], [0, 0, 1.0], [1.0, 0, 0], [0, 1.0, 0]]))
    np.testing.assert_allclose(rho[0], [[1, 0], [0, 0]], atol=1e-15)
    np.testing.assert_allclose(rho[1], [[0, 0], [0, 1]], atol=1e-15)
    np.testing.assert_allclose(rho[2], [[0.5, 0.5], [0.5, 0.5]], atol=1e-15)
    np.testing.assert_allclose(rho[3], [[0.5, 0.5j], [-0.5j, 0.5]], atol=1e-15)


def test_density_matrices_return_their_vectors():
    """An independent reading of the matrices gives the Bloch vectors back."""
    vectors = np.array([[0.3, -0.4, 0.5], [0.0, 0.6, -0.7]])
    found = bloch(DenseDevice(levels=2, fock_levels=1), bloch_state(vectors))
    np.testing.assert_allclose(found, vectors, atol=1e-15)

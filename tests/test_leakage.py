"""Three-outcome counts: leaked population and state together, against closed forms and a search."""

import numpy as np
import pytest
from scipy.optimize import minimize

from analysis.estimators.state.leakage import estimate_with_leakage, three_level_assignment
from cqed_battery.errors import CqedBatteryError

ASSIGNMENT = np.array([[0.97, 0.03, 0.02], [0.02, 0.94, 0.08], [0.01, 0.03, 0.90]])
STATE, LEAKED = np.array([0.3, -0.4, 0.2]), 0.06


def probabilities(state, leaked, assignment=ASSIGNMENT):
    """P(outcome) of each axis, (3, 3), by hand: levels first, then the readout."""
    kept = 1 - leaked
    levels = [[kept * (1 - v) / 2, kept * (1 + v) / 2, leaked] for v in state]
    return np.array(levels) @ assignment.T


def counted(state, leaked, shots, runs, seed=1):
    rng = np.random.default_rng(seed)
    chances = np.broadcast_to(probabilities(state, leaked), (runs, 3, 3))
    return rng.multinomial(shots, chances)


def test_exact_frequencies_give_the_state_back():
    """Counts without noise give v and L; taken for outcome 1, the leaked shots shift z by L."""
    counts = np.rint(1e12 * probabilities(STATE, LEAKED)).astype(np.int64)[None]
    found = estimate_with_leakage(counts, ASSIGNMENT)
    np.testing.assert_allclose(found.bloch[0], STATE, atol=1e-9)
    assert found.leakage[0] == pytest.approx(LEAKED, abs=1e-9)
    ideal = 1e6 * probabilities(STATE, LEAKED, np.eye(3))
    folded = (ideal[2, 1] + ideal[2, 2] - ideal[2, 0]) / 1e6
    assert folded == pytest.approx(0.2 * (1 - LEAKED) + LEAKED)


def test_errors_are_the_scatter():
    """Over 4000 runs estimates scatter as stated, without bias; a root is known to 1.1 %."""
    found = estimate_with_leakage(counted(STATE, LEAKED, 500, 4000), ASSIGNMENT)
    assert found.bloch.std(axis=0) == pytest.approx(found.bloch_std.mean(axis=0), rel=0.06)
    assert found.leakage.std() == pytest.approx(found.leakage_std.mean(), rel=0.06)
    assert found.bloch.mean(axis=0) == pytest.approx(STATE, abs=5 * 0.046 / np.sqrt(4000))
    pull = (found.leakage.mean() - LEAKED) / found.leakage_std.mean()
    assert abs(pull) < 0.1


def test_leakage_is_shared_by_the_axes():
    """Three axes know L better than z alone, by nearly the root of three."""
    counts = counted(STATE, LEAKED, 500, 50)
    found = estimate_with_leakage(counts, np.eye(3))
    alone = np.sqrt(LEAKED * (1 - LEAKED) / 500)
    assert 0.5 < found.leakage_std.mean() / alone < 0.65


def test_calibration_errors_count():
    """Few calibration shots widen the errors by what a second calibration would move them."""
    calibration = np.array([[97, 2, 1], [3, 94, 3]])
    matrix, errors = three_level_assignment(calibration)
    assert matrix[:, 2].tolist() == [0.0, 0.0, 1.0]
    counts = counted(STATE, LEAKED, 20_000, 1)
    wide, narrow = (estimate_with_leakage(counts, matrix, e) for e in (errors, None))
    assert (wide.bloch_std > 2 * narrow.bloch_std).all()
    rng, moved = np.random.default_rng(2), []
    for _ in range(400):
        drawn = np.stack([rng.multinomial(100, row / 100) for row in calibration])
        moved.append(estimate_with_leakage(counts, three_level_assignment(drawn)[0]).linear[0])
    scatter = np.std(moved, axis=0)
    stated = np.sqrt(np.diag(wide.covariance[0] - narrow.covariance[0]))
    assert stated == pytest.approx(scatter, rel=0.35)


def test_states_stay_states():
    """Pure and hardly leaked: estimates lie in the ball and beat any other state in likelihood."""
    counts = counted(np.array([0.0, 0.0, 1.0]), 0.002, 60, 12, seed=3)
    found = estimate_with_leakage(counts, ASSIGNMENT)
    assert (np.linalg.norm(found.bloch, axis=1) <= 1 + 1e-9).all()
    assert (found.leakage >= 0).all()
    assert (np.linalg.norm(found.linear[:, :3], axis=1) > 1 - found.linear[:, 3]).any()

    def cost(root, number):
        matrix = np.array([[root[0], 0, 0], [root[1] + 1j * root[2], root[3], 0], [0, 0, root[4]]])
        rho = matrix @ matrix.conj().T
        rho = rho / np.trace(rho).real
        kept = 1 - rho[2, 2].real
        vector = [2 * rho[1, 0].real, 2 * rho[1, 0].imag, (rho[1, 1] - rho[0, 0]).real]
        chance = probabilities(np.array(vector) / kept, 1 - kept)
        return -(counts[number] * np.log(chance)).sum()

    for number in range(12):
        state, leaked = found.bloch[number], found.leakage[number]
        ours = -(counts[number] * np.log(probabilities(state, leaked))).sum()
        start = np.array([0.3, 0.1, 0.1, 1.0, 0.1])
        assert ours <= minimize(cost, start, args=(number,), tol=1e-10).fun + 1e-4


@pytest.mark.parametrize(
    ("counts", "assignment", "sentence"),
    [
        (np.ones((2, 3, 2), dtype=int), ASSIGNMENT, r"must have shape \(T, 3, 3\)"),
        (-np.ones((1, 3, 3), dtype=int), ASSIGNMENT, "must be at least 0: give the counts"),
        (np.ones((1, 3, 3), dtype=int), np.full((3, 3), 1 / 3), "tell the levels apart"),
        (np.ones((1, 3, 3), dtype=int), ASSIGNMENT.T, "columns of probabilities"),
    ],
)
def test_what_cannot_be_estimated_is_refused(counts, assignment, sentence):
    """Wrong shapes, negative counts and useless readouts are named."""
    with pytest.raises(CqedBatteryError, match=sentence):
        estimate_with_leakage(counts, assignment)

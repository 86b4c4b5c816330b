"""Wang et al.'s charger and battery: against dense sums over transitions, QuTiP and Gibbs."""

from itertools import product

import numpy as np
import pytest
from scipy.linalg import expm, null_space

from analysis.papers.wang.claims.entanglement import (
    concurrence_of_flipped_state,
    concurrence_without_roots,
)
from analysis.papers.wang.model import LONG, Wang
from cqed_battery.errors import CqedBatteryError, ExperimentError
from cqed_battery.theory import redfield
from cqed_battery.theory.entanglement import concurrence

S = np.array([[0, 0], [1, 0]], dtype=complex)  # lowering, in the paper's order |e>, |g>
SIGMA = (np.kron(S, np.eye(2)), np.kron(np.eye(2), S))
Z = (np.kron(np.diag([1, -1]), np.eye(2)), np.kron(np.eye(2), np.diag([1, -1])))
POINTS = (  # Delta, mean mu, Delta mu, T
    (0.0, 0.0, 0.0, 1.0),
    (3.0, 2.0, -4.0, 1.0),
    (3.0, -6.0, 0.0, 1.0),
    (-2.2, 1.3, 3.1, 0.6),
)


def hamiltonian(delta, drive=0.5, coupling=1.0):
    exchange = SIGMA[0].T @ SIGMA[1]
    return (
        delta / 4 * (Z[0] - Z[1])
        + coupling * (exchange + exchange.T)
        + drive / 2 * (SIGMA[0] + SIGMA[0].T)
    )


def left(m):
    return np.kron(m, np.eye(len(m)))


def right(m):
    return np.kron(np.eye(len(m)), m.T)


def dense_generator(delta, mean, difference, temperature, keep):
    """Eqs. 12-14 with chi_ji chi_nm, term by term on row-stacked matrices of the bare basis."""
    h = hamiltonian(delta)
    energies, vectors = np.linalg.eigh(h)
    matrix = -1j * (left(h) - right(h))
    potentials = (mean + difference / 2, mean - difference / 2)
    pairs = [(low, up) for up in range(4) for low in range(up)]
    for sigma, mu in zip(SIGMA, potentials, strict=True):
        for (a, b), (c, d) in product(pairs, pairs):
            first, second = energies[b] - energies[a], energies[d] - energies[c]
            if not keep(first, second):
                continue
            one = (
                np.outer(vectors[:, a], vectors[:, a].conj())
                @ sigma
                @ np.outer(vectors[:, b], vectors[:, b].conj())
            )
            two = (
                np.outer(vectors[:, c], vectors[:, c].conj())
                @ sigma
                @ np.outer(vectors[:, d], vectors[:, d].conj())
            )
            rate = 0.1 * second * np.exp(-second / 5)
            filled = 1 / (np.exp((second - mu) / temperature) + 1)
            # Tr_B of Eq. 11: the second operator carries the rate, the first closes the trace
            for weight, x, y in ((1 - filled, one, two), (filled, one.conj().T, two.conj().T)):
                matrix = matrix + rate * weight * (
                    left(y) @ right(x.conj().T)
                    - left(x.conj().T @ y)
                    + left(x) @ right(y.conj().T)
                    - right(y.conj().T @ x)
                )
    return matrix


def always(first, second):
    return True


def equal(first, second):
    return abs(first - second) < 1e-7


def close(first, second):
    return abs(first - second) <= 0.5


def steady(matrix):
    vector = null_space(matrix, rcond=1e-11)
    assert vector.shape[1] == 1
    state = vector[:, 0].reshape(4, 4)
    return state / np.trace(state)


def wootters(state):
    """The definition: roots of the eigenvalues of rho rho~, by a general eigenvalue solver."""
    y = np.array([[0, -1j], [1j, 0]])
    flip = np.kron(y, y)
    values = np.linalg.eigvals(state @ flip @ state.conj() @ flip).real
    roots = np.sort(np.sqrt(np.maximum(values, 0)))
    return max(0.0, roots[3] - roots[:3].sum())


def efficiency(state):
    battery = np.trace(state.reshape(2, 2, 2, 2), axis1=0, axis2=2)
    population = battery[0, 0].real
    return (population - np.linalg.eigvalsh(battery)[0]) / population


def wang(delta, mean, difference, temperature, **more):
    return Wang(
        detuning=delta,
        mean_potential=mean,
        potential_difference=difference,
        temperature=temperature,
        **more,
    )


def matrix_of(found):
    """A dataset's state in the paper's order |ee>, |eg>, |ge>, |gg>."""
    parts = found.state.transpose("part", ..., "row", "column").values
    return (parts[0] + 1j * parts[1])[..., ::-1, ::-1]


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(
    ("equation", "keep"), [("redfield", always), ("partly secular", close), ("secular", equal)]
)
def test_steady_state_is_that_of_a_sum_over_transitions(point, equation, keep):
    """State, efficiency and concurrence, by an engine that adds one pair of transitions a time."""
    found = wang(*point, equation=equation).steady_state()
    expected = steady(dense_generator(*point, keep))
    np.testing.assert_allclose(matrix_of(found), expected, atol=1e-10)
    np.testing.assert_allclose(found.efficiency, efficiency(expected), atol=1e-9)
    np.testing.assert_allclose(found.concurrence, wootters(expected), atol=1e-6)


def test_the_known_points():
    """Efficiency and concurrence at three points, from a calculation by somebody else."""
    known = ((0.104830, 0.0697483), (0.668491, 0.00961350), (0.915025, 0.533278))
    for point, numbers in zip(POINTS, known, strict=False):
        found = wang(*point).steady_state()
        np.testing.assert_allclose([found.efficiency, found.concurrence], numbers, rtol=5e-6)


def test_time_evolution_is_that_of_the_sum_over_transitions():
    point, times = POINTS[1], np.array([0.0, 0.7, 5.0])
    found = wang(*point).simulate(times)
    start = np.zeros(16, dtype=complex)
    start[-1] = 1.0
    matrix = dense_generator(*point, always)
    expected = np.array([(expm(matrix * t) @ start).reshape(4, 4) for t in times])
    np.testing.assert_allclose(matrix_of(found), expected, atol=1e-10)
    gain = expected[:, 0, 0].real + expected[:, 2, 2].real
    np.testing.assert_allclose(found.energy_gain, gain, atol=1e-10)
    np.testing.assert_allclose(found.power[1:], gain[1:] / times[1:], atol=1e-10)
    assert found.power[0] == 0.0


@pytest.mark.parametrize("equation", ["redfield", "raising", "secular", "lindblad"])
def test_null_space_is_the_end_of_a_long_evolution(equation):
    """Where the relaxation is fast enough; at large detuning tau = 20000/lambda is too short."""
    axes = {"detuning": np.array([-2.0, 0.0, 1.5]), "potential_difference": np.array([-3.0, 2.0])}
    model = Wang(mean_potential=0.5, equation=equation)
    np.testing.assert_allclose(model.states(axes), model.states(axes, LONG), atol=1e-8)
    slow = Wang(mean_potential=2.0, potential_difference=4.0, detuning=10.0)
    assert np.abs(slow.states({}) - slow.states({}, LONG)).max() > 0.1
    assert float(slow.relaxation_rate({})) < 2e-4


def test_relaxation_rate_is_that_of_the_dense_generator():
    values = np.sort(-np.linalg.eigvals(dense_generator(*POINTS[3], always)).real)
    np.testing.assert_allclose(float(wang(*POINTS[3]).relaxation_rate({})), values[1], rtol=1e-8)


@pytest.mark.parametrize("delta", [0.0, 1.7, -4.0])
@pytest.mark.parametrize("equation", ["redfield", "raising", "partly secular", "secular"])
def test_equal_reservoirs_without_potential_lead_to_gibbs(delta, equation):
    """Detailed balance at mu = 0: exp(-H/T), coherences of the bare basis included."""
    found = wang(delta, 0.0, 0.0, 0.8, equation=equation).steady_state()
    gibbs = expm(-hamiltonian(delta) / 0.8)
    np.testing.assert_allclose(matrix_of(found), gibbs / np.trace(gibbs), atol=1e-12)


def test_sweeps_are_their_single_points():
    axes = {"detuning": np.array([-1.0, 2.0]), "temperature": np.array([0.3, 1.0, 3.0])}
    found = Wang(mean_potential=1.0).sweep(axes)
    for delta, temperature in product(*axes.values()):
        one = wang(delta, 1.0, 0.0, temperature).steady_state()
        there = found.sel(detuning=delta, temperature=temperature)
        np.testing.assert_allclose(there.state, one.state, atol=1e-12)


def test_largest_power_is_that_of_the_simulation():
    times = np.array([1.0, 2.0, 4.0, 8.0])
    found = Wang(start="ge").largest_power({"detuning": np.array([-2.0, 1.0])}, times)
    for delta in (-2.0, 1.0):
        run = Wang(detuning=delta, start="ge").simulate(times)
        np.testing.assert_allclose(found.sel(detuning=delta), run.power.max(), atol=1e-10)


def test_readings_move_the_parameters_they_name():
    """The other sign swaps the potentials; the detuning goes to one or both."""
    flipped = Wang(detuning=1.0, potential_difference=-2.0, difference_sign="battery less charger")
    straight = Wang(detuning=1.0, potential_difference=2.0)
    np.testing.assert_allclose(flipped.states({}), straight.states({}), atol=1e-12)
    alone = Wang(detuning=1.0, detuning_split="charger only", mean_potential=1.0)
    half = Wang(detuning=1.0, mean_detuning=0.5, mean_potential=1.0)
    np.testing.assert_allclose(alone.states({}), half.states({}), atol=1e-12)
    alone = Wang(detuning=1.0, detuning_split="battery only", mean_potential=1.0)
    half = Wang(detuning=1.0, mean_detuning=-0.5, mean_potential=1.0)
    np.testing.assert_allclose(alone.states({}), half.states({}), atol=1e-12)


def printed_generator(model_point):
    """Eqs. 13-16 letter by letter, with real eigenvectors and energies in falling order."""
    delta, mean, difference, temperature = model_point
    energies, vectors = np.linalg.eigh(hamiltonian(delta))
    energies, vectors = energies[::-1], vectors[:, ::-1].real
    h = np.diag(energies)
    matrix = -1j * (left(h) - right(h))
    tau = np.einsum("pi,qj->ijpq", np.eye(4), np.eye(4))
    pairs = [(i, j) for i in range(4) for j in range(i + 1, 4)]
    potentials = (mean + difference / 2, mean - difference / 2)
    for sigma, mu in zip(SIGMA, potentials, strict=True):
        chi = vectors.T @ sigma @ vectors
        for (i, j), (m, n) in product(pairs, pairs):
            w = energies[m] - energies[n]
            rate = 0.1 * w * np.exp(-w / 5)
            filled = 1 / (np.exp((w - mu) / temperature) + 1)
            up, down, other, back = tau[i, j], tau[j, i], tau[m, n], tau[n, m]
            g = chi[j, i] * chi[m, n] * (left(down) @ right(other) - right(other @ down))
            g = g + chi[i, j] * chi[n, m] * (left(back) @ right(up) - left(up @ back))
            k = chi[i, j] * chi[n, m] * (left(up) @ right(back) - right(back @ up))
            k = k + chi[j, i] * chi[m, n] * (left(other) @ right(down) - left(down @ other))
            matrix = matrix + rate * ((1 - filled) * g + filled * k)
    turn = np.kron(vectors, vectors)
    return turn @ matrix @ turn.T


def test_printed_terms_are_those_of_the_paper_and_not_hermitian():
    """The evolution is that of the letters, and leaves the Hermitian matrices."""
    point, time = POINTS[1], 2.0
    start = np.zeros(16, dtype=complex)
    start[-1] = 1.0
    expected = (expm(printed_generator(point) * time) @ start).reshape(4, 4)
    hermitian = (expected + expected.conj().T) / 2
    model = wang(*point, equation="as printed")
    found = model.simulate(np.array([time])).isel(time=0)
    np.testing.assert_allclose(matrix_of(found), hermitian, atol=1e-10)
    left_out = np.linalg.norm(expected - hermitian)
    assert left_out > 1e-3
    np.testing.assert_allclose(found.non_hermitian, left_out, atol=1e-10)
    assert model.hermiticity_defect() > 1e-3
    assert wang(*point).hermiticity_defect() < 1e-14


def test_a_generator_that_breaks_hermiticity_is_refused_as_a_real_matrix():
    with pytest.raises(CqedBatteryError, match="does not keep Hermitian matrices Hermitian"):
        redfield.as_real(np.array([[1.0, 0.1j], [0.0, 1.0]]))


def test_transient_may_lose_positivity_and_the_dataset_shows_it():
    """A Redfield equation gives no guarantee; the smallest eigenvalue is that of the state."""
    point, times = (0.0, 0.0, 10.0, 1.0), np.linspace(0.0, 10.0, 101)
    found = wang(*point).simulate(times)
    matrix = dense_generator(*point, always)
    start = np.zeros(16, dtype=complex)
    start[-1] = 1.0
    exact = [np.linalg.eigvalsh((expm(matrix * t) @ start).reshape(4, 4))[0] for t in times]
    np.testing.assert_allclose(found.smallest_eigenvalue, exact, atol=1e-10)
    assert np.min(exact) < -1e-4
    secular = wang(*point, equation="secular").simulate(times)
    assert secular.smallest_eigenvalue.min() > -1e-12


def test_wrong_values_are_refused():
    with pytest.raises(ExperimentError, match=r"wang\.temperature must be a number > 0"):
        Wang(temperature=0.0)


def test_wrong_sweeps_are_refused():
    with pytest.raises(ExperimentError, match=r"wang\.temperature must be a number > 0"):
        Wang().sweep({"temperature": np.array([1.0, -1.0])})


def test_sweeps_of_words_are_refused():
    with pytest.raises(CqedBatteryError, match="start cannot be swept"):
        Wang().sweep({"start": np.array([1.0])})


def test_reservoirs_without_temperature_are_refused():
    with pytest.raises(CqedBatteryError, match="smaller than twice the temperature"):
        Wang(temperature=1.0, temperature_difference=2.0).steady_state()


def test_several_steady_states_are_refused():
    with pytest.raises(CqedBatteryError, match="steady state is not unique"):
        Wang(charger_damping=0.0, battery_damping=0.0).steady_state()


@pytest.mark.parametrize("weight", [0.0, 0.2, 1 / 3, 0.5, 0.8, 1.0])
def test_concurrence_of_werner_states(weight):
    """(3 p - 1)/2 above p = 1/3."""
    singlet = np.array([0, 1, -1, 0]) / np.sqrt(2)
    state = weight * np.outer(singlet, singlet) + (1 - weight) / 4 * np.eye(4)
    expected = max(0.0, (3 * weight - 1) / 2)
    np.testing.assert_allclose(concurrence(state.astype(complex)), expected, atol=1e-12)
    largest = (1 + 3 * weight) / 4
    flipped = concurrence_of_flipped_state(state.astype(complex))
    np.testing.assert_allclose(flipped, max(0.0, 2 * largest - 1), atol=1e-12)
    values = np.array([largest, *[(1 - weight) / 4] * 3]) ** 2
    without = concurrence_without_roots(state.astype(complex))
    np.testing.assert_allclose(without, max(0.0, 2 * values[0] - values.sum()), atol=1e-12)


def test_concurrence_of_pure_states():
    """2 |ad - bc|, for a stack of random ones."""
    rng = np.random.default_rng(3)
    kets = rng.normal(size=(20, 4)) + 1j * rng.normal(size=(20, 4))
    kets /= np.linalg.norm(kets, axis=1)[:, None]
    states = kets[:, :, None] * kets.conj()[:, None, :]
    expected = 2 * np.abs(kets[:, 0] * kets[:, 3] - kets[:, 1] * kets[:, 2])
    np.testing.assert_allclose(concurrence(states), expected, atol=1e-7)

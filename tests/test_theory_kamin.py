"""Qubits in fermion reservoirs against dense linear algebra, QuTiP, closed forms and balance."""

import numpy as np
import pytest
from scipy.linalg import expm, null_space
from scipy.special import expit

from analysis.papers.kamin.model import Kamin
from cqed_battery.errors import CqedBatteryError
from cqed_battery.theory.qubit_networks import qubit_network, spin_star
from cqed_battery.theory.symmetric import Rates, symmetric_star

LOWER = np.array([[0.0, 1.0], [0.0, 0.0]])
LOCAL = Kamin(potential=0.0, potential_difference=4.0)
TOGETHER = Kamin(reservoirs="collective", potential=2.0)


def star(qubits):
    return [(0, site) for site in range(1, qubits)]


def chain(qubits):
    return [(site, site + 1) for site in range(qubits - 1)]


def on_site(operator, site, qubits):
    parts = [operator if place == site else np.eye(2) for place in range(qubits)]
    whole = np.eye(1)
    for part in parts:
        whole = np.kron(whole, part)
    return whole


def operators(qubits, links, coupling, occupations, *, collective=False, omega_0=10.0):
    """Hamiltonian of Eq. 1, splittings and all, and jumps of Eqs. 5-8, dense; qubit 0 first."""
    lower = [on_site(LOWER, site, qubits) for site in range(qubits)]
    h = sum(omega_0 * (2 * c.T @ c - np.eye(2**qubits)) for c in lower)
    h = h + sum((coupling * (lower[a].T @ lower[b] + lower[b].T @ lower[a]) for a, b in links))
    reached = [sum(lower)] if collective else lower
    jumps = []
    for c, n in zip(reached, occupations, strict=True):
        jumps += [np.sqrt(1 - n) * c, np.sqrt(n) * c.T]
    return h, jumps


def generator(h, jumps):
    """The master equation on row-stacked matrices: shares no code with the package."""
    one = np.eye(len(h))
    matrix = -1j * (np.kron(h, one) - np.kron(one, h.T))
    for c in jumps:
        loss = c.T @ c
        matrix = matrix + np.kron(c, c) - (np.kron(loss, one) + np.kron(one, loss.T)) / 2
    return matrix


def battery(state, qubits):
    """The reduced state of qubit 0."""
    rest = 2 ** (qubits - 1)
    return np.einsum("aibi->ab", state.reshape(2, rest, 2, rest))


def unique_state(qubits, matrix):
    kernel = null_space(matrix, rcond=1e-11)
    assert kernel.shape[1] == 1
    state = kernel[:, 0].reshape(2**qubits, -1)
    return battery(state / np.trace(state), qubits)


def occupation(mu, temperature=1.0, omega=1.0):
    return 1 / (np.exp((omega - mu) / temperature) + 1)


POINTS = [
    (2, "star", 0.4, 0.0, 4.0, 1.0),
    (3, "star", 1.0, 0.0, 4.0, 1.0),
    (3, "chain", 2.5, 1.0, 2.0, 0.5),
    (4, "star", 0.7, -1.0, 5.0, 2.0),
    (4, "chain", 1.3, 2.0, -3.0, 1.5),
]


@pytest.mark.parametrize(("qubits", "network", "coupling", "mu", "difference", "t"), POINTS)
def test_steady_state_is_that_of_dense_algebra(qubits, network, coupling, mu, difference, t):
    """Own reservoirs, full space with omega_0 = 10: the battery is diagonal and p_e agrees."""
    links = star(qubits) if network == "star" else chain(qubits)
    n = [occupation(mu, t), *[occupation(mu + difference, t)] * (qubits - 1)]
    reduced = unique_state(qubits, generator(*operators(qubits, links, coupling, n)))
    model = Kamin(
        qubits=qubits,
        network=network,
        coupling=coupling,
        potential=mu,
        potential_difference=difference,
        temperature=t,
    )
    found = model.steady_state()
    assert abs(reduced[0, 1]) < 1e-10
    assert float(found.excitation) == pytest.approx(reduced[1, 1].real, abs=1e-9)
    assert float(found.ergotropy) == pytest.approx(max(0, 2 * reduced[1, 1].real - 1), abs=1e-9)
    assert int(found.steady_states) == 1


@pytest.mark.parametrize(("qubits", "network", "coupling", "mu", "difference", "t"), POINTS[:4])
def test_steady_state_is_that_of_qutip(qubits, network, coupling, mu, difference, t):
    """QuTiP's steady state, where it is unique, gives the battery's population."""
    qutip = pytest.importorskip("qutip")
    links = star(qubits) if network == "star" else chain(qubits)
    n = [occupation(mu, t), *[occupation(mu + difference, t)] * (qubits - 1)]
    h, jumps = operators(qubits, links, coupling, n)
    state = qutip.steadystate(qutip.Qobj(h), [qutip.Qobj(c) for c in jumps]).full()
    model = Kamin(
        qubits=qubits,
        network=network,
        coupling=coupling,
        potential=mu,
        potential_difference=difference,
        temperature=t,
    )
    found = float(model.steady_state().excitation)
    assert found == pytest.approx(battery(state, qubits)[1, 1].real, abs=1e-6)


@pytest.mark.parametrize("qubits", [2, 3, 4, 5])
def test_symmetric_operators_are_the_full_space(qubits):
    """Steady state and evolution from all three starts, 2^N states beside N (N + 1) numbers."""
    down, up = (0.7, 0.3), (0.1, 0.9)
    small = symmetric_star(qubits, 0.8, Rates(*down), Rates(*up))
    full = qubit_network(qubits, star(qubits), 0.8, [down, *[up] * (qubits - 1)])
    assert small.matrix.shape[0] == qubits * (qubits + 1)
    ground = np.zeros((2**qubits, 2**qubits), complex)
    ground[0, 0] = 1.0
    steady = small.excited @ small.steady_state()
    assert steady == pytest.approx(full.limit(ground).excitation, abs=1e-10)
    times = np.array([0.0, 0.3, 1.0, 4.0])
    starts = {"ground": ground, "excited": ground[::-1, ::-1], "mixed": np.eye(2**qubits)}
    for name, start in starts.items():
        found = small.evolve(small.start(name), times) @ small.excited
        expected = full.excitations(start / np.trace(start), times)
        np.testing.assert_allclose(found, expected, atol=1e-10)


def test_forty_qubits_balance():
    """What the battery gives to its reservoir is what the ancillas take from theirs."""
    n1, n2 = occupation(0.0), occupation(4.0)
    network = symmetric_star(40, 1.0, Rates(1 - n1, n1), Rates(1 - n2, n2))
    state = network.steady_state()
    populations = network.populations @ state, network.excited @ state, network.outer @ state
    total, first, outer = (float(value) for value in populations)
    assert network.matrix.shape[0] == 40 * 41
    assert total == pytest.approx(1.0, abs=1e-10)
    assert first - n1 == pytest.approx(39 * (n2 - outer), abs=1e-9)
    assert n1 < first < outer < n2


@pytest.mark.parametrize("coupling", [0.1, 1.0, 7.0])
def test_two_qubits_have_a_closed_form(coupling):
    """p_e = n1 + (n2 - n1) 2 J^2 / (gamma^2 + 4 J^2), in a star as in a chain."""
    n1, n2 = occupation(0.0), occupation(4.0)
    expected = n1 + (n2 - n1) * 2 * coupling**2 / (1 + 4 * coupling**2)
    for network in ("star", "chain", "chain_middle"):
        model = LOCAL.replace({"qubits": 2, "coupling": coupling, "network": network})
        assert float(model.steady_state().excitation) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("reservoirs", ["individual", "collective"])
def test_three_qubits_with_the_battery_between_them_are_a_star(reservoirs):
    """The chain with the battery in the middle is the star, the one with it at the end is not."""
    model = Kamin(reservoirs=reservoirs, potential=2.0)
    found = {
        network: float(model.replace({"network": network}).steady_state().excitation)
        for network in ("star", "chain_middle", "chain")
    }
    assert found["chain_middle"] == pytest.approx(found["star"], abs=1e-10)
    assert abs(found["chain"] - found["star"]) > 1e-3


@pytest.mark.parametrize("network", ["star", "chain"])
@pytest.mark.parametrize("qubits", [2, 3, 4])
@pytest.mark.parametrize("start", ["ground", "excited", "mixed"])
def test_collective_limit_is_a_long_evolution(network, qubits, start):
    """Dense exponentials to a long time, in the full space, end where the model says."""
    links = star(qubits) if network == "star" else chain(qubits)
    h, jumps = operators(qubits, links, 1.0, [occupation(2.0)], collective=True)
    weights = {"ground": [1.0, 0.0], "excited": [0.0, 1.0], "mixed": [0.5, 0.5]}[start]
    state = np.eye(1)
    for _ in range(qubits):
        state = np.kron(state, np.diag(weights))
    matrix = expm(20.0 * generator(h - np.diag(np.diag(h)), jumps))
    state = (np.linalg.matrix_power(matrix, 64) @ state.ravel()).reshape(state.shape)
    model = TOGETHER.replace({"network": network, "qubits": qubits, "start": start})
    reduced = battery(state, qubits)
    assert abs(reduced[0, 1]) < 1e-10
    steady = model.steady_state()
    assert float(steady.excitation) == pytest.approx(reduced[1, 1].real, abs=1e-8)
    late = model.simulate(np.array([0.0, 600.0]))
    assert float(late.excitation[-1]) == pytest.approx(float(steady.excitation), abs=1e-8)
    assert float(late.excitation[0]) == weights[1]


@pytest.mark.parametrize("qubits", [2, 3, 4])
@pytest.mark.parametrize("network", ["star", "chain"])
def test_dark_states_are_counted(qubits, network):
    """As many independent steady states as the full master equation has null vectors."""
    links = star(qubits) if network == "star" else chain(qubits)
    h, jumps = operators(qubits, links, 1.0, [occupation(2.0)], collective=True)
    expected = null_space(generator(h, jumps), rcond=1e-11).shape[1]
    model = TOGETHER.replace({"qubits": qubits, "network": network})
    assert int(model.steady_state().steady_states) == expected
    assert expected > 1


def test_two_collective_qubits_reach_from_the_singlet_to_the_triplet():
    """The dark singlet holds 1/2, the triplet its own thermal state; the mixed start is between."""
    n = occupation(2.0)
    ratio = n / (1 - n)
    triplet = (ratio**2 + ratio / 2) / (1 + ratio + ratio**2)
    found = TOGETHER.replace({"qubits": 2, "start": "mixed"}).steady_state()
    assert float(found.lowest) == pytest.approx(0.5, abs=1e-12)
    assert float(found.highest) == pytest.approx(triplet, abs=1e-12)
    assert float(found.excitation) == pytest.approx(0.75 * triplet + 0.125, abs=1e-12)


def test_every_start_ends_within_the_range():
    """Random starts of a chain of three: long evolutions lie between the two ends."""
    h, jumps = operators(3, chain(3), 1.0, [occupation(2.0)], collective=True)
    late = np.linalg.matrix_power(expm(20.0 * generator(h - np.diag(np.diag(h)), jumps)), 64)
    found = TOGETHER.replace({"network": "chain"}).steady_state()
    rng = np.random.default_rng(7)
    for _ in range(20):
        vector = rng.normal(size=8) + 1j * rng.normal(size=8)
        vector /= np.linalg.norm(vector)
        state = (late @ np.outer(vector, vector.conj()).ravel()).reshape(8, 8)
        excitation = battery(state, 3)[1, 1].real
        assert float(found.lowest) - 1e-8 < excitation < float(found.highest) + 1e-8


@pytest.mark.parametrize("qubits", [3, 5, 9])
def test_odd_stars_in_one_reservoir_are_thermal(qubits):
    """A product of thermal states is left alone, so that W = tanh((mu - omega) / 2 T)."""
    model = TOGETHER.replace({"qubits": qubits, "temperature": 0.7, "start": "mixed"})
    found = model.steady_state()
    assert float(found.ergotropy) == pytest.approx(np.tanh(0.5 / 0.7), abs=1e-10)
    assert float(found.highest - found.lowest) < 1e-10


def test_spin_of_the_ancillas_carries_the_star():
    """One spin 1 in place of two ancillas moves the battery as the full space does."""
    spin = spin_star(2, 1.3, (0.4, 0.6))
    full = qubit_network(3, star(3), 1.3, [(0.4, 0.6)], collective=True)
    ground, times = np.zeros((8, 8), complex), np.linspace(0.0, 5.0, 6)
    ground[0, 0] = 1.0
    found = spin.excitations(ground[:6, :6], times)
    np.testing.assert_allclose(found, full.excitations(ground, times), atol=1e-12)


@pytest.mark.parametrize(("at", "energy"), [("omega", 1.0), ("omega_0", 10.0), ("splitting", 20.0)])
def test_occupation_is_taken_at_the_energy_that_is_named(at, energy):
    """Alone in its reservoir the battery takes n; its own temperature is T_1."""
    model = Kamin(qubits=1, occupation_at=at, potential=9.0, battery_temperature=3.0)
    expected = expit((9.0 - energy) / 3.0)
    assert float(model.steady_state().excitation) == pytest.approx(expected, abs=1e-12)


def test_datasets_say_what_they_hold():
    """Each variable has a name and a unit, and time is a dimension."""
    found = Kamin().simulate(np.array([0.0, 1.0]))
    assert found.excitation.dims == ("time",)
    for dataset in (found, Kamin().steady_state()):
        assert all({"long_name", "units"} <= set(v.attrs) for v in dataset.variables.values())


def test_too_many_qubits_are_refused():
    """The full space of a chain ends at six qubits, and the refusal says so."""
    model = Kamin(qubits=7, network="chain")
    with pytest.raises(CqedBatteryError, match=r"kamin\.qubits must be <= 6 for a chain"):
        model.steady_state()


def test_a_coupling_too_weak_to_empty_dark_states_is_refused():
    """Below it, slow modes cannot be told from steady states; 0 itself is exact."""
    model = TOGETHER.replace({"coupling": 1e-6})
    with pytest.raises(CqedBatteryError, match=r"kamin\.coupling must be 0 or >= 0\.0001"):
        model.steady_state()
    assert int(TOGETHER.replace({"coupling": 0.0}).steady_state().steady_states) > 2


def test_a_slow_mode_is_not_taken_for_a_steady_state():
    """A mode that relaxes too slowly for double precision is named, not counted."""
    network = qubit_network(3, star(3), 1e-5, [(0.3, 0.7)], collective=True)
    with pytest.raises(CqedBatteryError, match="slowest relaxation cannot be told from none"):
        network.limit(np.eye(8) / 8)


def test_a_star_without_reservoirs_has_no_unique_state():
    """Without jumps the linear system is singular, which is refused."""
    network = symmetric_star(3, 1.0, Rates(0.0, 0.0), Rates(0.0, 0.0))
    with pytest.raises(ArithmeticError, match="steady state"):
        network.steady_state()

"""Redfield's and Lindblad's equations and the concurrence against QuTiP."""

import numpy as np
import pytest

from analysis.papers.wang.model import Wang
from cqed_battery.dynamics.hermitian import from_real, to_real
from cqed_battery.theory import redfield
from cqed_battery.theory.entanglement import concurrence
from cqed_battery.theory.master import lindblad

qutip = pytest.importorskip("qutip")

POINTS = ((0.3, 0.2, 0.5), (1.1, -0.6, 0.9), (-0.8, 1.7, 0.2))


def states_of(found):
    parts = found.state.transpose("part", ..., "row", "column").values
    return parts[0] + 1j * parts[1]


def random_state(seed):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4))
    return root @ root.conj().T / np.trace(root @ root.conj().T)


def sites():
    lower, z = qutip.sigmam(), qutip.sigmaz()  # QuTiP's first state is the excited one
    one = qutip.qeye(2)
    return (lower & one, one & lower), (z & one, one & z)


def full_hamiltonian(delta, drive=0.5):
    (first, second), (z1, z2) = sites()
    exchange = first.dag() * second + first * second.dag()
    return delta / 4 * (z1 - z2) + exchange + drive / 2 * (first + first.dag())


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("factor", [np.inf, 1.5, 4.0])
def test_dissipator_is_qutips_bloch_redfield_tensor(point, factor):
    """A Hermitian coupling with any spectrum, all terms kept or only the nearly secular ones.

    QuTiP takes its cutoff in units of the smallest distance of two levels.
    """
    matrix = np.random.default_rng(8).normal(size=(4, 4))
    h = np.diag(point[0] * np.arange(4.0)) + point[1] * (matrix + matrix.T) / 2
    operator = point[2] * np.kron(np.array([[0, 1], [1, 0.4]]), np.eye(2))

    def spectrum(w):
        return 0.3 * np.exp(w / 2.5) / (1 + w**2)

    tensor = qutip.bloch_redfield_tensor(
        qutip.Qobj(h),
        a_ops=[[qutip.Qobj(operator), spectrum]],
        sec_cutoff=-1 if np.isinf(factor) else factor,
        fock_basis=True,
    ).full()
    energies, vectors = np.linalg.eigh(h)
    coupling = vectors.T @ operator.astype(complex) @ vectors
    rates = spectrum(redfield.gaps(energies)) / 2
    cutoff = factor * np.diff(energies).min()
    part = redfield.dissipator(coupling, rates, energies, cutoff=cutoff)
    ours = redfield.on_hermitian(redfield.commutator(energies) + part, vectors)
    state = random_state(2)
    theirs = (tensor @ state.ravel(order="F")).reshape(4, 4, order="F")
    np.testing.assert_allclose(from_real((ours @ to_real(state)).real), theirs, atol=1e-10)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_one_driven_free_qubit_relaxes_as_in_qutip(temperature):
    """Without drive and coupling the battery's lowering operator is lowering in every equation."""
    model = Wang(
        coupling=0.0,
        drive=0.0,
        detuning=-2.0,
        detuning_split="battery only",
        mean_potential=0.3,
        temperature=temperature,
        charger_damping=0.0,
        start="ge",
    )
    times = np.array([0.0, 1.0, 6.0])
    found = model.simulate(times)
    rate = 0.1 * 2.0 * np.exp(-2.0 / 5)
    filled = 1 / (np.exp((2.0 - 0.3) / temperature) + 1)

    def spectrum(w):
        return 2 * rate * np.where(w > 0, 1 - filled, filled)

    run = qutip.brmesolve(
        2.0 / 2 * qutip.sigmaz(),
        qutip.basis(2, 0) * qutip.basis(2, 0).dag(),
        times,
        a_ops=[[qutip.sigmax(), spectrum]],
        sec_cutoff=-1,
        e_ops=[qutip.sigmaz()],
        options={"atol": 1e-12, "rtol": 1e-10},
    )
    np.testing.assert_allclose(found.bloch.sel(component="z"), run.expect[0], atol=1e-6)


@pytest.mark.parametrize("point", [(0.0, 0.0, 0.0), (3.0, 2.0, -4.0), (-1.5, 1.0, 2.5)])
@pytest.mark.parametrize("where", ["Delta", "omega", "J at omega, N at Delta"])
def test_lindblad_is_qutips(point, where):
    """Eq. 6 with D_A = 2 A rho A† - ...: steady states and times, rates at the named places."""
    delta, mean, difference = point
    if where == "Delta" and delta <= 0:
        delta += 4.0  # no spectral density at or below the drive's frequency
    model = Wang(
        detuning=delta,
        mean_detuning=2.5,
        mean_potential=mean,
        potential_difference=difference,
        equation="lindblad",
        lindblad_rates=where,
        drive_frequency=3.0,
    )
    sigma, z = sites()
    h = full_hamiltonian(delta) + 2.5 / 2 * (z[0] + z[1])
    jumps = []
    for lower, sign in zip(sigma, (1, -1), strict=True):
        detuning, mu = 2.5 + sign * delta / 2, mean + sign * difference / 2
        w = detuning + (0.0 if where == "Delta" else 3.0)
        n = detuning + (3.0 if where == "omega" else 0.0)
        rate, filled = 0.1 * w * np.exp(-w / 5), 1 / (np.exp(n - mu) + 1)
        jumps += [
            np.sqrt(2 * rate * (1 - filled)) * lower,
            np.sqrt(2 * rate * filled) * lower.dag(),
        ]
    expected = qutip.steadystate(h, jumps).full()[::-1, ::-1]
    np.testing.assert_allclose(states_of(model.steady_state()), expected, atol=1e-6)
    times = np.array([0.0, 1.0, 4.0])
    ground = qutip.basis(2, 1) & qutip.basis(2, 1)
    options = {"atol": 1e-12, "rtol": 1e-10}
    run = qutip.mesolve(h, ground, times, c_ops=jumps, options=options)
    expected = np.array([state.full() for state in run.states[1:]])[:, ::-1, ::-1]
    np.testing.assert_allclose(states_of(model.simulate(times))[1:], expected, atol=1e-6)


def test_constant_rates_make_the_project_s_own_lindblad_matrix():
    """On Hermitian matrices as real vectors, where both are real and unique."""
    rng = np.random.default_rng(5)
    h, jump = rng.normal(size=(2, 4, 4)) + 1j * rng.normal(size=(2, 4, 4))
    h = h + h.conj().T
    energies, vectors = np.linalg.eigh(h)
    coupling = vectors.conj().T @ jump @ vectors
    total = redfield.commutator(energies) + redfield.dissipator(
        coupling, np.full((4, 4), 0.5), energies
    )
    ours = redfield.as_real(redfield.on_hermitian(total, vectors))
    np.testing.assert_allclose(ours, lindblad(h, [jump]).toarray(), atol=1e-12)


@pytest.mark.parametrize("rank", [1, 2, 3, 4])
def test_concurrence_is_qutips(rank):
    """Random mixed states of every rank."""
    rng = np.random.default_rng(rank)
    root = rng.normal(size=(6, 4, rank)) + 1j * rng.normal(size=(6, 4, rank))
    states = root @ np.swapaxes(root.conj(), -1, -2)
    states /= np.trace(states, axis1=-2, axis2=-1)[:, None, None]
    expected = [qutip.concurrence(qutip.Qobj(s, dims=[[2, 2], [2, 2]])) for s in states]
    np.testing.assert_allclose(concurrence(states), expected, atol=1e-6)

"""Rodriguez' models against closed forms, QuTiP and a dense integration written here."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from analysis.papers.rodriguez.model import (
    BareBattery,
    ManyCells,
    OscillatorCatalyst,
    QubitCatalyst,
)
from analysis.papers.rodriguez.moments import appendix_b
from analysis.papers.rodriguez.noise import FluctuatingCouplings
from cqed_battery.errors import CqedBatteryError
from cqed_battery.theory.gaussian import Moments, Oscillators, ergotropy, evolve, vacuum

GT = np.array([0.0, 5.0, 10.0, 20.0])
TIMES = GT / 0.2


def ladder(levels):
    return np.diag(np.sqrt(np.arange(1.0, levels)), k=1).astype(complex)


def on(place, operator, levels):
    """An operator of one factor in a product of spaces with these numbers of levels."""
    product = np.eye(1)
    for k, count in enumerate(levels):
        product = np.kron(product, operator if k == place else np.eye(count))
    return product


def passive_energy(state):
    return float(np.sort(np.linalg.eigvalsh(state))[::-1] @ np.arange(len(state)))


def dense_energies(hamiltonian, jumps, numbers, levels, times):
    """Vacuum, dense right-hand side in the plain Fock space, no displacement."""
    size = len(hamiltonian)
    loss = sum(jump.conj().T @ jump for jump in jumps)

    def rate(_, flat):
        rho = flat.reshape(size, size)
        left = (-1j * hamiltonian - loss / 2) @ rho
        inward = sum(jump @ rho @ jump.conj().T for jump in jumps)
        return (left + left.conj().T + inward).ravel()

    start = np.zeros(size**2, dtype=complex)
    start[0] = 1.0
    options = {"t_eval": times, "method": "DOP853", "rtol": 1e-9, "atol": 1e-11}
    found = solve_ivp(rate, (0.0, times[-1]), start, **options)
    states = found.y.T.reshape(len(times), size, size)
    return [np.einsum("ij,tji->t", number, states).real for number in numbers]


@pytest.mark.parametrize("factor", [1.0, 0.5])
def test_resonant_bare_battery_has_its_closed_form(factor):
    """beta(t) of the damped pair, under both conventions of the rate, and its maximum."""
    convention = {1.0: "dissipator", 0.5: "halved"}[factor]
    times = np.linspace(0.0, 100.0, 41)
    found = BareBattery(rate_convention=convention).simulate(times).battery_energy
    gamma = 0.05 * factor
    lam = np.sqrt(0.2**2 - gamma**2 / 16)
    fading = np.exp(-gamma * times / 4)
    swing = np.cos(lam * times) + gamma / (4 * lam) * np.sin(lam * times)
    np.testing.assert_allclose(found, 0.25 * (1 - fading * swing) ** 2, atol=1e-12)
    peak = BareBattery(rate_convention=convention).simulate(np.array([np.pi / lam]))
    closed = 0.25 * (1 + np.exp(-gamma * np.pi / (4 * lam))) ** 2
    assert float(peak.battery_energy[0]) == pytest.approx(closed, abs=1e-12)


def test_numbers_found_before_by_other_means():
    """Values at g t = 5, 10, 20 of an independent calculation, to its digits."""
    warm = BareBattery(occupation=1.0).simulate(TIMES).battery_energy
    np.testing.assert_allclose(warm[1:], [0.656367, 1.23879, 1.09687], rtol=5e-6)
    oscillator = OscillatorCatalyst().simulate(TIMES).battery_energy
    np.testing.assert_allclose(oscillator[1:], [0.938382, 2.99904, 8.14800], rtol=5e-6)
    qubit = QubitCatalyst(tolerance=1e-7).simulate(TIMES)
    np.testing.assert_allclose(qubit.battery_energy[1:], [1.18607, 3.51693, 7.82208], rtol=5e-6)
    np.testing.assert_allclose(qubit.battery_ergotropy[1:], [1.15700, 3.49936, 7.81326], rtol=5e-6)


@pytest.mark.parametrize(
    "changes",
    [
        {"occupation": 0.3},
        {"laser_detuning": 0.2, "drive": 0.05, "occupation": 0.1},
        {"drive_sign": "as printed", "loss": 0.2, "rate_convention": "halved"},
    ],
)
def test_bare_battery_is_that_of_qutip(changes):
    """Energy and ergotropy of the battery at three points, by QuTiP in a large Fock space."""
    qutip = pytest.importorskip("qutip")
    model = BareBattery(**changes)
    levels = 15 if model.occupation else 6
    a = qutip.tensor(qutip.destroy(levels), qutip.qeye(levels))
    b = qutip.tensor(qutip.qeye(levels), qutip.destroy(levels))
    delta = model.detuning
    h = delta * (a.dag() * a + b.dag() * b) + 0.2 * (a * b.dag() + b * a.dag())
    h += model.drive * (a + a.dag())
    loss = model.loss / (2 if model.rate_convention == "halved" else 1)
    jumps = [np.sqrt(loss * (1 + model.occupation)) * a, np.sqrt(loss * model.occupation) * a.dag()]
    times = np.array([0.0, 4.0, 8.0])
    options = {"rtol": 1e-9, "atol": 1e-11, "nsteps": 20000, "progress_bar": ""}
    start = qutip.tensor(qutip.basis(levels, 0), qutip.basis(levels, 0))
    states = qutip.mesolve(h, start, times, jumps, options=options).states
    found = model.simulate(times)
    energies = [qutip.expect(b.dag() * b, state) for state in states]
    np.testing.assert_allclose(found.battery_energy, energies, atol=1e-6)
    works = [e - passive_energy(s.ptrace(1).full()) for e, s in zip(energies, states, strict=True)]
    np.testing.assert_allclose(found.battery_ergotropy, works, atol=1e-6)


@pytest.mark.parametrize(("sign", "name"), [(-1, "rotating"), (1, "as printed")])
def test_laser_turns_as_the_option_says(sign, name):
    """Classical amplitudes in the laboratory's frame, the laser at exp(-+ i omega_f t) on a'."""
    model = BareBattery(drive_sign=name, laser_detuning=0.1, loss=0.1)

    def rates(t, y):
        laser = 0.1 * np.exp(1j * sign * 1.1 * t)
        return [-(1j + 0.05) * y[0] - 0.2j * y[1] - 1j * laser, -1j * y[1] - 0.2j * y[0]]

    times = np.linspace(0.0, 30.0, 31)
    start = np.zeros(2, dtype=complex)
    found = solve_ivp(rates, (0, 30), start, t_eval=times, rtol=1e-10, atol=1e-12).y
    np.testing.assert_allclose(model.simulate(times).battery_energy, abs(found[1]) ** 2, atol=1e-8)


@pytest.mark.parametrize(
    ("changes", "q_scale"),
    [
        ({"drive": 0.03, "occupation": 0.02, "catalyst_loss": 0.05}, 1.0),
        ({"drive": 0.05, "splitting": 1.1, "laser_detuning": 0.03, "occupation": 0.01}, 1.0),
        ({"drive": 0.04, "qubit_operator": "sigma_x - i sigma_y", "catalyst_loss": 0.1}, 2.0),
    ],
)
def test_qubit_catalyst_is_that_of_a_plain_fock_space(changes, q_scale):
    """Three points, resonant and not, integrated densely without any displacement."""
    model, levels = QubitCatalyst(**changes, tolerance=1e-9), (8, 8, 2)
    a, b = on(0, ladder(8), levels), on(1, ladder(8), levels)
    lower = on(2, ladder(2), levels)
    q, delta = q_scale * lower, model.detuning
    n_a, n_b, n_q = (c.conj().T @ c for c in (a, b, lower))
    h = delta * (n_a + n_b) + (delta + model.splitting - 1) * n_q + model.drive * (a + a.conj().T)
    for c in (a, b):
        h = h + 0.2 * (c @ q.conj().T + c.conj().T @ q)
    bath = ((model.loss, a), (model.catalyst_loss, q))
    jumps = [np.sqrt(rate * (1 + model.occupation)) * c for rate, c in bath]
    jumps += [np.sqrt(rate * model.occupation) * c.conj().T for rate, c in bath]
    times = np.array([0.0, 6.0, 12.0])
    expected = dense_energies(h, jumps, (n_a, n_b, n_q), levels, times)
    found = model.simulate(times)
    np.testing.assert_allclose(found.charger_energy, expected[0], atol=2e-6)
    np.testing.assert_allclose(found.battery_energy, expected[1], atol=2e-6)
    np.testing.assert_allclose(found.catalyst_energy / model.splitting, expected[2], atol=2e-6)


@pytest.mark.parametrize(
    "changes", [{}, {"catalyst_loss": 0.1}, {"splitting": 1.3, "laser_detuning": 0.05}]
)
def test_qubit_catalyst_is_that_of_qutip(changes):
    """Energy, ergotropy and the qubit's purity at weak drive, by QuTiP."""
    qutip = pytest.importorskip("qutip")
    model, levels = QubitCatalyst(drive=0.04, tolerance=1e-9, **changes), 7
    one, two = qutip.qeye(levels), qutip.qeye(2)
    a = qutip.tensor(qutip.destroy(levels), one, two)
    b = qutip.tensor(one, qutip.destroy(levels), two)
    q = qutip.tensor(one, one, qutip.destroy(2))
    delta = model.detuning
    h = delta * (a.dag() * a + b.dag() * b) + (delta + model.splitting - 1) * q.dag() * q
    h += 0.2 * ((a + b) * q.dag() + (a + b).dag() * q) + 0.04 * (a + a.dag())
    jumps = [np.sqrt(0.05) * a, np.sqrt(model.catalyst_loss) * q]
    start = qutip.tensor(*(qutip.basis(n, 0) for n in (levels, levels, 2)))
    times = np.array([0.0, 5.0, 10.0])
    options = {"rtol": 1e-9, "atol": 1e-11, "nsteps": 20000, "progress_bar": ""}
    states = qutip.mesolve(h, start, times, jumps, options=options).states
    found = model.simulate(times)
    energies = np.array([qutip.expect(b.dag() * b, s) for s in states])
    np.testing.assert_allclose(found.battery_energy, energies, atol=1e-6)
    passive = [passive_energy(s.ptrace(1).full()) for s in states]
    np.testing.assert_allclose(found.battery_ergotropy, energies - passive, atol=1e-6)
    purity = [(s.ptrace(2) ** 2).tr().real for s in states]
    np.testing.assert_allclose(found.qubit_purity, purity, atol=1e-6)
    correlation = [sum(qutip.entropy_vn(s.ptrace(k)) for k in range(3)) for s in states]
    correlation = np.array(correlation) - [qutip.entropy_vn(s) for s in states]
    np.testing.assert_allclose(found.total_correlation, correlation, atol=1e-5)


def test_accuracy_follows_the_tolerance():
    """A tighter tolerance takes more levels and moves the energy by about the looser one."""
    times = np.array([0.0, 20.0, 40.0])  # long enough for rounding to matter, see displaced.py
    coarse, fine = (
        QubitCatalyst(occupation=1.0, tolerance=limit).simulate(times) for limit in (1e-3, 1e-4)
    )
    assert fine.attrs["photons_of_fluctuation"] > coarse.attrs["photons_of_fluctuation"]
    gap = float(abs(fine.battery_energy - coarse.battery_energy).max())
    assert 0 < gap < 10 * 1e-3


def test_too_many_photons_are_refused():
    """A hot bath needs more levels than allowed, which is said, not hidden."""
    model = QubitCatalyst(occupation=5.0, largest_photons=10)
    with pytest.raises(CqedBatteryError, match="more than 10 photons"):
        model.simulate(np.array([0.0, 50.0]))


def test_squeezed_start_turns_and_fades():
    """Free, damped evolution of squeezing: M = m exp(-2 i w t - kappa t), N relaxes to the bath."""
    r, w, kappa, bath = 0.7, 0.9, 0.3, 0.4
    start = Moments(
        np.array([1.0 + 0.5j]),
        np.array([[np.sinh(r) ** 2 + 0j]]),
        np.array([[np.sinh(r) * np.cosh(r) + 0j]]),
    )
    system = Oscillators(
        hamiltonian=np.array([[w + 0j]]),
        drive=np.zeros(1, dtype=complex),
        rates=np.array([kappa]),
        occupations=np.array([bath]),
    )
    times = np.array([0.0, 0.4, 1.7])
    found = evolve(system, start, times)
    fading, turned = np.exp(-kappa * times), np.exp(-2j * w * times)
    number = bath + (np.sinh(r) ** 2 - bath) * fading
    np.testing.assert_allclose(found.number[:, 0, 0], number, atol=1e-12)
    expected = np.sinh(r) * np.cosh(r) * fading * turned
    np.testing.assert_allclose(found.anomalous[:, 0, 0], expected, atol=1e-12)
    mean = (1 + 0.5j) * np.exp(-1j * w * times - kappa * times / 2)
    np.testing.assert_allclose(found.mean[:, 0], mean, atol=1e-12)
    covariances = found.covariances()
    nu = np.sqrt(np.linalg.det(covariances))
    np.testing.assert_allclose(
        found.ergotropies()[:, 0], np.abs(mean) ** 2 + number + 0.5 - nu, atol=1e-12
    )


def test_ergotropy_of_a_squeezed_displaced_thermal_state_is_that_of_its_matrix():
    """Against the eigenvalues of the density matrix, built by exponentials of ladder operators."""
    levels, bath, r, shift = 90, 0.3, 0.35, 0.8 - 0.4j
    c = ladder(levels)
    up = c.conj().T
    thermal = np.diag((bath / (1 + bath)) ** np.arange(levels)) / (1 + bath)
    move = expm(shift * up - np.conj(shift) * c) @ expm(r / 2 * (c @ c - up @ up))
    state = move @ thermal @ move.conj().T
    energy = np.trace(up @ c @ state).real
    mean = np.trace(c @ state)
    squeezing = np.trace(c @ c @ state) - mean**2
    found = ergotropy(mean, np.array(energy - abs(mean) ** 2), squeezing)
    assert float(found) == pytest.approx(energy - passive_energy(state), abs=1e-8)
    assert float(found) == pytest.approx(energy - bath, abs=1e-8)


def test_supermodes_share_the_energy_of_charger_and_battery():
    """Lossless, C_- is driven alone: F^2 cos^2 t^2; and both modes hold what a and b hold."""
    model = OscillatorCatalyst(loss=0.0, charger_coupling=0.1, battery_coupling=0.3)
    data = model.simulate(TIMES)
    np.testing.assert_allclose(data.minus_energy, 0.1**2 * 0.9 * TIMES**2, atol=1e-9)
    total = data.charger_energy + data.battery_energy
    np.testing.assert_allclose(data.plus_energy + data.minus_energy, total, atol=1e-9)


def test_cells_equal_one_bright_mode():
    """k equal cells hold together what one cell coupled sqrt(k) times as strongly holds."""
    for catalyst in (True, False):
        many = ManyCells(couplings=[0.2] * 3, catalyst=catalyst).simulate(TIMES)
        one = ManyCells(couplings=[0.2 * 3**0.5], catalyst=catalyst).simulate(TIMES)
        np.testing.assert_allclose(many.battery_energy, one.battery_energy, atol=1e-10)
        np.testing.assert_allclose(many.cell_energy[:, 1], many.battery_energy / 3, atol=1e-10)
    bare = BareBattery().simulate(TIMES).battery_energy
    single = ManyCells(catalyst=False).simulate(TIMES).battery_energy
    np.testing.assert_allclose(single, bare, atol=1e-12)


def test_appendix_b_is_the_exact_solution_only_with_b4_mended():
    model = OscillatorCatalyst(charger_coupling=0.15)
    exact = model.simulate(TIMES).battery_energy
    mended, printed = (
        appendix_b(model, TIMES, b4=b4)["b'b"].real for b4 in ("mended", "as printed")
    )
    np.testing.assert_allclose(mended, exact, atol=1e-7)
    assert abs(printed - exact).max() > 0.1


def test_vanishing_noise_is_no_noise():
    """With strength 0 every realisation is the model itself; with noise the spread is above 0."""
    quiet = FluctuatingCouplings(strength=0.0, realisations=2).simulate(TIMES)
    exact = OscillatorCatalyst().simulate(TIMES).battery_energy
    np.testing.assert_allclose(quiet.battery_energy, exact, atol=1e-9)
    loud = FluctuatingCouplings(noise="independent", realisations=4).simulate(TIMES)
    assert float(loud.standard_error[-1]) > 0.01
    together = FluctuatingCouplings(noise="common", realisations=4).simulate(TIMES)
    assert abs(float(together.battery_energy[-1] - loud.battery_energy[-1])) > 0.1


def test_vacuum_without_drive_stays_vacuum():
    data = OscillatorCatalyst(drive=0.0).simulate(TIMES)
    np.testing.assert_allclose(data.battery_energy, 0.0, atol=1e-15)
    np.testing.assert_allclose(vacuum(2).covariances(), np.eye(4) / 2)

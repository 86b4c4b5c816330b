"""The two engines of the oracles against each other and against the written equations."""

import ast
import sys
from pathlib import Path

import numpy as np
import oracles
import pytest
from oracles import (
    DenseDevice,
    bloch,
    from_transmon_first,
    ground_state,
    hamiltonian,
    integrate_rotating,
    jump_operators,
    level_populations,
    liouvillian,
    product_state,
    propagate,
    random_device,
    random_segments,
    random_state,
    resonator_state,
    steady_state,
    time_integrals,
    to_transmon_first,
    transmon_state,
)
from oracles.conversions import boltzmann_ratio, decay_rate, ghz, mhz


def test_oracles_import_only_numpy_and_scipy():
    """No oracle imports what it is there to check, nor the libraries that this is built on."""
    roots = set()
    for path in Path(oracles.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                roots |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                roots.add(str(node.module).partition(".")[0])
    assert roots - sys.stdlib_module_names == {"numpy", "scipy"}


def test_conversions():
    """5 GHz turns once in 0.2 ns, 50 MHz once in 20 ns, 50 us lose 2e-5 per ns."""
    assert 0.2 * ghz(5.0) == pytest.approx(6.283185307179586)
    assert 20.0 * mhz(50.0) == pytest.approx(6.283185307179586)
    assert [decay_rate(50.0), decay_rate(float("inf"))] == pytest.approx([2e-5, 0.0])


@pytest.mark.parametrize("seed", range(5))
def test_liouvillian_is_the_master_equation(seed):
    """The stacked generator does what the master equation written with matrices does."""
    rng = np.random.default_rng(seed)
    device = random_device(rng)
    _, g, eps = random_segments(rng, 1)[0]
    rho = random_state(rng, device.dimension)
    h = hamiltonian(device, g, eps)
    expected = -1j * (h @ rho - rho @ h)
    for jump in jump_operators(device):
        loss = jump.conj().T @ jump
        expected += jump @ rho @ jump.conj().T - 0.5 * (loss @ rho + rho @ loss)
    found = (liouvillian(device, g, eps) @ rho.reshape(-1)).reshape(rho.shape)
    np.testing.assert_allclose(found, expected, atol=1e-13)


@pytest.mark.parametrize("seed", range(3))
def test_dense_engine_agrees_with_stepwise_integration(seed):
    """Both engines give the same states of a random device under jumping controls, to 1e-9."""
    rng = np.random.default_rng(100 + seed)
    device = random_device(rng, fock_levels=4)
    segments = random_segments(rng)
    edges = np.concatenate(([0.0], np.cumsum([piece[0] for piece in segments])))
    rho0 = random_state(rng, device.dimension)

    def current(t: float) -> tuple[float, float, complex]:
        # Between the breaks only: a break itself belongs to neither side.
        return (np.nan,) * 3 if t in edges else segments[np.searchsorted(edges, t) - 1]

    times = np.sort(np.concatenate((edges, 0.4 * edges[:-1] + 0.6 * edges[1:])))
    asked = np.delete(times, 4)  # one break is among the times asked for, the other is not
    stepped = integrate_rotating(
        device,
        rho0,
        asked,
        coupling=lambda t: current(t)[1],
        drive=lambda t: current(t)[2],
        breaks_ns=edges,
    )
    halves = [(s * d, g, eps) for d, g, eps in segments for s in (0.6, 0.4)]
    dense = propagate(device, rho0, halves)
    np.testing.assert_allclose(stepped, np.delete(dense, 4, axis=0), atol=1e-9)
    assert abs(dense[-1] - dense[0]).max() > 1e-2


def test_ramp_in_pieces_converges_at_second_order():
    """A linear coupler ramp cut into midpoint pieces approaches the smooth ramp as 1/pieces^2."""
    device = DenseDevice(levels=3, fock_levels=4)
    g, eps = mhz(50.0), 1j * mhz(50.0)
    start = propagate(device, ground_state(device), [(4.0, g, eps)])[-1]
    smooth = integrate_rotating(
        device, start, [0.0, 2.0], coupling=lambda t: g * (1.0 - t / 2.0), drive=lambda t: eps
    )[-1]
    pieces = np.array([4, 8, 16, 32])
    errors = []
    for m in pieces:
        ramp = [(2.0 / m, g * (1.0 - (k + 0.5) / m), eps) for k in range(m)]
        errors.append(abs(propagate(device, start, ramp)[-1] - smooth).max())
    order = -np.polyfit(np.log(pieces), np.log(errors), 1)[0]
    assert order == pytest.approx(2.0, abs=0.3)


@pytest.mark.parametrize("seed", range(3))
def test_states_stay_states(seed):
    """Trace, Hermiticity and positivity survive random controls on a random warm device."""
    rng = np.random.default_rng(200 + seed)
    device = random_device(rng, fock_levels=4)
    states = propagate(device, random_state(rng, device.dimension), random_segments(rng))
    np.testing.assert_allclose(np.trace(states, axis1=1, axis2=2), 1.0, atol=1e-12)
    np.testing.assert_allclose(states, states.conj().swapaxes(1, 2), atol=1e-12)
    assert np.linalg.eigvalsh(states).min() > -1e-12


def test_readings_know_the_tensor_order():
    """Each reading of an uncorrelated state sees its own factor, and reordering is undone."""
    rng = np.random.default_rng(7)
    device = DenseDevice(levels=3, fock_levels=4)
    transmon, resonator = random_state(rng, 3), random_state(rng, 4)
    rho = product_state(transmon, resonator)
    np.testing.assert_allclose(transmon_state(device, rho), transmon, atol=1e-14)
    np.testing.assert_allclose(resonator_state(device, rho), resonator, atol=1e-14)
    swapped = to_transmon_first(device, rho)
    np.testing.assert_allclose(swapped, np.kron(transmon, resonator), atol=1e-14)
    np.testing.assert_array_equal(from_transmon_first(device, swapped), rho)
    np.testing.assert_allclose(level_populations(device, rho), np.diagonal(transmon).real)
    x, y, z = bloch(device, rho)
    raised = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]])
    turned = np.array([[0, 1j, 0], [-1j, 0, 0], [0, 0, 0]])
    assert x == pytest.approx(np.trace(raised @ transmon).real)
    assert y == pytest.approx(np.trace(turned @ transmon).real)
    assert z == pytest.approx((transmon[1, 1] - transmon[0, 0]).real)


def test_time_integrals_match_quadrature():
    """The augmented exponential integrates a random device's state as Gauss nodes do."""
    rng = np.random.default_rng(11)
    device = random_device(rng, fock_levels=3)
    rho0, (_, g, eps) = random_state(rng, device.dimension), random_segments(rng, 1)[0]
    nodes, weights = np.polynomial.legendre.leggauss(24)
    times = 2.0 * (nodes + 1.0)
    states = propagate(device, rho0, [(step, g, eps) for step in np.diff(times, prepend=0.0)])[1:]
    expected = np.tensordot(2.0 * weights, states, axes=1)
    found = time_integrals(device, rho0, [(1.5, g, eps), (2.5, g, eps)])
    np.testing.assert_allclose(found[-1], expected, atol=1e-10)


def test_steady_state_is_stationary():
    """The steady state of a random device stays put and does not depend on the start."""
    device = random_device(np.random.default_rng(24), levels=2, fock_levels=3)
    g, eps = mhz(30.0), mhz(20.0) + 0j
    rho = steady_state(device, g, eps)
    late = propagate(device, ground_state(device), [(20_000.0, g, eps)])[-1]
    np.testing.assert_allclose(late, rho, atol=1e-10)
    assert len(jump_operators(device)) == 5


def test_baths_at_ten_millikelvin():
    """At 10 mK and 5 GHz the bath holds exp(-24) quanta; p = 1 % means 1/98 quanta."""
    device = DenseDevice()
    assert device.resonator_bath_number == pytest.approx(np.exp(-23.996), rel=1e-3)
    assert device.transmon_bath_number == pytest.approx(1.0 / 98.0)
    warm = DenseDevice(transmon_temperature_mK=60.0)
    ratio = boltzmann_ratio(5.0, 60.0)
    assert warm.transmon_bath_number == pytest.approx(ratio / (1.0 - ratio))


def test_file_sections_carry_every_constant():
    """The section view of a random device repeats each constant once, with one bath only."""
    device = random_device(np.random.default_rng(5))
    sections = device.sections()
    told = sorted(value for part in sections.values() for value in map(str, part.values()))
    assert told == sorted(str(v) for v in vars(device).values() if v is not None)
    heated = DenseDevice(transmon_temperature_mK=30.0).sections()["transmon"]
    assert heated["temperature_mK"] == 30.0
    assert "residual_excitation" not in heated

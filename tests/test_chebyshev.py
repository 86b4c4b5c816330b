"""The numbers behind the series: Bessel functions, their integrals, truncation and bounds."""

import numpy as np
import pytest
import scipy.sparse as sp
from devices import liouvillian_of
from oracles import random_device
from scipy.integrate import quad
from scipy.linalg import expm
from scipy.special import jv

from cqed_battery.dynamics import bessel, chebyshev, sparse
from cqed_battery.dynamics.waveforms import Controls


@pytest.mark.parametrize("longest", [0.0, 1e-9, 1e-5, 0.02, 3.0, 90.0, 250.0])
def test_bessel_functions_are_those_of_scipy(longest):
    """Downwards recurrence gives every J_k at once, for tiny and large arguments together."""
    reach = longest * np.array([0.0, 1e-8, 1e-3, 0.02, 0.5, 0.9, 1.0])
    found = bessel.bessel_functions(reach)
    expected = jv(np.arange(len(found))[:, None], reach[None, :])
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-14)  # scipy's own error
    beyond = jv(len(found), reach[-1])
    assert abs(beyond) < 1e-16


def test_integrals_of_the_coefficients_are_quadratures():
    """The second table integrates the first one from 0 to each time."""
    times, radius = np.array([0.7, 5.0, 0.0, 0.7]), 3.0
    table, integral = bessel.coefficients(times, radius, 1e-12)
    assert table.shape == integral.shape
    for row, time in zip(integral, times, strict=True):
        for k in (0, 1, 2, 7, 16):
            factor = 1.0 if k == 0 else 2.0
            exact = quad(lambda t, k=k: jv(k, t * radius), 0, time, epsabs=1e-13)[0]
            assert row[k] == pytest.approx(factor * exact, abs=1e-12)


@pytest.mark.parametrize("tolerance", [1e-6, 1e-10, 1e-13])
def test_decay_does_not_cost_accuracy(tolerance):
    """Non-normal decay, under which the vectors of the series grow, is cut later for it."""
    rng = np.random.default_rng(80)
    half = rng.normal(size=(10, 10))
    matrix = half - half.T - np.diag(rng.uniform(0.0, 12.0, 10))
    radius = float(np.linalg.norm(half - half.T, 2)) + 12.0
    start = rng.normal(size=10)
    found = chebyshev.propagate(sp.csr_array(matrix), (radius, 12.0), start, 1.3, tolerance)
    error = np.linalg.norm(found - expm(1.3 * matrix) @ start) / np.linalg.norm(start)
    assert error < 4 * tolerance + 1e-13


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("duration", [0.0, 1e6])
def test_bounds_hold_the_spectrum(seed, duration):
    """No eigenvalue lies outside the bounds, the close ones of long durations included."""
    rng = np.random.default_rng(seed)
    liouvillian = liouvillian_of(random_device(rng, fock_levels=4))
    controls = Controls(*rng.normal(scale=0.5, size=2), counter=0.3j * rng.normal())
    values = np.linalg.eigvals(liouvillian.matrix(controls).toarray())
    radius, decay = liouvillian.spectrum(controls, duration)
    assert np.abs(values.imag).max() <= radius + 1e-12
    assert -1e-12 - decay <= values.real.min()
    if duration:
        assert radius < liouvillian.spectrum(controls)[0]


def test_adjoint_is_the_transpose():
    """The matrix that carries measurements back is the transpose, for every controls."""
    liouvillian = liouvillian_of(random_device(np.random.default_rng(81), fock_levels=3))
    for controls in (Controls(0.2, 0.3 - 0.1j), Controls(0.0, 0.7j), Controls()):
        difference = liouvillian.adjoint(controls) - liouvillian.matrix(controls).T
        assert abs(difference).max() == 0.0


@pytest.mark.parametrize("kernel", [True, False])
@pytest.mark.parametrize("columns", [(), (1,), (5,)])
def test_products_are_added_in_place(kernel, columns, monkeypatch):
    """scipy's kernels and its operators add the same product, into any layout of memory."""
    if not kernel:
        monkeypatch.setattr(sparse, "csr_matvec", None)
    rng = np.random.default_rng(82)
    matrix = sp.csr_array(np.where(rng.random((7, 7)) < 0.4, rng.normal(size=(7, 7)), 0.0))
    vectors, before = rng.normal(size=(2, 7, *columns))
    for layout in (np.ascontiguousarray, np.asfortranarray):
        total = layout(before.copy())
        sparse.add_product(matrix, layout(vectors), total)
        np.testing.assert_allclose(total, before + matrix.toarray() @ vectors, atol=1e-14)


def test_shared_patterns_leave_the_first_matrix_alone():
    """New data on an old pattern is a new matrix."""
    first = sp.csr_array(np.array([[0.0, 2.0], [3.0, 0.0]]))
    second = sparse.with_data(first, np.array([5.0, 7.0]))
    np.testing.assert_array_equal(second.toarray(), [[0.0, 5.0], [7.0, 0.0]])
    np.testing.assert_array_equal(first.toarray(), [[0.0, 2.0], [3.0, 0.0]])

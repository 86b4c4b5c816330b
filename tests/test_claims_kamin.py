"""The ledger of Kamin et al.: every verdict, key numbers by other means, and every figure."""

from functools import cache

import numpy as np
import pytest
from scipy.linalg import null_space
from scipy.optimize import brentq

from analysis.papers.library import PAPERS

CLAIMS, FIGURES = PAPERS["K"].claims, PAPERS["K"].figures
VERDICTS = {
    "K1": "holds only if n at omega = 1",
    "K2": "holds",
    "K3": "holds",
    "K4": "holds only if N = 3 from any start or N = 2 from the ground state or "
    "chain of 3 from the ground state",
    "K5": "holds only if collective, N = 3 or collective, N = 5 or individual, chain of 4",
    "K6": "holds only if J = 0.01 to 100, N = 3 or N = 3, 5, 7, 9 or "
    "N = 3 to 9 from the ground state",
    "K7": "holds",
    "K8": "holds only if star, Delta mu >= 0 or chain, battery at the end, Delta mu >= 0",
    "K9": "holds",
    "K10": "holds only if star or chain, battery at the end or star, N = 40",
    "K11": "holds only if star or chain, battery at the end or star, Delta mu = 20",
    "K12": "holds",
    "K13": "holds",
    "K14": "holds only if equilibrium, mu = 2 or mu_1 = 1, Delta mu = 2 (Fig. 5) or "
    "mu_1 = 0, Delta mu = 2",
    "K15": "holds only if star, J = 1, N to 40 or star, J = 10, N to 6 or chain, J = 1, N to 6 "
    "or chain, J = 10, N to 6",
    "K16": "holds",
    "K17": "holds",
    "K18": "holds only if mu_1 = 0, as in Fig. 6",
    "K19": "holds",
}
MARKS = {  # y or n for each reading, in the order of the ledger
    "K20": "ynnnynnn",
    "K21": "yyyyyy",
    "K22": "yyyyyyyy",
    "K23": "ynny",
    "K24": "yyyyyn",
    "K25": "yyyy",
}
AXES = {
    "2": {"potential": 3.0},
    "3": {"potential_difference": 4.0},
    "4": {"coupling": 1.0},
    "5": {"temperature": 1.0},
    "6": {"potential_difference": 4.0},
    "N": {"qubits": 4},
}


@cache
def finding(key):
    return {claim.key: claim for claim in CLAIMS}[key].compute()


def number(key, name):
    return {reading.name: reading.number for reading in finding(key).readings}[name]


@pytest.mark.parametrize("key", [*VERDICTS, *MARKS])
def test_verdict_of_each_claim(key):
    """The verdict that follows from the computed numbers, and numbers that JSON can hold."""
    if key in VERDICTS:
        assert finding(key).verdict == VERDICTS[key]
    else:
        assert "".join("ny"[r.holds] for r in finding(key).readings) == MARKS[key]
    assert np.all(np.isfinite([reading.number for reading in finding(key).readings]))


def test_no_claim_is_left_out():
    """The table names every claim, each with a figure that exists."""
    assert [claim.key for claim in CLAIMS] == [*VERDICTS, *MARKS]
    assert {claim.figure for claim in CLAIMS if claim.figure} <= set(FIGURES)


def fermi(mu, temperature=1.0):
    return 1 / (np.exp((1.0 - mu) / temperature) + 1)


def test_two_collective_qubits_span_from_singlet_to_triplet():
    """K5 at N = 2: the triplet's thermal population less one half."""
    ratio = fermi(2.0) / (1 - fermi(2.0))
    triplet = (ratio**2 + ratio / 2) / (1 + ratio + ratio**2)
    assert number("K5", "collective, N = 2") == pytest.approx(triplet - 0.5, abs=1e-10)


def test_bias_that_two_qubits_need():
    """K16's first onset: n1 + 0.4 (n2 - n1) = 1/2 at J = gamma and mu_1 = 0."""
    n1 = fermi(0.0)
    expected = brentq(lambda bias: n1 + 0.4 * (fermi(bias) - n1) - 0.5, 0.0, 10.0)
    assert f"star: {expected:.3f}," in finding("K16").remark


def test_charge_without_ancilla():
    """K18 above omega: 2 n - 1 = tanh((mu - omega) / 2 T)."""
    assert number("K18", "mu_1 = 2, above omega") == pytest.approx(np.tanh(0.5), abs=1e-12)


def test_full_battery_keeps_the_dark_quarter():
    """K4 from the mixed state of two qubits: 3/4 in a full triplet, 1/4 in a passive singlet."""
    assert number("K4", "N = 2 from the mixed state") == pytest.approx(0.75, abs=1e-10)


def star_of_three(first, other):
    """W of a star of three in its own reservoirs, J = 1, by a dense null vector."""
    lower, one = np.array([[0.0, 1.0], [0.0, 0.0]]), np.eye(2)
    sites = [
        np.kron(np.kron(*parts[:2]), parts[2])
        for parts in ((lower, one, one), (one, lower, one), (one, one, lower))
    ]
    h = sum(sites[0].T @ c + c.T @ sites[0] for c in sites[1:])
    matrix = -1j * (np.kron(h, np.eye(8)) - np.kron(np.eye(8), h))
    for c, n in zip(sites, (first, other, other), strict=True):
        for jump in (np.sqrt(1 - n) * c, np.sqrt(n) * c.T):
            loss = jump.T @ jump
            lost = np.kron(loss, np.eye(8)) + np.kron(np.eye(8), loss)
            matrix = matrix + np.kron(jump, jump) - lost / 2
    state = null_space(matrix, rcond=1e-11)[:, 0].reshape(8, 8)
    excited = np.trace((sites[0].T @ sites[0]) @ state) / np.trace(state)
    return max(0.0, 2 * excited.real - 1)


def test_bias_charges_a_hot_battery():
    """K20: W of the star at T = 50 by a dense null vector; it grows with the bias."""
    for bias in (2.0, 20.0, 100.0):
        expected = star_of_three(fermi(1.0, 50.0), fermi(1.0 + bias, 50.0))
        assert number("K20", f"star, Delta mu = {bias:g}") == pytest.approx(expected, abs=1e-9)


def test_one_more_cell_at_a_large_bias():
    """K24: from the empty lone battery to n1 + 0.4 (n2 - n1), and on by a dense null vector."""
    n1, n2 = fermi(0.0), fermi(40.0)
    two = 2 * (n1 + 0.4 * (n2 - n1)) - 1
    assert number("K24", "star, N = 1 to 2") == pytest.approx(two, abs=1e-9)
    assert number("K24", "star, N = 2 to 3") == pytest.approx(star_of_three(n1, n2) - two, abs=1e-9)


def test_heat_of_the_batterys_own_reservoir_charges_it():
    """K14: the largest step of W as T_1 rises alone, and as all temperatures rise."""
    temperatures = (0.1, 0.3, 1.0, 3.0, 10.0, 50.0)
    alone = [star_of_three(fermi(0.0, t), fermi(4.0)) for t in temperatures]
    every = [star_of_three(fermi(0.0, t), fermi(4.0, t)) for t in temperatures]
    found = number("K14", "mu_1 = 0, Delta mu = 4, T_1 alone")
    assert found == pytest.approx(np.diff(alone).max(), abs=1e-9)
    found = number("K14", "mu_1 = 0, Delta mu = 4")
    assert found == pytest.approx(np.diff(every).max(), abs=1e-9)


@pytest.mark.parametrize("key", FIGURES)
def test_each_figure_has_its_curves(key):
    """At one point of the axis, which a user's value fixes, every curve is finite in [0, 1]."""
    found = FIGURES[key].compute(AXES[key])
    values = found.ergotropy
    (axis,) = AXES[key]
    assert values.dims[-1] == axis
    assert values[axis].values.tolist() == list(AXES[key].values())
    assert values.sizes[values.dims[0]] > 1
    assert np.all((values >= 0) & (values <= 1))
    assert {"label", "panel", "axis", "style", "kind"} <= set(values.attrs)
    assert {"title", "caption"} <= set(found.attrs)


def test_a_changed_parameter_narrows_the_family():
    """The user's temperature wins over the figure's own, and the curve is that of Eq. 2."""
    found = FIGURES["2"].compute({"temperature": 0.8, "potential": 3.0}).ergotropy
    assert found.temperature.values.tolist() == [0.8]
    assert float(found[0, 0]) == pytest.approx(np.tanh(2.0 / 1.6), abs=1e-10)

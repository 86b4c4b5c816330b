"""The oracles' counting statistics and reset chain, each with a case that must be refused."""

import numpy as np
import pytest
from oracles import (
    ActiveReset,
    DenseDevice,
    agrees,
    bloch_estimate,
    bloch_standard_error,
    chi_square,
    liouvillian,
    reads_one,
    significance,
)
from oracles.conversions import decay_rate
from scipy.linalg import expm
from scipy.stats import norm

ERRORS = (0.01, 0.04)


def test_readout_maps_populations():
    """Empty reads 1 with p10, full with 1 - p01, and leakage as the fraction taken for 1."""
    corners = reads_one(np.eye(3), *ERRORS, leaked_reads_1=0.6)
    np.testing.assert_allclose(corners, [0.01, 0.96, 0.6 * 0.96 + 0.4 * 0.01])


def test_estimate_undoes_the_readout():
    """The corrected component of exact frequencies is P(1) - P(0)."""
    q = reads_one([[0.3, 0.7], [1.0, 0.0]], *ERRORS)
    np.testing.assert_allclose(bloch_estimate(q * 500, 500, *ERRORS), [0.4, -1.0])


@pytest.mark.parametrize("component", [-0.9, 0.0, 0.7])
def test_standard_error_is_the_scatter(component):
    """Simulated estimates, calibration included, scatter as stated and not as a bare coin."""
    rng, shots, calibrated, runs = np.random.default_rng(31), 1000, 800, 40_000
    q = reads_one([0.5 * (1.0 - component), 0.5 * (1.0 + component)], *ERRORS)
    learnt = [rng.binomial(calibrated, p, runs) / calibrated for p in ERRORS]
    found = bloch_estimate(rng.binomial(shots, q, runs), shots, *learnt)
    stated = bloch_standard_error(component, shots, *ERRORS, calibration_shots=calibrated)
    # The relative error of a sample deviation is 1/sqrt(2 runs) = 0.35 %; five of them.
    assert found.std() == pytest.approx(stated, rel=5.0 / np.sqrt(2.0 * runs))
    bare = np.sqrt((1.0 - component**2) / shots)
    assert found.std() != pytest.approx(bare, rel=5.0 / np.sqrt(2.0 * runs))


def test_significance_becomes_gaussian():
    """For many shots the exact tail gives the usual number of sigmas."""
    shots, p = 10**8, 0.3
    sigma = np.sqrt(shots * p * (1.0 - p))
    ones = np.round(shots * p + np.array([-5.0, -2.0, 3.0]) * sigma)
    np.testing.assert_allclose(significance(ones, shots, p), [5.0, 2.0, 3.0], atol=2e-3)


def test_significance_of_rare_outcomes_is_exact():
    """One count of probability 1e-6 in 1000 shots is 3.3 sigma, and an impossible one infinite."""
    tail = 1.0 - (1.0 - 1e-6) ** 1000
    assert significance(1, 1000, 1e-6) == pytest.approx(norm.isf(tail), abs=1e-9)
    assert significance(1, 1000, 0.0) == np.inf
    assert significance([0, 1000], 1000, [0.0, 1.0]) == pytest.approx([0.0, 0.0])


def test_five_sigma_check_accepts_truth_and_refuses_a_shift():
    """Counts agree with their own probabilities and not with those moved by 2 %."""
    rng = np.random.default_rng(32)
    p = rng.uniform(0.02, 0.9, size=(2, 61, 3))
    ones = rng.binomial(20_000, p)
    assert agrees(ones, 20_000, p)
    assert not agrees(ones, 20_000, p + 0.02)


def test_chi_square_is_uniform_on_truth():
    """p-values of true tables are uniform; a table from other chances is refused."""
    rng = np.random.default_rng(33)
    chances = rng.dirichlet(np.ones(4), size=30)
    values = [chi_square(rng.multinomial(5000, chances), chances)[2] for _ in range(400)]
    # Mean of 400 uniform numbers: 1/2 with deviation 1/sqrt(12 * 400); five of them.
    assert np.mean(values) == pytest.approx(0.5, abs=5.0 / np.sqrt(12 * 400))
    skewed = 0.97 * chances + 0.03 * chances[:, ::-1]
    assert chi_square(rng.multinomial(5000, skewed), chances)[2] < 1e-6


def test_chi_square_counts_freedom():
    """Rows keep their totals, impossible outcomes carry no freedom, and seeing one is fatal."""
    chances = np.array([[0.5, 0.5, 0.0], [0.2, 0.3, 0.5]])
    statistic, freedom, _ = chi_square([[60, 40, 0], [20, 30, 50]], chances)
    assert (statistic, freedom) == (pytest.approx(4.0), 3)
    assert chi_square([[60, 39, 1], [20, 30, 50]], chances)[2] == 0.0


def reset_by_matrices(chain: ActiveReset, rounds: int) -> np.ndarray:
    """The same reset with unnormalised density matrices, one per recorded bit."""
    device = DenseDevice(
        levels=2,
        fock_levels=1,
        t1_us=chain.t1_us,
        residual_excitation=chain.residual_excitation,
        dephasing_rate_MHz=0.0,
    )
    wait = expm(chain.latency_ns * liouvillian(device, 0.0, 0.0))
    hit = np.array([[1.0 - chain.p1_given_0, chain.p0_given_1]])
    kraus = np.sqrt(np.concatenate((hit, 1.0 - hit)))
    flip = np.array([[0.0, 1.0], [1.0, 0.0]])
    rho, found = np.diag([1.0 - chain.residual_excitation, chain.residual_excitation]), []
    for _ in range(rounds):
        found.append(rho[1, 1].real)
        branches = [np.diag(row) @ rho @ np.diag(row) for row in kraus]
        waited = [(wait @ branch.reshape(-1)).reshape(2, 2) for branch in branches]
        rho = waited[0] + flip @ waited[1] @ flip
    return np.array([*found, rho[1, 1].real])


def test_reset_chain_against_density_matrices():
    """The closed recursion equals measurement, Lindblad wait and flip done with matrices."""
    chain = ActiveReset(latency_ns=700.0, t1_us=2.0, residual_excitation=0.15)
    np.testing.assert_allclose(chain.excited(5), reset_by_matrices(chain, 5), atol=1e-12)
    assert chain.excited(5)[-1] == pytest.approx(chain.fixed_point, abs=0.01)


def test_reset_limits():
    """Without errors or latency one round empties; blind readout is a flip with p10; T1 rate."""
    perfect = ActiveReset(p1_given_0=0.0, p0_given_1=0.0, latency_ns=0.0)
    np.testing.assert_allclose(perfect.excited(2, 0.4), [0.4, 0.0, 0.0], atol=1e-15)
    blind = ActiveReset(p1_given_0=0.3, p0_given_1=0.7, latency_ns=0.0)
    assert blind.one_round(0.1) == pytest.approx(0.9 * 0.3 + 0.1 * 0.7)
    slow = ActiveReset(p1_given_0=0.0, p0_given_1=0.0, t1_us=5.0, residual_excitation=0.1)
    rise = 0.1 * (1.0 - np.exp(-500.0 * decay_rate(5.0) / 0.8))
    assert slow.one_round(0.0) == pytest.approx(rise)


def test_reset_chain_against_trajectories():
    """Simulated shots lie within 5 sigma of the chain, and a chain without latency does not."""
    chain = ActiveReset(t1_us=3.0, residual_excitation=0.2, p1_given_0=0.03, p0_given_1=0.08)
    rng, shots, rounds = np.random.default_rng(23), 200_000, 3
    excited = rng.random(shots) < chain.residual_excitation
    fade = np.exp(-chain.latency_ns * decay_rate(chain.t1_us) / (1.0 - 0.4))
    ones = []
    for _ in range(rounds):
        bit = rng.random(shots) < np.where(excited, 1.0 - chain.p0_given_1, chain.p1_given_0)
        ones.append(bit.sum())
        renewed = rng.random(shots) > fade
        excited = np.where(renewed, rng.random(shots) < chain.residual_excitation, excited) ^ bit
    ones.append(excited.sum())
    expected = [*chain.reported_one(rounds), chain.excited(rounds)[-1]]
    assert significance(ones, shots, expected).max() < 5.0
    ideal = ActiveReset(**{**vars(chain), "latency_ns": 0.0})
    assert significance(ones[-1], shots, ideal.excited(rounds)[-1]) > 5.0

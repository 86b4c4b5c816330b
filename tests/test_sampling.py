"""Shots by Aer's law: frequencies, readout errors, seeds, and independence of the order."""

import numpy as np
import pytest
from oracles import agrees, chi_square, reads_one, significance
from qiskit import QuantumCircuit
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, ReadoutError
from scipy.stats import norm

from cqed_battery import Experiment
from protocols.emulation.sampling import (
    STAGES,
    drawn_counts,
    outcome_law,
    sampled_outcomes,
    setting_seed,
)
from protocols.readout import assignment_errors

P10, P01, SHOTS = 0.03, 0.11, 2000
EXPERIMENT = Experiment().replace({"readout.p1_given_0": P10, "readout.p0_given_1": P01})
PROBABILITIES = np.concatenate(([0.0, 1.0], np.random.default_rng(1).uniform(size=198)))
FIVE_SIGMA = 2 * norm.sf(5.0)


def draw(order: list[int], seed: int = 7) -> dict[int, np.ndarray]:
    law = outcome_law(PROBABILITIES[order], assignment_errors(EXPERIMENT))
    return {
        k: drawn_counts(law[i], SHOTS, setting_seed(seed, "tomography", k, 0))
        for i, k in enumerate(order)
    }


@pytest.fixture(scope="module")
def counts() -> np.ndarray:
    drawn = draw(list(range(len(PROBABILITIES))))
    return np.array([drawn[k] for k in range(len(PROBABILITIES))])


def expected_ones(p1_given_0: float, p0_given_1: float) -> np.ndarray:
    populations = np.stack([1 - PROBABILITIES, PROBABILITIES], axis=-1)
    return reads_one(populations, p1_given_0, p0_given_1)


def test_counts_are_whole_and_add_up_to_the_shots(counts):
    """Every setting has two non-negative integers whose sum is the number of shots."""
    assert counts.dtype == np.int64
    assert counts.shape == (200, 2)
    assert counts.min() >= 0
    np.testing.assert_array_equal(counts.sum(axis=1), SHOTS)


def test_frequencies_agree_with_the_probabilities(counts):
    """Each of 200 settings lies within 5 sigma of p10 + (1 - p10 - p01) p, by exact tails."""
    assert agrees(counts[:, 1], SHOTS, expected_ones(P10, P01))


def test_all_settings_together_scatter_as_they_should(counts):
    """Chi-square over all settings is neither too large nor too small at 5 sigma."""
    ones = expected_ones(P10, P01)
    _, freedom, p_value = chi_square(counts, np.stack([1 - ones, ones], axis=-1))
    assert freedom == 200
    assert FIVE_SIGMA / 2 < p_value < 1 - FIVE_SIGMA / 2


@pytest.mark.parametrize("wrong", [(P01, P10), (0.0, 0.0), (P10 + 0.02, P01)])
def test_wrong_readout_errors_are_found_out(counts, wrong):
    """The same counts refuse a readout with swapped, no, or slightly other errors at 5 sigma."""
    ones = expected_ones(*wrong)
    _, _, p_value = chi_square(counts, np.stack([1 - ones, ones], axis=-1))
    assert p_value < FIVE_SIGMA


def test_a_shift_of_the_probability_is_found_out(counts):
    """A single setting drawn with a probability 6 standard errors away is refused."""
    ones = expected_ones(P10, P01)
    shifted = ones + 6 * np.sqrt(ones * (1 - ones) / SHOTS)
    assert np.median(significance(counts[:, 1], SHOTS, shifted)) > 5


def test_order_and_division_of_the_work_change_nothing(counts):
    """The same settings drawn in reverse, or a few alone, give byte-identical counts."""
    backwards = draw(list(range(60))[::-1])
    found = np.array([backwards[k] for k in range(60)])
    assert found.tobytes() == counts[:60].tobytes()
    alone = draw([17])[17]
    assert alone.tobytes() == counts[17].tobytes()


def test_another_seed_gives_other_counts(counts):
    """With another seed of the experiment nearly every setting differs, within its statistics."""
    others = draw(list(range(40)), seed=8)
    found = np.array([others[k] for k in range(40)])
    assert np.mean(found[:, 1] == counts[:40, 1]) < 0.2
    assert agrees(found[:, 1], SHOTS, expected_ones(P10, P01)[:40])


def test_settings_are_independent_of_each_other():
    """Fifty settings with one probability do not repeat each other's counts."""
    law = outcome_law(np.array([0.5]), assignment_errors(EXPERIMENT))[0]
    ones = [
        drawn_counts(law, SHOTS, setting_seed(3, "tomography", 0, time, 2))[1] for time in range(50)
    ]
    q = P10 + (1 - P10 - P01) / 2
    # the scatter of fifty counts: 5 standard errors of a standard deviation are 5/sqrt(98)
    assert np.std(ones, ddof=1) / np.sqrt(SHOTS * q * (1 - q)) == pytest.approx(
        1.0, abs=5 / np.sqrt(98)
    )


def test_every_setting_has_its_own_seed():
    """Seeds differ between experiments, stages and places, and fit what Aer takes."""
    seeds = {
        setting_seed(seed, stage, place, axis)
        for seed in (0, 1, 2**63 - 1)
        for stage in STAGES
        for place in range(20)
        for axis in range(3)
    }
    assert len(seeds) == 3 * len(STAGES) * 20 * 3
    assert min(seeds) >= 0
    assert max(seeds) < 2**63
    assert setting_seed(5, "reset") == setting_seed(5, "reset")


def test_rounding_outside_of_a_probability_is_cut():
    """A probability that rounding put just outside [0, 1] reads as 0 or 1."""
    perfect = Experiment().replace({"readout.p1_given_0": 0.0, "readout.p0_given_1": 0.0})
    law = outcome_law(np.array([-1e-12, 1 + 1e-12]), assignment_errors(perfect))
    np.testing.assert_array_equal([drawn_counts(p, 100, 1)[1] for p in law], [0, 100])


def test_law_is_that_of_aers_own_shots():
    """Aer, run shot by shot with its readout error, gives counts that our law and draws agree with.

    Another readout's law is refused by the same counts.
    """
    noise = NoiseModel()
    noise.add_readout_error(ReadoutError([[1 - P10, P10], [P01, 1 - P01]]), [0])
    simulator = AerSimulator(method="statevector", noise_model=noise, max_parallel_threads=1)
    chosen, counts = PROBABILITIES[:60], []
    for seed, probability in enumerate(chosen):
        circuit = QuantumCircuit(1, 1)
        circuit.ry(2 * np.arcsin(np.sqrt(probability)), 0)
        circuit.measure(0, 0)
        job = simulator.run(circuit, shots=SHOTS, seed_simulator=seed)
        counts.append(job.result().get_counts().get("1", 0))
    law = outcome_law(chosen, assignment_errors(EXPERIMENT))
    assert agrees(np.array(counts), SHOTS, law)
    assert not agrees(np.array(counts), SHOTS, outcome_law(chosen, assignment_errors(Experiment())))
    ours = np.array([drawn_counts(p, SHOTS, seed)[1] for seed, p in enumerate(law)])
    assert (abs(ours - counts) <= 5 * np.sqrt(2 * SHOTS * law * (1 - law))).all()


def test_law_is_exact():
    """Aer's rotation and readout error give P(1|0) (1 - p) + (1 - P(0|1)) p to rounding."""
    law = outcome_law(PROBABILITIES, assignment_errors(EXPERIMENT))
    np.testing.assert_allclose(law, expected_ones(P10, P01), rtol=0, atol=4e-16)


@pytest.mark.parametrize("shots", [0, 1, 10**9, 10**15])
def test_any_number_of_shots_is_drawn_at_once(shots):
    """No shots, one, and more than could ever be run one by one all add up and follow the law."""
    counts = drawn_counts(0.3, shots, 5)
    assert counts.sum() == shots
    assert agrees(counts[1], shots, 0.3)
    several = sampled_outcomes(np.array([0.2, 0.3, 0.5]), shots, 5)
    assert several.sum() == shots


def test_variance_is_binomial():
    """Two hundred seeds of one setting scatter as a binomial does."""
    repeats, shots = 200, 100
    ones = [drawn_counts(0.5, shots, seed)[1] for seed in range(repeats)]
    spread = 5 * np.sqrt(2 / (repeats - 1))
    assert abs(np.var(ones, ddof=1) / (shots / 4) - 1) < spread

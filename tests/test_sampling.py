"""Shots drawn by Aer: frequencies, readout errors, seeds, and independence of the order."""

import numpy as np
import pytest
from oracles import agrees, chi_square, reads_one, significance
from scipy.stats import norm

from cqed_battery import Experiment
from protocols import sampling
from protocols.sampling import STAGES, Sampler, setting_seed

P10, P01, SHOTS = 0.03, 0.11, 2000
EXPERIMENT = Experiment().replace({"readout.p1_given_0": P10, "readout.p0_given_1": P01})
PROBABILITIES = np.concatenate(([0.0, 1.0], np.random.default_rng(1).uniform(size=198)))
FIVE_SIGMA = 2 * norm.sf(5.0)


def draw(order: list[int], seed: int = 7) -> dict[int, np.ndarray]:
    sampler = Sampler(EXPERIMENT)
    return {
        k: sampler.counts(PROBABILITIES[k], SHOTS, setting_seed(seed, "tomography", k, 0))
        for k in order
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
    sampler = Sampler(EXPERIMENT)
    ones = [
        sampler.counts(0.5, SHOTS, setting_seed(3, "tomography", 0, time, 2))[1]
        for time in range(50)
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
    """A probability that rounding put just outside [0, 1] is drawn as 0 or 1."""
    perfect = Experiment().replace({"readout.p1_given_0": 0.0, "readout.p0_given_1": 0.0})
    sampler = Sampler(perfect)
    np.testing.assert_array_equal(sampler.counts(-1e-12, 100, 1), [100, 0])
    np.testing.assert_array_equal(sampler.counts(1 + 1e-12, 100, 1), [0, 100])


def test_portions_of_many_shots_are_independent(monkeypatch):
    """Shots beyond one portion are drawn with other seeds: the variance stays binomial."""
    monkeypatch.setattr(sampling, "_LARGEST_PORTION", 40)
    sampler, repeats, shots = Sampler(EXPERIMENT), 200, 100
    ones = []
    for seed in range(repeats):
        found = sampler.counts(0.5, shots, seed)
        assert found.sum() == shots
        ones.append(found[1])
    variance = shots / 4
    spread = 5 * np.sqrt(2 / (repeats - 1))
    assert abs(np.var(ones, ddof=1) / variance - 1) < spread


def test_one_portion_is_the_plain_run(monkeypatch):
    """Up to the largest portion the counts do not depend on how large it is."""
    sampler = Sampler(EXPERIMENT)
    before = sampler.counts(0.3, 500, 11)
    monkeypatch.setattr(sampling, "_LARGEST_PORTION", 500)
    np.testing.assert_array_equal(sampler.counts(0.3, 500, 11), before)

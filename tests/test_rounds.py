"""Rounds that end when a claim is decided: error rates of the rule, hours, and what is measured."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pytest
from commands import SMALL
from scipy.stats import binom, norm

from analysis.estimators.linear import share_of_ones
from analysis.planning import plan
from analysis.planning.claims import PlanError
from analysis.planning.measuring import measure
from analysis.planning.rounds import Rounds
from cqed_battery import Experiment

FILE = Experiment.from_text(SMALL).replace(
    {"charging.points": 13, "charging.stop_ns": 24.0, "resonator.fock_levels": 6}
)
HEAT, GAIN = "heat-current-negative", "ergotropy-gain-at:12"


@dataclass(frozen=True)
class Linearised(Rounds):
    """Rounds whose estimates are the planner's own first order: fast draws."""

    def estimate(self, table):
        shots = table.sum(axis=1)
        planned = self.planned
        moved = np.where(shots > 0, share_of_ones(table[:, 1], shots) - self.estimator.frequency, 0)
        value = planned.value + planned.weights @ moved
        likely = (table[:, 1] + 0.5) / (shots + 1)
        return replace(planned, value=value), likely


@lru_cache
def rounds(claim, sigma, kind=Rounds):
    found = Rounds.of(FILE, claim, sigma)
    return kind(found.claim, found.goal, found.experiment, found.expected, found.most)


def drawing(found, frequency, seed):
    """A laboratory whose settings read 1 so often."""
    rng, table = np.random.default_rng(seed), np.zeros((found.settings.size, 2), dtype=np.int64)

    def take(shots):
        ones = rng.binomial(shots, frequency)
        table[:] += np.stack([shots - ones, ones], axis=-1)
        return table

    return take


def shifted_to(found, value):
    """Frequencies at which the least of the claim's numbers is `value`, and the others follow."""
    planned, own = found.planned, found.estimator.frequency
    number = int(np.argmin(planned.value))
    row = planned.weights[number]
    step = row * own * (1 - own)
    return own + step * (value - planned.value[number]) / float(row @ step)


def decided(found, frequency, draws, decision):
    """How many of so many measurements end in a decision, and how many rounds each took."""
    each = [measure(found, drawing(found, frequency, seed)) for seed in range(draws)]
    return sum(run[-1].judged.decision == decision for run in each), [len(run) for run in each]


DRAWS = [
    (2.0, 400),
    pytest.param(1.5, 2000, marks=pytest.mark.study),
    pytest.param(2.0, 2000, marks=pytest.mark.study),
]


@pytest.mark.study
@pytest.mark.parametrize(("sigma", "draws"), DRAWS)
def test_a_claim_without_effect_is_said_to_hold_no_oftener_than_stated(sigma, draws):
    """Draws at the worst truth, the bar itself, looked at after every round."""
    found = rounds(HEAT, sigma, Linearised)
    frequency = shifted_to(found, 0.0)
    assert 0 < frequency.min() < frequency.max() < 1
    wrong, counts = decided(found, frequency, draws, "holds")
    assert found.error_rate == pytest.approx(norm.sf(sigma))
    assert wrong <= binom.ppf(0.999, draws, found.error_rate)
    assert np.mean(counts) > 2  # the rule did look again and again


@pytest.mark.study
def test_without_the_rule_looking_again_decides_wrongly_too_often(monkeypatch):
    """The same draws with the bar at S itself: what the stricter bar is for."""
    found = rounds(HEAT, 1.5, Linearised)
    monkeypatch.setattr(Linearised, "bar", 1.5)
    wrong, _ = decided(found, shifted_to(found, 0.0), 400, "holds")
    assert wrong > binom.ppf(0.999, 400, found.error_rate)


def test_an_effect_of_the_least_size_is_said_to_fail_no_oftener_than_stated():
    """All numbers at least that far above 0, the least just so."""
    found = rounds(HEAT, 1.5, Linearised)
    effect = FILE.analysis.smallest_effect
    wrong, _ = decided(found, shifted_to(found, effect), 400, "fails")
    assert wrong <= binom.ppf(0.999, 400, found.error_rate)


@pytest.mark.study
def test_rounds_decide_in_at_most_half_of_the_uniform_grids_hours():
    """Real estimates of drawn counts, loading of settings included; the median of 20."""
    found = rounds(HEAT, 5.0)
    uniform = plan(FILE, HEAT, sigma=5.0).options["uniform grid of the file"].hours
    runs = [measure(found, drawing(found, found.estimator.frequency, s)) for s in range(20)]
    assert sum(run[-1].judged.decision == "holds" for run in runs) >= 19
    assert np.median([sum(each.hours for each in run) for run in runs]) <= uniform / 2


def test_a_claim_that_is_false_ends_as_failed():
    """The gain of this file is negative, which few shots tell."""
    found = rounds(GAIN, 4.0)
    assert found.estimator.linear(found.settings.shots.astype(float)).value.max() < 0
    run = measure(found, drawing(found, found.estimator.frequency, 1))
    assert run[-1].judged.decision == "fails"


def test_a_precision_is_measured_until_it_is_reached():
    found = rounds("vacuum-fidelity:+-0.02", 1.0)
    run = measure(found, drawing(found, found.estimator.frequency, 1))
    assert run[-1].judged.decision == "reached"
    assert (run[-1].judged.errors <= 0.02).all()


def test_only_settings_that_tell_the_claim_are_loaded():
    """Times beyond the window of J, and x and y of one, have no weight and no shots."""
    found = rounds(HEAT, 5.0)
    shots = found.next_shots(np.zeros((found.settings.size, 2), dtype=np.int64))
    planned = found.estimator.linear(found.settings.shots.astype(float))
    assert (np.abs(planned.weights[:, shots > 0]).max(axis=0)[2:] > 0).all()
    assert 0 < (shots > 0).sum() < found.settings.size / 2
    assert found.hours(shots) > (shots > 0).sum() * 0.05 / 3600


@pytest.mark.parametrize(
    ("claim", "sigma", "sentence"),
    [
        ("nonsense", 3.0, "a claim must be one of"),
        (HEAT, 0.0, "sigma must be a number > 0"),
        ("extracted-work", 3.0, "needs the extraction"),
    ],
)
def test_claims_are_refused_in_a_sentence(claim, sigma, sentence):
    with pytest.raises(PlanError, match=sentence):
        Rounds.of(FILE, claim, sigma)

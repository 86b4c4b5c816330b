"""The ledger of Zhao's paper: verdicts, their numbers from another engine, and the grouping."""

from itertools import product

import numpy as np
import pytest
from zhao_laboratory import Laboratory

from analysis.papers.claim import FAILS, HOLDS, Rule
from analysis.papers.library import PAPERS
from analysis.papers.zhao.model import Zhao
from analysis.papers.zhao.readings import TIMES, ergotropy, evaluated, grouped

CLAIMS_Z1, CLAIMS_Z2 = PAPERS["Z1"].claims, PAPERS["Z2"].claims
CLAIMS = {claim.key: claim for claim in (*CLAIMS_Z1, *CLAIMS_Z2)}

VERDICTS = {  # y or n for each reading, in the order of the ledger
    "Z1-1": "yn",
    "Z1-2": "y",
    "Z1-3": "ynnn",
    "Z1-4": "nyn",
    "Z1-5": "nny",
    "Z1-6": "ny",
    "Z1-7": "ny",
    "Z1-8": "nyn",
    "Z1-9": "n",
    "Z1-10": "yyyn",
    "Z1-11": "nnyn",
    "Z1-12": "nynynyy",
    "Z1-13": "nyyn",
    "Z1-14": "nnynynnyny",
    "Z1-15": "ny",
    "Z1-16": "nyny",
    "Z1-17": "yy",
    "Z1-18": "nyyn",
    "Z2-1": "ynny",
    "Z2-2": "yn",
    "Z2-3": "y",
    "Z2-4": "ynnn",
    "Z2-5": "n",
    "Z2-6": "nynyny",
    "Z2-7": "ny",
    "Z2-8": "y",
    "Z2-9": "nynynynnnnnn",
    "Z2-10": "nyny",
    "Z2-11": "nyn",
    "Z2-12": "n",
    "Z2-13": "nynyny",
    "Z2-14": "nynyy",
    "Z2-15": "ny",
    "Z2-16": "nyny",
    "Z2-17": "nnyn",
    "Z2-18": "ynynyn",
    "Z2-19": "yyyn",
    "Z2-20": "nyny",
    "Z2-21": "nnn",
    "Z2-22": "yn",
    "Z2-23": "nnyy",
    "Z2-24": "ny",
    "Z2-25": "ynyn",
}
QUICK = {
    "Z1-1",
    "Z1-5",
    "Z1-9",
    "Z2-1",
    "Z2-2",
    "Z2-5",
    "Z2-8",
    "Z2-13",
    "Z2-20",
    "Z2-21",
    "Z2-22",
    "Z2-23",
}


def finding_of(key):
    return CLAIMS[key].compute()


def marks(finding):
    return "".join("y" if reading.holds else "n" for reading in finding.readings)


@pytest.mark.parametrize("key", [key for key in VERDICTS if key in QUICK])
def test_verdicts_that_are_quick(key):
    """Each reading holds or not as in the literal table."""
    assert marks(finding_of(key)) == VERDICTS[key]


@pytest.mark.slow
@pytest.mark.parametrize("key", [key for key in VERDICTS if key not in QUICK])
def test_verdicts_that_take_scans(key):
    """Each reading holds or not as in the literal table."""
    assert marks(finding_of(key)) == VERDICTS[key]


def test_every_claim_has_its_verdict_in_the_table():
    """Keys are unique and complete, and each claim says where it stands and what to type."""
    assert list(CLAIMS) == list(VERDICTS)
    assert len(CLAIMS) == len(CLAIMS_Z1) + len(CLAIMS_Z2)
    for claim in CLAIMS.values():
        assert claim.place
        assert claim.says.endswith(".")
        assert claim.command.startswith("cqed-battery ")


def test_headline_verdicts_in_words():
    """What the ledger prints for four claims, letter by letter."""
    assert finding_of("Z1-9").verdict == FAILS
    assert finding_of("Z2-5").verdict == FAILS
    assert finding_of("Z2-8").verdict == HOLDS
    assert finding_of("Z1-5").verdict == (
        "holds only if the passive state is filled the opposite way with the sign dropped, "
        "the dephasing is that of Z1's Eq. 9 as printed"
    )


def test_ergotropy_with_and_without_catalyst_from_another_engine():
    """Peak and mean over t <= 60 at Table I, from plain matrices in the laboratory frame."""
    times = TIMES[::4]
    for there in (True, False):
        engine = Laboratory(Zhao(catalyst=there), levels=7 if there else 1, tolerance=1e-8)
        expected = np.array([engine.ergotropy(rho) for rho in engine.states(times)])
        found = ergotropy({}, catalyst=there)[::4]
        np.testing.assert_allclose(found.max(), expected.max(), atol=1e-5)
        np.testing.assert_allclose(found.mean(), expected.mean(), atol=1e-5)


def test_growing_trace_is_told_by_its_size():
    """exp(0.05 x 60 / 2) - 1 under the dissipator as printed, 0 with L = sigma_z."""
    kept, grown = finding_of("Z1-1").readings
    assert kept.number == pytest.approx(0.0, abs=1e-8)
    assert grown.number == pytest.approx(np.exp(1.5) - 1, rel=1e-7)


def test_size_of_the_opposite_order_with_a_growing_trace():
    """The ergotropy derived from L = sigma_z is that of the dissipator as printed."""
    case = {"passive": "opposite", "dephasing": "trace-growing", "drive": "rotating-wave"}
    model = Zhao(passive_order="opposite", dephasing="trace-growing", drive="rotating-wave")
    direct = model.simulate(TIMES).ergotropy
    np.testing.assert_allclose(ergotropy(case), direct, atol=1e-9)
    size = ergotropy({**case, "passive": "size of opposite"})
    np.testing.assert_allclose(size, -direct, atol=1e-9)


OPTIONS = {
    "start": ("lower", "upper"),
    "dephasing": ("coherence", "sigma_z", "trace-growing"),
    "drive": ("full", "rotating-wave"),
}
RULE = Rule("number", "> 0.5")


@pytest.mark.parametrize("seed", range(8))
def test_groups_tell_the_verdict_of_every_case(seed):
    """A case belongs to one group, which holds as it does and shows the nearest number."""
    rng = np.random.default_rng(seed)
    cases = list(product(*OPTIONS.values()))
    table = dict(zip(cases, rng.choice([0.1, 0.4, 0.6, 0.9], size=len(cases)), strict=True))
    pairs = evaluated(OPTIONS, lambda case: table[tuple(case.values())])
    readings = grouped(OPTIONS, pairs, RULE)
    words = {"lower": "below", "upper": "above", "coherence": "Z2's Eq. 9"}
    words |= {"sigma_z": "L = sigma_z", "trace-growing": "Z1's Eq. 9 as printed"}
    words |= {"full": "whole", "rotating-wave": "its resonant half"}
    members = {reading.name: [] for reading in readings}
    for case, number in table.items():
        said = [words[value] for value in case]
        (name,) = [name for name in members if belongs(said, name)]
        members[name].append(number)
    for reading in readings:
        numbers = members[reading.name]
        assert {RULE.holds(number) for number in numbers} == {reading.holds}
        assert reading.number == min(numbers, key=lambda number: abs(number - 0.5))


def belongs(said, name):
    """Say whether a case, in words, is one that a reading's name speaks of."""
    phrases = ("the qubit starts ", "the dephasing is that of ", "the drive is ")
    for phrase, word in zip(phrases, said, strict=True):
        for part in name.split(", "):
            if part.startswith(phrase) and word not in part.removeprefix(phrase).split(" / "):
                return False
    return True


def test_agreeing_cases_make_one_group():
    """What makes no difference is not named."""
    (reading,) = grouped(OPTIONS, evaluated(OPTIONS, lambda case: 0.7), RULE)
    assert reading.name == "any of 12 combinations of readings"
    pairs = evaluated(OPTIONS, lambda case: float(case["drive"] == "full"))
    first, second = grouped(OPTIONS, pairs, RULE)
    assert (first.name, second.name) == ("the drive is whole", "the drive is its resonant half")
    assert (first.criterion, first.holds, second.holds) == ("number > 0.5", True, False)


def test_a_rule_can_have_two_bounds():
    rule = Rule("J", "< 0.1 u and > -0.1", unit="u")
    assert rule.criterion == "J < 0.1 u and > -0.1"
    assert [rule.holds(number) for number in (-0.2, 0.0, 0.2)] == [False, True, False]


def test_a_bound_without_a_comparison_is_refused():
    """A rule that no number can break would let every claim hold."""
    with pytest.raises(ValueError, match=r"must hold a comparison .* but was 'small'"):
        Rule("J", "small")

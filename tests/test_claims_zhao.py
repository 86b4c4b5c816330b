"""The ledger of Zhao's paper: verdicts, their numbers from another engine, and the grouping."""

from itertools import product

import numpy as np
import pytest
from zhao_laboratory import Laboratory

from analysis.papers.finding import FAILS, HOLDS
from analysis.papers.library import PAPERS
from analysis.papers.rule import Rule
from analysis.papers.zhao.claims.losses import coincides, conserved_at_the_end
from analysis.papers.zhao.claims.memory import revival
from analysis.papers.zhao.claims.sources import dissipative_part, energies_correspond
from analysis.papers.zhao.model import Zhao
from analysis.papers.zhao.readings import TIMES, ergotropy, evaluated, grouped, listed, run

CLAIMS_Z1, CLAIMS_Z2 = PAPERS["Z1"].claims, PAPERS["Z2"].claims
CLAIMS = {claim.key: claim for claim in (*CLAIMS_Z1, *CLAIMS_Z2)}

VERDICTS = {  # y or n for each reading, in the order of the ledger
    "Z1-1": "yn",
    "Z1-2": "yyyn",
    "Z1-3": "ynnn",
    "Z1-4": "nynnynyn",
    "Z1-5": "nnynnyynnyy",
    "Z1-6": "nynynyny",
    "Z1-7": "nyny",
    "Z1-8": "nynnyynnynny",
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
    "Z1-19": "n",
    "Z1-20": "ynyny",
    "Z1-21": "nnnn",
    "Z1-22": "nnyyy",
    "Z1-23": "yn",
    "Z1-24": "nynn",
    "Z1-25": "nnynynynyy",
    "Z1-26": "nynynyny",
    "Z1-27": "ynnynyn",
    "Z1-28": "n",
    "Z1-29": "nnynynnyynnyynynynynynynynyny",
    "Z1-30": "nynynynyyny",
    "Z1-31": "ynynnyynyn",
    "Z1-32": "nnnnyn",
    "Z1-33": "nynynyyyynyynnnyny",
    "Z1-34": "nn",
    "Z1-35": "y",
    "Z1-36": "nyy",
    "Z1-37": "yny",
    "Z2-1": "ynny",
    "Z2-2": "yn",
    "Z2-3": "yyy",
    "Z2-4": "ynnn",
    "Z2-5": "nnnynnyny",
    "Z2-6": "nynynynnnynynynyy",
    "Z2-7": "nynynynynnyny",
    "Z2-8": "yn",
    "Z2-9": "nynynynnnnnn",
    "Z2-10": "nynyny",
    "Z2-11": "nynnynynynynny",
    "Z2-12": "n",
    "Z2-13": "nynyny",
    "Z2-14": "nynyy",
    "Z2-15": "ny",
    "Z2-16": "nnynnynynyny",
    "Z2-17": "nnyn",
    "Z2-18": "ynynyn",
    "Z2-19": "yyyn",
    "Z2-20": "nyny",
    "Z2-21": "nnn",
    "Z2-22": "yn",
    "Z2-23": "nnyy",
    "Z2-24": "nynynynyny",
    "Z2-25": "ynynnyny",
    "Z2-26": "ynyny",
    "Z2-27": "nnyyy",
    "Z2-28": "nnnyy",
    "Z2-29": "yn",
    "Z2-30": "yyyyyy",
    "Z2-31": "nnyy",
    "Z2-32": "nynynnynn",
    "Z2-33": "yny",
    "Z2-34": "yn",
    "Z2-35": "yy",
    "Z2-36": "nyy",
    "Z2-37": "nnnynnnynynynnynynyynynyny",
    "Z2-38": "nynnyynyny",
    "Z2-39": "nnnn",
    "Z2-40": "ynynynnyynyynyny",
    "Z2-41": "nnnn",
    "Z2-42": "nynyyynynny",
    "Z2-43": "nnyny",
    "Z2-44": "n",
    "Z2-45": "nny",
    "Z2-46": "n",
    "Z2-47": "nynynyn",
    "Z2-48": "n",
    "Z2-49": "nnnynynynynynynyny",
}
QUICK = {
    "Z1-1",
    "Z1-9",
    "Z1-21",
    "Z1-22",
    "Z1-23",
    "Z1-24",
    "Z1-28",
    "Z1-34",
    "Z1-35",
    "Z2-1",
    "Z2-2",
    "Z2-8",
    "Z2-13",
    "Z2-20",
    "Z2-21",
    "Z2-22",
    "Z2-23",
    "Z2-27",
    "Z2-28",
    "Z2-29",
    "Z2-30",
    "Z2-31",
    "Z2-32",
    "Z2-34",
    "Z2-35",
    "Z2-43",
    "Z2-44",
    "Z2-45",
    "Z2-46",
    "Z2-47",
    "Z2-48",
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
    assert finding_of("Z1-28").verdict == FAILS
    assert finding_of("Z1-35").verdict == HOLDS
    assert finding_of("Z1-23").verdict == (
        "holds only if the passive state is filled ground first / the opposite way with the sign "
        "dropped"
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


def test_the_bath_and_the_noise_of_differences_in_closed_form():
    """1/(exp(h f/k T) - 1), and 1/(2 sqrt(2 N) step) of the error of dE/dt, halved by twice it."""
    cold, warm = finding_of("Z2-29").readings
    assert cold.number == pytest.approx(1 / np.expm1(5e9 * 6.62607015e-34 / 1.380649e-25), rel=1e-6)
    assert warm.number == pytest.approx(np.exp(-4.799243), rel=0.01)
    numbers = [reading.number for reading in finding_of("Z2-31").readings]
    np.testing.assert_allclose(numbers, numbers[1] / np.array([2.0, 1.0, 0.5, 0.25]))


def test_size_of_the_opposite_order_with_a_growing_trace():
    """The ergotropy derived from L = sigma_z is that of the dissipator as printed."""
    case = {"passive": "opposite", "dephasing": "trace-growing", "drive": "rotating-wave"}
    model = Zhao(passive_order="opposite", dephasing="trace-growing", drive="rotating-wave")
    direct = model.simulate(TIMES).ergotropy
    np.testing.assert_allclose(ergotropy(case), direct, atol=1e-9)
    size = ergotropy({**case, "passive": "size of opposite"})
    np.testing.assert_allclose(size, -direct, atol=1e-9)


def test_memory_of_an_undamped_exchange_in_closed_form():
    """The trace distance of the two starts is cos^2(g t) on resonance, without drive and losses."""
    found = revival({}, omega_c=2.0, Omega=0.0, kappa=0.0, gamma_D=0.0)
    distance = np.cos(0.75 * TIMES) ** 2
    assert found == pytest.approx(np.maximum(np.diff(distance), 0).sum(), rel=1e-5)


def test_dissipators_alone_bring_j_without_the_catalyst():
    """Z1-24: Eq. 11 is the dissipators' part without the catalyst, and not with it."""
    with_it, *_, alone_whole, alone_half = (
        next(r for r in finding_of("Z1-24").readings if r.name.startswith(words))
        for words in ("Eq. 11, with the", "Eq. 11, without it", "Eq. 11, without it")
    )
    assert with_it.number > 0.1
    assert max(alone_whole.number, alone_half.number) < 1e-9


@pytest.mark.parametrize("drive", ["full", "rotating-wave"])
def test_work_flow_and_environment_make_up_the_energy(drive):
    """Z2-48: the work, computed apart, and the flow are all; without the flow much is missing."""
    case = {"start": "upper", "dephasing": "sigma_z", "drive": drive}
    assert np.abs(dissipative_part(case)).max() < 1e-10
    assert np.abs(run(case).coupling_flow).max() > 0.1


def test_numbers_of_three_claims_from_another_engine():
    """Z2-44, Z2-46 and Z2-47 at Table I, from plain matrices in the laboratory frame."""
    engines = [Laboratory(Zhao(), levels=7, tolerance=1e-8)]
    engines.append(Laboratory(Zhao(catalyst=False), levels=1, tolerance=1e-8))
    states, alone = (engine.states(TIMES) for engine in engines)
    pairs = list(zip(TIMES, states, strict=True))
    drive = [abs(np.trace(rho @ engines[0].drive(t))) for t, rho in pairs]
    photons = [np.trace(rho @ engines[0].n).real for rho in states]
    window = (TIMES > 0) & (1 / Zhao().g >= TIMES)
    with_it, without = (
        np.mean([engine.ergotropy(rho) for rho in found[window]])
        for engine, found in zip(engines, (states, alone), strict=True)
    )
    case = {"drive": "full"}
    numbers = [test.__wrapped__(case) for test in (energies_correspond, conserved_at_the_end)]
    np.testing.assert_allclose(numbers, [max(drive), photons[-1] / max(photons)], atol=1e-5)
    assert coincides.__wrapped__(case) == pytest.approx(with_it - without, abs=1e-6)


def test_all_parts_of_a_sentence_are_taken_together():
    """With `every`, a case holds only if each row does; otherwise each row counts alone."""
    options = {"start": ("lower", "upper")}
    rows = [
        (name, lambda case, low=low: 1.0 if case["start"] == "upper" else low, Rule("x", "> 0.5"))
        for name, low in (("first", 1.0), ("second", 0.0))
    ]
    verdicts = {
        every: sorted(holds for _, holds in listed(options, rows, "", every=every).cases)
        for every in (False, True)
    }
    assert verdicts == {False: [False, True, True, True], True: [False, True]}


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

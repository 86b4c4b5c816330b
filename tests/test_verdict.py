"""When the three observations hold, fail or stay undecided, alone and together."""

import numpy as np
import pytest
from scipy.stats import norm

from analysis.verdict import (
    GainParts,
    Judgement,
    judge,
    judge_all,
    judge_gain,
    judge_heat,
    judge_vacuum,
)
from cqed_battery.experiment import Analysis

OPTIONS = Analysis()
TIMES = np.array([0.0, 3.0, 6.0])


@pytest.mark.parametrize(
    ("value", "std", "outcome"),
    [
        (0.31, 0.10, "holds"),
        (0.29, 0.10, "undecided"),
        (0.01, 0.001, "holds"),
        (0.00, 0.010, "fails"),
        (0.00, 0.011, "undecided"),
        (-0.30, 0.10, "fails"),
        (-0.05, 0.10, "undecided"),
        (0.019, 0.007, "undecided"),
    ],
)
def test_a_number_is_judged_by_sigmas_and_by_room_left(value, std, outcome):
    """3 sigma above zero it holds; with its interval's end below 0.02 it fails; else open."""
    found = judge(value, std, OPTIONS)
    assert found.outcome == outcome
    assert found.significance == pytest.approx(value / std)
    half = norm.isf(0.025) * std
    assert (found.ci_low, found.ci_high) == pytest.approx((value - half, value + half), rel=1e-6)


def test_thresholds_come_from_the_file():
    """`sigma_threshold` and `smallest_effect` move the lines."""
    strict = Analysis(sigma_threshold=5.0, smallest_effect=0.5)
    assert judge(0.4, 0.1, OPTIONS).outcome == "holds"
    assert judge(0.4, 0.1, strict).outcome == "undecided"
    assert judge(0.25, 0.1, strict).outcome == "fails"


def test_intervals_stay_physical():
    """An interval beyond what a number can be is cut there, not the number's significance."""
    found = judge(0.95, 0.1, OPTIONS, bar=0.5, within=(0.0, 1.0))
    assert found.ci_high == 1.0
    assert found.significance == pytest.approx(4.5)


def test_a_number_without_error_is_not_certain():
    """A standard error of zero gives no significance and no claim."""
    found = judge(0.5, 0.0, OPTIONS)
    assert (found.outcome, found.significance) == ("undecided", None)


def heat(*energies, control=(0.004, 0.01)):
    """Judge what left by 6 ns, (value, std) with the model's correction and without."""
    left, std = np.array(energies).T
    return judge_heat(6.0, left, std, OPTIONS, control)


@pytest.mark.parametrize(
    ("corrected", "raw", "outcome"),
    [
        ((0.2, 0.01), (0.2, 0.01), "holds"),
        ((0.2, 0.01), (0.02, 0.01), "undecided"),
        ((0.2, 0.01), (-0.1, 0.01), "undecided"),
        ((0.02, 0.01), (0.2, 0.01), "undecided"),
        ((0.0, 0.005), (0.2, 0.01), "fails"),
        ((-0.2, 0.01), (-0.2, 0.01), "fails"),
        ((0.05, 0.1), (0.05, 0.1), "undecided"),
    ],
)
def test_early_heat(corrected, raw, outcome):
    """J < 0 needs energy gone with and without the correction; one estimate gives all numbers."""
    found = heat(corrected, raw)
    assert found.outcome == outcome
    assert found.value == -corrected[0]
    assert found.ci_low < found.value < found.ci_high
    assert found.ci_high - found.value == pytest.approx(1.96 * corrected[1], rel=1e-3)
    assert found.significance == pytest.approx(corrected[0] / corrected[1])


def test_what_only_the_correction_shows_is_said():
    """The sentence names both numbers where the raw one does not show the effect."""
    said = heat((0.2, 0.01), (-0.1, 0.02)).statement
    assert "only the corrected S shows it: -0.200 hbar w_q" in said
    assert "+0.100 +- 0.020 without the model's correction" in said


@pytest.mark.parametrize("energy", [0.2, 0.0, -0.2])
def test_heat_without_model_and_control_is_open(energy):
    """Nothing tells S from leakage, relaxation and drive energy: undecided, with a way out."""
    found = heat((energy, 0.01), control=None)
    assert found.outcome == "undecided"
    assert 'measure the control, or set analysis.correction to "model"' in found.statement
    assert heat((energy, 0.01)).outcome == ("holds" if energy > 0 else "fails")


def test_early_heat_says_its_sign_and_the_control():
    """The sentence names the convention, the time and the control's S; the paper's word too."""
    found = heat((0.2, 0.01), (0.2, 0.01))
    assert "0.200 hbar w_q left the battery through the coupling by t = 6 ns" in found.statement
    assert "J < 0 is energy leaving the battery" in found.statement
    assert "control: +0.004 +- 0.010" in found.statement
    assert "into the battery" in found.expected


@pytest.mark.parametrize(
    ("value", "outcome"), [(1.2, "undecided"), (1.02, "holds"), (-0.2, "undecided")]
)
def test_a_fidelity_that_is_no_probability(value, outcome):
    """An F beyond [0, 1] by more than its error decides nothing; its interval holds it."""
    found = judge_vacuum(value, 0.015, 60.0, OPTIONS)
    assert found.outcome == outcome
    assert found.ci_low <= found.value <= found.ci_high
    assert ("is no probability" in found.statement) == (outcome == "undecided")


def gain(peak, mean, late, covers=True):
    """Gains of that value with a standard error of 0.01, or of a given one."""
    pairs = [part if isinstance(part, tuple) else (part, 0.01) for part in (peak, mean, late)]
    return GainParts(*pairs, (20.0, 60.0), (40.0, 60.0), covers)


@pytest.mark.parametrize(
    ("parts", "outcome", "criterion"),
    [
        (gain(0.2, 0.1, 0.3), "holds", "mean"),
        (gain(0.2, -0.1, 0.3), "fails", "mean"),
        (gain(-0.2, 0.1, 0.3), "fails", "peak"),
        (gain(0.2, 0.1, -0.3), "fails", "late"),
        (gain(0.2, 0.02, 0.3), "undecided", "mean"),
        (gain(0.2, 0.02, -0.3), "fails", "late"),
        (gain(0.01, (-0.01, 0.1), (0.002, 0.002)), "fails", "late"),
    ],
)
def test_ergotropy_gain_rests_on_all_three_measures(parts, outcome, criterion):
    """Peak, mean and late must all hold; the number shown is of a measure with the outcome."""
    found, details = judge_gain(parts, OPTIONS)
    assert (found.outcome, details["criterion"]) == (outcome, criterion)
    assert found.value == getattr(parts, criterion)[0]
    assert details["parts"][criterion]["outcome"] == outcome
    assert (details["parts"]["mean"]["window"], details["parts"]["late"]["window"]) == (
        [20.0, 60.0],
        [40.0, 60.0],
    )


def test_less_than_a_period_is_no_gain():
    """A gain over less than a Rabi period stays undecided and says why."""
    found, _ = judge_gain(gain(0.2, 0.1, 0.3, covers=False), OPTIONS)
    assert found.outcome == "undecided"
    assert "less than one Rabi period" in found.statement


@pytest.mark.parametrize(
    ("value", "std", "outcome"),
    [
        (0.981, 0.01, "holds"),
        (0.96, 0.01, "undecided"),
        (0.95, 0.01, "undecided"),
        (0.90, 0.01, "fails"),
        (0.90, 0.1, "undecided"),
        (None, 0.0, "undecided"),
    ],
)
def test_vacuum_is_judged_against_its_bar(value, std, outcome):
    """F 3 sigma above the bar of 0.95 holds, with its interval below it fails."""
    options = Analysis(vacuum_fidelity_threshold=0.95)
    found = judge_vacuum(value, std, 60.0, options)
    assert found.outcome == outcome
    assert found.value == value
    if value is None:
        assert found.significance is None
        assert "was not measured" in found.statement
    else:
        assert found.significance == pytest.approx((value - 0.95) / std)
        assert "t = 60 ns" in found.statement


def observations(heat_outcome, gain_outcome, vacuum_outcome, significance=4.0):
    names = ("heat_current_negative", "ergotropy_gain", "vacuum_recovered")
    outcomes = (heat_outcome, gain_outcome, vacuum_outcome)
    return {
        name: Judgement(outcome, 0.1, 0.0, 0.2, significance + number, "")
        for number, (name, outcome) in enumerate(zip(names, outcomes, strict=True))
    }


@pytest.mark.parametrize(
    ("outcomes", "together", "named"),
    [
        (("holds", "holds", "holds"), "holds", "all three"),
        (("holds", "fails", "holds"), "fails", "the ergotropy gain failed"),
        (("fails", "undecided", "fails"), "fails", "J < 0 and the return to vacuum failed"),
        (("holds", "holds", "undecided"), "undecided", "the return to vacuum would need"),
        (("undecided", "undecided", "undecided"), "undecided", "J < 0 and the ergotropy gain"),
    ],
)
def test_all_three_together(outcomes, together, named):
    """One failure is a failure of the whole; one doubt, without failures, a doubt; each named."""
    found = judge_all(observations(*outcomes))
    assert found.outcome == together
    assert named in found.statement
    assert found.significance == 4.0
    assert found.value is None


def test_together_no_significance_without_all_parts():
    """If one observation has no significance the whole has none."""
    parts = observations("holds", "holds", "undecided")
    parts["vacuum_recovered"] = Judgement("undecided", None, None, None, None, "")
    assert judge_all(parts).significance is None


def test_what_was_not_measured_is_not_asked_more_data_of():
    """No data of the kind that was taken decide what was not measured."""
    parts = observations("undecided", "holds", "holds")
    parts["vacuum_recovered"] = Judgement("undecided", None, None, None, None, "")
    statement = judge_all(parts).statement
    assert statement == (
        "not decided: J < 0 would need more data, the return to vacuum was not measured."
    )

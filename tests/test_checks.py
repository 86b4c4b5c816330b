"""Checks that need no fit: y where the model has none, the sum rule, and what was done to data."""

import numpy as np
import pytest
from sampled import analysed, dataset

from analysis.checks import exchange_grid, sum_rule
from analysis.checks.null_channel import null_channel as y_check
from analysis.estimators.expectation import expectation
from analysis.estimators.observed import Observed
from analysis.estimators.vacuum.fidelity import VacuumFidelity
from analysis.pipeline import analyse
from cqed_battery.experiment import Experiment
from protocols.emulation.emulate import emulate
from protocols.settings.settings import Settings

TWO_LEVELS = Experiment().replace(
    {
        "transmon.levels": 2,
        "charging.points": 21,
        "tomography.shots": 1000,
        "analysis.global_fit": False,
    }
)


def null_channel(experiment, device=None, seed=1):
    """The check's entry for counts of `device`, analysed with the file `experiment`."""
    tree = dataset(experiment, np.random.default_rng(seed), device=device)
    return analysed(tree)["checks"].get("null_channel")


@pytest.mark.slow
def test_y_is_a_null_channel_of_two_levels_on_resonance():
    """There y vanishes whatever the coupling and the Rabi rate: wrong ones raise no alarm."""
    right = null_channel(TWO_LEVELS)
    assert right["outcome"] == "pass"
    assert right["degrees_of_freedom"] == 2 * 21
    wrong = TWO_LEVELS.replace({"coupler.g_on_MHz": 40.0, "drive.rabi_rate_MHz": 28.0})
    assert null_channel(TWO_LEVELS, wrong)["outcome"] == "pass"


@pytest.mark.slow
def test_chi_square_of_y_is_calibrated():
    """Over repeated runs the probability is uniform: its mean is 1/2 (known to 0.065 here)."""
    found = [null_channel(TWO_LEVELS, seed=seed)["p_value"] for seed in range(20)]
    assert np.mean(found) == pytest.approx(0.5, abs=0.23)


@pytest.mark.study
def test_a_poorly_known_readout_raises_no_alarm():
    """An error of the calibration moves y at all times of both arms, which is allowed for.

    It moves them by two standard errors of a single time here: taken for 42 independent ones,
    chi-square would be several times what it should be.
    """
    poor = TWO_LEVELS.replace({"readout.calibration_shots": 200, "tomography.shots": 20_000})
    found = [null_channel(poor, seed=seed) for seed in range(4)]
    assert [one["outcome"] for one in found] == ["pass"] * 4
    assert np.mean([one["chi2"] / one["degrees_of_freedom"] for one in found]) < 1.5


def test_noise_is_no_error_of_the_calibration():
    """Chi-square of y is that of its times with few calibration shots, too, on average.

    Known to 0.3 % by 300 draws; with the calibration's errors taken at the measured y, not at the
    model's, it was 0.91 of them.
    """
    poor = TWO_LEVELS.replace({"charging.points": 385, "readout.calibration_shots": 300})
    model, settings = expectation(poor), Settings(poor)
    frequency, rng, found = settings.frequencies(model.prediction), np.random.default_rng(6), []
    for _ in range(300):
        ones = rng.binomial(settings.shots, frequency)
        data = Observed.drawn(model, settings, np.stack([settings.shots - ones, ones], axis=-1))
        check = y_check(data, {arm: data.bloch(arm) for arm in settings.arms}, model)
        found.append(check["chi2"] / check["degrees_of_freedom"])
    assert np.mean(found) == pytest.approx(1.0, abs=0.015)


@pytest.mark.study
@pytest.mark.parametrize(
    "change", [{"drive.frequency_GHz": 4.99}, {"resonator.frequency_GHz": 5.01}]
)
def test_a_phase_or_detuning_shows_in_y(change):
    """What breaks the symmetry is noticed."""
    assert null_channel(TWO_LEVELS, TWO_LEVELS.replace(change))["outcome"] == "fail"


@pytest.mark.study
def test_with_a_third_level_y_is_no_null_channel():
    """The third level raises y, and so there is nothing to test."""
    assert null_channel(TWO_LEVELS.replace({"transmon.levels": 3})) is None


@pytest.mark.parametrize(
    ("fidelity", "outcome", "said"),
    [(0.95, "pass", "5.0 sigma above"), (0.86, "warn", "4.0 sigma below"), (0.80, "fail", "10.0")],
)
def test_f_is_compared_with_the_sum_rule(fidelity, outcome, said):
    """F below the bound 1 - n by more than 3 (5) combined standard errors warns (fails)."""
    vacuum = VacuumFidelity(fidelity, 0.006, 0.0, fidelity, None)
    found = sum_rule(vacuum, {"value": 0.90, "std": 0.008})
    assert said in found["statement"]
    assert found["outcome"] == outcome


@pytest.mark.parametrize(
    ("changes", "turns"),
    [
        ({"vacuum.points": 11}, 1.0),
        ({"vacuum.points": 20}, 10 / 19),
        ({"vacuum.points": 21}, 0.5),
        ({"vacuum.points": 21, "coupler.g_on_MHz": 25.0}, 0.25),
        ({"vacuum.points": 21, "resonator.frequency_GHz": 5.1}, 0.5 * 2**0.5),
    ],
)
def test_too_few_exchange_times_are_said(changes, turns):
    """Over 100 ns at g = 50 MHz the exchange turns ten times: 21 times follow it, 20 do not."""
    found = exchange_grid(Experiment().replace(changes))
    assert found["turns"] == pytest.approx(turns)
    assert found["outcome"] == ("warn" if turns > 0.51 else "pass")
    assert ("set vacuum.points to 21 or more" in found["statement"]) == (turns in (1.0, 10 / 19))


@pytest.mark.study
@pytest.mark.parametrize("shots", [5, 20_000])
def test_charging_times_too_far_apart_are_said_whatever_the_shots(shots):
    """25 ns between two times, 15 ns a turn: few shots make the rule no better."""
    changes = {
        "transmon.levels": 2,
        "resonator.fock_levels": 5,
        "resonator.linewidth_MHz": 6.0,
        "resonator.detuning_MHz": -110.0,
        "coupler.g_on_MHz": 7.0,
        "drive.detuning_MHz": -45.0,
        "drive.rabi_rate_MHz": 48.0,
        "charging.stop_ns": 400.0,
        "charging.points": 17,
        "tomography.shots": shots,
        "vacuum.method": "none",
        "analysis.correction": "model",
    }
    found = analyse(emulate(Experiment().replace(changes)))["checks"]["time_grid"]
    assert found["outcome"] == "warn"
    assert abs(found["bias"]) > 1


@pytest.mark.study
def test_the_exchange_times_are_among_the_checks():
    """A run with too few of them says so; another measurement has no such check."""
    coarse = TWO_LEVELS.replace({"vacuum.points": 11})
    found = analysed(dataset(coarse, np.random.default_rng(4)))["checks"]
    assert found["exchange_times"]["outcome"] == "warn"
    other = coarse.replace({"vacuum.method": "none"})
    assert "exchange_times" not in analysed(dataset(other, np.random.default_rng(4)))["checks"]


def test_what_was_done_to_data_is_said():
    """The notes of a laboratory's dataset stand among the checks, and so in the report."""
    tree = dataset(TWO_LEVELS, np.random.default_rng(3))
    tree.attrs["notes"] = "3 repeated rows were added up"
    assert analysed(tree)["checks"]["data"]["statement"] == "3 repeated rows were added up"

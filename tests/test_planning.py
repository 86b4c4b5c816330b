"""The shot planner: its predictions against simulated runs, its refusals, and the verb."""

import json
import re

import numpy as np
import pytest
from commands import SMALL, call, refused

from analysis.estimators.expectation import expectation
from analysis.pipeline import analyse
from analysis.planning import Budget, PlanError, parse_claim, plan
from analysis.planning.claims import GAIN_AT, HEAT, global_bound, model_free
from analysis.planning.solve import Goal, needed_budget, needed_design, sigmas
from benchmarks.draws import estimates
from benchmarks.planning import designs, spreads
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from protocols.emulation.emulate import emulate
from protocols.settings.settings import Settings

HEAT_ALONE = {"control.enabled": False, "vacuum.method": "none"}


@pytest.fixture(scope="module")
def small() -> Experiment:
    return Experiment.from_text(SMALL)


@pytest.fixture(scope="module")
def forty() -> Experiment:
    times = tuple(np.linspace(0.0, 60.0, 40))
    return Experiment().replace({**HEAT_ALONE, "charging.times_ns": times})


@pytest.mark.study
def test_predicted_errors_are_those_of_simulated_runs(small):
    """The spread of -S and of the gain over draws is the predicted one, within 5 of its errors.

    The negative control: half the calibration's weight, or half the shots, would be seen.
    """
    gain = f"{GAIN_AT}:15"
    rows = spreads(small, {HEAT: 2000, gain: 2000}, (HEAT, gain))
    for row in rows.values():
        assert row["ratio"] == pytest.approx(1.0, abs=5 * row["error_of_ratio"])
        assert abs(row["ratio"] * 2**0.5 - 1) > 5 * row["error_of_ratio"]


def test_the_optimal_design_saves_shots(forty):
    """5 sigmas on J < 0: ten times fewer shots than 40 x 3 uniform, 2.5 times fewer than inside."""
    found = designs(forty)
    optimal = found["optimal"].sum()
    assert found["uniform"].sum() > 10 * optimal
    assert found["window"].sum() > 2.5 * optimal


@pytest.mark.study
def test_simulated_runs_of_the_designs_reach_what_was_planned(forty):
    """Runs of the uniform and of the optimal design, ten times their shots, reach 5 sqrt(10)."""
    planned = model_free(parse_claim(HEAT), expectation(forty))
    value = planned.linear(np.ones(len(planned.frequency))).value.min()
    rng = np.random.default_rng(4)
    for name, shots in designs(forty).items():
        whole = np.maximum(np.ceil(10 * shots).astype(int), 1)
        whole[:2] = 10 * planned.settings.shots[:2]
        drawn = estimates(planned, whole, 600, rng)
        reached = value / np.std(drawn, ddof=1) / 10**0.5
        assert reached == pytest.approx(5.0, rel=0.15), name


def test_the_calibration_is_a_setting_like_others(small):
    """Weights of the prepared levels are the derivative of the claim's number by theirs."""
    estimator, settings = model_free(parse_claim(HEAT), expectation(small)), Settings(small)
    weights = estimator.linear(settings.shots.astype(float)).weights[-1]
    frequency = estimator.frequency

    def raw(moved: np.ndarray) -> float:
        contrast = moved[1] - moved[0]
        axes = 2 * (moved - moved[0]) / contrast - 1
        functional = weights * contrast_of_file / 2
        rows = slice(settings.calibration.stop, settings.vacuum.start)
        return float((functional * axes)[rows].sum())

    contrast_of_file = frequency[1] - frequency[0]
    for place in (0, 1, 5):
        step = np.eye(len(frequency))[place] * 1e-6
        slope = (raw(frequency + step) - raw(frequency - step)) / 2e-6
        assert weights[place] == pytest.approx(slope, rel=1e-5, abs=1e-9)


def test_the_floor_lies_below_and_adds_up(small):
    """c'F^-1 c is the variance by shots and priors, and below the model-free one."""
    shots = Settings(small).shots.astype(float)
    claim, expected = parse_claim(f"{GAIN_AT}:15"), expectation(small)
    free, fitted = model_free(claim, expected), global_bound(claim, expected)
    linear = fitted.linear(shots)
    parts = linear.shot_variance(fitted.frequency, shots) + linear.systematic_variance
    bound = fitted.gradient @ fitted.covariance(shots) @ fitted.gradient.T
    assert parts[0] == pytest.approx(bound[0, 0], rel=1e-6)
    # A model of devices nearby leaves out Fock levels that hold 1e-8 (`convergence.enough_levels`).
    np.testing.assert_allclose(fitted.frequency, free.frequency, atol=1e-7)
    assert parts[0] < free.linear(shots).shot_variance(free.frequency, shots)[0]


def test_the_paper_point_is_refused_the_ergotropy():
    """At resonance the catalysed ergotropy stays below the control's: a reason and no shots."""
    found = plan(Experiment(), "ergotropy-gain-late")
    assert found.outcome == "refused"
    assert not found.options
    assert found.experiment is None
    below = -found.values[0]
    assert below > 0.3
    assert f"{below:.4f} hbar w_q below the control's" in found.statement


def test_what_shots_cannot_lower_is_refused(small):
    """A tail known to nothing hides a gain, however many shots; the sentence names the cause."""
    blind = small.replace({"priors.rabi_rate": 0.9})
    found = plan(blind, HEAT)
    assert found.outcome == "refused"
    assert "most of it by the Rabi rate" in found.statement
    assert 0 < found.ceiling < 5


@pytest.mark.study
def test_the_planned_file_runs_and_holds(small):
    """The recommended file is emulated and analysed, and reports about what was planned."""
    found = plan(small, HEAT, sigma=8.0)
    tree = emulate(found.experiment.replace({"analysis.global_fit": False}))
    counted = tree["counts"].sum("outcome").values
    option = found.options["recommended"]
    assert counted.sum() == option.tomography
    assert tree["calibration_counts"].sum() == option.calibration
    judged = analyse(tree)["verdict"]["heat_current_negative"]
    assert judged["outcome"] == "holds"
    assert judged["significance"] == pytest.approx(option.sigmas, abs=4.5)  # its own scatter is 1


@pytest.mark.study
def test_a_plan_is_consistent(small):
    """Goal, parts and mixture agree: designs beat the grid, the pilot and the rest add up.

    The optimal design of shot noise alone may need more than the mixture with uniform shots, which
    make the device known, too.
    """
    found = plan(small, HEAT, sigma=6.0)
    options = found.options
    assert options["optimal"].sigmas == pytest.approx(6.0, abs=0.01)
    assert options["recommended"].sigmas >= 6.0
    uniform, optimal = options["uniform grid of the file"], options["optimal"]
    assert uniform.sigmas == pytest.approx(6.0, rel=0.02)
    assert optimal.tomography < uniform.tomography
    assert options["recommended"].tomography < uniform.tomography
    both = options["pilot"].tomography + options["rest after the pilot"].tomography
    assert both >= options["recommended"].tomography
    assert sum(found.shares.values()) == pytest.approx(1.0)
    assert found.floor["least_shots"] < optimal.total
    assert found.floor["sigmas_of_recommended"] > options["recommended"].sigmas
    assert found.experiment.control.enabled is True  # what leaves without a resonator is measured


@pytest.mark.study
def test_more_shots_reach_more_and_hours_count_them(small):
    """A budget of four times the shots doubles the sigmas; hours are shots times periods."""
    few, many = (plan(small, HEAT, budget=Budget(shots=n)) for n in (2e3, 8e3))
    ratio = many.options["recommended"].sigmas / few.options["recommended"].sigmas
    assert 1.8 < ratio < 2.01
    option = many.options["recommended"]
    loading, period = 56 * 50e-3, 14e-6
    assert option.hours * 3600 == pytest.approx(loading + (option.total + 1000) * period, rel=0.01)


@pytest.mark.study
def test_precision_claims_reach_their_precision(small):
    """A standard error of F, and of the ergotropy at two times, is the one asked for."""
    for claim in ("vacuum-fidelity:+-0.05", "ergotropy:+-0.03@12,24"):
        found = plan(small, claim)
        assert found.outcome == "planned"
        assert found.options["optimal"].sigmas == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("method", ["model-free", "global"])
def test_what_is_0_for_certain_is_planned(small, method):
    """Without a drive no parameter moves the ergotropy: any shots do, and none is divided by."""
    idle = small.replace(
        {
            **HEAT_ALONE,
            "drive.rabi_rate_MHz": 0.0,
            "transmon.levels": 2,
            "charging.points": 5,
            "analysis.correction": "none",
        }
    )
    found = plan(idle, "ergotropy:+-0.05@24", method=method)
    assert found.outcome == "planned"


def test_the_global_design_beats_uniform(small):
    """c-optimal designs of the global fit need fewer shots than the uniform grid."""
    estimator = global_bound(parse_claim(HEAT), expectation(small))
    cost = np.ones(len(estimator.frequency))
    best = needed_design(estimator, Goal(50.0), cost, 1.0, pure=True)
    spread_out = np.ones(len(cost)) / len(cost)
    uniform = needed_budget(estimator, Goal(50.0), spread_out, 0 * cost)
    assert sigmas(estimator, Goal(50.0), best) == pytest.approx(50.0, rel=1e-3)
    assert best.sum() < uniform / 2


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("warp", "a claim must be one of heat-current-negative"),
        ("ergotropy-gain-at:soon", "'soon' must be a number"),
        ("vacuum-fidelity:+-2", "a claim must be one of"),
        ("ergotropy:+-0.1", "a claim must be one of"),
        ("ergotropy-gain-at:1.4", "one of the charging times, but is 1.4 ns; the nearest is 0 ns"),
    ],
)
def test_unreadable_claims_are_refused(small, claim, sentence):
    """A claim that is none of the known ones, or names no charging time, says what to write."""
    with pytest.raises(PlanError, match=sentence):
        plan(small, claim)


@pytest.mark.parametrize(
    ("changes", "claim", "sentence"),
    [
        ({"control.enabled": False}, "ergotropy-gain-late", "needs the control"),
        ({"vacuum.method": "none"}, "vacuum-fidelity:+-0.01", "needs the vacuum measurement"),
        ({"charging.points": 3}, HEAT, "needs at least 4 charging times"),
    ],
)
def test_files_that_lack_what_the_claim_needs_are_refused(small, changes, claim, sentence):
    """A claim about an arm or a measurement that the file leaves out is refused."""
    with pytest.raises(CqedBatteryError, match=sentence):
        plan(small.replace(changes), claim)


@pytest.mark.study
def test_the_verb_prints_writes_and_refuses(tmp_path):
    """plan prints its table, writes a file that can be read, gives JSON, and refuses in a line."""
    file, out = tmp_path / "small.toml", tmp_path / "planned.toml"
    file.write_text(SMALL)
    shown = call("plan", file, "--claim", HEAT, "--sigma", 4, "--out", out)
    assert shown.exit_code == 0
    assert "recommended" in shown.stdout
    assert "Cramer-Rao floor" in shown.stdout
    planned = Experiment.from_toml(out)
    assert planned.allocation.catalysed_x is not None
    content = json.loads(
        call("plan", file, "--claim", HEAT, "--shots-budget", 9e4, "--json").stdout
    )
    assert content["options"]["recommended"]["sigmas"] > 4
    assert "exclude each other" in refused(
        "plan", file, "--claim", HEAT, "--sigma", 4, "--hours", 1
    )
    assert "--estimator must be" in refused("plan", file, "--claim", HEAT, "--estimator", "best")
    assert "must be at least" in refused("plan", file, "--claim", HEAT, "--shots-budget", 5)


@pytest.mark.study
@pytest.mark.parametrize("unit", ["shots", "hours"])
def test_the_least_budget_that_a_refusal_names_is_enough(unit):
    """A budget too small names the least one, and a plan with that one is made."""
    experiment = Experiment().replace(
        {"charging.stop_ns": 10.0, "charging.points": 5, "resonator.fock_levels": 4}
    )
    with pytest.raises(PlanError, match=f"at least .* {unit}") as refusal:
        plan(experiment, "ergotropy:+-0.05@5", budget=Budget(**{unit: 1e-6}))
    least = float(re.search(r"at least (\S+)", str(refusal.value))[1])
    assert plan(experiment, "ergotropy:+-0.05@5", budget=Budget(**{unit: least})).options

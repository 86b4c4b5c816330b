"""The self-test of the analysis: its statistics, its simulated runs, its verb."""

from functools import lru_cache

import numpy as np
import pytest

from analysis.data.inputs import read_inputs
from analysis.estimators.global_fit.model.parameters import CURVED
from analysis.pipeline import analyse
from analysis.validation.coverage_study import run_study
from analysis.validation.devices.scenarios import default_scenarios, null_run, this_device
from analysis.validation.outcomes.number import Number, rate, show
from analysis.validation.outcomes.statistics import summarise
from analysis.validation.repeats.estimators import analyse_model_free, heat_significance
from analysis.validation.repeats.repeat import Errors, Outcome, repeat
from analysis.validation.repeats.simulated_runs import SimulatedRuns
from cqed_battery.compute.points import Workers
from cqed_battery.experiment import Experiment

pytestmark = pytest.mark.study

TINY = {
    "charging.stop_ns": 10.0,
    "charging.points": 5,
    "vacuum.points": 5,
    "vacuum.stop_ns": 20.0,
    "resonator.fock_levels": 4,
    "drive.rabi_rate_MHz": 25.0,
    "tomography.shots": 200,
}
EXPERIMENT = Experiment().replace(TINY)


@lru_cache
def simulated():
    return SimulatedRuns(this_device(EXPERIMENT))


@lru_cache
def measured():
    return simulated().measure(np.random.default_rng(1))


def synthetic(runs, width, *, shift=0.0, seed=0):
    """Outcomes whose errors are normal of std 2, with intervals of `width` x 1.96 x 2."""
    rng = np.random.default_rng(seed)
    outcomes = []
    for number in range(runs):
        error = 2.0 * rng.standard_normal(20) + shift
        std = np.full(20, 2.0)
        covered = (np.abs(error) <= width * 1.959964 * std).astype(float)
        found = {"global fit": {"catalysed.energy": Errors(error, std, covered)}}
        bounds = {"catalysed.energy": np.full(20, 2.0)} if number == 0 else {}
        outcomes.append(Outcome(found, flagged=number % 20 == 0, bounds=bounds))
    return outcomes


def row(outcomes):
    return summarise(this_device(EXPERIMENT), outcomes).rows[0]


def test_statistics_of_a_known_law():
    """Normal errors give coverage 0.95, pulls of 1, RMSE at the bound, within 4 of their errors."""
    found = row(synthetic(1000, 1.0))
    for number, expected in (
        (found.coverage, 0.95),
        (found.over_bound, 1.0),
        (found.pull_mean, 0.0),
        (found.bias, 0.0),
    ):
        assert abs(number.value - expected) < 4 * number.error
    assert found.pull_std == pytest.approx(1.0, abs=0.02)
    # errors of means over 1000 runs of 20 independent times
    assert found.coverage.error == pytest.approx(np.sqrt(0.05 * 0.95 / 20_000), rel=0.1)
    assert found.over_bound.error == pytest.approx(1 / np.sqrt(2 * 20_000), rel=0.1)
    assert found.worst.value < found.coverage.value


def test_statistics_see_what_is_wrong():
    """Intervals of half width cover 67 %, and a shift of half a standard error is a pull."""
    assert row(synthetic(1000, 0.5)).coverage.value == pytest.approx(0.673, abs=0.02)
    assert row(synthetic(1000, 1.0, shift=1.0)).pull_mean.value == pytest.approx(0.5, abs=0.03)


def test_rates_have_binomial_errors():
    """Fifty flags of a thousand are 5.0 +- 0.7 %; none of ten is not certainty."""
    found = summarise(this_device(EXPERIMENT), synthetic(1000, 1.0)).flagged
    assert found.value == 0.05
    assert found.error == pytest.approx(np.sqrt(0.05 * 0.95 / 1000), rel=0.02)
    assert rate(np.zeros(10)).error > 0.05
    assert np.isnan(rate(np.array([])).value)


def test_numbers_are_shown_with_their_errors():
    """The bracket holds the error in units of the last digit, rounded up."""
    assert show(Number(0.9512, 0.0031), 2) == "0.95(1)"
    assert show(Number(95.12, 1.31), 1) == "95.1(14)"
    assert show(Number(np.nan, np.nan), 1) == "-"
    assert show(Number(-2952.88, 29530.1), 2) == "-3e+03"


def test_what_was_never_in_doubt_is_not_counted():
    """Times without an uncertainty (E at the start known by construction) raise no coverage."""
    outcomes = synthetic(500, 0.5)
    for outcome in outcomes:
        outcome.errors["global fit"]["catalysed.energy"].covered[:10] = np.nan
    assert row(outcomes).coverage.value == pytest.approx(0.673, abs=0.03)


def test_what_is_known_for_certain_is_not_measured_against_its_bound():
    """Without a drive P is 0 with a bound of 0: nothing over nothing is no number, and no fault."""
    outcomes = synthetic(20, 1.0)
    outcomes[0].bounds["catalysed.energy"][:] = 0.0
    for outcome in outcomes:
        found = outcome.errors["global fit"]["catalysed.energy"]
        found.error[:] = 0.0
        found.covered[:] = np.nan
    assert np.isnan(row(outcomes).over_bound.value)


def test_a_simulated_run_tells_no_truth():
    """A run's dataset holds counts of the right size and the calibrated Rabi rate, no truth."""
    run = measured()
    assert list(run.dataset.children) == []
    inputs = read_inputs(run.dataset)
    assert inputs.counts["control"].shape == (5, 3, 2)
    assert (inputs.counts["catalysed"].sum(axis=-1) == 200).all()
    assert inputs.experiment.drive.rabi_rate_MHz == pytest.approx(run.calibrated[1])
    assert inputs.experiment.drive.rabi_rate_MHz != 25.0


def test_counts_are_binomial_draws_of_the_truth():
    """Over 400 runs the mean counts are the exact frequencies, to five standard errors."""
    lab, rng = simulated(), np.random.default_rng(3)
    ones = np.mean([rng.binomial(lab.shots, lab.frequency) for _ in range(400)], axis=0)
    drawn = np.mean([lab.measure(rng).counts.ones for _ in range(400)], axis=0)
    spread = np.sqrt(lab.shots * lab.frequency * (1 - lab.frequency) / 200)
    assert (np.abs(drawn - ones) <= 5 * spread + 1e-9).all()


def test_every_setting_has_the_shots_of_the_file():
    """A run has the file's [allocation] where it lists shots, else the uniform ones."""
    lists = {
        "allocation.catalysed_x": [11, 12, 13, 14, 15],
        "allocation.control_z": [5, 4, 3, 2, 1],
        "allocation.vacuum_pi": [21, 22, 23, 24, 25],
        "allocation.prepared_1": 777,
    }
    lab = SimulatedRuns(this_device(EXPERIMENT.replace(lists)))
    inputs = read_inputs(lab.measure(np.random.default_rng(2)).dataset)
    shots = {arm: counts.sum(axis=-1) for arm, counts in inputs.counts.items()}
    assert shots["catalysed"][:, 0].tolist() == [11, 12, 13, 14, 15]
    assert shots["control"][:, 2].tolist() == [5, 4, 3, 2, 1]
    assert (shots["catalysed"][:, 1:] == 200).all()
    uniform = EXPERIMENT.vacuum.shots
    assert inputs.vacuum_counts.sum(axis=-1).tolist() == [[uniform] * 5, [21, 22, 23, 24, 25]]
    prepared = inputs.table[inputs.settings.calibration].sum(axis=-1)
    assert prepared.tolist() == [EXPERIMENT.readout.calibration_shots, 777]


def test_calibrated_values_scatter_as_priors_say():
    """What was calibrated is the truth plus errors of each prior's size."""
    lab, rng = simulated(), np.random.default_rng(4)
    found = np.array([lab.measure(rng).calibrated for _ in range(200)])
    width = np.array([p.prior for p in lab.model.free])
    known = np.array([p.name in CURVED and p.low == p.start for p in lab.model.free])
    informed = np.isfinite(width) & ~known  # nobody calibrates a spread to less than nothing
    ratio = found[:, informed].std(axis=0) / width[informed]
    np.testing.assert_allclose(ratio, 1.0, atol=0.2)  # 200 runs: 5 %, four of them
    assert (found[:, ~informed] == lab.theta[~informed]).all()


def test_model_free_is_the_analysis():
    """The study's model-free intervals are those of results.json, digit for digit."""
    found = analyse_model_free(measured().dataset).estimates()
    quick = measured().dataset.copy()
    experiment = Experiment.from_text(quick.attrs["experiment"])
    quick.attrs["experiment"] = experiment.replace({"analysis.global_fit": False}).to_toml()
    results = analyse(quick)
    for arm in ("catalysed", "control"):
        for name in ("bloch", "energy", "ergotropy", "power", "heat_current", "heat_integral"):
            entry = results["arms"][arm][name]
            np.testing.assert_array_equal(found[f"{arm}.{name}"].value, entry["value"])
            np.testing.assert_array_equal(found[f"{arm}.{name}"].ci_high, entry["ci_high"])


def test_heat_test_is_the_verdict():
    """The test of J < 0 is the verdict's own at the same time, and one with less in it."""
    quick = measured().dataset.copy()
    experiment = Experiment.from_text(quick.attrs["experiment"])
    time = float(experiment.charging.grid_ns()[3])
    changes = {"analysis.global_fit": False, "analysis.heat_window_end_ns": time}
    quick.attrs["experiment"] = experiment.replace(changes).to_toml()
    sigmas = heat_significance(analyse_model_free(measured().dataset).data, 3)
    verdict = analyse(quick)["verdict"]["heat_current_negative"]
    assert sigmas.verdict == pytest.approx(verdict["significance"], rel=1e-9)
    assert abs(sigmas.statistical) > abs(sigmas.verdict)


def test_null_runs_have_no_heat_to_find():
    """Without coupling the catalysed arm is the control, but for the coupler's ramp."""
    found = SimulatedRuns(null_run(EXPERIMENT)).response.quantities
    control = found["control"]["heat_integral"]
    np.testing.assert_allclose(found["catalysed"]["heat_integral"], control, atol=1e-5)
    assert np.abs(simulated().response.quantities["catalysed"]["heat_integral"]).max() > 0.01


def test_repeats_do_not_depend_on_the_workers():
    """One worker or two, and this process: the same outcomes for the same seed."""
    scenarios = [this_device(EXPERIMENT)]
    one, two = (
        run_study(scenarios, 3, 11, estimators=("global fit",), workers=Workers(n))[0]
        for n in (1, 2)
    )
    here = [repeat(scenarios[0], 0, n, 11, ("global fit",)) for n in range(3)]
    for found in (two, here):
        for first, second in zip(one, found, strict=True):
            a, b = (x.errors["global fit"]["catalysed.energy"].error for x in (first, second))
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-9)
    errors = [x.errors["global fit"]["catalysed.energy"].error for x in one]
    assert np.abs(errors[0] - errors[1]).max() > 1e-4


def test_scenarios_differ_where_they_say():
    """The wrong models assume something else than the truth; random devices are random."""
    found = {s.name: s for s in default_scenarios(EXPERIMENT, 2, 5)}
    assert [s.kind for s in found.values()].count("wrong") == 3
    assert found["random device 1"].truth != found["random device 2"].truth
    levels = [
        Experiment.from_text(getattr(found["two levels"], which)).transmon.levels
        for which in ("truth", "assumed")
    ]
    assert levels == [3, 2]
    rises = [
        Experiment.from_text(getattr(found["ignored 3 ns rise"], which)).drive.rise_ns
        for which in ("truth", "assumed")
    ]
    assert rises == [3.0, 0.0]
    assert found["ignored 5 MHz detuning"].held != ()

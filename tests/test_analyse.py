"""The whole analysis, from a dataset to results.json: what it says, holds and never looks at."""

import json
from functools import lru_cache

import numpy as np
import pytest
import xarray as xr
from sampled import analysed, dataset, predicted

from analysis.pipeline import analyse
from analysis.results import ResultsError, load_results, save_results
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import load_dataset, save_dataset
from protocols.emulation.emulate import emulate
from protocols.prediction.truth import truth_dataset

DEFAULT = Experiment()
QUICK = DEFAULT.replace(
    {"charging.points": 7, "charging.stop_ns": 20.0, "tomography.pulse": "none"}
).replace({"vacuum.points": 5, "vacuum.stop_ns": 40.0})
QUANTITIES = ("bloch", "energy", "ergotropy", "power", "heat_current", "heat_integral")
NUMBERS = ("value", "std", "ci_low", "ci_high")
OBSERVATIONS = ("heat_current_negative", "ergotropy_gain", "vacuum_recovered", "all_three")


@lru_cache
def default_dataset():
    return dataset(DEFAULT, np.random.default_rng(2026))


@lru_cache
def default_results():
    return analysed(default_dataset())


@lru_cache
def quick_dataset():
    return dataset(QUICK, np.random.default_rng(1))


def assert_quantity(block, shape):
    """Four finite arrays of that shape, a value inside its interval, and a method in words."""
    arrays = {name: np.asarray(block[name], dtype=float) for name in NUMBERS}
    assert {array.shape for array in arrays.values()} == {shape}
    assert all(np.isfinite(array).all() for array in arrays.values())
    assert (arrays["ci_low"] <= arrays["value"]).all()
    assert (arrays["value"] <= arrays["ci_high"]).all()
    assert (arrays["std"] >= 0).all()
    assert len(block["method"]) > 10


def test_default_point_says_what_is_expected_there():
    """At the paper's operating point energy leaves early, and the ergotropy gain fails."""
    verdict = default_results()["verdict"]
    heat = verdict["heat_current_negative"]
    assert heat["outcome"] == "holds"
    assert heat["ci_high"] < 0
    assert heat["significance"] > 5
    assert verdict["ergotropy_gain"]["outcome"] == "fails"
    assert verdict["all_three"]["outcome"] == "fails"
    checks = default_results()["checks"]
    assert checks["model_agreement"]["outcome"] == "pass"
    assert checks["control_heat"]["outcome"] == "pass"


@pytest.mark.parametrize("arm", ["catalysed", "control"])
def test_every_quantity_of_an_arm_is_complete(arm):
    """Values, errors, intervals and methods of every quantity, for every time, all finite."""
    block = default_results()["arms"][arm]
    for name in QUANTITIES:
        assert_quantity(block[name], (61, 3) if name == "bloch" else (61,))
        bias = np.asarray(block["pipeline_bias"][name])
        assert bias.shape == ((61, 3) if name == "bloch" else (61,))
        assert np.isfinite(bias).all()
    assert block["bloch"]["components"] == ["x", "y", "z"]
    envelope = block["envelope"]
    count = len(envelope["times"])
    assert_quantity(envelope["energy"], (count,))
    assert_quantity(envelope["energy_derivative"], (count,))
    assert (envelope["times"][0], envelope["times"][-1]) == (0.0, 60.0)
    assert len(envelope["frequencies_MHz"]) == envelope["modes"] > 0
    assert len(envelope["decay_rates_per_us"]) == envelope["modes"]
    assert 0.3 < envelope["reduced_chi2"] < 2


@pytest.mark.parametrize("arm", ["catalysed", "control"])
def test_state_energy_and_covariance_belong_together(arm):
    """rho is physical and has the Bloch vector shown, E = z/2, and std is from the covariance."""
    block = default_results()["arms"][arm]
    vectors = np.array(block["bloch"]["value"])
    rho = np.array(block["density_matrix"]["real"]) + 1j * np.array(block["density_matrix"]["imag"])
    assert np.linalg.eigvalsh(rho).min() > -1e-12
    np.testing.assert_allclose(np.trace(rho, axis1=1, axis2=2), 1, atol=1e-12)
    np.testing.assert_allclose((rho[:, 1, 1] - rho[:, 0, 0]).real, vectors[:, 2], atol=1e-12)
    np.testing.assert_allclose(2 * rho[:, 0, 1], vectors[:, 0] + 1j * vectors[:, 1], atol=1e-12)
    np.testing.assert_allclose(block["energy"]["value"], vectors[:, 2] / 2, atol=1e-12)
    covariance = np.array(block["bloch_covariance"])
    np.testing.assert_allclose(
        np.sqrt(np.einsum("tii->ti", covariance)), block["bloch"]["std"], atol=1e-12
    )
    assert np.linalg.eigvalsh(covariance).min() > 0


def test_header_and_fidelity_are_complete():
    """Schema, seed, units, versions, sign convention, F and the sum rule's bound are there."""
    results = default_results()
    assert (results["schema"], results["kind"], results["seed"]) == (1, "emulated", 2026)
    assert set(QUANTITIES) | {"times", "vacuum_fidelity"} == set(results["units"])
    assert {"numpy", "scipy", "lmfit", "qiskit"} <= set(results["versions"])
    assert "J < 0 is energy leaving the battery" in results["sign_convention"]
    assert results["times"] == list(range(61))
    fidelity = results["vacuum_fidelity"]
    assert_quantity(fidelity, ())
    assert fidelity["time"] == 60.0
    assert 0 < fidelity["systematic"] < fidelity["std"]
    assert_quantity(fidelity["sum_rule_bound"], ())
    assert fidelity["sum_rule_bound"] == results["sum_rule_bound"]
    assert fidelity["sum_rule_bound"]["ci_high"] <= 1


def test_verdict_and_checks_are_complete():
    """Each observation and check has an outcome and sentences; each number its interval."""
    results = default_results()
    assert tuple(results["verdict"]) == OBSERVATIONS
    gain = results["verdict"]["ergotropy_gain"]
    for block in [*results["verdict"].values(), *gain["parts"].values()]:
        assert block["outcome"] in ("holds", "fails", "undecided")
        assert block["value"] is None or block["ci_low"] <= block["value"] <= block["ci_high"]
        assert np.isfinite(block["significance"])
        assert len(block["statement"]) > 8
    assert all(results["verdict"][name]["expected"] for name in OBSERVATIONS)
    assert tuple(gain["parts"]) == ("peak", "mean", "late")
    assert_quantity(gain["pointwise"], (61,))
    for check in results["checks"].values():
        assert check["outcome"] in ("pass", "warn", "fail")
        assert len(check["statement"]) > 20


def test_results_survive_their_file(tmp_path):
    """Written as JSON and read again the results are equal, number by number."""
    save_results(default_results(), tmp_path / "results.json")
    assert load_results(tmp_path / "results.json") == default_results()


def test_numbers_that_are_not_finite_are_not_written(tmp_path):
    """A NaN is refused and leaves no file behind."""
    with pytest.raises(ResultsError, match="not finite"):
        save_results({"schema": 1, "value": float("nan")}, tmp_path / "results.json")
    assert list(tmp_path.iterdir()) == []


def test_a_gaussian_process_smooths_as_well():
    """With analysis.envelope = "gaussian-process" E, dE/dt, J and the gain hold."""
    experiment = Experiment().replace(
        {"analysis.envelope": "gaussian-process", "analysis.global_fit": False}
    )
    tree = dataset(experiment, np.random.default_rng(5))
    truth = truth_dataset(experiment, predicted(experiment))
    results = analysed(tree)
    envelope = results["arms"]["catalysed"]["envelope"]
    assert envelope["method"].startswith("Gaussian process")
    assert "modes" not in envelope
    assert results["checks"]["envelope_fits"]["statement"].startswith("Gaussian processes describe")
    assert 0.5 < envelope["reduced_chi2"] < 2.0
    current = results["arms"]["catalysed"]["heat_current"]
    error = np.array(current["value"]) - truth["heat_current"].sel(arm="catalysed").values
    pull = error / np.array(current["std"])
    assert (np.abs(pull) < 2).mean() > 0.8
    gain = results["verdict"]["ergotropy_gain"]["parts"]["mean"]
    assert gain["ci_low"] < gain["value"] < gain["ci_high"] < 0


@pytest.mark.study
def test_truth_is_never_looked_at():
    """Without the group `truth`, or with nonsense in it, every number is the same."""
    tree = quick_dataset()
    nonsense = tree["truth"].to_dataset() * np.nan
    without = xr.DataTree.from_dict({"/": tree.to_dataset()})
    misled = xr.DataTree.from_dict({"/": tree.to_dataset(), "/truth": nonsense})
    assert analysed(without) == analysed(misled) == analysed(tree)


@pytest.mark.study
def test_a_dataset_of_the_emulator_is_analysed_alike_from_its_file(tmp_path):
    """What `emulate` returns goes through, from memory and from disk, with the same results."""
    tree = emulate(QUICK.replace({"tomography.shots": 50, "vacuum.shots": 50}))
    save_dataset(tree, tmp_path / "dataset.nc")
    results = analysed(tree)
    assert analysed(load_dataset(tmp_path / "dataset.nc")) == results
    json.dumps(results.to_dict(), allow_nan=False)


def test_progress_is_reported_step_by_step():
    """`progress` counts 1 to a constant total, one step for each piece of work."""
    steps = []
    analyse(quick_dataset(), progress=lambda *step: steps.append(step))
    assert [done for done, _, _ in steps] == [1, 2, 3, 4]
    assert {total for _, total, _ in steps} == {4}
    assert [what for _, _, what in steps] == ["model", "catalysed arm", "control arm", "verdict"]


def test_without_control_and_vacuum_measurement_nothing_is_invented():
    """A run of one arm without F has no gain and no fidelity: undecided, said, and not a number."""
    experiment = QUICK.replace({"control.enabled": False, "vacuum.method": "none"})
    results = analysed(dataset(experiment, np.random.default_rng(2)))
    assert list(results["arms"]) == ["catalysed"]
    assert results["vacuum_fidelity"] is None
    assert_quantity(results["sum_rule_bound"], ())
    verdict = results["verdict"]
    for name, words in (("ergotropy_gain", "no control arm"), ("vacuum_recovered", "not measured")):
        assert (verdict[name]["outcome"], verdict[name]["value"]) == ("undecided", None)
        assert words in verdict[name]["statement"]
    assert verdict["all_three"]["outcome"] in ("undecided", "fails")
    assert "control_heat" not in results["checks"]
    json.dumps(results.to_dict(), allow_nan=False)


def test_a_node_of_the_control_is_not_sold_as_a_gain():
    """A last time with a clear gain, by a file that asks for a short window, is no late gain."""
    experiment = DEFAULT.replace(
        {"coupler.g_on_MHz": 10.0, "analysis.late_window_ns": 2.0, "vacuum.method": "none"}
    ).replace({"charging.points": 31, "tomography.pulse": "none", "analysis.global_fit": False})
    gain = analysed(dataset(experiment, np.random.default_rng(3)))["verdict"]["ergotropy_gain"]
    last = {name: gain["pointwise"][name][-1] for name in NUMBERS}
    assert last["value"] > 10 * last["std"]
    assert last["ci_low"] > 0.2
    assert gain["parts"]["late"]["window"] == [40.0, 60.0]
    assert gain["parts"]["late"]["outcome"] == "fails"
    assert gain["outcome"] == "fails"


def test_a_run_of_less_than_a_rabi_period_claims_no_gain():
    """Within 15 of 20 ns no gain is claimed, whatever the counts are."""
    experiment = QUICK.replace({"charging.stop_ns": 15.0})
    gain = analysed(dataset(experiment, np.random.default_rng(4)))["verdict"]["ergotropy_gain"]
    assert gain["outcome"] in ("undecided", "fails")
    assert gain["parts"]["late"]["window"] == [0.0, 15.0]

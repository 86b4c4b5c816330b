"""Results, plans and studies in a user's hands: shown, drawn, copied, sent to other processes."""

import copy
import json
import math
import pickle
from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from fakes import fake_run
from matplotlib import pyplot

import cqed_battery
from analysis import load_results, plan, save_results
from analysis.planning import PlanError
from analysis.results import DesignResults, Results, ResultsError, quantity
from analysis.validation import Row, Scenario, Study
from analysis.validation.outcomes.number import Number
from cqed_battery import Device, Experiment
from protocols import emulate, predict

SMALL: dict[str, Any] = {
    "transmon.levels": 2,
    "charging.points": 5,
    "charging.stop_ns": 12.0,
    "tomography.pulse": "none",
    "tomography.shots": 20,
    "vacuum.points": 4,
    "vacuum.shots": 20,
    "reset.kind": "none",
}


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    return Experiment().replace(SMALL)


@pytest.fixture(scope="module")
def results() -> Results:
    return Results(fake_run()[0])


@pytest.fixture(scope="module")
def planned(experiment):
    return plan(experiment, "heat-current-negative")


@pytest.fixture(scope="module")
def study() -> Study:
    none = Number(math.nan, math.nan)
    rows = tuple(
        Row(name, "model-free", none, 0.1, 0.1, none, none, 1.0, Number(share, 0.02), none)
        for name, share in (("energy", 0.94), ("ergotropy", 0.90))
    )
    scenario = Scenario(name="this device", kind="right", truth="", assumed="")
    return Study(scenario, 50, rows, {}, none, 0, none, none)


@pytest.fixture
def design() -> DesignResults:
    points = [
        {"late_gain": 0.2, "fidelity": 0.97, "hours": 3.0},
        {"late_gain": None, "fidelity": 0.9, "hours": None},
    ]
    return DesignResults({"statement": "all three hold", "best": points})


def test_results_are_xarray_with_units(results):
    """Curves have dims, units, names and values of the plain results, intervals beside them."""
    found = results.to_xarray()
    assert found["bloch"].dims == ("arm", "time", "component")
    assert found["heat_current"].dims == ("arm", "time")
    assert found["heat_current"].attrs == {"units": "hbar w_q/ns", "long_name": "heat current"}
    assert found["ergotropy_std"].attrs["long_name"] == "ergotropy, standard error"
    assert found["time"].attrs == {"units": "ns", "long_name": "charging time"}
    for arm, block in results["arms"].items():
        one = found.sel(arm=arm)
        np.testing.assert_array_equal(one["energy"], block["energy"]["value"])
        np.testing.assert_array_equal(one["energy_low"], block["energy"]["ci_low"])
        np.testing.assert_array_equal(one["energy_high"], block["energy"]["ci_high"])
        np.testing.assert_array_equal(one["energy_std"], block["energy"]["std"])
    assert all(v.attrs["long_name"] for v in found.variables.values())
    assert found.attrs["title"] == results["title"]


def test_results_stay_plain(results, tmp_path):
    """They are the dictionary of results.json, before and after saving."""
    assert results == fake_run()[0]
    assert results == results.to_dict() == json.loads(json.dumps(results.to_dict()))
    save_results(results, tmp_path / "results.json")
    again = load_results(tmp_path / "results.json")
    assert type(again) is Results
    assert again == results
    with pytest.raises(TypeError, match="does not support item assignment"):
        results["title"] = "another"
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'times'"):
        results.times = []
    results.to_dict()["arms"].clear()
    assert results == fake_run()[0]


def test_results_plot_their_curves(results):
    """Four panels with a line for each arm, labelled with units; they go where one wants them."""
    axes = results.plot()
    curves = results.to_xarray()
    assert [len(axis.lines) for axis in axes] == [2, 2, 2, 2]
    assert axes[1].get_ylabel() == "ergotropy\n(hbar w_q)"
    assert axes[-1].get_xlabel() == "charging time (ns)"
    for axis, values in ((axes[0], curves["bloch"].sel(component="z")), (axes[3], None)):
        expected = curves["heat_integral"] if values is None else values
        np.testing.assert_array_equal(axis.lines[1].get_ydata(), expected[1])
    own = pyplot.subplots(4)[1]
    assert list(results.plot(own)) == list(own)
    with pytest.raises(ValueError, match="axes must be 4 of matplotlib's, but are 1"):
        results.plot(pyplot.gca())


def test_plans_plot_their_shots(planned, experiment):
    """A panel for each arm, a line for each basis; a refused plan says why it has none."""
    axes = planned.plot()
    shots = planned.recommended_shots()
    assert [axis.get_ylabel() for axis in axes] == [f"shots, {arm}" for arm in shots["arms"]]
    drawn = [line.get_ydata() for line in axes[0].lines]
    np.testing.assert_array_equal(np.transpose(drawn), shots["arms"]["catalysed"])
    refused = plan(Experiment(), "ergotropy-gain-late")
    with pytest.raises(PlanError, match="a refused plan has no shots to draw: the physics forbids"):
        refused.plot()


def test_studies_and_designs_plot_themselves(study, design):
    """Coverage of each quantity beside 95 %, and the best points' gain over F."""
    (axis,) = study.plot()
    assert [label.get_text() for label in axis.get_xticklabels()] == ["energy", "ergotropy"]
    np.testing.assert_array_equal(axis.containers[0].lines[0].get_ydata(), [0.94, 0.90])
    (axis,) = design.plot()
    assert [line.get_label() for line in axis.lines] == ["point 1", "point 2"]
    assert axis.lines[0].get_xydata().tolist() == [[0.97, 0.2]]


def test_all_say_what_they_are(results, planned, study, design, experiment):
    """A line for people in place of a page of numbers, and a table for notebooks."""
    assert repr(results).startswith(f"Results of {results['title']!r}")
    early = results["verdict"]["heat_current_negative"]
    assert f"\nJ < 0 early: {early['outcome']}, {early['value']:.4g} (" in repr(results)
    assert repr(results).endswith(f"three together: {results['verdict']['all_three']['outcome']}")
    assert repr(planned).startswith(f"Plan, planned: {planned.statement}.\n")
    assert repr(study).startswith("Study of this device: 50 runs.\nmodel-free, energy: covers 94")
    assert repr(design) == ("Design: all three hold\npoint 1, 0.2, 0.97, 3\npoint 2, -, 0.9, -")
    for thing in (results, planned, study, design, experiment, experiment.device):
        html = thing._repr_html_()
        assert html.count("<tr>") == html.count("</tr>") > 1
        assert len(repr(thing)) < 5000
    assert "<td>coupler</td><td>g_on_MHz</td><td>50.0</td>" in Experiment()._repr_html_()
    assert "&lt; 0 early" in results._repr_html_()
    assert repr(Results()) == "Results of '?' (?): 0 times, "


def test_all_can_be_copied_and_sent(results, planned, study, design, experiment):
    """Copies, deep copies and what comes back from another process are equal and of one kind."""
    sections = [getattr(cqed_battery, name)() for name in ("Coupler", "Resonator", "Transmon")]
    for thing in (results, planned, design, experiment, experiment.device, *sections):
        for again in (copy.copy(thing), copy.deepcopy(thing), pickle.loads(pickle.dumps(thing))):
            assert type(again) is type(thing)
            assert again == thing
    sent = pickle.loads(pickle.dumps(study))
    assert sent.rows[0].coverage == study.rows[0].coverage  # the rest is nan
    assert [field.name for field in fields(sent)] == [field.name for field in fields(study)]
    assert isinstance(experiment.device, Device)
    changed = copy.deepcopy(results)
    changed["arms"]["catalysed"]["energy"]["value"][0] = 9.0
    assert results["arms"]["catalysed"]["energy"]["value"][0] != 9.0


def test_datasets_and_predictions_can_be_copied_and_sent(experiment):
    """So are counts and truth, and what `predict` returns."""
    dataset = emulate(experiment)
    for again in (copy.copy(dataset), copy.deepcopy(dataset), pickle.loads(pickle.dumps(dataset))):
        xr.testing.assert_identical(again, dataset)
    changed = copy.deepcopy(dataset)
    changed["counts"].values[:] = 0
    assert int(dataset["counts"].sum()) > 0
    prediction = predict(experiment)
    for again in (copy.deepcopy(prediction), pickle.loads(pickle.dumps(prediction))):
        for name, arm in prediction.arms.items():
            np.testing.assert_array_equal(again.arms[name].bloch, arm.bloch)


def test_attributes_are_the_content_with_types(results):
    """Arrays that cannot be changed and named values in place of lists; null is NaN."""
    for name, arm in results.arms.items():
        block = results["arms"][name]
        for curve in ("bloch", "energy", "ergotropy", "energy_rate", "power", "heat_integral"):
            found = getattr(arm, curve)
            for part in ("value", "std", "ci_low", "ci_high"):
                np.testing.assert_array_equal(getattr(found, part), block[curve][part])
            assert found.method == block[curve]["method"]
        assert arm.bloch_covariance.shape == (len(results.times), 3, 3)
        np.testing.assert_array_equal(arm.density_matrix.real, block["density_matrix"]["real"])
        z = arm.bloch[:, 2]
        np.testing.assert_array_equal(z.ci_low, np.array(block["bloch"]["ci_low"])[:, 2])
        assert (z.value.shape, z.method) == (results.times.shape, arm.bloch.method)
        assert arm.envelope.modes == 2
        np.testing.assert_array_equal(
            arm.envelope.energy.value, block["envelope"]["energy"]["value"]
        )
        np.testing.assert_array_equal(arm.pipeline_bias["bloch"], block["pipeline_bias"]["bloch"])
    with pytest.raises(ValueError, match="read-only"):
        results.times[0] = 1.0
    fidelity, bound = results.vacuum_fidelity, results.sum_rule_bound
    assert (float(fidelity.value), fidelity.time) == (results["vacuum_fidelity"]["value"], 60.0)
    assert float(fidelity.sum_rule_bound.ci_low) == float(bound.ci_low) < float(bound.value)
    assert results.global_fit is None
    assert results.checks["fit_is_good"].outcome == "fail"
    judged, gain = results["verdict"], results.verdict.gain
    assert results.verdict.heat.value == judged["heat_current_negative"]["value"]
    assert results.verdict.together.outcome == judged["all_three"]["outcome"]
    assert results.verdict.vacuum.statement == "Photons remain"
    assert gain.parts["late"].significance == 1.2
    assert np.isnan(gain.pointwise.value[1])
    np.testing.assert_array_equal(
        gain.pointwise.value[2:], judged["ergotropy_gain"]["pointwise"]["value"][2:]
    )


def test_what_was_not_measured_is_none_and_what_is_broken_is_said():
    """No F and no control leave None and empty parts; a lost key is named in a sentence."""
    content, _ = fake_run(control=False, vacuum=False)
    results = Results(content)
    assert list(results.arms) == ["catalysed"]
    assert results.vacuum_fidelity is None
    assert (results.verdict.gain.parts, results.verdict.gain.pointwise) == ({}, None)
    del content["arms"]["catalysed"]["power"]
    with pytest.raises(ResultsError, match=r"distort arms \(catalysed.power: Field required\)"):
        Results(content).arms  # noqa: B018


def test_copies_follow_their_own_content(results):
    """A changed deep copy reads its changed numbers, also where the first was read before."""
    assert results.arms["catalysed"].energy.value.size
    changed = copy.deepcopy(results)
    changed["arms"]["catalysed"]["energy"]["value"][0] = 9.0
    assert changed.arms["catalysed"].energy.value[0] == 9.0
    assert results.arms["catalysed"].energy.value[0] != 9.0


def test_stored_results_of_the_first_schema_are_typed():
    """The oldest file, global fit or not, reads in full; a fit's parameters are named."""
    results = load_results(Path(__file__).parent / "data" / "schema-1" / "results.json")
    assert results.times.tolist() == [0.0, 2.0, 4.0, 6.0, 8.0]
    assert results.arms["control"].heat_current.value.shape == (5,)
    assert results.verdict.gain.windows.keys() == {"mean", "late"}
    fit = {
        "outcome": "pass",
        "statement": "it fits",
        "p_value": 0.4,
        "correlation": [[1.0]],
        "parameters": [
            {
                "name": "coupler.g_on_MHz",
                "unit": "MHz",
                **quantity(50.0, 0.5, "fit"),
                "prior": [49.0, 5.0],
                "file": 49.0,
            }
        ],
        "arms": {"control": {"energy": quantity([0.0, 0.5], [0.1, 0.1], "fit")}},
    }
    found = Results({**results, "global_fit": fit}).global_fit
    g = found.parameters["coupler.g_on_MHz"]
    assert (float(g.value), g.prior, g.file, g.unit) == (50.0, 5.0, 49.0, "MHz")
    assert found.arms["control"]["energy"].std.tolist() == [0.1, 0.1]
    assert (found.p_value, found.correlation.shape) == (0.4, (1, 1))
    failed = Results({"global_fit": {"outcome": "fail", "statement": "no"}}).global_fit
    assert (failed.outcome, failed.parameters) == ("fail", {})

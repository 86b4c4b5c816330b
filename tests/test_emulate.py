"""The dataset of an emulated run: its shape, its units, its counts and their seeds."""

import json
from typing import Any

import numpy as np
import pytest
import xarray as xr
from oracles import agrees

from cqed_battery import Experiment
from cqed_battery.files.datasets import check_dataset
from protocols.emulation.emulate import emulate
from protocols.emulation.sampling import drawn_counts, outcome_law, sampled_levels, setting_seed
from protocols.prediction.predict import predict
from protocols.readout import assignment_errors

QUICK = {
    "charging.points": 3,
    "charging.stop_ns": 6.0,
    "tomography.shots": 400,
    "tomography.bases": ["z", "x", "y"],
    "readout.calibration_shots": 900,
    "vacuum.points": 4,
    "vacuum.shots": 250,
    "reset.shots": 500,
    "drive.rabi_rate_MHz": 20.0,
}
PER_TIME = ("arm", "time")
UNITS = {
    "bloch": (*PER_TIME, "component", "1"),
    "measured_bloch": (*PER_TIME, "component", "1"),
    "energy": (*PER_TIME, "hbar w_q"),
    "ergotropy": (*PER_TIME, "hbar w_q"),
    "power": (*PER_TIME, "hbar w_q/ns"),
    "heat_current": (*PER_TIME, "hbar w_q/ns"),
    "heat_integral": (*PER_TIME, "hbar w_q"),
    "exchange": (*PER_TIME, "hbar w_q"),
    "photon_number": (*PER_TIME, "1"),
    "vacuum_fidelity": (*PER_TIME, "1"),
    "leakage": (*PER_TIME, "1"),
    "ladder_energy": (*PER_TIME, "hbar w_q"),
    "ladder_ergotropy": (*PER_TIME, "hbar w_q"),
    "ladder_heat_integral": (*PER_TIME, "hbar w_q"),
    "drive_energy": (*PER_TIME, "hbar w_q"),
}


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    return Experiment().replace(QUICK)


@pytest.fixture(scope="module")
def dataset(experiment) -> xr.DataTree:
    return emulate(experiment)


def count_bytes(tree: xr.DataTree) -> dict[str, bytes]:
    names = ("counts", "calibration_counts", "vacuum_counts")
    return {name: tree[name].values.tobytes() for name in names if name in tree.data_vars}


def test_counts_have_their_dims_and_add_up(dataset):
    """Each kind of counts has its dims, whole numbers and the shots of its settings as sums."""
    expected = {
        "counts": (("arm", "time", "basis", "outcome"), (2, 3, 3, 2), 400),
        "calibration_counts": (("prepared", "outcome"), (2, 2), 900),
        "vacuum_counts": (("pulse", "exchange_time", "outcome"), (2, 4, 2), 250),
    }
    assert set(dataset.data_vars) == set(expected)
    for name, (dims, shape, shots) in expected.items():
        variable = dataset[name]
        assert (variable.dims, variable.shape) == (dims, shape)
        assert variable.dtype == np.int64
        assert variable.min() >= 0
        assert (variable.sum("outcome") == shots).all()
        assert variable.attrs["units"] == "counts"
        assert variable.attrs["long_name"]


def test_coordinates_name_what_was_measured(dataset, experiment):
    """Arms, times, bases in measuring order, outcomes, preparations and exchange times."""
    named = {name: list(dataset.coords[name].values) for name in dataset.coords}
    assert named["arm"] == ["catalysed", "control"]
    assert named["basis"] == ["z", "x", "y"]
    assert named["outcome"] == named["prepared"] == [0, 1]
    assert named["pulse"] == ["none", "pi"]
    np.testing.assert_array_equal(named["time"], experiment.charging.grid_ns())
    np.testing.assert_allclose(named["exchange_time"], [0.0, 100 / 3, 200 / 3, 100.0])
    for name in ("time", "exchange_time"):
        assert dataset.coords[name].attrs["units"] == "ns"


def test_attributes_allow_the_run_to_be_repeated(dataset, experiment):
    """Schema, kind, title, seed, versions, and the experiment's text, which reads back equal."""
    attrs = dataset.attrs
    assert (attrs["schema"], attrs["kind"]) == (1, "emulated")
    assert (attrs["title"], attrs["seed"]) == (experiment.title, experiment.seed)
    assert Experiment.from_text(attrs["experiment"]) == experiment
    assert {"cqed-battery", "qiskit", "numpy"} <= set(json.loads(attrs["versions"]))
    check_dataset(dataset)


def test_truth_is_a_group_of_its_own_with_units(dataset, experiment):
    """Every true quantity has its dims, its unit and a name, and is the prediction's."""
    truth = dataset["truth"]
    assert set(truth.data_vars) == set(UNITS)
    for name, (*dims, units) in UNITS.items():
        assert truth[name].dims == tuple(dims)
        assert truth[name].attrs["units"] == units
        assert truth[name].attrs["long_name"] == name.replace("_", " ")
        assert np.isfinite(truth[name]).all()
    assert list(truth.coords["component"].values) == ["x", "y", "z"]
    np.testing.assert_array_equal(truth.coords["time"], dataset.coords["time"])
    residual = truth.attrs["residual_excitation"]
    assert residual == sampled_levels(experiment)[0]
    prediction = predict(experiment, residual)
    assert truth.attrs["fock_levels"] == prediction.fock.levels
    assert truth.attrs["fock_statement"] == prediction.fock.statement
    for arm, expected in prediction.arms.items():
        np.testing.assert_allclose(truth.bloch.sel(arm=arm), expected.bloch, atol=1e-12)
        np.testing.assert_allclose(truth.ergotropy.sel(arm=arm)[0], 0.0, atol=1e-12)


def test_counts_are_drawn_from_the_prediction(dataset, experiment):
    """Tomography, calibration and vacuum counts lie within 5 sigma of their own probabilities."""
    truth, readout = dataset["truth"], experiment.readout
    p10, contrast = readout.p1_given_0, 1 - readout.p1_given_0 - readout.p0_given_1
    measured = truth.measured_bloch.sel(component=dataset.coords["basis"].values)
    ones = p10 + contrast * (1 + measured.values) / 2
    assert agrees(dataset["counts"].sel(outcome=1), 400, ones)
    assert not agrees(dataset["counts"].sel(outcome=1), 400, ones[..., [1, 2, 0]])
    calibration = dataset["calibration_counts"].sel(outcome=1)
    assert agrees(calibration, 900, [p10, p10 + contrast])
    vacuum = predict(experiment, truth.attrs["residual_excitation"]).vacuum_probability
    assert agrees(dataset["vacuum_counts"].sel(outcome=1), 250, p10 + contrast * vacuum)


def test_same_seed_same_bytes(dataset, experiment):
    """The same experiment gives byte-identical counts, another seed gives others."""
    assert count_bytes(emulate(experiment)) == count_bytes(dataset)
    others = count_bytes(emulate(experiment.replace({"seed": experiment.seed + 1})))
    assert others.keys() == count_bytes(dataset).keys()
    assert all(others[name] != same for name, same in count_bytes(dataset).items())


def test_settings_drawn_in_another_order_give_the_same_counts(dataset, experiment):
    """Each setting can be drawn again alone, last one first, from its place and the seed."""
    truth, errors = dataset["truth"], assignment_errors(experiment)
    prediction = predict(experiment, truth.attrs["residual_excitation"])
    for i, (name, arm) in reversed(list(enumerate(prediction.arms.items()))):
        for j in (2, 0):
            for axis, basis in reversed(list(enumerate("xyz"))):
                seed = setting_seed(experiment.seed, "tomography", i, j, axis)
                law = outcome_law(arm.probability[j, axis : axis + 1], errors)[0]
                again = drawn_counts(law, 400, seed)
                drawn = dataset["counts"].isel(time=j).sel(arm=name, basis=basis)
                np.testing.assert_array_equal(again, drawn)


def test_order_of_the_bases_changes_no_count(dataset, experiment):
    """Measuring x, y, z in another order permutes the counts and changes none."""
    other = emulate(experiment.replace({"tomography.bases": ["x", "y", "z"]}))
    np.testing.assert_array_equal(other["counts"].sel(basis=["z", "x", "y"]), dataset["counts"])
    assert list(other.coords["basis"].values) == ["x", "y", "z"]


def test_progress_counts_every_piece_of_work(experiment):
    """Progress rises by one to a total that never changes: settings, reset and dynamics."""
    calls: list[tuple[int, int, str]] = []
    emulate(experiment, progress=lambda *call: calls.append(call))
    total = 2 * 3 * 3 + 2 + 2 * 4 + 2
    assert [call[0] for call in calls] == list(range(1, total + 1))
    assert {call[1] for call in calls} == {total}
    assert all(call[2] for call in calls)


def test_parts_that_are_switched_off_are_absent(experiment):
    """Without control arm and vacuum measurement neither stands in the dataset."""
    calls: list[Any] = []
    alone = experiment.replace({"control.enabled": False, "vacuum.method": "none"})
    tree = emulate(alone, progress=lambda *call: calls.append(call))
    assert list(tree.coords["arm"].values) == ["catalysed"]
    assert "vacuum_counts" not in tree.data_vars
    assert tree["truth"].sizes["arm"] == 1
    assert calls[-1][:2] == (len(calls), len(calls)) == (1 * 3 * 3 + 2 + 2,) * 2
    check_dataset(tree)


@pytest.mark.parametrize(("kind", "excitation"), [("none", 0.2), ("passive", 0.5)])
def test_other_resets_start_from_what_is_expected(experiment, kind, excitation):
    """Without an active reset the charging starts from the expected excitation itself."""
    changes = {"reset.kind": kind, "reset.wait_us": 0.0, "transmon.residual_excitation": 0.2}
    tree = emulate(experiment.replace(changes | {"vacuum.method": "none"}))
    assert tree["truth"].attrs["residual_excitation"] == excitation
    z = tree["truth"].bloch.sel(component="z").isel(time=0)
    np.testing.assert_allclose(z, 2 * excitation - 1, atol=1e-9)

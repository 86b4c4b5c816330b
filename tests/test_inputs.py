"""Datasets that the analysis refuses, each with a sentence, and those it puts in order itself."""

from functools import lru_cache

import numpy as np
import pytest
import xarray as xr
from sampled import analysed, dataset

from analysis.data.inputs import read_inputs
from cqed_battery.experiment import Experiment, ExperimentError
from cqed_battery.files.datasets import DatasetError

EXPERIMENT = Experiment().replace(
    {"charging.points": 5, "tomography.pulse": "none", "vacuum.points": 4}
)


@lru_cache
def tree(experiment=EXPERIMENT):
    return dataset(experiment, np.random.default_rng(1))


def changed(change, **attrs):
    """The dataset with its root changed, or another attribute."""
    root = change(tree().to_dataset())
    return xr.DataTree.from_dict({"/": root.assign_attrs(tree().attrs | attrs)})


def without_shots(name):
    """A dataset one of whose settings was never repeated."""

    def change(root):
        counts = root[name].copy(deep=True)
        counts[dict.fromkeys(counts.dims[:-1], 0)] = 0
        return root.assign({name: counts})

    return changed(change)


def test_inputs_are_the_counts():
    """Counts arrive as arrays by arm, axes x, y, z, with times and assignment errors."""
    inputs = read_inputs(tree())
    root = tree().to_dataset()
    assert list(inputs.counts) == ["catalysed", "control"]
    np.testing.assert_array_equal(inputs.counts["control"], root["counts"].values[1])
    np.testing.assert_array_equal(inputs.vacuum_counts, root["vacuum_counts"].values)
    assert inputs.times.tolist() == [0, 15, 30, 45, 60]
    assert inputs.experiment == EXPERIMENT


@pytest.mark.parametrize(
    "shuffle",
    [
        lambda root: root.isel(basis=[2, 0, 1]),
        lambda root: root.isel(outcome=[1, 0], prepared=[1, 0]),
        lambda root: root.isel(pulse=[1, 0], arm=[1, 0]),
        lambda root: root.assign(
            vacuum_counts=root["vacuum_counts"].transpose("exchange_time", "outcome", "pulse")
        ),
    ],
    ids=["bases", "outcomes", "pulses and arms", "dims"],
)
def test_the_order_of_labels_does_not_matter(shuffle):
    """Bases in measuring order, outcomes, pulses or dims turned round: the inputs are the same."""
    found, expected = read_inputs(changed(shuffle)), read_inputs(tree())
    for arm, counts in expected.counts.items():
        np.testing.assert_array_equal(found.counts[arm], counts)
    np.testing.assert_array_equal(found.vacuum_counts, expected.vacuum_counts)
    assert found.assignment == expected.assignment


@pytest.mark.parametrize("points", [1, 3])
def test_fewer_than_four_times_are_refused(points):
    """The message says how many times there are and which key to change."""
    few = tree(EXPERIMENT.replace({"charging.points": points, "charging.stop_ns": 9.0}))
    with pytest.raises(DatasetError, match=f"at least 4 .* has {points}; set charging.points to 4"):
        analysed(few)


def test_four_times_are_analysed():
    """Four charging times are enough."""
    few = EXPERIMENT.replace({"charging.points": 4, "analysis.global_fit": False})
    assert len(analysed(tree(few))["times"]) == 4


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([0, 15, 30, 45, 59], "not the charging times of its experiment file"),
        ([0, 15, 30, 30, 60], "increasing charging times"),
    ],
    ids=["other", "repeated"],
)
def test_times_that_do_not_fit_the_file_are_refused(times, message):
    """Charging times other than the experiment file's, or not increasing, are an error."""
    odd = changed(lambda root: root.assign_coords(time=[float(t) for t in times]))
    with pytest.raises(DatasetError, match=message):
        read_inputs(odd)


@pytest.mark.parametrize("name", ["counts", "vacuum_counts"])
def test_a_setting_without_a_shot_is_read(name):
    """One empty setting among many is a setting with zero shots; the others stay."""
    found, whole = read_inputs(without_shots(name)), read_inputs(tree())
    empty = np.flatnonzero(found.table.sum(axis=1) == 0)
    assert len(empty) == 1
    assert np.array_equal(np.delete(found.table, empty, axis=0), np.delete(whole.table, empty, 0))


def test_an_arm_without_energy_is_refused():
    """z at three times fixes no curve of the energy."""

    def change(root):
        counts = root["counts"].copy(deep=True)
        counts.loc[{"arm": "catalysed", "basis": "z", "time": counts["time"][3:]}] = 0
        return root.assign(counts=counts)

    with pytest.raises(DatasetError, match="has z, of which its energy is made, at 3 times; at le"):
        read_inputs(changed(change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda root: root.isel(basis=[0, 1]), r"bases \['x', 'y', 'z'\], but holds \['x', 'y'\]"),
        (lambda root: root.isel(basis=[0, 1, 2, 2]), r"but holds \['x', 'y', 'z', 'z'\]"),
        (lambda root: root.isel(prepared=[0]), r"prepared levels \[0, 1\], but holds \[0\]"),
        (lambda root: root.isel(outcome=[1]), r"outcomes \[0, 1\], but holds \[1\]"),
        (lambda root: root.isel(pulse=[0, 0]), r"pulses \['none', 'pi'\], but holds"),
        (lambda root: root.isel(arm=[1]), "no arm 'catalysed'"),
        (lambda root: root.assign_coords(arm=["catalysed", "other"]), "but holds .*'other'"),
        (lambda root: root.isel(exchange_time=[0, 1, 2]), "exchange times of 'vacuum_counts'"),
        (
            lambda root: root.assign(vacuum_counts=root["vacuum_counts"] / 2),
            "'vacuum_counts' must hold whole numbers",
        ),
        (
            lambda root: root.assign(calibration_counts=500 + 0 * root["calibration_counts"]),
            "does not tell level 1 from 0",
        ),
    ],
)
def test_counts_that_do_not_fit_are_refused(change, message):
    """Missing, repeated or unknown labels, fractions and a blind readout: one sentence each."""
    with pytest.raises(DatasetError, match=message):
        read_inputs(changed(change))


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("control.enabled", False, r"arms \['catalysed'\], but holds \['catalysed', 'control'\]"),
        ("vacuum.method", "none", "says vacuum.method = 'none'"),
    ],
)
def test_more_than_the_file_speaks_of_is_refused(key, value, message):
    """An arm or a vacuum measurement that the experiment file excludes is an error."""
    text = EXPERIMENT.replace({key: value}).to_toml()
    with pytest.raises(DatasetError, match=message):
        read_inputs(changed(lambda root: root, experiment=text))


def test_less_than_the_file_speaks_of_is_analysed():
    """A dataset may lack the control arm and the vacuum measurement, whatever its file plans."""
    less = changed(lambda root: root.isel(arm=[0]).drop_vars("vacuum_counts"))
    inputs = read_inputs(less)
    assert (list(inputs.counts), inputs.vacuum_counts) == (["catalysed"], None)
    assert list(analysed(less)["arms"]) == ["catalysed"]


def test_an_experiment_file_that_cannot_be_read_is_refused():
    """The embedded experiment file is checked like any other, and named as the dataset's."""
    broken = changed(lambda root: root, experiment="[drive]\nrabi_rate_MHz = -1.0\n")
    with pytest.raises(ExperimentError, match=r"the dataset: drive.rabi_rate_MHz must be"):
        read_inputs(broken)

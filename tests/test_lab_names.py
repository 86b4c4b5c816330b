"""Laboratory data under other names: netCDF, xarray and tables, by a mapping."""

import numpy as np
import pytest
from lab_tables import EXPERIMENT, assert_same_counts, read, rows, tree

from analysis.data.laboratory import read_lab_data
from analysis.data.mapping import LabNames
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import DatasetError, save_dataset

MAPPING = """
[variables]
counts = "n_counts"
calibration_counts = "cal"
vacuum_counts = "swap"
[dims]
arm = "configuration"
time = "t"
outcome = "state"
exchange_time = "tau"
[coords]
time = "duration"
[units]
exchange_time = "us"
[labels.arm]
with_resonator = "catalysed"
Without_Resonator = "control"
[labels.outcome]
g = 0
e = 1
"""


def foreign():
    """The same counts as another laboratory would keep them: its names, order, units and gaps."""
    root = tree().to_dataset().drop_vars(["outcome", "prepared"])
    root = root.assign_coords(
        arm=["with_resonator", "WITHOUT_resonator"],
        outcome=["g", "e"],
        exchange_time=root["exchange_time"] / 1000,
    )
    names = {"arm": "configuration", "outcome": "state", "exchange_time": "tau"}
    root = root.rename(names | {"counts": "n_counts", "calibration_counts": "cal"})
    root = root.rename(vacuum_counts="swap", time="t")
    seconds = ("t", root["t"].values * 1e-9, {"units": "s"})
    root = root.drop_vars("t").assign_coords(duration=seconds)
    swapped = root.assign(n_counts=root["n_counts"].transpose("state", "t", "basis", ...) * 1.0)
    return swapped.drop_attrs(deep=False)


@pytest.mark.parametrize("format", ["NETCDF4", "NETCDF3_64BIT", None])
def test_foreign_names_are_mapped(tmp_path, format):
    """Variables, dims, coordinates, labels and units of another laboratory, file or xarray."""
    mapping, data = tmp_path / "mapping.toml", foreign()
    mapping.write_text(MAPPING, encoding="utf-8")
    if format is not None:
        data = tmp_path / "foreign.nc"
        engine = "h5netcdf" if format == "NETCDF4" else "scipy"
        foreign().to_netcdf(data, format=format, engine=engine)
    found = read_lab_data(data, EXPERIMENT, names=LabNames.from_toml(mapping))
    assert_same_counts(found, tree())
    assert found.attrs["kind"] == "laboratory"


def test_foreign_columns_are_mapped(tmp_path):
    """Columns, labels and units of a table may have other names too."""
    lines = [line.replace("catalysed", "on").replace("time_ns", "t") for line in rows()]
    lines[0] = lines[0].replace("count", "n")
    for ns in (10.0, 20.0, 30.0, 40.0, 50.0, 60.0):
        lines = [line.replace(f",{ns},", f",{ns * 1e-3},") for line in lines]
    names = LabNames(
        columns={"time_ns": "t", "exchange_time_ns": "exchange_t", "count": "n"},
        units={"time": "us"},
        labels={"arm": {"on": "catalysed"}},
    )
    assert_same_counts(read(tmp_path, lines, names=names), tree())


def test_a_dataset_of_ours_takes_another_experiment_file(tmp_path):
    """Our own dataset needs no mapping, keeps its kind, and is analysed with the given file."""
    save_dataset(tree(), tmp_path / "dataset.nc")
    other = EXPERIMENT.replace({"coupler.g_on_MHz": 55.0})
    found = read_lab_data(tmp_path / "dataset.nc", other)
    assert_same_counts(found, tree())
    assert found.attrs["kind"] == "emulated"
    assert Experiment.from_text(found.attrs["experiment"]) == other
    assert "truth" not in found.children


def test_repeated_labels_are_added_up():
    """A time that occurs twice along its dim is one time with the sum of the counts."""
    root = tree().to_dataset()
    found = read_lab_data(root.isel(time=[0, 1, 2, 3, 4, 5, 6, 6]), EXPERIMENT)
    more = found["counts"] - root["counts"]
    assert more.sum() == root["counts"].sel(time=60.0).sum() == more.sel(time=60.0).sum()
    assert (
        found.attrs["notes"].splitlines()[0]
        == "1 repeated labels of 'time' in 'counts' were added up"
    )


def half(root):
    """The dataset as floats, one setting of which has NaN for an outcome."""
    counts = root["counts"].astype(float)
    counts.loc[{"arm": "control", "time": 20.0, "basis": "y", "outcome": 1}] = np.nan
    return root.assign(counts=counts)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda root: root.rename(counts="n"), "no variable 'counts'; its variables are"),
        (
            lambda root: root.rename(arm="config"),
            "'counts' .* the dims arm, time, .*, but has config",
        ),
        (lambda root: root.drop_vars("time"), "'counts' .* needs a coordinate 'time' along"),
        (lambda root: root.drop_vars("arm"), "'counts' .* needs a coordinate 'arm' along"),
        (lambda root: root.assign_coords(arm=["on", "off"]), "'arm' of 'counts' .* but is \"on\""),
        (lambda root: root.assign_coords(time=root["time"] * np.nan), "must hold finite numbers"),
        (lambda root: root.assign(counts=root["counts"] / 3), "must hold whole numbers >= 0"),
        (lambda root: root.assign(counts=root["counts"] - 2000), "must hold whole numbers >= 0"),
        (lambda root: root.assign(counts=root["counts"].astype(str)), "must hold whole numbers"),
        (lambda root: root.drop_vars("calibration_counts"), "no calibration counts of prepared"),
        (half, "1 settings with counts of one outcome and NaN for another, the first one at arm 1"),
        (
            lambda root: root.assign_coords(time=root["time"].assign_attrs(units="fs")),
            "unit of 'time' in the dataset must be ns, us or s, but is \"fs\"",
        ),
    ],
)
def test_netcdf_that_does_not_fit_is_refused(change, message):
    """Missing variables, dims, coordinates, labels, bad numbers and units: one sentence each."""
    with pytest.raises(DatasetError, match=message):
        read_lab_data(change(tree().to_dataset()), EXPERIMENT)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[variables]\ncount = 'n'",
            r"variables.count is not a known key: did you mean counts or \[columns\] count",
        ),
        ("[column]\ncount = 'n'", r"column is not a known key: did you mean \[columns\]"),
        ("units = 'us'", "units must be a table"),
        ("[units]\ntime = 'ms'", 'units.time must be "ns", "us" or "s", but is "ms"'),
        ("[dims]\narm = 3", "dims.arm must be a name in quotes, but is 3"),
        ("[labels]\narm = 'on'", r"labels.arm must be a table, \[labels.arm\]"),
        ("[labels.arm]\non = 'open'", "labels.arm.on must be catalysed, control, .* but is"),
        ("[labels.colour]\nred = '1'", "labels.colour is not a known key"),
    ],
)
def test_a_mapping_is_checked(tmp_path, text, message):
    """Unknown sections, keys, units and labels of a mapping file are refused with a sentence."""
    path = tmp_path / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match=message) as caught:
        LabNames.from_toml(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_mapping_of_values_is_checked():
    """Made in Python it is refused as in a file, and labels are kept as they are compared."""
    with pytest.raises(DatasetError, match=r'units.time must be "ns", "us" or "s", but is "ms"'):
        LabNames(units={"time": "ms"})
    with pytest.raises(DatasetError, match=r"unit is not a known key: did you mean \[units\]"):
        LabNames(unit={"time": "us"})
    assert LabNames(labels={"outcome": {" G ": 0, 1.0: "1"}}).labels == {
        "outcome": {"g": "0", "1": "1"}
    }

"""Counts go out as a table, through other people's programs, and come back the same."""

import io

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from lab_tables import EXPERIMENT, assert_same_counts, read, rows, tree, written

from analysis.data.laboratory import read_lab_data
from analysis.data.tables.table import table_text
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import load_dataset, save_dataset


def frame():
    """The exported table as pandas reads it: whole numbers with gaps become floats."""
    return pd.read_csv(io.StringIO(table_text(tree())), comment="#")


def text(**options):
    return frame().to_csv(**options)


def reversed_columns():
    return frame()[list(frame().columns)[::-1]].to_csv(index=False)


@pytest.mark.parametrize(
    "content",
    [
        text(),
        text(index=False, sep=";", decimal=","),
        text(index=False, sep="\t", decimal=","),
        text(index=False, decimal=","),
        text(index=False, float_format="%.3f"),
        reversed_columns(),
        "sep=;\n" + text(index=False, sep=";"),
        '"sep=|"\n' + text(index=False, sep="|"),
        text(index=False).replace("\n", ",,\n"),
    ],
    ids=[
        *("index", "German", "tabs and commas", "quoted commas", "three decimals"),
        *("reversed", "sep line", "quoted sep line", "empty columns"),
    ],
)
def test_a_table_through_pandas_or_a_spreadsheet_comes_back(tmp_path, content):
    """Floats for labels, an index, other separators and commas, rounded times: the same counts."""
    path = tmp_path / "counts.csv"
    path.write_text(content, encoding="utf-8")
    found = read_lab_data(path, EXPERIMENT)
    assert_same_counts(found, tree())
    assert Experiment.from_text(found.attrs["experiment"]) == EXPERIMENT
    assert "columns left out" not in found.attrs["notes"]


def test_a_column_named_index_that_counts_nothing_is_noted(tmp_path):
    """Only what numbers the rows is left out without a word."""
    lines = [f"{line},{'index' if n == 0 else n * n}" for n, line in enumerate(rows())]
    assert read(tmp_path, lines).attrs["notes"] == "columns left out: index"
    lines = [f"{line},{'index' if n == 0 else n + 6}" for n, line in enumerate(rows())]
    assert read(tmp_path, lines).attrs["notes"] == ""


def test_decimal_commas_are_noted(tmp_path):
    """That a comma was taken for a point is said."""
    found = read(tmp_path, text(index=False, sep=";", decimal=",").splitlines())
    assert "a decimal comma was read as a point" in found.attrs["notes"]
    assert "decimal comma" not in read(tmp_path, rows()).attrs["notes"]


@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_single_precision_keeps_its_times(unit):
    """Charging and exchange times as float32, in any unit, are the planned ones."""
    scale = {"s": 1e-9, "us": 1e-3, "ns": 1.0}[unit]
    root = tree().to_dataset()
    for dim in ("time", "exchange_time"):
        short = (root[dim].values * scale).astype(np.float32)
        root = root.assign_coords({dim: (dim, short, {"units": unit})})
    found = read_lab_data(root, EXPERIMENT)
    assert_same_counts(found, tree())
    assert Experiment.from_text(found.attrs["experiment"]) == EXPERIMENT


def test_times_that_the_clock_tells_apart_stay_apart(tmp_path):
    """A sample of the waveform generator is no rounding: 0.25 ns later is another time."""
    lines = [line.replace(",10.0,", ",10.25,") for line in rows()]
    found = read(tmp_path, lines)
    assert found["time"].values.tolist() == [0, 10.25, 20, 30, 40, 50, 60]
    lines = [line.replace(",10.0,", ",10.02,") for line in rows()]
    assert_same_counts(read(tmp_path, lines), tree())


def test_planned_times_closer_than_the_clock_stay_apart():
    """Times that the experiment file sets 0.01 ns apart are not merged."""
    fine = EXPERIMENT.replace({"charging.times_ns": tuple(0.01 * n for n in range(7))})
    root = tree().to_dataset().assign_coords(time=fine.charging.grid_ns() + 100.0)
    assert read_lab_data(root, fine).sizes["time"] == 7


@pytest.mark.parametrize("share", [1, 0])
def test_leaked_outcomes_are_exported(tmp_path, share):
    """Outcome 2 of arms, calibration and vacuum is written apart, and comes back as it was."""
    experiment = EXPERIMENT.replace({"readout.leaked_reads_1": share})
    lines = [*rows(), "control,20.0,y,2,17,,,", "calibration,,,2,5,1,,", "vacuum,,,2,3,,pi,0.0"]
    first = read(tmp_path, lines, experiment)
    save_dataset(first, tmp_path / "dataset.nc")
    exported = table_text(load_dataset(tmp_path / "dataset.nc"))
    assert "control,20.0,y,2,17,,," in exported
    assert "vacuum,,,2,3,,pi,0.0" in exported
    again = read(tmp_path, exported.splitlines(), experiment)
    for name in first.data_vars:
        xr.testing.assert_equal(again[name], first[name])
    assert table_text(again).splitlines()[3:] == exported.splitlines()[3:]


def test_shots_that_leaked_in_the_calibration_alone_are_kept(tmp_path):
    """No arm leaked, but a prepared level did: it is written, and no leakage is inferred."""
    found = read(tmp_path, [*rows(), "calibration,,,2,5,1,,"])
    assert found["leaked_calibration_counts"].values.tolist() == [0, 5]
    assert "calibration,,,2,5,1,," in table_text(found)


def test_half_a_setting_is_refused():
    """Counts of one outcome beside NaN for the other are no setting; NaN in all is a gap."""
    counts = tree()["counts"].astype(float)
    counts.loc[{"arm": "control", "time": 20.0, "basis": "y", "outcome": 1}] = np.nan
    root = tree().to_dataset().assign(counts=counts)
    with pytest.raises(ValueError, match="has 1 settings with counts of one outcome and NaN"):
        read_lab_data(root, EXPERIMENT)


def test_a_thousands_separator_is_no_decimal_comma(tmp_path):
    """ "1,000" may be a thousand shots or one, and is refused with its line."""
    lines = [line.replace(",", ";") for line in rows()]
    lines[2] = lines[2].rsplit(";", 4)[0] + ";1,000;;;"
    path = written(tmp_path, lines)
    with pytest.raises(ValueError, match=r"'count' on line 3 of .* but is .1,000."):
        read_lab_data(path, EXPERIMENT)

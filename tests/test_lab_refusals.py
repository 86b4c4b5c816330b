"""Tables that are refused as a laboratory's counts, each with a sentence."""

import pandas as pd
import pytest
import xarray as xr
from lab_tables import EXPERIMENT, read, rows, written

from analysis.data.laboratory import read_lab_data
from cqed_battery.experiment import ExperimentError
from cqed_battery.files.datasets import DatasetError


def without(part, lines=None):
    """The table without the rows in which a text occurs."""
    return [line for line in lines or rows() if part not in line]


def test_without_calibration_nothing_is_assumed(tmp_path):
    """A level without calibration counts is refused unless the user says where to take it from."""
    with pytest.raises(DatasetError, match="level 0 and 1; add them, or say `calibration`"):
        read(tmp_path, without("calibration"))
    one_sided = [line for line in rows() if not line.startswith("calibration") or ",0,," in line]
    with pytest.raises(DatasetError, match="no calibration counts of prepared level 1; add"):
        read(tmp_path, one_sided)
    with pytest.raises(DatasetError, match="both levels, so `calibration` from-file must be left"):
        read(tmp_path, rows(), calibration_from_file=True)


@pytest.mark.parametrize(
    ("left_out", "message"),
    [
        ("catalysed", "has no arm 'catalysed'"),
        (",z,", "has no counts of z of the catalysed arm, .* at least 4 are needed: measure z$"),
        ("control,30.0,z", "z at 3 times of the control arm, .* or leave that arm out$"),
    ],
)
def test_an_arm_without_its_energy_is_named(tmp_path, left_out, message):
    """Without the catalysed arm, or z of an arm at four times, there is nothing to infer."""
    lines = without(left_out)
    if left_out == "control,30.0,z":
        few = ("control,0.0,z", "control,10.0,z", "control,20.0,z")
        lines = [part for part in rows() if "control" not in part or part.startswith(few)]
        lines += without("catalysed", [line for line in rows() if ",x," in line])
    with pytest.raises(DatasetError, match=message):
        read(tmp_path, lines)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("catalysed,10.0,x,1,", "catalysed,10.0,x,1,-", "'count' on line 11 of .* >= 0 .* \"-"),
        ("catalysed,10.0,x,1,", "catalysed,10.0,x,1,.", "'count' on line 11 .* whole number"),
        ("catalysed,10.0,x,1,", "catalysed,10.0,x,1,1e20", "'count' on line 11 .* <= 1e"),
        ("catalysed,10.0,x,1,", "catalysed,10.0,x,1,1_", "'count' on line 11 .* whole number"),
        ("catalysed,10.0,x,1,", "catalysed,10.0,x,3,", "'outcome' on line 11 .* 0, 1 or 2, but is"),
        ("catalysed,10.0,x,1,", "catalysed,10.0,w,1,", "'basis' on line 11 .* x, y or z, but is"),
        ("catalysed,10.0,x,1,", "off,10.0,x,1,", r"'arm' on line 11 .* \[labels.arm\]"),
        ("catalysed,10.0,x,1,", "catalysed,,x,1,", "'time_ns' on line 11 .* a number >= 0"),
        ("catalysed,10.0,x,1,", "catalysed,-1,x,1,", "'time_ns' on line 11 .* a number >= 0"),
        ("catalysed,10.0,x,1,", "catalysed,inf,x,1,", "'time_ns' on line 11 .* a number >= 0"),
        (
            "catalysed,10.0,x,1,",
            "catalysed,10,0,x,1,",
            "line 11 of .* has 9 fields, but the header",
        ),
        ("catalysed,10.0,x,1,", 'catalysed,"10.0,x,1,', "a field in quotes that runs"),
        ("calibration,,,1,", "calibration,,,1,0,", "has 9 fields"),
        ("arm,time_ns", "arm,when", "has no column 'time_ns', which line 2 needs; its columns are"),
        ("outcome,count", "outcome,counts", "no column 'count', and counts may be it"),
        (
            "arm,time_ns",
            f"arm,when{'A' * 5000}",
            "needs; its columns are arm, whenA{1,60}\\.\\.\\., ",
        ),
        ("outcome,count", "I,Q", r"holds IQ points \(columns I, Q\), but not what they are"),
        ("pulse,exchange", "count,exchange", "has the column 'count' more than once"),
    ],
)
def test_bad_rows_are_named_by_their_line(tmp_path, old, new, message):
    """Whatever a row holds that is no label or number, the sentence names its line and column."""
    lines = "\n".join(rows())
    assert old in lines
    path = written(tmp_path, [lines.replace(old, new, 1)])
    with pytest.raises(DatasetError, match=message):
        read_lab_data(path, EXPERIMENT)


def test_data_that_do_not_fit_the_experiment_are_refused(tmp_path):
    """Too few times, uneven exchange times, a vacuum or control the file excludes: one sentence."""
    few = [line for line in rows() if line.split(",")[1] in ("", "time_ns", "0.0", "10.0", "20.0")]
    with pytest.raises(DatasetError, match="has 3 charging times, but the analysis needs at least"):
        read(tmp_path, few)
    moved = [line.replace(",66.6", ",70.6") for line in rows()]
    with pytest.raises(DatasetError, match=r"evenly spaced from 0 ns, but are \[0.0, 33"):
        read(tmp_path, moved)
    with pytest.raises(DatasetError, match=r'the experiment file says vacuum\.method = "none"'):
        read(tmp_path, rows(), EXPERIMENT.replace({"vacuum.method": "none"}))
    with pytest.raises(DatasetError, match=r"control\.enabled = false; set it to true, or leave"):
        read(tmp_path, rows(), EXPERIMENT.replace({"control.enabled": False}))
    partly = EXPERIMENT.replace({"readout.leaked_reads_1": 0.5})
    with pytest.raises(DatasetError, match=r"1 shots with outcome 2.* must be 1 or 0, but is 0\.5"):
        read(tmp_path, [*rows(), "control,20.0,y,2,1,,,"], partly)
    late = [line.replace(",60.0,", ",6e6,") for line in rows()]
    with pytest.raises(ExperimentError, match=r"charging.times_ns"):
        read(tmp_path, late)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "has no rows; a table of counts needs a header with arm, time_ns"),
        (b"arm,time_ns,basis,outcome,count\n# nothing\n", "has no rows"),
        (b"\xff\xfe\x00", "is not a text file in UTF-8"),
        (b"\x89HDF broken", "cannot be read as HDF5"),
        (b"CDF\x01 broken", "cannot be read as netCDF"),
        (None, "counts.csv does not exist; give the path of a table of counts"),
    ],
)
def test_files_that_are_no_counts_are_refused(tmp_path, content, message):
    """Empty, foreign, broken and missing files: one sentence each."""
    path = tmp_path / "counts.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DatasetError, match=message):
        read_lab_data(path, EXPERIMENT)


def test_a_table_without_any_value_is_refused(tmp_path):
    """Every count is empty: the columns are named."""
    lines = [rows()[0], *(",".join([*line.split(",")[:4], "", "", "", ""]) for line in rows()[1:])]
    arms = [line for line in lines if not line.startswith(("calibration", "vacuum"))]
    with pytest.raises(DatasetError, match="has no value in any row; its columns are arm, time_ns"):
        read(tmp_path, arms)


def test_wide_columns_of_different_labels_are_refused():
    """One column has an axis, another an axis and an arm: which one is odd is said."""
    table = pd.DataFrame({"arm": ["catalysed"], "time_ns": [0.0], "x": [5], "y": [5]})
    wide = {"x": {"basis": "x", "outcome": "1"}, "y": {"basis": "y"}}
    names = {"wide": wide, "data": {"kind": "counts"}}
    with pytest.raises(DatasetError, match="labels basis, outcome, but gives 'y' basis"):
        read_lab_data(table, EXPERIMENT, names=names)


def test_a_group_without_variables_is_refused():
    """An empty dataset that is asked for rows."""
    with pytest.raises(DatasetError, match="the dataset has no variables in this group"):
        read_lab_data(xr.Dataset(), EXPERIMENT, names={"data": {"kind": "counts"}})

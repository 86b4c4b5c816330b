"""Tables that are refused as a laboratory's counts, each with a sentence."""

import pytest
from lab_tables import EXPERIMENT, read, rows, written

from analysis.data.laboratory import read_lab_data
from cqed_battery.experiment import ExperimentError
from cqed_battery.files.datasets import DatasetError


def without(part):
    """The table without the rows in which a text occurs."""
    return [line for line in rows() if part not in line]


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
        ("control,20.0,y", "1 of 42 settings, the first one arm control, time 20 ns, basis y"),
        (",20.0,", "no shots for 6 of 42"),
        (",y,", "no counts of basis y of the catalysed arm at any time; .* measure it$"),
        ("control,0.0,y", "1 of 42 settings, the first one arm control, time 0 ns, basis y"),
        ("none,100.0", "1 of 8 settings, the first one of the vacuum .* none, exchange time 100"),
        ("catalysed", "has no arm 'catalysed'"),
    ],
)
def test_missing_settings_are_named(tmp_path, left_out, message):
    """The first setting without shots is named, and how many there are."""
    lines = without(left_out)
    if left_out == ",20.0,":
        lines.append("catalysed,20.0,z,1,0,,,")
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
    with pytest.raises(DatasetError, match=r"evenly spaced from 0 ns, but are \[0.0, 33"):
        read(tmp_path, without(",66.6"))
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

"""Every refusal of laboratory data says what would be accepted; each advice is followed here."""

import io

import numpy as np
import pandas as pd
import pytest
from lab_tables import EXPERIMENT, assert_same_counts, read, rows, tree

from analysis.data.laboratory import read_lab_data
from analysis.data.mapping import LabNames
from cqed_battery.files.datasets import DatasetError


def without(part, lines=None):
    return [line for line in lines or rows() if part not in line]


def replaced(old, new, lines=None):
    return [line.replace(old, new) for line in lines or rows()]


def refusal(folder, lines, experiment=EXPERIMENT, **options):
    with pytest.raises(DatasetError) as caught:  # noqa: PT011
        read(folder, lines, experiment, **options)
    return str(caught.value)


def swapped_outcomes():
    lines = []
    for line in rows()[1:]:
        arm, time, basis, outcome, rest = line.split(",", 4)
        lines.append(f"{arm},{time},{basis},{1 - int(outcome)},{rest}")
    return [rows()[0], *lines]


def calibrated_by(shots):
    """The table with this many shots of each prepared level, all read as prepared."""
    lines = without("calibration")
    return [*lines, f"calibration,,,0,{shots},0,,", f"calibration,,,1,{shots},1,,"]


def test_swapped_outcomes_are_called_swapped(tmp_path):
    """The sentence names the labels and the lines of a mapping, and these give the counts."""
    said = refusal(tmp_path, swapped_outcomes())
    assert "as if the labels were swapped" in said
    assert "say 0 = 1 and 1 = 0 under [labels.outcome]" in said
    path = tmp_path / "names.toml"
    path.write_text("[labels.outcome]\n0 = 1\n1 = 0\n", encoding="utf-8")
    found = read(tmp_path, swapped_outcomes(), names=LabNames.from_toml(path))
    assert_same_counts(found, tree())


def test_swapped_levels_are_called_swapped(tmp_path):
    """So are prepared levels, under [labels.prepared]."""
    lines = []
    for line in rows():
        fields = line.split(",")
        if fields[0] == "calibration":
            fields[5] = str(1 - int(fields[5]))
        lines.append(",".join(fields))
    assert "[labels.prepared]" in refusal(tmp_path, lines)
    names = LabNames(labels={"prepared": {0: 1, 1: 0}})
    assert_same_counts(read(tmp_path, lines, names=names), tree())


@pytest.mark.parametrize("shots", [1, 2])
def test_few_calibration_shots_are_few(tmp_path, shots):
    """One shot of each level is too few to know, not useless; both advices work."""
    said = refusal(tmp_path, calibrated_by(shots))
    assert f"from {shots} and {shots} shots, too few to know" in said
    assert "take at least 100 shots of each level" in said
    assert read(tmp_path, calibrated_by(100))["calibration_counts"].sum() == 200
    assert read(tmp_path, without("calibration"), calibration_from_file=True)


def test_a_blind_readout_is_called_so(tmp_path):
    """Many shots that read 0 and 1 alike tell nothing, which more shots would not change."""
    lines = without("calibration")
    lines += [f"calibration,,,{outcome},5000,{level},," for outcome in (0, 1) for level in (0, 1)]
    said = refusal(tmp_path, lines)
    assert "the readout does not tell level 1 from 0" in said
    assert "too few" not in said
    assert "swapped" not in said


def test_an_arm_under_another_name(tmp_path):
    """[labels.arm] works."""
    lines = replaced("catalysed", "on")
    assert "[labels.arm]" in refusal(tmp_path, lines)
    names = LabNames(labels={"arm": {"on": "catalysed"}})
    assert_same_counts(read(tmp_path, lines, names=names), tree())


def test_an_arm_without_energy(tmp_path):
    """Leaving out the arm whose z is missing works."""
    lines = [line for line in rows() if not ("control" in line and ",z," in line)]
    assert refusal(tmp_path, lines).endswith("measure z, or leave that arm out")
    assert read(tmp_path, without("control", lines))["arm"].values.tolist() == ["catalysed"]


@pytest.mark.parametrize("empty", ["", "NaN"])
def test_half_a_cell(tmp_path, empty):
    """An outcome without a number beside a counted one is refused; both advices work."""
    lines = rows()
    place = next(n for n, line in enumerate(lines) if line.startswith("control,20.0,y,1"))
    fields = lines[place].split(",")
    lines[place] = ",".join([*fields[:4], empty, *fields[5:]])
    said = refusal(tmp_path, lines)
    assert f"'count' on line {place + 1} of" in said
    assert "write 0 for an outcome that did not occur, or leave out every row" in said
    assert read(tmp_path, [*lines[:place], *lines[place + 1 :]])
    zero = ",".join([*fields[:4], "0", *fields[5:]])
    assert read(tmp_path, [*lines[:place], zero, *lines[place + 1 :]])
    both = [
        ",".join([*line.split(",")[:4], empty, *line.split(",")[5:]])
        if line.startswith("control,20.0,y")
        else line
        for line in rows()
    ]
    found = read(tmp_path, both)["counts"].sel(arm="control", time=20.0, basis="y")
    assert int(found.sum()) == 0


def test_a_control_or_vacuum_that_the_file_excludes(tmp_path):
    """Setting the key, or leaving the counts out, works."""
    bare = EXPERIMENT.replace({"control.enabled": False})
    assert "set it to true, or leave those counts out" in refusal(tmp_path, rows(), bare)
    assert_same_counts(read(tmp_path, rows(), bare.replace({"control.enabled": True})), tree())
    assert read(tmp_path, without("control"), bare)
    blind = EXPERIMENT.replace({"vacuum.method": "none"})
    assert 'set it to "vacuum-rabi", or leave' in refusal(tmp_path, rows(), blind)
    assert_same_counts(
        read(tmp_path, rows(), blind.replace({"vacuum.method": "vacuum-rabi"})), tree()
    )
    assert read(tmp_path, without("vacuum"), blind)


def test_uneven_exchange_times(tmp_path):
    """Leaving out the others works."""
    lines = [*rows(), *(line.replace(",100.0", ",90.0") for line in rows() if ",100.0" in line)]
    assert "leave out the others" in refusal(tmp_path, lines)
    assert_same_counts(read(tmp_path, without(",90.0", lines)), tree())


def test_partly_leaked_readout(tmp_path):
    """leaked_reads_1 = 1 or 0 works."""
    lines = [*rows(), "control,20.0,y,2,1,,,"]
    partly = EXPERIMENT.replace({"readout.leaked_reads_1": 0.5})
    assert "readout.leaked_reads_1 must be 1 or 0" in refusal(tmp_path, lines, partly)
    for share in (0, 1):
        assert read(tmp_path, lines, partly.replace({"readout.leaked_reads_1": share}))


def test_calibration_from_the_file(tmp_path):
    """Said where there is none and left out where there is, it works."""
    assert "say `calibration` from-file" in refusal(tmp_path, without("calibration"))
    assert read(tmp_path, without("calibration"), calibration_from_file=True)
    said = refusal(tmp_path, rows(), calibration_from_file=True)
    assert "or leave" in said or "must be left out" in said
    assert_same_counts(read(tmp_path, rows()), tree())
    assert read(tmp_path, without("calibration"), calibration_from_file=True)


def test_columns_under_other_names(tmp_path):
    """[columns], [constants] and leaving a column out work."""
    lines = replaced("time_ns", "when")
    assert "under [columns] in a `mapping` file" in refusal(tmp_path, lines)
    names = LabNames(columns={"time_ns": "when", "exchange_time_ns": "exchange_when"})
    assert_same_counts(read(tmp_path, lines, names=names), tree())
    only = [line.split(",", 1)[1] for line in rows() if line.startswith(("arm", "catalysed"))]
    assert "what all rows share under [constants] arm" in refusal(tmp_path, only)
    names = LabNames(constants={"arm": "catalysed"})
    found = read(tmp_path, only, names=names, calibration_from_file=True)
    assert found["counts"].sel(arm="catalysed").equals(tree()["counts"].sel(arm="catalysed"))
    counts = replaced("outcome,count", "outcome,n")
    assert "n may be it: name it under [columns]" in refusal(tmp_path, counts)
    assert_same_counts(read(tmp_path, counts, names=LabNames(columns={"count": "n"})), tree())


def test_a_strange_column_beside_single_shots(tmp_path):
    """kind = "shots" under [data] works where a column is not the count."""
    header = "arm,time_ns,basis,outcome,prepared,fridge_mK"
    lines = [f"catalysed,{t},{b},{t % 2},,12" for t in range(4) for b in "xyz"]
    lines += 20 * ["calibration,,,0,0,12", "calibration,,,1,1,12"]
    said = refusal(tmp_path, [header, *lines])
    assert "fridge_mK may be it" in said
    assert 'say kind = "shots" under [data]' in said
    found = read(tmp_path, [header, *lines], names={"data": {"kind": "shots"}})
    assert int(found["counts"].sum()) == 12
    assert found["calibration_counts"].values.tolist() == [[20, 0], [0, 20]]


def test_suspicious_times(tmp_path):
    """Times a thousandth or a billionth of the planned ones, and the unit that the advice names."""
    for unit, factor in (("us", 1e-3), ("s", 1e-9)):
        frame = pd.read_csv(io.StringIO("\n".join(rows())), dtype={"outcome": object})
        frame["time_ns"] *= factor
        with pytest.raises(DatasetError, match=r"under \[units\] time in a `mapping`"):
            read_lab_data(frame, EXPERIMENT)
        assert_same_counts(
            read_lab_data(frame, EXPERIMENT, names={"units": {"time": unit}}), tree()
        )


def test_a_long_run_in_us_is_named(tmp_path):
    """Times of several us, given as ns by mistake: the ratio to the planned ones tells."""
    long = EXPERIMENT.replace({"charging.stop_ns": 6000.0})
    lines = rows()
    with pytest.raises(DatasetError, match="are those of the experiment file over 1000, so they"):
        read(tmp_path, [line.replace("0.0,", ".0,") for line in lines], long)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"PK\x03\x04xl/workbook", "is a workbook or another zip archive.* save the sheet as CSV"),
        (b"PAR1\x15\x04", "is a Parquet file, .* pandas.read_parquet"),
        (b"SQLite format 3\x00", "is an SQLite database, but cannot be read as one of QCoDeS"),
        (b"MATLAB 5.0 MAT-file", "is a MATLAB file"),
        (b"\x93NUMPY\x01\x00", "is one numpy array without a name.* numpy.savez"),
        (b"\x1f\x8b\x08", "is compressed by gzip.* unpack"),
        (b"%PDF-1.7", "is a PDF document"),
        (b"\x80\x04\x95", "is a Python pickle"),
        (b"[1, 2, 3]", r"is JSON, but no list of settings; it must be such as \[\{\"arm\""),
        (b"[{]", "begins like JSON, but is none"),
    ],
)
def test_a_format_is_named_by_what_it_is(tmp_path, head, said):
    """Formats that are not read are named, with what would be."""
    path = tmp_path / "data.bin"
    path.write_bytes(head + b" " * 20)
    with pytest.raises(DatasetError, match=said):
        read_lab_data(path, EXPERIMENT)


def test_a_table_without_header(tmp_path):
    """Numbers on the first line are no names; a header above them works."""
    lines = [",".join(["0", *line.split(",")[1:2], "1", "1", "5"]) for line in rows()[1:3]]
    assert "has numbers on its first line" in refusal(tmp_path, lines)


def test_toml_and_python_take_and_refuse_the_same(tmp_path):
    """A mapping file and the constructor agree on what is a mapping, and in the sentence."""
    pairs = [
        ("[labels.outcome]\n'1.0' = 1\n'0.0' = 0", {"labels": {"outcome": {1.0: 1, 0.0: 0}}}),
        ("[labels.outcome]\nTrue = 1", {"labels": {"outcome": {True: 1}}}),
        ("[labels.outcome]\ng = 0\nG = 1", {"labels": {"outcome": {"g": 0, "G": 1}}}),
        ("[columns]\ncount = 'n'\noutcome = 'n'", {"columns": {"count": "n", "outcome": "n"}}),
        ("[columns]\ncount = ''", {"columns": {"count": ""}}),
        ("[dims]\narm = 3", {"dims": {"arm": 3}}),
        ("[data]\nkind = 'x'", {"data": {"kind": "x"}}),
        ("[data]\nexcited = 1", {"data": {"excited": 1}}),
        ("data = 1", {"data": 1}),
        ("[constants]\nshots = 100", {"constants": {"shots": 100}}),
        ("[constants]\ncount = 1", {"constants": {"count": 1}}),
        ("[wide.up]\noutcome = 1", {"wide": {"up": {"outcome": np.int64(1)}}}),
        ("[units]\npopulation = 'us'", {"units": {"population": "us"}}),
    ]
    for text, sections in pairs:
        path = tmp_path / "names.toml"
        path.write_text(text, encoding="utf-8")
        found, said = [], []
        for make in (lambda path=path: LabNames.from_toml(path), lambda s=sections: LabNames(**s)):
            try:
                found.append(make())
            except DatasetError as error:
                said.append(str(error).removeprefix(f"{path}: "))
        assert len({repr(names) for names in found}) + len(set(said)) == 1, (text, found, said)
        assert len(found) + len(said) == 2


LONG = "A long name " * 400


def _renamed(theirs):
    """The table under a header whose count has another name."""
    header, *below = rows()
    return [header.replace("count", theirs), *below]


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        pytest.param(rows(), {"columns": {"count": LONG}}, id="a column that is not there"),
        pytest.param(rows(), {"wide": {LONG: {"basis": "x"}}}, id="a wide column"),
        pytest.param(rows(), {"labels": {"arm": {LONG: "elsewhere"}}}, id="a label"),
        pytest.param(_renamed(LONG), {}, id="a column that nothing names"),
        pytest.param(
            replaced("catalysed,0.0,x,0,", "catalysed,0.0,x,0,-", _renamed(LONG)),
            {"columns": {"count": LONG.strip()}},
            id="a column of bad values",
        ),
        pytest.param(
            [f"{line},{line}" for line in _renamed(LONG)], {}, id="a column that comes twice"
        ),
        pytest.param(
            [",".join(f"{n}{line}" for n in range(5000)) for line in _renamed("_")[:9]],
            {},
            id="many columns",
        ),
    ],
)
def test_a_refusal_stays_readable_beside_long_names(tmp_path, lines, names):
    """A name of a user's file is cut, and of many names the first are shown."""
    with pytest.raises(DatasetError) as caught:  # noqa: PT011
        read(tmp_path, lines, names=LabNames(**names))
    assert len(str(caught.value)) < 1200


def test_a_refusal_stays_readable_beside_many_variables():
    """So is it of a dataset, whose dims and variables have any number and any names."""
    many = tree().to_dataset().rename(counts=LONG).assign({f"of day {n}": 1.0 for n in range(500)})
    with pytest.raises(DatasetError, match=r"and \d+ more") as caught:
        read_lab_data(many, EXPERIMENT)
    assert len(str(caught.value)) < 1200

"""Extraction and three levels leave in tables and come back; half of them is refused."""

import io
import sqlite3
import tomllib
from contextlib import closing
from functools import lru_cache

import h5py
import numpy as np
import pandas as pd
import pytest
import test_lab_formats as formats
import xarray as xr
from commands import call
from lab_tables import read, written

import cqed_battery as cb
from analysis.data.laboratory import read_lab_data
from analysis.data.tables.table import table_text
from analysis.pipeline import analyse
from cqed_battery import Experiment
from cqed_battery.experiment import ExperimentError
from cqed_battery.files.datasets import DatasetError
from protocols.emulation.emulate import emulate
from protocols.stages.extraction import READINGS
from protocols.stages.qutrit import ROTATIONS

PLAIN = Experiment().replace(
    {
        "seed": 11,
        "transmon.levels": 3,
        "coupler.g_on_MHz": 30.0,
        "charging.stop_ns": 24.0,
        "charging.points": 5,  # steps of 6 ns
        "tomography.pulse": "none",
        "tomography.shots": 300,
        "vacuum.method": "none",
        "analysis.global_fit": False,
        "analysis.correction": "none",
    }
)
EXTRACTION = {
    "extraction.unitary": "model",
    "extraction.times_ns": (6.0, 24.0),
    "extraction.shots": 400,
}
QUTRIT = {"qutrit.measured": True, "qutrit.times_ns": (12.0,), "qutrit.shots": 500}
FILES = {"extraction": EXTRACTION, "qutrit": QUTRIT, "both": EXTRACTION | QUTRIT}
AFTER = ("extraction_counts", "qutrit_counts")
BOTH = PLAIN.replace(FILES["both"])


@lru_cache
def emulated(name="both"):
    return emulate(PLAIN.replace(FILES[name]))


@lru_cache
def rows():
    """Header and rows of the run with both."""
    return [line for line in table_text(emulated()).splitlines() if not line.startswith("#")]


def same_counts(found, expected):
    names = ["counts", "calibration_counts", *(name for name in AFTER if name in expected)]
    for name in names:
        xr.testing.assert_equal(found[name], expected[name])
        assert found[name].dtype == np.int64
    assert [name for name in AFTER if name in found] == names[2:]


def refusal(folder, lines, experiment=BOTH, **options):
    with pytest.raises(DatasetError) as caught:  # noqa: PT011
        read(folder, lines, experiment, **options)
    return str(caught.value)


def without(*parts):
    """The table without the lines that hold all of these."""
    return [line for line in rows() if not all(part in line for part in parts)]


def no_extraction():
    return [line for line in rows() if not line.endswith((",before,", ",after,"))]


def no_rotations():
    return [line for line in rows() if line == rows()[0] or line.endswith(",")]


@pytest.mark.parametrize("name", FILES)
def test_a_run_goes_out_and_comes_back(tmp_path, name):
    """Counts, pulses and results of a table are those of the dataset that it was written from."""
    experiment, run = PLAIN.replace(FILES[name]), emulated(name)
    cb.export(run, tmp_path / "counts.csv")
    found = read_lab_data(tmp_path / "counts.csv", experiment)
    same_counts(found, run)
    assert Experiment.from_text(found.attrs["experiment"]) == Experiment.from_text(
        run.attrs["experiment"]
    )
    again, first = analyse(found), analyse(run)
    assert (first["extraction"] is None) == (name == "qutrit")
    assert (first["qutrit"] is None) == (name == "extraction")
    for key in ("arms", "extraction", "qutrit", "verdict"):
        assert again[key] == first[key], key


def test_import_shows_them_and_writes_them(tmp_path):
    """`import` prints columns, times and shots of both, and its dataset is read as well."""
    path = written(tmp_path, rows())
    shown = " ".join(call("import", path, "--dry-run").stdout.split())
    assert 'reading reading "before", "after"' in shown
    assert 'rotation rotation "none", "x01"' in shown
    for arm in ("catalysed", "control"):
        assert f"extraction, {arm} after 6, 24 ns; reading before and" in shown
        assert f"three levels, {arm} after 12 ns; 9 rotations 500" in shown
    assert call("import", path, "--out", tmp_path / "counts.nc").exit_code == 0
    same_counts(read_lab_data(tmp_path / "counts.nc", BOTH), emulated())


NUMBERS = {"reading": READINGS, "rotation": tuple(ROTATIONS)}
LABELS = {name: {str(n): label for n, label in enumerate(all_)} for name, all_ in NUMBERS.items()}


@pytest.mark.parametrize("shape", formats.SHAPES)
def test_each_shape_carries_them(tmp_path, monkeypatch, shape):
    """The files of other programs, numbers for labels where these know no text."""
    numbered = {
        name: {label: n for n, label in enumerate(labels)} for name, labels in NUMBERS.items()
    }
    monkeypatch.setattr(formats, "rows", rows)
    monkeypatch.setattr(formats, "tree", emulated)
    monkeypatch.setattr(formats, "KEYS", [*formats.KEYS, *NUMBERS])
    monkeypatch.setattr(formats, "NUMBERED", formats.NUMBERED | numbered)
    make, names = formats.SHAPES[shape]
    if "labels" in names:
        names = names | {"labels": names["labels"] | LABELS}
    if shape == "Quantify":
        names = names | {"columns": names["columns"] | {"reading": "x8", "rotation": "x9"}}
    same_counts(read_lab_data(make(tmp_path), BOTH, names=names), emulated())


def test_populations_side_by_side(tmp_path):
    """A column for each axis and reading, empty where nothing was extracted."""
    frame = pd.read_csv(io.StringIO("\n".join(no_rotations())))
    kept = frame[frame["arm"].isin(["catalysed", "control"])]
    kept = kept.assign(of=kept["basis"].fillna(kept["reading"]))
    shots = kept.groupby(["arm", "time_ns", "of"])["count"].transform("sum")
    wide = kept.assign(share=kept["count"] / shots)[kept["outcome"] == 1].pivot_table(
        index=["arm", "time_ns"], columns="of", values="share"
    )
    assert wide.isna().any(axis=None)
    text = wide.add_prefix("P_").reset_index().to_csv(index=False)
    experiment = PLAIN.replace(EXTRACTION | {"tomography.shots": 400})
    columns = {f"P_{basis}": {"basis": basis} for basis in "xyz"}
    columns |= {f"P_{reading}": {"reading": reading} for reading in READINGS}
    names = {"data": {"kind": "populations"}, "constants": {"shots": 400}, "wide": columns}
    found = read(tmp_path, text.splitlines(), experiment, names=names, calibration_from_file=True)
    xr.testing.assert_equal(found["extraction_counts"], emulated()["extraction_counts"])
    names["wide"] = columns | {"P_after": {"reading": "after", "outcome": 1}}
    said = refusal(tmp_path, text.splitlines(), experiment, names=names)
    assert "must give every column the labels basis, but gives 'P_after' reading, outcome" in said


def test_leaked_shots_of_both_come_back(tmp_path):
    """Outcome 2 after a pulse or a rotation is a row of its own, in and out."""
    lines = [*rows(), "control,24.0,,2,7,,,,after,", "catalysed,12.0,,2,9,,,,,pi12"]
    found = read(tmp_path, lines, BOTH)
    assert int(found["leaked_extraction_counts"].sum()) == 7
    assert int(found["leaked_qutrit_counts"].sel(rotation="pi12").sum()) == 9
    assert "7 of the extraction, 9 of three levels" in found.attrs["notes"]
    cb.save_dataset(found, tmp_path / "dataset.nc")
    exported = table_text(cb.load_dataset(tmp_path / "dataset.nc")).splitlines()
    again = read(tmp_path, exported, BOTH)
    for name in found.data_vars:
        xr.testing.assert_equal(again[name], found[name])


def test_what_the_file_plans_and_the_data_lack_is_noted(tmp_path):
    """Without their rows the run is one without an extraction, or without three levels."""
    found = read(tmp_path, no_extraction(), BOTH)
    assert "an extraction, which the experiment file plans, has no counts" in found.attrs["notes"]
    xr.testing.assert_equal(found["qutrit_counts"], emulated()["qutrit_counts"])
    found = read(tmp_path, no_rotations(), BOTH)
    assert "three levels, which the experiment file plans, has no" in found.attrs["notes"]


@pytest.mark.parametrize(
    ("gone", "place"),
    [
        ((",before,",), "reading 'before' in the catalysed arm after 6 ns"),
        ((",after,",), "reading 'after' in the catalysed arm after 6 ns"),
        (("control,24.0", ",after,"), "reading 'after' in the control arm after 24 ns"),
        (("catalysed,", ",after,"), "reading 'after' in the catalysed arm after 6 ns"),
    ],
)
def test_half_an_extraction(tmp_path, gone, place):
    """After without before, and single cells: with all rows, or with none of them, it is read."""
    said = refusal(tmp_path, without(*gone))
    assert f"has an extraction without counts of {place}" in said
    assert "it takes before and after at each of its times in every arm" in said
    assert said.endswith("add them, or leave out all rows with a reading")
    same_counts(read(tmp_path, rows(), BOTH), emulated())
    assert "extraction_counts" not in read(tmp_path, no_extraction(), BOTH)


def test_half_of_three_levels(tmp_path):
    """A rotation that is missing in an arm; both advices are followed."""
    said = refusal(tmp_path, without("control,", ",pi12-x01"))
    assert "three levels without counts of rotation 'pi12-x01' in the control arm after" in said
    assert said.endswith("add them, or leave out all rows with a rotation")
    same_counts(read(tmp_path, rows(), BOTH), emulated())
    assert "qutrit_counts" not in read(tmp_path, no_rotations(), BOTH)


def test_times_that_are_not_charged_to(tmp_path):
    """The nearest charging time is named; left out or corrected, the table is read."""
    lines = [line.replace(",6.0,,", ",7.0,,") for line in rows()]
    said = refusal(tmp_path, lines)
    assert "an extraction after 7 ns, which is no charging time of its arms (the nearest" in said
    assert said.endswith("is 6 ns); leave those counts out, or correct their time")
    assert "extraction_counts" not in read(tmp_path, no_extraction(), BOTH)
    same_counts(
        read(tmp_path, [line.replace(",7.0,", ",6.0,") for line in lines], BOTH), emulated()
    )


@pytest.mark.parametrize(("key", "planned"), [("extraction", [6.0, 24.0]), ("qutrit", [12.0])])
def test_other_times_than_the_file_says(tmp_path, key, planned):
    """The key that the sentence writes out is taken by the file, and the table is read."""
    said = refusal(tmp_path, rows(), BOTH.replace({f"{key}.times_ns": (18.0,)}))
    assert "but the experiment file after [18.0] ns; " in said
    assert f"say {key}.times_ns = {planned} there" in said
    same_counts(read(tmp_path, rows(), BOTH.replace({f"{key}.times_ns": planned})), emulated())


def test_an_extraction_after_a_time_without_tomography(tmp_path):
    """A charging time of the file that the arms lack is no charging time; both advices work."""
    lines = [line for line in rows() if not (",24.0," in line and line.endswith(",,"))]
    said = refusal(tmp_path, lines)
    assert "an extraction after 24 ns, which is no charging time of its arms" in said
    kept = [line for line in no_extraction() if ",24.0," not in line]
    assert read(tmp_path, kept, BOTH).sizes["time"] == 4
    moved = [line.replace(",24.0,", ",18.0,") for line in lines]
    assert "say extraction.times_ns = [6.0, 18.0] there" in refusal(
        tmp_path, moved, BOTH.replace({"extraction.times_ns": (6.0, 12.0)})
    )
    assert read(tmp_path, moved, BOTH.replace({"extraction.times_ns": (6.0, 18.0)}))


def test_a_database_of_qcodes_carries_them(tmp_path):
    """Its cells are numbers or NULL, which [labels] makes readings and rotations."""
    frame = pd.read_csv(io.StringIO("\n".join(rows()))).drop(columns=["pulse", "exchange_time_ns"])
    for name, labels in {**formats.NUMBERED, **NUMBERS}.items():
        if name in frame:
            numbers = labels if isinstance(labels, dict) else {t: n for n, t in enumerate(labels)}
            frame[name] = frame[name].map(numbers)
    with closing(sqlite3.connect(tmp_path / "runs.db")) as base, base:
        base.execute("CREATE TABLE runs (run_id INTEGER, result_table_name TEXT)")
        base.execute("CREATE TABLE layouts (run_id INTEGER, parameter TEXT, unit TEXT)")
        base.execute("INSERT INTO runs VALUES (1, 'results')")
        for name in frame:
            base.execute("INSERT INTO layouts VALUES (1, ?, '')", (name,))
        frame.to_sql("results", base, index_label="id")
    names = {"labels": formats.LABELS | LABELS}
    same_counts(read_lab_data(tmp_path / "runs.db", BOTH, names=names), emulated())


def test_a_grid_of_qcodes_says_what_it_left_out():
    """One parameter has one grid: an extraction on another one is named in a note."""
    grid = emulated()["counts"].astype(float)
    other = emulated()["extraction_counts"].astype(float)
    data = xr.Dataset({"n": grid.rename(time="t"), "work": other})
    names = {"columns": {"count": "n", "time_ns": "t"}}
    found = read_lab_data(data, BOTH, names=names, calibration_from_file=True)
    xr.testing.assert_equal(found["counts"], emulated()["counts"])
    assert "variables on another grid left out: " in found.attrs["notes"]
    assert "work" in found.attrs["notes"]


def test_rounded_times_are_the_planned_ones(tmp_path):
    """A tenth of a sample is no other time, and no other charging time either."""
    lines = [line.replace(",24.0,,", ",24.01,,") for line in rows()]
    same_counts(read(tmp_path, lines, BOTH), emulated())


@pytest.mark.parametrize(
    ("column", "theirs", "ours", "known"),
    [
        ("reading", "early", "before", "before or after"),
        ("rotation", "x90", "x01", "none, x01, y01, pi01, pi12, x12, y12, pi12-x01 or pi12-y01"),
    ],
)
def test_unknown_labels(tmp_path, column, theirs, ours, known):
    """The known ones are named, and [labels] makes theirs one of them."""
    lines = [rows()[0]]
    lines += [",".join([theirs if f == ours else f for f in row.split(",")]) for row in rows()[1:]]
    said = refusal(tmp_path, lines)
    assert f"'{column}' on line" in said
    assert f'must be {known}, but is "{theirs}"; other names go under [labels.{column}]' in said
    names = {"labels": {column: {theirs: ours}}}
    same_counts(read(tmp_path, lines, BOTH, names=names), emulated())


def test_a_row_says_what_was_measured_once(tmp_path):
    """Two of basis, reading and rotation, or none of them: one works, and so does a constant z."""
    lines = [line.replace(",6.0,,", ",6.0,z,") for line in rows()]
    said = refusal(tmp_path, lines)
    assert "gives 'reading' and 'basis', but a setting has one of them; leave the others" in said
    same_counts(read(tmp_path, rows(), BOTH), emulated())
    lines = [line.replace(",24.0,,", ",24.0,,").replace(",after,", ",,") for line in rows()]
    said = refusal(tmp_path, lines)
    assert "must give 'basis', 'reading' or 'rotation', what was measured, but gives none" in said
    z_alone = pd.read_csv(io.StringIO("\n".join(rows())))
    z_alone = z_alone[~z_alone["basis"].isin(["x", "y"])].drop(columns="basis")
    names = {"constants": {"basis": "z"}}
    found = read(tmp_path, z_alone.to_csv(index=False).splitlines(), BOTH, names=names)
    xr.testing.assert_equal(found["extraction_counts"], emulated()["extraction_counts"])
    kept = found["counts"].sel(basis=["z"])
    xr.testing.assert_equal(kept, emulated()["counts"].sel(basis=["z"]))
    assert int(found["counts"].sum()) == int(kept.sum())


def test_half_a_cell(tmp_path):
    """An outcome without a number beside a counted one; 0 in its place is read."""
    lines = rows()
    place = next(n for n, line in enumerate(lines) if line.startswith("control,24.0,,1"))
    fields = lines[place].split(",")

    def counted(text):
        return [*lines[:place], ",".join([*fields[:4], text, *fields[5:]]), *lines[place + 1 :]]

    assert "write 0 for an outcome that did not occur" in refusal(tmp_path, counted(""))
    assert read(tmp_path, counted("0"), BOTH)


@pytest.mark.parametrize(
    ("off", "said", "kept"),
    [
        (
            {"extraction.unitary": "none"},
            'says extraction.unitary = "none"; say what named its pulses, "model" or',
            no_extraction,
        ),
        ({"qutrit.measured": False}, "says qutrit.measured = false; set it to true", no_rotations),
    ],
)
def test_what_the_file_does_not_plan(tmp_path, off, said, kept):
    """Both advices, the key and leaving the counts out, are followed."""
    bare = BOTH.replace(off)
    text = refusal(tmp_path, rows(), bare)
    assert said in text
    assert text.endswith(", or leave those counts out")
    on = {key: EXTRACTION.get(key, True) for key in off}
    same_counts(read(tmp_path, rows(), bare.replace(on)), emulated())
    assert read(tmp_path, kept(), bare)


def test_pulses_that_tomography_named_must_be_stated(tmp_path):
    """The keys that the sentence asks for stand above the exported table, as they are written."""
    asked = BOTH.replace({"extraction.unitary": "tomography"})
    assert "give extraction.catalysed_angle_rad and" in refusal(tmp_path, rows(), asked)
    comments = [line[2:] for line in table_text(emulated()).splitlines() if line.startswith("# e")]
    keys = tomllib.loads("\n".join(comments))["extraction"]
    assert len(keys) == 4
    named = asked.replace({f"extraction.{key}": tuple(value) for key, value in keys.items()})
    found = read(tmp_path, rows(), named)
    same_counts(found, emulated())
    played = Experiment.from_text(emulated().attrs["experiment"])
    assert Experiment.from_text(found.attrs["experiment"]) == played.replace(
        {"extraction.unitary": "tomography"}
    )


def test_another_axis_has_no_moments(tmp_path):
    """Rows of an extraction where amplitudes are swept: without them the table is read."""
    swept = PLAIN.replace({"charging.axis": "amplitude"})
    lines = [line.replace("time_ns", "amplitude", 1) for line in rows()]
    lines = [",".join(_over_24(line.split(","))) for line in lines]
    said = refusal(tmp_path, lines, swept)
    assert 'the experiment file says charging.axis = "amplitude"; leave those counts out' in said
    bare = [line for line in lines if line == lines[0] or line.endswith(",,")]
    assert read(tmp_path, bare, swept)["counts"].dims == ("arm", "amplitude", "basis", "outcome")
    with pytest.raises(ExperimentError, match="made at moments of one pulse"):
        swept.replace(EXTRACTION)


def _over_24(fields):
    known = fields[1] not in ("", "amplitude")
    return [fields[0], str(float(fields[1]) / 24) if known else fields[1], *fields[2:]]


def test_points_without_a_line_beside_counts_with_one():
    """soft-iq arrays beside an extraction or the vacuum's counts: "iq", or leaving them out."""
    rng, root = np.random.default_rng(3), emulated().to_dataset()
    points = rng.normal(0, 0.3, (2, 5, 3, 300, 2))
    clouds = rng.normal(0, 0.3, (2, 500, 2)) + np.array([0.0, 1.0])[:, None, None]
    dims = ("arm", "time", "basis", "shot", "quadrature")
    data = root.drop_vars(["counts", "calibration_counts"]).assign(
        iq=(dims, points), calibration_iq=(("prepared", "calibration_shot", "quadrature"), clouds)
    )
    with pytest.raises(DatasetError, match=r'"soft-iq" is not; say kind = "iq" under \[data\]'):
        read_lab_data(data, BOTH, names={"data": {"kind": "soft-iq"}})
    found = read_lab_data(data, BOTH, names={"data": {"kind": "iq"}})
    xr.testing.assert_equal(found["qutrit_counts"], root["qutrit_counts"])
    soft = {"data": {"kind": "soft-iq"}}
    alone = data.drop_vars(list(AFTER))
    assert read_lab_data(alone, BOTH, names=soft)["counts"].sum() > 0
    vacuum = np.ones((2, 3, 2), dtype=int)
    beside = alone.assign(vacuum_counts=(("pulse", "exchange_time", "outcome"), vacuum))
    with pytest.raises(DatasetError, match=r"'vacuum_counts' of .* was told apart by a line"):
        read_lab_data(beside, BOTH, names=soft)


def pycqed(path, columns):
    """A file of PycQED whose columns are numbers, names with their units."""
    with h5py.File(path, "w") as file:
        data = file.create_dataset(
            "Experimental Data/Data", data=np.column_stack([*columns.values()])
        )
        data.attrs["column_names"] = np.array(list(columns), dtype="S")
    return path


@pytest.mark.parametrize("kind", [None, "iq", "averaged-iq"])
def test_a_file_of_another_experiment_is_called_so(tmp_path, kind):
    """Points without time and arm: the sentence says what is lacking at once, and is followed."""
    rng = np.random.default_rng(5)
    shots = 40
    level = np.repeat([0.0, 1.0], shots)
    arm = np.repeat([0.0, 2.0], [4 * 3 * shots, 2 * shots])
    times = np.r_[np.repeat(np.arange(4) * 6.0, 3 * shots), np.full(2 * shots, np.nan)]
    bases = np.r_[np.tile(np.repeat([0.0, 1.0, 2.0], shots), 4), np.full(2 * shots, np.nan)]
    prepared = np.r_[np.full(4 * 3 * shots, np.nan), level]
    points = rng.normal(0, 0.2, (len(arm), 2)) + np.nan_to_num(prepared)[:, None]
    values = {"I (V)": points[:, 0], "Q (V)": points[:, 1]}
    columns = {"Tomo Pulses (V)": np.arange(len(arm), dtype=float), **values}
    names = {"data": {} if kind is None else {"kind": kind}}
    path = pycqed(tmp_path / "pulses.hdf5", columns)
    with pytest.raises(DatasetError) as caught:  # noqa: PT011
        read_lab_data(path, PLAIN, names=names)
    said = str(caught.value)
    assert "sweeps no charging time and names no arm, so it is not this experiment" in said
    assert 'its columns are "Tomo Pulses", I, Q: say under [columns]' in said
    told = {"when (ns)": times, "where ()": arm, "basis ()": bases, "prepared ()": prepared}
    path = pycqed(tmp_path / "told.hdf5", told | values)
    names = {"columns": {"time_ns": "when", "arm": "where"}, "data": {"kind": "iq"}}
    names["labels"] = {name: formats.LABELS[name] for name in ("arm", "basis")}
    found = read_lab_data(path, PLAIN, names=names)
    assert int(found["counts"].sum()) == 4 * 3 * shots

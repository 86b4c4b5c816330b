"""Every shape of file goes in and comes out as the same numbers; the tests write small ones."""

import io
import json
import sqlite3
from contextlib import closing

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from lab_tables import EXPERIMENT, assert_same_counts, rows, tree

from analysis.data.formats import FORMATS, format_of
from analysis.data.laboratory import read_lab_data
from analysis.data.mapping import LabNames
from analysis.data.sources import content_of
from cqed_battery.files.datasets import DatasetError

ARM_NUMBERS = {"0": "catalysed", "1": "control", "2": "calibration", "3": "vacuum"}
NUMBERED = {
    "arm": {name: int(number) for number, name in ARM_NUMBERS.items()},
    "basis": {"x": 0, "y": 1, "z": 2},
    "pulse": {"none": 0, "pi": 1},
}
LABELS = {
    "arm": ARM_NUMBERS,
    "basis": {"0": "x", "1": "y", "2": "z"},
    "pulse": {"0": "none", "1": "pi"},
}


def frame():
    """The table of counts."""
    return pd.read_csv(io.StringIO("\n".join(rows())))


KEYS = ["arm", "time_ns", "basis", "prepared", "pulse", "exchange_time_ns"]


def filled():
    """The table with empty text where a row says nothing."""
    return frame().astype(object).where(frame().notna(), "")


def numeric():
    """The same table with numbers for labels, as instruments that know only numbers write it."""
    found = frame()
    for column, numbers in NUMBERED.items():
        found[column] = found[column].map(numbers)
    return found.astype(float)


def wide():
    """Outcomes side by side: count_0 and count_1."""
    flat = filled().pivot_table(index=KEYS, columns="outcome", values="count", aggfunc="first")
    return flat.reset_index().rename(columns={0: "count_0", 1: "count_1"})


def wide_by_basis():
    """One column for each axis and outcome, of the arms alone, and the calibration below."""
    arms = frame().loc[lambda f: f["arm"].isin(["catalysed", "control"])]
    return arms.assign(name="n_" + arms["basis"] + arms["outcome"].astype(str)).pivot_table(
        index=["arm", "time_ns"], columns="name", values="count"
    )


def records():
    """A dictionary of labels and counts for each setting."""
    for key, part in filled().groupby(KEYS):
        labels = {name: value for name, value in zip(KEYS, key, strict=True) if value != ""}
        yield labels, dict(zip(part["outcome"].astype(int), part["count"].astype(int), strict=True))


def as_json(folder):
    listed = [
        {**labels, "counts": {str(k): n for k, n in counts.items()}} for labels, counts in records()
    ]
    return text(folder / "counts.json", json.dumps(listed))


def as_qiskit_hex(folder):
    results = [
        {
            "shots": sum(counts.values()),
            "success": True,
            "data": {"counts": {hex(k): n for k, n in counts.items()}},
            "header": {"name": "circuit", "memory_slots": 1, "metadata": labels},
        }
        for labels, counts in records()
    ]
    return text(folder / "job.json", json.dumps({"backend_name": "b", "results": results}))


def as_qiskit_experiments(folder):
    """What `ExperimentData.data()` returns."""
    return [
        {"counts": {str(k): n for k, n in counts.items()}, "metadata": labels, "shots": 1}
        for labels, counts in records()
    ]


def as_npz_columns(folder):
    np.savez(folder / "columns.npz", **{str(n): v.to_numpy() for n, v in numeric().items()})
    return folder / "columns.npz"


def as_npz_dims(folder):
    root = tree().to_dataset()
    arrays = {name: root[name].values for name in (*root.data_vars, *root.coords)}
    np.savez_compressed(folder / "dims.npz", **arrays)
    return folder / "dims.npz"


def as_group(folder):
    tree().to_dataset().to_netcdf(folder / "group.nc", group="run/7", engine="h5netcdf")
    return folder / "group.nc"


def as_quantify(folder):
    """Settables x0, x1, ..., gettables y0, all along dim_0, as Quantify's dataset."""
    found, made = numeric(), {}
    for number, column in enumerate(found.columns):
        name = f"x{number}" if column != "count" else "y0"
        attrs = {"name": column, "long_name": column, "units": "", "batched": False}
        made[name] = ("dim_0", found[column].to_numpy(), attrs)
    coords = {name: value for name, value in made.items() if name != "y0"}
    xr.Dataset({"y0": made["y0"]}, coords).to_netcdf(
        folder / "dataset.hdf5", engine="h5netcdf", invalid_netcdf=True
    )
    return folder / "dataset.hdf5"


def as_qcodes(folder):
    """A grid of setpoints, as QCoDeS exports a run to netCDF."""
    counts = tree()["counts"].astype(float)
    grid = counts.assign_coords(arm=[0.0, 1.0], basis=[2.0, 0.0, 1.0], time=counts["time"] * 1e-9)
    grid["time"].attrs = {"units": "s", "name": "time", "paramspec": "{}"}
    grid.rename(time="t").to_dataset(name="n").to_netcdf(folder / "q.nc", engine="h5netcdf")
    return folder / "q.nc"


def as_pycqed(folder):
    """Data version 2: Experimental Data/Data with names of columns, units in brackets."""
    found = numeric().rename(columns={"time_ns": "Time"})
    times = ("Time", "exchange_time_ns")
    names = [f"{name} ({'ns' if name in times else ''})" for name in found]
    with h5py.File(folder / "pycqed.hdf5", "w") as file:
        data = file.create_dataset("Experimental Data/Data", data=found.to_numpy())
        data.attrs["column_names"] = np.array(names, dtype="S")
        file.create_group("Instrument settings")
    return folder / "pycqed.hdf5"


def as_labber(folder):
    """Data/Data (row, channel, entry), a row of which was planned and not taken."""
    found = numeric()
    values = np.full((len(found) // 2 + 1, found.shape[1], 2), np.nan)
    values[:-1, :, 0], values[:-1, :, 1] = np.split(found.to_numpy(), 2)
    text = h5py.string_dtype()
    names = np.array([(name, "") for name in found], dtype=[("name", text), ("info", text)])
    units = [(name, "ns" if name.endswith("time_ns") else "") for name in found]
    with h5py.File(folder / "labber.hdf5", "w") as file:
        file["Data/Data"] = values
        file["Data/Channel names"] = names
        file["Channels"] = np.array(units, dtype=[("name", text), ("unitPhys", text)])
    return folder / "labber.hdf5"


def as_plain_hdf5(folder):
    with h5py.File(folder / "plain.h5", "w") as file:
        for name, values in filled().items():
            kept = values.to_numpy() if values.dtype.kind in "if" else values.astype(str).tolist()
            file.create_dataset(f"run/{name}", data=kept)
    return folder / "plain.h5"


def text(path, content):
    path.write_text(content, encoding="utf-8")
    return path


QUANTIFY = {
    "arm": "x0",
    "time_ns": "x1",
    "basis": "x2",
    "outcome": "x3",
    "count": "y0",
    "prepared": "x5",
    "pulse": "x6",
    "exchange_time_ns": "x7",
}
SHAPES = {
    "frame": (lambda folder: frame(), {}),
    "named index": (lambda folder: frame().set_index(["arm", "basis"]), {}),
    "wide outcomes": (lambda folder: wide(), {}),
    "wide TSV": (lambda f: text(f / "w.tsv", wide().to_csv(sep="\t", index=False)), {}),
    "columns by name": (lambda f: {n: v.to_numpy() for n, v in filled().items()}, {}),
    "JSON": (as_json, {}),
    "Qiskit with 0x": (as_qiskit_hex, {}),
    "qiskit-experiments": (as_qiskit_experiments, {}),
    "NPZ columns": (as_npz_columns, {"labels": LABELS}),
    "NPZ dims": (as_npz_dims, {}),
    "netCDF group": (as_group, {"data": {"group": "run/7"}}),
    "Quantify": (as_quantify, {"columns": QUANTIFY, "labels": LABELS}),
    "PycQED": (as_pycqed, {"columns": {"time_ns": "Time"}, "labels": LABELS}),
    "Labber": (as_labber, {"labels": LABELS}),
    "plain HDF5": (as_plain_hdf5, {"data": {"group": "run"}}),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_gives_the_same_counts(tmp_path, shape):
    """Whatever the file, arms, calibration and vacuum measurement are the emulated ones."""
    make, names = SHAPES[shape]
    assert_same_counts(read_lab_data(make(tmp_path), EXPERIMENT, names=names), tree())


def test_a_grid_of_qcodes(tmp_path):
    """Setpoints and one parameter on their grid, times in seconds by the file's own unit."""
    names = {"columns": {"count": "n", "time_ns": "t"}, "labels": LABELS}
    found = read_lab_data(as_qcodes(tmp_path), EXPERIMENT, names=names, calibration_from_file=True)
    xr.testing.assert_equal(found["counts"], tree()["counts"])


def test_a_wide_table_of_any_columns(tmp_path):
    """[wide] names what each column of values stands for."""
    path = text(tmp_path / "wide.csv", wide_by_basis().reset_index().to_csv(index=False))
    columns = {f"n_{basis}{k}": {"basis": basis, "outcome": k} for basis in "xyz" for k in (0, 1)}
    found = read_lab_data(path, EXPERIMENT, names={"wide": columns}, calibration_from_file=True)
    xr.testing.assert_equal(found["counts"], tree()["counts"])
    assert "columns left out" not in found.attrs["notes"]


@pytest.mark.parametrize(
    ("wide", "said"),
    [
        ({"n_x9": {"basis": "x"}}, "has no column 'n_x9', which \\[wide\\] names; its columns are"),
        (
            {"n_x0": {"basis": "x", "outcome": 0}, "n_x1": {"basis": "x"}},
            "labels basis, out",
        ),
    ],
)
def test_wide_columns_that_do_not_fit(tmp_path, wide, said):
    """A column that is not there, and labels that differ from column to column."""
    path = text(tmp_path / "wide.csv", wide_by_basis().reset_index().to_csv(index=False))
    with pytest.raises(DatasetError, match=said):
        read_lab_data(path, EXPERIMENT, names={"wide": wide})


def test_files_are_told_by_how_they_begin(tmp_path):
    """Each file is recognised by its own format, whatever its name ends in."""
    made = {
        "JSON": as_json(tmp_path),
        "numpy arrays by name (NPZ)": as_npz_dims(tmp_path),
        "HDF5 or netCDF 4": as_labber(tmp_path),
        "a table of text (CSV, TSV)": text(tmp_path / "t.h5", "\n".join(rows())),
    }
    assert {name: format_of(path).name for name, path in made.items()} == {n: n for n in made}
    assert len({found.name for found in FORMATS}) == len(FORMATS)


def test_groups_are_named_where_the_root_is_empty(tmp_path):
    """Without a group, and with a wrong one, the groups that there are stand in the sentence."""
    with pytest.raises(DatasetError, match=r"no data in its root, but the groups run; say which"):
        read_lab_data(as_plain_hdf5(tmp_path), EXPERIMENT)
    with pytest.raises(DatasetError, match='has no group "ran", but the groups run; say which'):
        read_lab_data(as_plain_hdf5(tmp_path), EXPERIMENT, names={"data": {"group": "ran"}})


def test_complex_channels_of_labber(tmp_path):
    """A complex channel has a column for each part, an entry that was cut off is left out."""
    kind = h5py.string_dtype()
    names = [("delay", ""), ("S21", "Real"), ("S21", "Imaginary")]
    values = np.array([[0.0, 1.0, 2.0], [1e-6, 3.0, 4.0], [2e-6, np.nan, np.nan]])
    with h5py.File(tmp_path / "trace.hdf5", "w") as file:
        file["Data/Data"] = values[..., None]
        file["Data/Channel names"] = np.array(names, dtype=[("name", kind), ("info", kind)])
        file["Channels"] = np.array([("delay", "s")], dtype=[("name", kind), ("unitPhys", kind)])
        file["Log list"] = np.array([("S21",)], dtype=[("channel_name", kind)])
    found = content_of(tmp_path / "trace.hdf5", LabNames())
    assert list(found.fields) == ["delay", "S21 Real", "S21 Imaginary"]
    assert found.fields["S21 Imaginary"].tolist() == [2.0, 4.0]
    assert found.units == {"delay": "s"}
    assert found.notes == ("1 rows that were planned and not taken were left out",)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"a": [1, 2], "b": [1]}, r"columns of one length, .* but holds a \(2,\), b \(1,\)"),
        ({"counts": np.ones((2, 3)), "time": [0, 1]}, "do not fit together"),
        ({}, "but holds nothing"),
    ],
)
def test_arrays_that_do_not_fit_together(arrays, said):
    """Lengths and dims that differ are named."""
    with pytest.raises(DatasetError, match=said):
        read_lab_data(arrays, EXPERIMENT)


@pytest.mark.parametrize("data", [5, None, [], ["a"], {1, 2}], ids=repr)
def test_what_is_no_data_is_named_by_its_type(data):
    """Objects that hold no data: the sentence lists what is taken."""
    with pytest.raises(DatasetError, match="`data` must be a path, an xarray Dataset, a frame of"):
        read_lab_data(data, EXPERIMENT)


def test_polars_frames_are_read():
    """A frame with polars' interface, columns by name and no index; polars itself is not needed."""

    class Frame:
        columns = tuple(frame().columns)

        def __getitem__(self, name):
            return frame()[name].to_numpy()

    assert_same_counts(read_lab_data(Frame(), EXPERIMENT), tree())


def database(path, arrays):
    """A database of QCoDeS, its rows numbers or whole arrays; units of the setpoint are ns."""
    columns = {"time_ns": "time", "basis": "axis", "outcome": "outcome", "count": "n", "arm": "arm"}
    table = pd.DataFrame([line.split(",") for line in rows()[1:]], columns=rows()[0].split(","))
    table = table[table["arm"].isin(["catalysed", "calibration"])]
    columns |= {"prepared": "level"}
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("CREATE TABLE runs (run_id INTEGER, result_table_name TEXT)")
        base.execute("CREATE TABLE layouts (run_id INTEGER, parameter TEXT, unit TEXT)")
        base.execute("INSERT INTO runs VALUES (3, 'results-1-3')")
        for name in columns.values():
            unit = "us" if name == "time" else ""
            base.execute("INSERT INTO layouts VALUES (3, ?, ?)", (name, unit))
        listed = ", ".join(f'"{name}"' for name in columns.values())
        base.execute(f'CREATE TABLE "results-1-3" (id INTEGER PRIMARY KEY, {listed})')
        put = f'INSERT INTO "results-1-3" ({listed}) VALUES (?, ?, ?, ?, ?, ?)'
        values = [
            [float(t) / 1000 if t else None for t in table["time_ns"]],
            *(table[name].tolist() for name in list(columns)[1:]),
        ]
        if arrays:
            base.execute(put, [blob(column) for column in values])
        else:
            base.executemany(put, list(zip(*values, strict=True)))
    return path, {"columns": columns}


def blob(column):
    buffer = io.BytesIO()
    np.save(buffer, np.array([np.nan if value is None else value for value in column]))
    return buffer.getvalue()


@pytest.mark.parametrize("arrays", [False, True])
def test_a_database_of_qcodes_is_read(tmp_path, arrays):
    """Its unit is the file's; numbers and arrays; the run may be named or is the only one."""
    path, names = database(tmp_path / "runs.db", arrays)
    for group in (None, "3"):
        named = {**names, "data": {} if group is None else {"group": group}}
        found = read_lab_data(path, EXPERIMENT, names=named)
        kept = tree()["counts"].sel(arm=["catalysed"])
        xr.testing.assert_equal(found["counts"], kept)
    with pytest.raises(
        DatasetError, match='db holds the runs 3, but `group` is "4"; name one by `group`'
    ):
        read_lab_data(path, EXPERIMENT, names={**names, "data": {"group": "4"}})


def test_a_database_of_another_program_is_named(tmp_path):
    """SQLite without runs, a run without parameters, and a cell that holds neither."""
    with closing(sqlite3.connect(tmp_path / "a.db")) as base, base:
        base.execute("CREATE TABLE cats (name TEXT)")
    with pytest.raises(
        DatasetError, match="is an SQLite database, but cannot be read as one of QC"
    ):
        read_lab_data(tmp_path / "a.db", EXPERIMENT)
    path, names = database(tmp_path / "b.db", arrays=False)
    with closing(sqlite3.connect(path)) as base, base:
        base.execute('UPDATE "results-1-3" SET n = ? WHERE id = 1', (b"pickled",))
    with pytest.raises(DatasetError, match="a cell of the database holds neither a number nor a"):
        read_lab_data(path, EXPERIMENT, names=names)
    with closing(sqlite3.connect(path)) as base, base:
        uneven = blob([1, 2]), blob([1, 2, 3])
        base.execute('UPDATE "results-1-3" SET n = ?, time = ? WHERE id = 1', uneven)
    with pytest.raises(
        DatasetError, match=r"the arrays of a row in .* have 2 and 3 elements; export"
    ):
        read_lab_data(path, EXPERIMENT, names=names)
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("DELETE FROM layouts")
    with pytest.raises(DatasetError, match=r"run 3 of .*b\.db has no parameters"):
        read_lab_data(path, EXPERIMENT, names=names)

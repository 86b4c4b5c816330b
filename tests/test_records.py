"""Datasets and texts on disk: read back as written, whole or not at all, refused with a reason."""

import os
import stat
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from fakes import fake_run

from cqed_battery import __version__
from cqed_battery.files.datasets import (
    DatasetError,
    check_dataset,
    load_dataset,
    save_dataset,
    versions,
    write_atomically,
    write_text,
)


@pytest.fixture
def dataset() -> xr.DataTree:
    return fake_run(points=5)[1]


def test_dataset_reads_back_as_it_was_written(dataset, tmp_path):
    """Values, dims, dtypes, coordinates and attributes of both groups survive the file."""
    path = tmp_path / "new folder" / "dataset.nc"
    save_dataset(dataset, path)
    found = load_dataset(path)
    for group in ("/", "/truth"):
        written, read = dataset[group].to_dataset(), found[group].to_dataset()
        xr.testing.assert_identical(read, written)
        for name in written.data_vars:
            assert read[name].dtype == written[name].dtype
    assert found["counts"].values.tobytes() == dataset["counts"].values.tobytes()


def test_loaded_dataset_does_not_hold_its_file(dataset, tmp_path):
    """What was loaded is in memory: the file can be emptied and removed, the values stay."""
    path = tmp_path / "dataset.nc"
    save_dataset(dataset, path)
    found = load_dataset(path)
    path.write_bytes(b"")
    path.unlink()
    for group in ("/", "/truth"):
        xr.testing.assert_identical(found[group].to_dataset(), dataset[group].to_dataset())


def test_failed_writing_leaves_the_old_file(tmp_path):
    """When writing fails half-way the old content stays and nothing else is left behind."""
    path = tmp_path / "results.txt"
    write_text(path, "old\n")

    def half(temporary: Path) -> None:
        temporary.write_text("new but ha", encoding="utf-8")
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="the disk is full"):
        write_atomically(path, half)
    assert path.read_text(encoding="utf-8") == "old\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["results.txt"]


def test_failed_saving_leaves_the_old_dataset(dataset, tmp_path):
    """A dataset that cannot be written does not harm the one that is there."""
    path = tmp_path / "dataset.nc"
    save_dataset(dataset, path)
    before = path.read_bytes()
    broken = dataset.copy()
    broken.attrs["experiment"] = object()
    with pytest.raises(TypeError, match="no native HDF5 equivalent"):
        save_dataset(broken, path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["dataset.nc"]


def test_who_reads_the_old_file_reads_it_to_its_end(tmp_path):
    """A file takes the old one's place in one step: whoever has that open sees it whole."""
    path = tmp_path / "results.json"
    write_text(path, "old and long enough")
    with path.open(encoding="utf-8") as old:
        write_text(path, "new")
        assert old.read() == "old and long enough"
    assert path.read_text(encoding="utf-8") == "new"


def test_text_is_written_whole_with_the_usual_rights(tmp_path):
    """A text replaces the old one, keeps its letters, and is as readable as any new file."""
    path = tmp_path / "report.html"
    write_text(path, "old")
    write_text(path, "ħω, α\n")
    assert path.read_text(encoding="utf-8") == "ħω, α\n"
    usual = tmp_path / "usual"
    usual.touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(usual.stat().st_mode)


def test_a_folder_is_not_written_over(tmp_path):
    """A folder where the file should go is an error that names it, and stays."""
    (tmp_path / "taken").mkdir()
    with pytest.raises(IsADirectoryError, match=r"taken is a directory, but a file"):
        write_text(tmp_path / "taken", "text")
    assert os.listdir(tmp_path) == ["taken"]


def test_missing_file_is_refused(tmp_path):
    """A path that does not exist is an error that names it."""
    with pytest.raises(DatasetError, match=r"gone\.nc does not exist; give the path"):
        load_dataset(tmp_path / "gone.nc")


def test_folder_is_refused(tmp_path):
    """A folder in place of a dataset is an error that says so."""
    with pytest.raises(DatasetError, match=r"is a directory; give the path of a dataset file"):
        load_dataset(tmp_path)


@pytest.mark.parametrize("content", [b"", b"title = 'not netCDF'\n", b"\x89HDF\r\n\x1a\n\0\0"])
def test_other_files_are_refused(content, tmp_path):
    """A file that is empty, text, or a damaged netCDF is an error that names it."""
    path = tmp_path / "notes.toml"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"notes\.toml cannot be read as a netCDF dataset"):
        load_dataset(path)


def test_truncated_dataset_is_refused(dataset, tmp_path):
    """A dataset whose end is missing is an error, never a part of it."""
    path = tmp_path / "dataset.nc"
    save_dataset(dataset, path)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(DatasetError, match=r"dataset\.nc cannot be read as a netCDF dataset"):
        load_dataset(path)


def broken(dataset: xr.DataTree, what: str) -> xr.DataTree:
    root = dataset.to_dataset()
    if what == "schema":
        root.attrs["schema"] = 2
    elif what == "no schema":
        del root.attrs["schema"]
    elif what == "experiment":
        del root.attrs["experiment"]
    elif what == "missing":
        root = root.drop_vars("calibration_counts")
    elif what == "dims":
        root["counts"] = root["counts"].transpose("time", "arm", "basis", "outcome")
    elif what == "negative":
        root["counts"] = root["counts"] - 10_000
    elif what == "fractions":
        root["counts"] = root["counts"] / 1000.0
    return xr.DataTree(root)


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("schema", r"has schema 2, but this version reads schema 1"),
        ("no schema", r"has schema None, but this version reads schema 1"),
        ("experiment", r"has no attribute 'experiment' with the experiment file's text"),
        ("missing", r"has no variable 'calibration_counts' with dims"),
        ("dims", r"'counts' in .* must have dims .*, but has \('time', 'arm'"),
        ("negative", r"'counts' in .* must hold whole numbers >= 0"),
        ("fractions", r"'counts' in .* must hold whole numbers >= 0"),
    ],
)
def test_netcdf_that_is_no_dataset_is_refused(dataset, tmp_path, what, reason):
    """A file that lacks or distorts what a dataset must have is refused with that reason."""
    path = tmp_path / "other.nc"
    save_dataset(broken(dataset, what), path)
    with pytest.raises(DatasetError, match=reason):
        load_dataset(path)
    check_dataset(broken(dataset, "nothing"))


def test_versions_name_what_the_numbers_rest_on():
    """Each package that the numbers rest on has its version."""
    found = versions()
    assert found["numpy"] == np.__version__
    assert found["cqed-battery"] == __version__
    assert set(found) >= {"cqed-battery", "qiskit", "qiskit-dynamics", "qiskit-aer", "scipy"}
    assert "not installed" not in found.values()

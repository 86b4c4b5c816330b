"""Datasets on disk: netCDF with dims and units, written whole or not at all.

A dataset is an xarray `DataTree`: counts at the root and, for an emulated run, the group
`truth`. Schema 1 is described in the README.
"""

import json
import os
import tempfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cqed_battery.checks import CqedBatteryError

SCHEMA = 1
ARMS = ("catalysed", "control")
COMPONENTS = ("x", "y", "z")
_REQUIRED = {
    "counts": ("arm", "time", "basis", "outcome"),
    "calibration_counts": ("prepared", "outcome"),
}


class DatasetError(CqedBatteryError):
    """A file is not a dataset of this tool, or not a usable one."""


def versions() -> dict[str, str]:
    """Return the versions of this package and of those that its numbers rest on."""
    names = ("cqed-battery", "qiskit", "qiskit-dynamics", "qiskit-aer", "numpy", "scipy", "lmfit")
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def write_atomically(path: Path | str, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file beside `path`, then put it in place in one step.

    If `write` fails, what stood at `path` stays as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a directory, but a file is to be written there")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path | str, text: str) -> None:
    """Write a text file (UTF-8) whole or not at all."""

    def write(temporary: Path) -> None:
        temporary.write_text(text, encoding="utf-8")

    write_atomically(path, write)


def save_dataset(tree: Any, path: Path | str) -> None:
    """Write a dataset (xarray DataTree) as netCDF, whole or not at all.

    Raises:
        OSError: the folder cannot be written to.
    """
    write_atomically(path, lambda temporary: tree.to_netcdf(temporary, engine="h5netcdf"))


def load_dataset(path: Path | str) -> Any:
    """Read a dataset into memory and check that it is one.

    Returns an xarray DataTree with `counts(arm, time, basis, outcome)` and
    `calibration_counts(prepared, outcome)` at its root.

    Raises:
        DatasetError: the file is missing, is not netCDF, or lacks what a dataset must have.
    """
    path = Path(path)
    if not path.is_file():
        what = "is a directory" if path.is_dir() else "does not exist"
        raise DatasetError(f"{path} {what}; give the path of a dataset file such as dataset.nc")
    tree = _open(path)
    check_dataset(tree, str(path))
    return tree


def _open(path: Path) -> Any:
    import xarray as xr

    try:
        with xr.open_datatree(path, engine="h5netcdf") as opened:
            return opened.load()
    except (OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
        raise DatasetError(f"{path} cannot be read as a netCDF dataset ({error})") from error


def check_dataset(tree: Any, source: str = "the dataset") -> None:
    """Raise DatasetError unless the tree has the variables, dims and values of schema 1."""
    schema = tree.attrs.get("schema")
    if schema is None or int(schema) != SCHEMA:
        raise DatasetError(f"{source} has schema {schema}, but this version reads schema {SCHEMA}")
    if "experiment" not in tree.attrs:
        raise DatasetError(
            f"{source} has no attribute 'experiment' with the experiment file's text"
        )
    for name, dims in _REQUIRED.items():
        if name not in tree.data_vars:
            raise DatasetError(f"{source} has no variable '{name}' with dims {dims}")
        variable = tree[name]
        if variable.dims != dims:
            raise DatasetError(
                f"'{name}' in {source} must have dims {dims}, but has {variable.dims}"
            )
        if variable.dtype.kind not in "iu" or int(variable.min()) < 0:
            raise DatasetError(
                f"'{name}' in {source} must hold whole numbers >= 0, the counts themselves"
            )


def versions_text() -> str:
    """Return `versions` as JSON text, for a dataset's attribute."""
    return json.dumps(versions(), sort_keys=True)

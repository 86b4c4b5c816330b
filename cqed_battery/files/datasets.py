"""Datasets on disk: netCDF with dims and units, written whole or not at all.

A dataset is an xarray `DataTree`: counts at the root and, for an emulated run, the group
`truth`. Schema 1 is described in docs/files.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from cqed_battery.files.atomic import reserve as reserve
from cqed_battery.files.atomic import write_atomically as write_atomically
from cqed_battery.files.atomic import write_text as write_text
from cqed_battery.files.foreign_netcdf import MOST_BYTES, read_tree
from cqed_battery.files.foreign_netcdf import DatasetError as DatasetError

if TYPE_CHECKING:
    import xarray as xr

SCHEMA = 1
"""Version of the files' layout; raised when an older reader would misread a newer file."""
ARMS = ("catalysed", "control")
COMPONENTS = ("x", "y", "z")
OTHER_AXES = ("amplitude", "detuning")
"""Dims that stand for time where the charging settings sweep something else."""
COUNT_DIMS: dict[str, tuple[str, ...]] = {
    "counts": ("arm", "time", "basis", "outcome"),
    "calibration_counts": ("prepared", "outcome"),
    "vacuum_counts": ("pulse", "exchange_time", "outcome"),
    "extraction_counts": ("arm", "extraction_time", "reading", "outcome"),
    "qutrit_counts": ("arm", "qutrit_time", "rotation", "outcome"),
}
"""The variables that hold counts, and their dims."""
_REQUIRED = {name: COUNT_DIMS[name] for name in ("counts", "calibration_counts")}
_OPTIONAL = {
    **{name: dims for name, dims in COUNT_DIMS.items() if name not in _REQUIRED},
    **{f"leaked_{name}": dims[:-1] for name, dims in COUNT_DIMS.items()},
}
LARGEST_COUNT = 10**12
"""No count of one cell is larger: sums stay far from the end of 64-bit numbers."""


def versions() -> dict[str, str]:
    """Return the versions of this package and of those that its numbers rest on."""
    names = ("qiskit", "qiskit-dynamics", "qiskit-aer", "numpy", "scipy", "lmfit")
    import cqed_battery  # whose installation, of a checkout, may tell an older one

    found = {"cqed-battery": str(cqed_battery.__version__)}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def save_dataset(tree: xr.DataTree | xr.Dataset, path: str | PathLike[str]) -> None:
    """Write a dataset (xarray DataTree or Dataset) as netCDF, whole or not at all.

    Each group holds its coordinates, so that it can be opened by itself. The file is made in
    memory, or its room is reserved first, because HDF5 does not survive a full disk.

    Args:
        tree: any dataset; its sizes in memory decide how the file is made.
        path: of the file, which is replaced.

    Raises:
        OSError: the folder cannot be written to, or the disk is full.
    """

    def write(temporary: Path) -> None:
        """Write the dataset under a temporary name, a large one without a copy in memory."""
        nodes = getattr(tree, "subtree", [tree])  # a single Dataset has none
        alone: dict[str, Any] = {"write_inherited_coords": True} if hasattr(tree, "subtree") else {}
        size = sum(int(node.nbytes) for node in nodes)
        if size <= MOST_BYTES:
            # Until 3.12.2 Python does not survive that a buffer in a traceback is collected.
            content = memoryview(tree.to_netcdf(engine="h5netcdf", **alone))
            with content, temporary.open("wb") as file:
                file.write(content)
        else:
            reserve(temporary, size)
            tree.to_netcdf(temporary, engine="h5netcdf", **alone)

    write_atomically(path, write)


def load_dataset(path: str | PathLike[str]) -> xr.DataTree:
    """Read a dataset into memory and check that it is one.

    Returns an xarray DataTree with `counts(arm, time, basis, outcome)` and
    `calibration_counts(prepared, outcome)` at its root.

    Args:
        path: of a netCDF file (HDF5).

    Raises:
        DatasetError: the file is missing, is not netCDF, or lacks what a dataset must have.
    """
    path = Path(path)
    if not path.is_file():
        what = "is a directory" if path.is_dir() else "does not exist"
        raise DatasetError(f"{path} {what}; give the path of a dataset file such as dataset.nc")
    tree = read_tree(path)
    check_dataset(tree, str(path))
    return tree


def as_dataset(given: object) -> xr.DataTree:
    """Return a dataset as it is, or read it where its path is given; checked in any case.

    Args:
        given: an xarray DataTree, or a path.

    Raises:
        DatasetError: it is neither a dataset nor the path of one, or is refused.
    """
    import xarray as xr

    if isinstance(given, str | PathLike):
        return load_dataset(given)
    if not isinstance(given, xr.DataTree):
        raise DatasetError(
            "`dataset` must be a dataset, such as emulate and load_dataset return, or the path of"
            f" one, but is of type {type(given).__name__}"
        )
    check_dataset(given)
    return given


def check_dataset(tree: xr.DataTree, source: str = "the dataset") -> None:
    """Refuse a tree without the variables, dims and values of schema 1.

    Args:
        tree: an xarray DataTree.
        source: names it in the message.

    Raises:
        DatasetError: a variable or attribute is missing or of the wrong kind, or a count is
            refused.
    """
    _check_attributes(tree.attrs, source)
    for name, of_time in {**_REQUIRED, **_OPTIONAL}.items():
        dims = _swept(tree, of_time)
        if name not in tree.data_vars:
            if name in _OPTIONAL:
                continue
            raise DatasetError(f"{source} has no variable '{name}' with dims {dims}")
        variable = tree[name]
        if set(variable.dims) != set(dims) or (name in _REQUIRED and variable.dims != dims):
            raise DatasetError(
                f"'{name}' in {source} must have dims {dims}, but has {variable.dims}"
            )
        if not _holds_counts(variable):
            raise DatasetError(
                f"'{name}' in {source} must hold whole numbers >= 0 and <= {LARGEST_COUNT:.0e}, the"
                " counts themselves"
            )
        if unlabelled := [dim for dim in dims if dim not in variable.coords]:
            raise DatasetError(f"'{name}' in {source} has no labels along its dim {unlabelled[0]}")


def _swept(tree: xr.DataTree, dims: tuple[str, ...]) -> tuple[str, ...]:
    """Return dims with the axis that the dataset's charging settings sweep in the place of time."""
    other = next((axis for axis in OTHER_AXES if axis in tree.dims), "time")
    return tuple(other if dim == "time" else dim for dim in dims)


def _check_attributes(attributes: Mapping[Any, Any], source: str) -> None:
    schema = attributes.get("schema")
    if not _is_whole(schema) or int(schema) != SCHEMA:
        raise DatasetError(f"{source} has schema {schema}, but this version reads schema {SCHEMA}")
    if not isinstance(attributes.get("experiment"), str):
        raise DatasetError(
            f"{source} has no attribute 'experiment' with the experiment file's text"
        )
    if not _is_whole(attributes.get("seed", 0)):
        raise DatasetError(
            f"the attribute 'seed' of {source} must be a whole number, but is {attributes['seed']}"
        )


def _is_whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _holds_counts(variable: Any) -> bool:
    if variable.dtype.kind not in "iu" or variable.size == 0:
        return False
    return int(variable.min()) >= 0 and int(variable.max()) <= LARGEST_COUNT


def versions_text() -> str:
    """Return `versions` as JSON text, for a dataset's attribute."""
    return json.dumps(versions(), sort_keys=True)

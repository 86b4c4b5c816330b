"""netCDF files of strangers: what a file declares is added up before any of it is read.

A few kilobytes can declare more cells than any memory holds, and a torn file can surprise its
reader in many ways; both end in a sentence here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cqed_battery.errors import CqedBatteryError
from cqed_battery.files.hdf5_check import torn_heap

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xarray as xr

Result = TypeVar("Result")

MOST_BYTES = 1 << 28
"""More than this, in bytes (256 MiB), is not read of a file at once; no counts need it."""
SHOTS = "iq"
"""The variable with a point for every shot; a larger one is left in the file until it is used."""
_HDF5 = b"\x89HDF"  # the first bytes of every HDF5 file
_OURS, _THEIRS = "a netCDF dataset", "netCDF"


class DatasetError(CqedBatteryError):
    """A file is not a dataset of this tool, or not a usable one."""


def read_tree(path: Path) -> xr.DataTree:
    """Read all groups of a netCDF file (HDF5) into memory, but not the points of many shots.

    Returns an xarray DataTree. `iq` of more than `MOST_BYTES` stays in the file, which then
    stays open, and each slice is read when it is used.

    Args:
        path: of the file.

    Raises:
        DatasetError: the file cannot be read, or declares more than `MOST_BYTES`.
    """
    import xarray as xr

    held_back = _check_sizes(path, _OURS)
    try:
        tree = xr.open_datatree(path, engine="h5netcdf")
        if held_back:
            return tree  # every slice is read when it is used
        with tree:
            return tree.load()
    except Exception as error:  # a torn file surprises its reader in any way
        raise _unreadable(path, error, _OURS) from error


def read_root(path: Path, engine: str, group: str | None = None) -> xr.Dataset:
    """Read one group of a netCDF file into memory as an xarray Dataset, times undecoded.

    Args:
        path: of the file.
        engine: "h5netcdf", or "scipy" for version 3.
        group: path of the group, by default the root.

    Raises:
        DatasetError: the file cannot be read, or declares more than `MOST_BYTES`.
    """
    import xarray as xr

    if engine == "h5netcdf" and _check_sizes(path, _THEIRS):
        raise DatasetError(f"'{SHOTS}' in {path} declares more than {MOST_BYTES:.0e} bytes")
    try:
        options: dict[str, Any] = {} if group is None else {"group": group}
        with xr.open_dataset(path, engine=engine, decode_times=False, **options) as opened:
            declared = sum(variable.nbytes for variable in opened.variables.values())
            if declared <= MOST_BYTES:
                return opened.load()
    except Exception as error:  # a torn file surprises its reader in any way
        raise _unreadable(path, error, _THEIRS) from error
    raise _too_large(path, "what", declared)


def read_hdf5(path: Path, read: Callable[[Any], Result]) -> Result:
    """Return what a function reads from a file of HDF5, once its sizes are checked.

    Args:
        path: of the file.
        read: takes the open `h5py.File`.

    Raises:
        DatasetError: the file cannot be read, declares more than `MOST_BYTES`, or `read` says so.
    """
    import h5py

    _check_sizes(path, "HDF5")
    try:
        with h5py.File(path, "r") as file:
            return read(file)
    except CqedBatteryError:
        raise
    except Exception as error:  # a torn file surprises its reader in any way
        raise _unreadable(path, error, "HDF5") from error


def _check_sizes(path: Path, kind: str) -> bool:
    """Refuse a file that declares too much; say whether its shots alone do.

    Every header is read on the way, so that a file that is torn there is known before xarray
    begins with it.
    """
    import h5py

    held_back = False
    try:
        if wrong := torn_heap(path):
            raise DatasetError(f"{path} cannot be read as {kind} ({wrong})")
        with h5py.File(path, "r") as file:
            list(file.attrs.items())
            sizes = dict(_declared(file))
        held_back = sizes.get(SHOTS, 0) > MOST_BYTES
        if held_back:
            del sizes[SHOTS]
        if sum(sizes.values()) > MOST_BYTES:
            name = max(sizes, key=lambda name: sizes[name])
            raise _too_large(path, f"'{name}'", sizes[name])
    except DatasetError:
        raise
    except Exception as error:  # a torn file surprises its reader in any way
        raise _unreadable(path, error, kind) from error
    return held_back


def _declared(file: Any) -> Iterator[tuple[str, int]]:
    """Return the path of every variable and how many bytes it declares."""
    import h5py

    found: list[tuple[str, int]] = []

    def visit(name: str, item: Any) -> None:
        list(item.attrs)
        if isinstance(item, h5py.Dataset):
            found.append((name, int(item.size or 0) * item.dtype.itemsize))

    file.visititems(visit)
    return iter(found)


def _too_large(path: Path, what: str, size: int) -> DatasetError:
    return DatasetError(
        f"{what} in {path} declares {size:.1e} bytes, but at most {MOST_BYTES:.1e} are read at"
        " once; no counts need more, so the file is damaged or not a dataset"
    )


def _unreadable(path: Path, error: Exception, kind: str) -> DatasetError:
    said = " ".join(str(error).split())
    if len(said) > 200 or not said:  # a sentence in an error is about two lines long
        said = type(error).__name__
    return DatasetError(f"{path} cannot be read as {kind} ({said})")

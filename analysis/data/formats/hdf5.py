"""HDF5: netCDF 4, or the layouts of Labber, PycQED and plain columns, each in its own file."""

from pathlib import Path
from typing import Any

import xarray as xr

from analysis.data.formats.format import Format
from analysis.data.formats.layouts import labber, plain, pycqed
from analysis.data.mapping import LabNames
from analysis.data.tables.columns import Columns
from analysis.data.tables.gridded import of_gridded
from cqed_battery.errors import show_names, show_value
from cqed_battery.files.datasets import DatasetError
from cqed_battery.files.foreign_netcdf import read_hdf5, read_root

_LAYOUTS = (labber, pycqed, plain)


class Hdf5(Format):
    """Files that h5py opens."""

    name = "HDF5 or netCDF 4"

    def recognises(self, head: bytes) -> bool:
        """Say whether it is HDF5.

        Args:
            head: the first bytes of the file.
        """
        return head.startswith(b"\x89HDF")

    def read(self, path: Path, names: LabNames) -> Columns | xr.Dataset:
        """Return the content of one group, by default of the root.

        Args:
            path: of the file.
            names: the laboratory's names, and the group.

        Raises:
            DatasetError: the file cannot be read, or its layout is unknown.
        """

        def outside_netcdf(file: Any) -> Columns | None:
            """Return the columns of a layout that is not netCDF's."""
            group = _group(file, names.data.group, path)
            for layout in _LAYOUTS:
                if layout.recognises(group):
                    return layout.read(group, str(path))
            _refuse_empty(file, group, path)
            return None

        found = read_hdf5(path, outside_netcdf)
        if found is not None:
            return found
        return of_gridded(read_root(path, "h5netcdf", names.data.group), str(path), names)


def _group(file: Any, name: str | None, path: Path) -> Any:
    """Return a group by its path, the root by default."""
    if name is None:
        return file
    if name not in file or not hasattr(file[name], "keys"):
        raise DatasetError(
            f"{path} has no group {show_value(name)}{_named_groups(file)}; say which under [data]"
            " group in a `mapping` file"
        )
    return file[name]


def _refuse_empty(file: Any, group: Any, path: Path) -> None:
    """Refuse a group that holds nothing but groups."""
    if all(hasattr(item, "keys") for item in group.values()):
        raise DatasetError(
            f"{path} holds no data in its root{_named_groups(group)}; say which one under [data]"
            " group in a `mapping` file"
        )


def _named_groups(file: Any) -> str:
    groups = [name for name, item in file.items() if hasattr(item, "keys")]
    return f", but the groups {show_names(groups)}" if groups else ", and no groups"


FORMAT = Hdf5()

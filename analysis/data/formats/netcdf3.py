"""netCDF, version 3."""

from pathlib import Path

import xarray as xr

from analysis.data.formats.format import Format
from analysis.data.mapping import LabNames
from analysis.data.tables.columns import Columns
from analysis.data.tables.gridded import of_gridded
from cqed_battery.files.foreign_netcdf import read_root


class Netcdf3(Format):
    """The classic format, without groups."""

    name = "netCDF 3"

    def recognises(self, head: bytes) -> bool:
        """Say whether it is netCDF 3.

        Args:
            head: the first bytes of the file.
        """
        return head.startswith((b"CDF\x01", b"CDF\x02"))

    def read(self, path: Path, names: LabNames) -> Columns | xr.Dataset:
        """Return the content of a file.

        Args:
            path: of the file.
            names: the laboratory's names.

        Raises:
            DatasetError: the file cannot be read.
        """
        return of_gridded(read_root(path, "scipy"), str(path), names)


FORMAT = Netcdf3()

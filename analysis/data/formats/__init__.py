"""The formats of files that a laboratory may hold its data in, one file a format.

Each has a `FORMAT`, which recognises its files by how they begin. A file becomes `Columns`, rows
under the laboratory's names, or an xarray Dataset with dims.
"""

from pathlib import Path

import xarray as xr

from analysis.data.counts import readable
from analysis.data.formats import (
    delimited,
    hdf5,
    json_counts,
    netcdf3,
    numpy_arrays,
    qcodes_database,
    unread,
)
from analysis.data.formats.format import Format
from analysis.data.formats.qibocal import data_file
from analysis.data.mapping import LabNames
from analysis.data.tables.columns import Columns

__all__ = ["FORMATS", "Format", "format_of", "read_file"]

FORMATS: tuple[Format, ...] = (
    *(module.FORMAT for module in (hdf5, netcdf3, numpy_arrays, json_counts, qcodes_database)),
    unread.FORMAT,
    delimited.FORMAT,
)
"""The formats; the first one that recognises a file reads it, text takes what is left."""

_HEAD = 512  # bytes by which a format is recognised


def format_of(path: Path) -> Format:
    """Return the format of a file.

    Args:
        path: of the file.

    Raises:
        DatasetError: there is no such file.
    """
    with readable(path, "table of counts").open("rb") as file:
        head = file.read(_HEAD)
    return next(found for found in FORMATS if found.recognises(head))


def read_file(path: Path, names: LabNames) -> Columns | xr.Dataset:
    """Return the content of a file in any of the formats.

    Args:
        path: of the file, or of a folder of Qibocal.
        names: the laboratory's names, of which the group is used.

    Raises:
        DatasetError: the file cannot be read, or its format is not.
    """
    if path.is_dir():
        path, group = data_file(path, names.data.group)
        names = names.in_group(group)
    return format_of(path).read(path, names)

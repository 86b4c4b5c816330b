"""numpy's arrays by name (.npz): columns of one length, or counts with dims."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from analysis.data.counts import VARIABLES
from analysis.data.formats.format import Format
from analysis.data.formats.qibocal import record_columns
from analysis.data.mapping import LabNames
from analysis.data.tables.columns import Columns, array_columns
from cqed_battery.files.datasets import DatasetError
from cqed_battery.files.foreign_netcdf import MOST_BYTES

_MEMBER = b".npy"  # ends the name of every array in an archive of numpy's


class NumpyArrays(Format):
    """An archive of arrays, as numpy.savez writes it."""

    name = "numpy arrays by name (NPZ)"

    def recognises(self, head: bytes) -> bool:
        """Say whether it is a zip archive whose first member is an array.

        Args:
            head: the first bytes of the file.
        """
        return head.startswith(b"PK\x03\x04") and _MEMBER in head[:300]

    def read(self, path: Path, names: LabNames) -> Columns | xr.Dataset:
        """Return the arrays as columns or as a dataset.

        Args:
            path: of the file.
            names: the laboratory's names of the variables and dims.

        Raises:
            DatasetError: the file is damaged, too large, or its arrays do not fit together.
        """
        try:
            with zipfile.ZipFile(path) as archive:
                declared = sum(member.file_size for member in archive.infolist())
            if declared > MOST_BYTES:
                raise DatasetError(
                    f"the arrays in {path} take {declared:.1e} bytes, but at most {MOST_BYTES:.1e}"
                    " are read at once; give fewer of them"
                )
            with np.load(path, allow_pickle=False) as arrays:
                found = {name: arrays[name] for name in arrays.files}
            records = record_columns(found, str(path), names.data.group)
        except DatasetError:
            raise
        except Exception as error:  # a damaged archive surprises its reader in any way
            said = " ".join(str(error).split())[:200]
            raise DatasetError(f"{path} cannot be read as numpy arrays ({said})") from None
        return from_arrays(found, str(path), names) if records is None else records


def from_arrays(arrays: Mapping[str, Any], source: str, names: LabNames) -> Columns | xr.Dataset:
    """Return arrays by name as columns, or as a dataset where one of them is counts with dims.

    Args:
        arrays: of shape (R,) each, or counts (arm, time, basis, outcome) and the like beside the
            labels of their dims.
        source: names them in messages.
        names: the laboratory's names of variables and dims.

    Raises:
        DatasetError: the arrays do not fit together.
    """
    found = {str(name): np.asarray(values) for name, values in arrays.items()}
    theirs = {names.variables.get(name, name): dims for name, dims in VARIABLES.items()}
    counted = {name: values for name, values in found.items() if name in theirs}
    if not any(values.ndim > 1 for values in counted.values()):
        return array_columns(found, source)
    variables = {
        name: ([names.dims.get(dim, dim) for dim in theirs[name]], values)
        for name, values in counted.items()
    }
    labels = {name: (name, v) for name, v in found.items() if name not in theirs and v.ndim == 1}
    try:
        return xr.Dataset(variables, labels)
    except ValueError as error:
        said = " ".join(str(error).split())[:200]
        raise DatasetError(f"the arrays of {source} do not fit together ({said})") from None


FORMAT = NumpyArrays()

"""What a laboratory hands over, a file or objects of Python, to counts under our names."""

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import xarray as xr

from analysis.data.counts import SAME_TIME_NS
from analysis.data.dims import from_dataset
from analysis.data.formats import read_file
from analysis.data.formats.json_counts import record_columns
from analysis.data.formats.numpy_arrays import from_arrays
from analysis.data.iq.iq_dims import outcomes_of_iq
from analysis.data.mapping import LabNames
from analysis.data.tables.columns import Columns, frame_columns
from analysis.data.tables.gridded import of_gridded
from analysis.data.tables.table import counts_of_rows
from cqed_battery.files.datasets import DatasetError


def content_of(data: object, names: LabNames) -> Columns | xr.Dataset:
    """Return rows under the laboratory's names, or a Dataset with dims.

    Args:
        data: path of a file, xarray Dataset, frame of pandas or polars, arrays by name, or a list
            of records with counts, such as `ExperimentData.data()` of qiskit-experiments.
        names: the laboratory's names.

    Raises:
        DatasetError: it is none of these, or cannot be read.
    """
    if isinstance(data, str | PathLike):
        return read_file(Path(data), names)
    if isinstance(data, xr.Dataset):
        return of_gridded(data, "the dataset", names)
    if isinstance(data, Mapping):
        return from_arrays(data, "the arrays", names)
    if hasattr(data, "columns") and hasattr(data, "__getitem__"):
        return frame_columns(data, "the frame")
    if isinstance(data, Sequence) and data and all(isinstance(row, Mapping) for row in data):
        return record_columns(list(data), "the list", names)
    raise DatasetError(
        "`data` must be a path, an xarray Dataset, a frame of pandas or polars, numpy arrays by"
        f" name, or a list of records, but is of type {type(data).__name__}"
    )


def counts_of(data: Any, names: LabNames, same: float = SAME_TIME_NS) -> xr.Dataset:
    """Return the counts of what a laboratory hands over, as `collected` returns them.

    Args:
        data: as `content_of` takes it.
        names: the laboratory's names, and the kind of its values.
        same: times within this, in ns, are one.

    Raises:
        DatasetError: it cannot be read, or a label or value is refused.
    """
    return counts_of_content(content_of(data, names), data, names, same)


def counts_of_content(
    content: Columns | xr.Dataset, data: object, names: LabNames, same: float = SAME_TIME_NS
) -> xr.Dataset:
    """Return the counts of what `content_of` made of data, as `collected` returns them.

    Args:
        content: rows, or a Dataset with dims.
        data: what the content was made of, whose path names it in messages.
        names: the laboratory's names, and the kind of its values.
        same: times within this, in ns, are one.

    Raises:
        DatasetError: a label or value is refused.
    """
    if isinstance(content, Columns):
        return counts_of_rows(content, names, same)
    source = str(data) if isinstance(data, str | PathLike) else "the dataset"
    return from_dataset(outcomes_of_iq(content, source, names), source, names, same)

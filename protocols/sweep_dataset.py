"""Writes the finished points of a sweep as one netCDF dataset, a block of points at a time."""

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any

import h5netcdf
import numpy as np
import numpy.typing as npt
import xarray as xr

_BLOCK_BYTES = 1 << 25

Index = tuple[int | slice, ...]


def write_sweep(
    path: Path,
    swept: Mapping[str, xr.Variable],
    layout: Mapping[str, Any],
    records: npt.NDArray[np.void],
    attrs: Mapping[str, Any],
) -> None:
    """Write the dataset; its variables have the swept dims and then their own.

    A coordinate of the points, such as their charging times, is one of the dataset if it is the
    same at all of them; else it is the variable `swept_time` with the swept dims, too.

    Args:
        path: file to write.
        swept: the swept coordinates by dimension, the last one running fastest.
        layout: what a record holds (`protocols.sweep_point.Point`).
        records: the points in order, (count,), with a field for each variable.
        attrs: of the dataset.
    """
    shape = tuple(coordinate.size for coordinate in swept.values())
    blocks = list(_blocks(shape, max(1, _BLOCK_BYTES // max(records.dtype.itemsize, 1))))
    variables = {item["name"]: item for item in layout["variables"]}
    coords: dict[str, Any] = dict(swept) | {
        name: xr.Variable(name, values) for name, values in layout["labels"].items()
    }
    for name in [name for name, item in variables.items() if item["dims"] == [name]]:
        item = variables.pop(name)
        if all((records[name][part] == records[name][0]).all() for _, part in blocks):
            coords[name] = xr.Variable(name, records[name][0], item["attrs"])
        else:
            long_name = {"long_name": f"{item['attrs'].get('long_name', name)} at each point"}
            variables[f"swept_{name}"] = item | {"attrs": item["attrs"] | long_name}
    xr.Dataset(coords=coords, attrs={**layout["attrs"], **attrs}).to_netcdf(path, engine="h5netcdf")
    with h5netcdf.File(path, "r+") as file:
        for name, item in variables.items():
            for dim, size in zip(item["dims"], item["shape"], strict=True):
                if dim not in file.dimensions:
                    file.dimensions[dim] = size
            dims = (*swept, *item["dims"])
            variable = file.create_variable(name, dims, np.dtype(item["dtype"]))
            variable.attrs.update(item["attrs"])
        for index, part in blocks:
            block = records[part]
            for name, item in variables.items():
                values = block[item["name"]]
                inner = (*shape[len(index) :], *item["shape"])
                file.variables[name][index] = values.reshape((-1, *inner))


def _blocks(shape: Sequence[int], most: int) -> Iterator[tuple[Index, slice]]:
    """Cut a grid into blocks of at most so many points, each a slice of the points in order.

    >>> [part for _, part in _blocks((2, 5), 3)]
    [slice(0, 3, None), slice(3, 5, None), slice(5, 8, None), slice(8, 10, None)]
    """
    axis = next(k for k in range(len(shape)) if prod(shape[k + 1 :]) <= most)
    inner = prod(shape[axis + 1 :])
    rows = max(1, most // inner)
    start = 0
    for lead in np.ndindex(*shape[:axis]):
        for first in range(0, shape[axis], rows):
            last = min(first + rows, shape[axis])
            stop = start + (last - first) * inner
            yield (*lead, slice(first, last)), slice(start, stop)
            start = stop

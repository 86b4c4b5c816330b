"""Writes the finished points of a sweep as one netCDF dataset, a block of points at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any

import h5netcdf
import numpy as np
import numpy.typing as npt
import xarray as xr

from cqed_battery.files.datasets import reserve
from cqed_battery.files.labels import labelled

_BLOCK_BYTES = 1 << 25  # of records in memory at once: 32 MiB
_OVERHEAD_BYTES = 1 << 20  # of a file beside its values: names, attributes, coordinates

Read = Callable[[int, int], npt.NDArray[np.void]]
Block = tuple[tuple[int | slice, ...], slice]


def write_sweep(
    path: Path,
    swept: Mapping[str, xr.Variable],
    layout: Mapping[str, Any],
    read: Read,
    attrs: Mapping[str, Any],
) -> None:
    """Write the dataset; its variables have the swept dims and then their own.

    A coordinate of the points, such as their charging times, is one of the dataset if it is the
    same at all of them; else it is the variable `swept_time` with the swept dims, too.

    Args:
        path: file to write.
        swept: the swept coordinates by dimension, the last one running fastest.
        layout: what a record holds (`protocols.sweep.point.Point`).
        read: returns the records from one point to another, with a field for each variable.
        attrs: of the dataset.
    """
    shape = tuple(coordinate.size for coordinate in swept.values())
    first = read(0, 1)
    blocks = list(_blocks(shape, max(1, _BLOCK_BYTES // first.itemsize)))
    coords = dict(swept) | {
        name: xr.Variable(name, values) for name, values in layout["labels"].items()
    }
    variables = {}
    varying = _varying(layout, first, read, blocks)
    for item in layout["variables"]:
        name, attributes = item["name"], item["attrs"]
        if item["dims"] != [name]:
            variables[name] = item
        elif name in varying:
            words = f"{attributes.get('long_name', name)} at each point"
            variables[f"swept_{name}"] = item | {"attrs": attributes | {"long_name": words}}
        else:
            coords[name] = xr.Variable(name, first[name][0], attributes)
    reserve(path, _OVERHEAD_BYTES + prod(shape) * first.itemsize)
    dataset = labelled(xr.Dataset(coords=coords, attrs={**layout["attrs"], **attrs}))
    dataset.to_netcdf(path, engine="h5netcdf")
    with h5netcdf.File(path, "r+") as file:
        _create_variables(file, tuple(swept), variables)
        for index, part in blocks:
            records = read(part.start, part.stop)
            for name, item in variables.items():
                inner = (*shape[len(index) :], *item["shape"])
                file.variables[name][index] = records[item["name"]].reshape((-1, *inner))


def _varying(
    layout: Mapping[str, Any], first: npt.NDArray[np.void], read: Read, blocks: Sequence[Block]
) -> set[str]:
    """Return the coordinates that are not the same at all points."""
    own = [item["name"] for item in layout["variables"] if item["dims"] == [item["name"]]]
    found: set[str] = set()
    for _, part in blocks:
        records = read(part.start, part.stop)
        found |= {name for name in own if (records[name] != first[name]).any()}
    return found


def _create_variables(
    file: h5netcdf.File, lead: tuple[str, ...], variables: Mapping[str, Mapping[str, Any]]
) -> None:
    for name, item in variables.items():
        for dim, size in zip(item["dims"], item["shape"], strict=True):
            if dim not in file.dimensions:
                file.dimensions[dim] = size
        variable = file.create_variable(name, (*lead, *item["dims"]), np.dtype(item["dtype"]))
        variable.attrs.update(item["attrs"])


def _blocks(shape: Sequence[int], most: int) -> Iterator[Block]:
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

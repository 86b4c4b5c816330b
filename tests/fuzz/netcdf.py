"""Datasets that are netCDF, but not what they should be."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import h5py
import numpy as np
import xarray as xr

from .values import draw_changes

_KINDS = ("schema", "experiment", "rename", "dtype", "counts", "drop", "labels", "huge", "attrs")


def rebuilt(rng: Random, content: bytes, toml: Callable[[dict[str, Any]], str]) -> bytes:
    """Return the file with another schema, experiment, dtype, dim, label, count or size."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dataset.nc"
        path.write_bytes(content)
        what = rng.choice(_KINDS)
        if what == "huge":
            _declare_huge(rng, path)
        else:
            with xr.open_dataset(path, engine="h5netcdf") as opened:
                dataset = opened.load()
            changed = _changed(rng, dataset, what, toml).drop_encoding()
            changed.to_netcdf(path, engine="h5netcdf")
        return path.read_bytes()


def _changed(
    rng: Random, dataset: xr.Dataset, what: str, toml: Callable[[dict[str, Any]], str]
) -> xr.Dataset:
    name = rng.choice(list(dataset.data_vars))
    if what == "schema":
        dataset.attrs["schema"] = rng.choice((0, 2, -1, 1.0, "1", "x", [1, 1], 10**9, np.nan))
    elif what == "attrs":
        key = rng.choice(list(dataset.attrs))
        dataset.attrs[key] = rng.choice((1, "", "\n\n", [1, 2], 1e300, "<b>", "é" * 1000))
    elif what == "experiment":
        dataset.attrs["experiment"] = toml(draw_changes(rng))
    elif what == "rename":
        old = rng.choice(list(dataset.variables) + list(dataset.dims))
        dataset = dataset.rename({old: "other"}) if old in dataset.variables else dataset
    elif what == "dtype":
        kinds = ("f4", "f8", "i1", "u1", "u8", "U3", "bool")
        values = dataset[name].values
        dataset[name] = dataset[name].copy(data=(values % 100).astype(rng.choice(kinds)))
    elif what == "counts":
        fill = rng.choice((0, 1, -1, 10**9, 2**62, 2**63 - 1))
        values = dataset[name].values.copy()
        values[rng.choice((..., 0, -1, slice(1, 2)))] = fill
        dataset[name] = dataset[name].copy(data=values)
    elif what == "drop":
        gone = rng.choice(list(dataset.variables))
        dataset = dataset.drop_vars(gone)
    elif what == "labels":
        coord = rng.choice(list(dataset.coords))
        values = dataset[coord].values.copy()
        values[0] = values[-1] if rng.random() < 0.7 else values[0]
        dataset = dataset.assign_coords({coord: (dataset[coord].dims, values)})
    return dataset


def _declare_huge(rng: Random, path: Path) -> None:
    """Declare counts with far more cells than memory holds; the file stays small."""
    size = rng.choice((10**5, 10**8, 10**11))
    with h5py.File(path, "r+") as file:
        name = rng.choice(("counts", "calibration_counts", "vacuum_counts"))
        old = file[name]
        scales = [old.dims[axis][0] for axis in range(old.ndim)]
        shape = (size, *old.shape[1:])
        del file[name]
        new = file.create_dataset(name, shape=shape, dtype="i8", chunks=(1, *old.shape[1:]))
        scale = file.create_dataset("many", shape=(size,), dtype="i8", chunks=(1,))
        scale.make_scale("many")
        for axis, given in enumerate((scale, *scales[1:])):
            new.dims[axis].attach_scale(given)

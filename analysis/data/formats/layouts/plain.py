"""Plain columns in HDF5: datasets of one length side by side, without the scales of netCDF."""

from typing import Any

import numpy as np

from analysis.data.tables.columns import Columns, array_columns

_SCALE = b"DIMENSION_SCALE"  # the class of netCDF's dims


def recognises(group: Any) -> bool:
    """Say whether a group of HDF5 has this layout.

    Args:
        group: `h5py.Group`.
    """
    data = _datasets(group).values()
    if not data or any(_of_netcdf(item) for item in data):
        return False
    return len({item.shape for item in data}) == 1 and all(item.ndim == 1 for item in data)


def read(group: Any, source: str) -> Columns:
    """Return the datasets as columns, their attribute `units` or `unit` kept.

    Args:
        group: `h5py.Group`.
        source: names it in messages.
    """
    found = _datasets(group)
    columns = array_columns({name: _values(item) for name, item in found.items()}, source)
    units = {
        name: str(item.attrs.get("units", item.attrs.get("unit", "")))
        for name, item in found.items()
    }
    return Columns(source, columns.fields, units={n: unit for n, unit in units.items() if unit})


def _datasets(group: Any) -> dict[str, Any]:
    return {name: item for name, item in group.items() if not hasattr(item, "keys")}


def _of_netcdf(item: Any) -> bool:
    return item.attrs.get("CLASS") == _SCALE or "DIMENSION_LIST" in item.attrs


def _values(item: Any) -> Any:
    """Return the values of a dataset, text as text."""
    values = item[()]
    if values.dtype.kind not in "OS":
        return values
    return np.array([v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in values])

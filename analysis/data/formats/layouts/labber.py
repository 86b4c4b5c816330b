"""Labber's log files: `Data/Data` (row, channel, entry) beside `Data/Channel names` and `Channels`.

A channel with complex values has two columns, its name with `Real` and with `Imaginary`; units
stand in `Channels`. Rows that were planned and not taken are NaN in all channels of `Log list`.
"""

from typing import Any

import numpy as np

from analysis.data.tables.columns import Columns, Values

_DATA, _NAMES, _CHANNELS, _LOGGED = "Data", "Channel names", "Channels", "Log list"


def recognises(group: Any) -> bool:
    """Say whether a group of HDF5 has this layout.

    Args:
        group: `h5py.Group`.
    """
    inner = group.get(_DATA)
    return inner is not None and hasattr(inner, "keys") and {_DATA, _NAMES} <= set(inner)


def read(group: Any, source: str) -> Columns:
    """Return the rows of all entries, those that were not taken left out.

    Args:
        group: `h5py.Group`.
        source: names it in messages.
    """
    values = np.asarray(group[_DATA][_DATA][()], dtype=float)
    values = values[..., None] if values.ndim == 2 else values
    rows = values.transpose(2, 0, 1).reshape(-1, values.shape[1])
    names = [_name(record) for record in group[_DATA][_NAMES][()]]
    taken = ~np.isnan(rows[:, _logged(group, names)]).all(axis=1)
    missing = int((~taken).sum())
    notes = (f"{missing} rows that were planned and not taken were left out",) if missing else ()
    fields: dict[str, Values] = dict(zip(names, rows[taken].T, strict=True))
    return Columns(source, fields, units=_units(group, names), notes=notes)


def _name(record: Any) -> str:
    """Return a channel's name, with the part of a complex value that the column holds."""
    name, *part = (_text(field) for field in record)
    return " ".join([name, *filter(None, part)])


def _logged(group: Any, names: list[str]) -> list[int]:
    """Return the columns that were measured; all where the file does not say which."""
    if _LOGGED not in group:
        return list(range(len(names)))
    logged = tuple(_text(row["channel_name"]) for row in group[_LOGGED][()])
    found = [place for place, name in enumerate(names) if name.startswith(logged)]
    return found or list(range(len(names)))


def _units(group: Any, names: list[str]) -> dict[str, str]:
    """Return the physical unit of each column whose channel has one."""
    if _CHANNELS not in group or "unitPhys" not in (group[_CHANNELS].dtype.names or ()):
        return {}
    units = {_text(row["name"]): _text(row["unitPhys"]) for row in group[_CHANNELS][()]}
    return {name: units[name] for name in names if units.get(name)}


def _text(field: Any) -> str:
    return field.decode("utf-8", errors="replace") if isinstance(field, bytes) else str(field)

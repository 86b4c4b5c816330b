"""PycQED's files: `Experimental Data/Data` (row, column), named by the attribute `column_names`.

A name ends in its unit, "Time (s)".
"""

import re
from typing import Any

import numpy as np

from analysis.data.tables.columns import Columns, Values

_GROUP, _DATA, _NAMES = "Experimental Data", "Data", "column_names"
_WITH_UNIT = re.compile(r"(.*\S)\s*\(([^()]*)\)")


def recognises(group: Any) -> bool:
    """Say whether a group of HDF5 has this layout.

    Args:
        group: `h5py.Group`.
    """
    inner = group.get(_GROUP)
    return inner is not None and _DATA in inner and _NAMES in inner[_DATA].attrs


def read(group: Any, source: str) -> Columns:
    """Return the rows.

    Args:
        group: `h5py.Group`.
        source: names it in messages.
    """
    data = group[_GROUP][_DATA]
    names, units = [], {}
    for raw in np.atleast_1d(data.attrs[_NAMES]):
        text = raw.decode("utf-8", errors="replace") if isinstance(raw, bytes) else str(raw)
        found = _WITH_UNIT.fullmatch(text)
        names.append(found[1] if found else text)
        if found and found[2]:
            units[names[-1]] = found[2]
    values = np.asarray(data[()], dtype=float).reshape(len(data), -1)
    fields: dict[str, Values] = dict(zip(names, values.T, strict=True))
    return Columns(source, fields, units=units)

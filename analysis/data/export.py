"""A dataset's counts as the table that `analysis.data.table` reads."""

from collections.abc import Iterator

import numpy as np
import xarray as xr

from analysis.data.counts import VARIABLES
from analysis.data.mapping import COLUMNS, TIME_DIMS

_KINDS = {"calibration_counts": "calibration", "vacuum_counts": "vacuum"}


def table_text(tree: xr.DataTree) -> str:
    """Return the counts of a dataset as CSV text, times in full precision.

    Args:
        tree: as the emulator, `load_dataset` or `read_lab_data` returns it.
    """
    lines = [
        f"# {' '.join(str(tree.attrs.get('title', '')).split())}",
        f"# kind of data: {tree.attrs.get('kind', 'laboratory')}",
        *(f"# {note}" for note in str(tree.attrs.get("notes", "")).splitlines()),
        ",".join(COLUMNS),
    ]
    root = tree.to_dataset()
    for name in VARIABLES:
        if name in root:
            lines.extend(_rows(name, root[name]))
    return "\n".join(lines) + "\n"


def _rows(name: str, counts: xr.DataArray) -> Iterator[str]:
    """Yield a row for every count of a variable."""
    dims = VARIABLES[name]
    values = counts.transpose(*dims).values
    labels = [[_text(label) for label in np.asarray(counts[dim]).tolist()] for dim in dims]
    named = [f"{dim}_ns" if dim in TIME_DIMS else dim for dim in dims]
    fields = dict.fromkeys(COLUMNS, "") | {"arm": _KINDS.get(name, "")}
    for index in np.ndindex(values.shape):
        for column, place, known in zip(named, index, labels, strict=True):
            fields[column] = known[place]
        fields["count"] = str(values[index])
        yield ",".join(fields.values())


def _text(label: object) -> str:
    return repr(label) if isinstance(label, float) else str(label)

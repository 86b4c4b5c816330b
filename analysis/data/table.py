"""A laboratory's counts as a table (CSV), read and written.

One header line, then rows separated by commas, semicolons or tabs; UTF-8; lines that begin
with # and empty ones are left out. Columns, in any order:

    arm               catalysed, control, calibration or vacuum
    time_ns, basis    charging time in ns and axis x, y or z: for rows of the two arms
    outcome           0 or 1; 2 for any higher level
    count             how often; without this column every row is one shot
    prepared          0 or 1: for calibration rows
    pulse             none or pi: for vacuum rows
    exchange_time_ns  time of exchange in ns: for vacuum rows

An arm, the calibration and the vacuum measurement may be absent, and their columns with them.
A row leaves empty what does not concern it. Rows of the same setting and outcome are added up.
Other values than counts have columns of their own, see `analysis.data.kinds`.
"""

from collections.abc import Iterator

import numpy as np
import xarray as xr

from analysis.data.columns import Columns
from analysis.data.counts import SAME_TIME_NS, VARIABLES, collected, distinct_times, repeated
from analysis.data.kinds import KINDS, kind_of
from analysis.data.long_table import LongTable, melted
from analysis.data.mapping import COLUMNS, TIME_DIMS, LabNames
from cqed_battery.experiment import Experiment

_KINDS = {"calibration_counts": "calibration", "vacuum_counts": "vacuum"}
_LEAKED = "leaked_"  # begins the names of the variables that hold shots of outcome 2


def counts_of_rows(columns: Columns, names: LabNames, same: float = SAME_TIME_NS) -> xr.Dataset:
    """Return the counts of a table, as `collected` returns them.

    Args:
        columns: of the table.
        names: the laboratory's names.
        same: times within this, in ns, are one.

    Raises:
        DatasetError: a column, a label or a number is refused; the message names the row.
    """
    kind = kind_of(LongTable(columns, names))
    table = LongTable(melted(columns, names, KINDS[kind].value), names)
    counts, notes = KINDS[kind].row_counts(table)
    arm = table.arm
    measured, calibration, vacuum = (np.flatnonzero(rows) for rows in (arm < 2, arm == 2, arm == 3))
    times, when = distinct_times(table.times("time_ns", measured), same)
    exchange, tau = distinct_times(table.times("exchange_time_ns", vacuum), same)
    cells = (
        (
            measured,
            (arm[measured], when, table.places("basis", measured)),
            (2, len(times), 3),
        ),
        (calibration, (table.places("prepared", calibration),), (2,)),
        (vacuum, (table.places("pulse", vacuum), tau), (2, len(exchange))),
    )
    sums, again = [], 0
    for rows, keys, shape in cells:
        total = np.zeros((*shape, 3), dtype=np.int64)
        np.add.at(total, keys, counts[rows])
        sums.append(total)
        if table.has("outcome", "count"):
            again += repeated((*keys, table.places("outcome", rows)), total.shape)
    if again:
        notes.append(f"{again} rows repeat the setting and outcome of another; they were added up")
    named = dict(zip(VARIABLES, sums, strict=True))
    axes = dict(zip(TIME_DIMS, (times, exchange), strict=True))
    notes = [*columns.notes, *notes]
    return collected(columns.source, named, axes, arm[measured], notes)


def table_text(tree: xr.DataTree) -> str:
    """Return the counts of a dataset as CSV text, times in full precision.

    Shots of outcome 2 that the dataset keeps apart are rows of their own.

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
            lines.extend(_rows(name, _three_outcomes(root, name)))
    return "\n".join(lines) + "\n"


def _three_outcomes(root: xr.Dataset, name: str) -> xr.DataArray:
    """Return a variable's counts, the leaked shots out of the outcome that they were counted as."""
    counts = root[name]
    if _LEAKED + name not in root or not root[_LEAKED + name].any():
        return counts
    experiment = Experiment.from_text(str(root.attrs["experiment"]), source="the dataset")
    leaked = root[_LEAKED + name].expand_dims(outcome=[2], axis=-1)
    kept = counts - leaked.squeeze("outcome", drop=True) * (
        counts["outcome"] == int(experiment.readout.leaked_reads_1)
    )
    return xr.concat([kept.transpose(*counts.dims), leaked], dim="outcome").transpose(*counts.dims)


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

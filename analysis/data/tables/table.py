"""A laboratory's counts as a table (CSV), read and written.

One header line, then rows separated by commas, semicolons or tabs; UTF-8; lines that begin
with # and empty ones are left out. Columns, in any order:

    arm               catalysed, control, calibration or vacuum
    time_ns, basis    charging time in ns and axis x, y or z: for rows of the two arms; amplitude or
                      detuning_MHz in the place of time_ns where the experiment sweeps these
    outcome           0 or 1; 2 for any higher level
    count             how often; without this column every row is one shot
    reading           before or after, in the place of basis: for rows of an extraction
    rotation          none, x01, ... (`protocols.stages.qutrit`), in the place of basis: for rows of
                      three levels
    prepared          0 or 1: for calibration rows
    pulse             none or pi: for vacuum rows
    exchange_time_ns  time of exchange in ns: for vacuum rows

An arm, the calibration and the vacuum measurement may be absent, and their columns with them.
A row leaves empty what does not concern it; one without a count, or any other value, was not
measured. Rows of the same setting and outcome are added up.
Other values than counts have columns of their own, see `analysis.data.kinds`.
"""

from collections.abc import Iterator

import numpy as np
import xarray as xr

from analysis.data.counts import (
    ARM_OF,
    LABELS,
    MEASURED,
    SAME_TIME_NS,
    VARIABLES,
    collected,
    distinct_times,
    repeated,
)
from analysis.data.kinds import KINDS, DataKind, kind_of
from analysis.data.mapping import LabNames
from analysis.data.our_names import AFTER_COLUMNS, COLUMNS
from analysis.data.tables.columns import Columns
from analysis.data.tables.long_table import LongTable
from analysis.data.tables.wide import melted
from cqed_battery.errors import quote_name
from cqed_battery.experiment import Experiment
from cqed_battery.experiment.axis import AXES, ChargingAxis
from cqed_battery.files.datasets import DatasetError
from cqed_battery.operators import FloatArray, IntArray

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
    table = _measured(LongTable(melted(columns, names, KINDS[kind].value), names), KINDS[kind])
    counts, notes = KINDS[kind].row_counts(table)
    sums: dict[str, IntArray] = {}
    grids: dict[str, FloatArray] = {}
    again = 0
    for number, (name, dims) in enumerate(VARIABLES.items()):
        rows = np.flatnonzero(table.variable == number)
        keys = tuple(_places(table, dim, rows, same, grids) for dim in dims[:-1])
        sizes = [len(LABELS[dim] if dim in LABELS else grids[dim]) for dim in dims]
        sums[name] = np.zeros(sizes, dtype=np.int64)
        np.add.at(sums[name], keys, counts[rows])
        if table.has("outcome", "count"):
            again += repeated((*keys, table.places("outcome", rows)), tuple(sizes))
    if again:
        notes.append(f"{again} rows repeat the setting and outcome of another; they were added up")
    arms = table.arm[table.arm < len(LABELS["arm"])]
    notes = [*columns.notes, *notes]
    return collected(columns.source, sums, grids, arms, notes, table.axis)


def _places(
    table: LongTable, dim: str, rows: IntArray, same: float, grids: dict[str, FloatArray]
) -> IntArray:
    """Return the places of rows along a dim, (N,); keep the values of one without labels."""
    if dim == "arm":
        return table.arm[rows]
    if dim in LABELS:
        return table.places(dim, rows)
    grids[dim], found = distinct_times(table.grid(dim, rows), same)
    return found


def _measured(table: LongTable, kind: DataKind) -> LongTable:
    """Return the rows that hold a value; refuse a setting of which one outcome has none."""
    missing = kind.missing(table)
    if not missing.any():
        return table
    for rows in table.settings():
        if missing[rows].any() and not missing[rows].all():
            row = int(rows[missing[rows]][0])
            raise DatasetError(
                f"{quote_name(table.names.column(kind.value))} {table.columns.where(row)} is"
                " empty, but another outcome of its setting was counted; write 0 for an outcome"
                " that did not occur, or leave out every row of what was not measured"
            )
    if missing.all():
        raise DatasetError(
            f"{table.source} has no value in any row; its columns are {table.columns.names()}"
        )
    return LongTable(table.columns.taken(np.flatnonzero(~missing)), table.names)


def table_text(tree: xr.DataTree) -> str:
    """Return the counts of a dataset as CSV text, times in full precision.

    Shots of outcome 2 that the dataset keeps apart are rows of their own.

    Args:
        tree: as the emulator, `load_dataset` or `read_lab_data` returns it.
    """
    root = tree.to_dataset()
    swept = next((axis for axis in AXES.values() if axis.dim in root["counts"].dims), AXES["time"])
    columns = [swept.column if name == "time_ns" else name for name in COLUMNS]
    columns += [name for name in AFTER_COLUMNS if MEASURED[name] in root]
    lines = [
        f"# {' '.join(str(tree.attrs.get('title', '')).split())}",
        f"# kind of data: {tree.attrs.get('kind', 'laboratory')}",
        *(f"# {note}" for note in str(tree.attrs.get("notes", "")).splitlines()),
        *(f"# {key}" for key in _pulses(root)),
        ",".join(columns),
    ]
    for name in VARIABLES:
        if name in root:
            lines.extend(_rows(name, _three_outcomes(root, name), swept, columns))
    return "\n".join(lines) + "\n"


def _pulses(root: xr.Dataset) -> Iterator[str]:
    """Yield the keys of an experiment file that say which extraction pulses were played."""
    if MEASURED["reading"] not in root:
        return
    experiment = Experiment.from_text(str(root.attrs["experiment"]), source="the dataset")
    for arm in root["arm"].values.tolist():
        for what, values in zip(("angle", "phase"), experiment.extraction.pulses(arm), strict=True):
            if values is not None:
                yield f"extraction.{arm}_{what}_rad = [{', '.join(map(repr, values))}]"


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


def _rows(
    name: str, counts: xr.DataArray, swept: ChargingAxis, columns: list[str]
) -> Iterator[str]:
    """Yield a row for every count of a variable."""
    dims = [swept.dim if dim == "time" else dim for dim in VARIABLES[name]]
    values = counts.transpose(*dims).values
    labels = [[_text(label) for label in np.asarray(counts[dim]).tolist()] for dim in dims]
    own = {"exchange_time": "exchange_time_ns"}
    named = [dim if dim in LABELS else own.get(dim, swept.column) for dim in dims]
    fields = dict.fromkeys(columns, "") | {"arm": ARM_OF.get(name, "")}
    for index in np.ndindex(values.shape):
        for column, place, known in zip(named, index, labels, strict=True):
            fields[column] = known[place]
        fields["count"] = str(values[index])
        yield ",".join(fields.values())


def _text(label: object) -> str:
    return repr(label) if isinstance(label, float) else str(label)

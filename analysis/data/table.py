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
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from analysis.data.counts import (
    LABELS,
    LARGEST_COUNT,
    VARIABLES,
    collected,
    distinct_times,
    nanoseconds,
    positions,
    read_utf8,
    repeated,
    unknown_label,
)
from analysis.data.mapping import COLUMNS, TABLE_ARMS, TIME_DIMS, LabNames
from cqed_battery.errors import join_words, show_key, show_value
from cqed_battery.files.datasets import DatasetError
from cqed_battery.operators import FloatArray, IntArray

_SEPARATORS = ",;\t"
_ONLY_IN_BITS = "shot"  # a column that numbers the shots is welcome
_QUADRATURES = {"i", "q", "iq"}
_KINDS = {"calibration_counts": "calibration", "vacuum_counts": "vacuum"}


def read_table(path: Path, names: LabNames) -> xr.Dataset:
    """Read a table of counts, as `collected` returns them.

    Raises:
        DatasetError: the file cannot be read, or a column, a label or a number is refused; the
            message names the line.
    """
    table = _parse(path, names)
    counts, notes = table.counts()
    every = np.arange(len(table.lines))
    arm, outcome = table.places("arm", every, TABLE_ARMS), table.places("outcome", every)
    measured, calibration, vacuum = (np.flatnonzero(kind) for kind in (arm < 2, arm == 2, arm == 3))
    times, when = distinct_times(table.times("time_ns", measured))
    exchange, tau = distinct_times(table.times("exchange_time_ns", vacuum))
    cells = (
        (measured, (arm[measured], when, table.places("basis", measured)), (2, len(times), 3)),
        (calibration, (table.places("prepared", calibration),), (2,)),
        (vacuum, (table.places("pulse", vacuum), tau), (2, len(exchange))),
    )
    sums, again = [], 0
    for rows, keys, shape in cells:
        keys, total = (*keys, outcome[rows]), np.zeros((*shape, 3), dtype=np.int64)
        np.add.at(total, keys, counts[rows])
        sums.append(total)
        again += repeated(keys, total.shape)
    if again and table.has("count"):
        notes.append(f"{again} rows repeat the setting and outcome of another; they were added up")
    named, grids = dict(zip(VARIABLES, sums, strict=True)), (times, exchange)
    axes = dict(zip(TIME_DIMS, grids, strict=True))
    return collected(str(path), named, axes, arm[measured], notes)


@dataclass(frozen=True)
class _Table:
    """Fields as text, by the laboratory's column names, and the line of each row."""

    source: str
    names: LabNames
    lines: IntArray
    columns: Mapping[str, Sequence[str]]

    def has(self, name: str) -> bool:
        return self.names.column(name) in self.columns

    def texts(self, name: str, rows: IntArray) -> list[str]:
        """Return the fields of a column at some rows; no rows need no column."""
        if len(rows) == 0:
            return []
        theirs = self.names.column(name)
        if theirs not in self.columns:
            known = ", ".join(map(show_key, self.columns))
            raise DatasetError(
                f"{self.source} has no column '{theirs}', which line {self.lines[rows[0]]} needs;"
                f" its columns are {known}; other names go under [columns] in a `mapping` file"
            )
        column = self.columns[theirs]
        return [column[row] for row in rows.tolist()]

    def where(self, row: int) -> str:
        return f"on line {self.lines[row]} of {self.source}"

    def places(self, name: str, rows: IntArray, known: tuple[str, ...] | None = None) -> IntArray:
        """Return the place of each row's label among the known ones."""
        known, texts = known or LABELS[name], self.texts(name, rows)
        found, strange = positions(texts, self.names.labels.get(name, {}), known)
        if strange is not None:
            row = rows[int(np.argmin(found))]
            raise unknown_label(name, strange, known, self.where(row))
        return found

    def times(self, name: str, rows: IntArray) -> FloatArray:
        """Return times in ns, finite and not negative."""
        texts = self.texts(name, rows)
        values = np.array([_number(text) for text in texts], dtype=float)
        bad = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
        if bad.size:
            raise DatasetError(
                f"'{self.names.column(name)}' {self.where(rows[bad[0]])} must be a number >= 0"
                f" with a decimal point, but is {show_value(texts[bad[0]])}"
            )
        return nanoseconds(values, self.names.units.get(name.removesuffix("_ns"), "ns"))

    def counts(self) -> tuple[IntArray, list[str]]:
        """Return the count of every row, and notes on how it was found."""
        strange = [name for name in self.columns if name not in self._known()]
        if not self.has("count"):
            self._check_bits(strange)
            note = "there is no column 'count', so each row was taken as one shot"
            return np.ones(len(self.lines), dtype=np.int64), [note]
        texts = self.texts("count", np.arange(len(self.lines)))
        values = np.array([_whole(text) for text in texts], dtype=np.int64)
        bad = np.flatnonzero(values < 0)
        if bad.size:
            raise DatasetError(
                f"'{self.names.column('count')}' {self.where(bad[0])} must be a whole number >= 0"
                f" and <= {LARGEST_COUNT:.0e}, but is {show_value(texts[bad[0]])}"
            )
        return values, [f"columns left out: {', '.join(strange)}"] if strange else []

    def _known(self) -> set[str]:
        return {self.names.column(name) for name in COLUMNS} | {_ONLY_IN_BITS}

    def _check_bits(self, strange: list[str]) -> None:
        """Refuse to take rows for shots where a column may be the count under another name."""
        if any(name.lower() in _QUADRATURES for name in strange):
            raise DatasetError(
                f"{self.source} holds IQ points (columns {', '.join(strange)}), which are not"
                " read; give the outcome of each shot, or counts"
            )
        if strange:
            raise DatasetError(
                f"{self.source} has no column '{self.names.column('count')}', and"
                f" {join_words(strange, 'and')} may be it: name it under [columns] in a `mapping`"
                " file, or leave out that column where each row is one shot"
            )


def _number(text: str) -> float:
    try:
        return float("nan") if "_" in text else float(text)
    except ValueError:
        return float("nan")


def _whole(text: str) -> int:
    """Return a count, -1 where the text is none."""
    value = _number(text)
    return int(value) if value.is_integer() and 0 <= value <= LARGEST_COUNT else -1


def _parse(path: Path, names: LabNames) -> _Table:
    source = str(path)
    numbered = [
        (number, line)
        for number, line in enumerate(read_utf8(path, "table of counts").splitlines(), 1)
        if line.strip(_SEPARATORS + " ") and not line.lstrip().startswith("#")
    ]
    if len(numbered) < 2:
        raise DatasetError(
            f"{source} has no rows; a table of counts needs a header with"
            f" {', '.join(COLUMNS[:5])} and a row for each count"
        )
    separator = max(_SEPARATORS, key=numbered[0][1].count)
    fields = _split([line for _, line in numbered], separator, source)
    header = [field.strip() for field in fields[0]]
    twice = {name for name in header if header.count(name) > 1}
    if twice:
        raise DatasetError(f"{source} has the column '{sorted(twice)[0]}' more than once")
    for (number, _), row in zip(numbered, fields, strict=True):
        if len(row) != len(header):
            raise DatasetError(
                f"line {number} of {source} has {len(row)} fields, but the header has {len(header)}"
            )
    columns = dict(zip(header, zip(*fields[1:], strict=True), strict=True))
    return _Table(source, names, np.array([number for number, _ in numbered[1:]]), columns)


def _split(lines: list[str], separator: str, source: str) -> list[list[str]]:
    try:
        fields = list(csv.reader(lines, delimiter=separator, skipinitialspace=True))
    except csv.Error as error:
        raise DatasetError(f"{source} cannot be read as a table ({error})") from None
    if len(fields) != len(lines):
        raise DatasetError(f"{source} has a field in quotes that runs over several lines")
    return fields


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

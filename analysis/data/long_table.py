"""Rows under a laboratory's names, looked up under ours: labels, times, numbers, their places."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from analysis.data.columns import Columns, Values, numbers
from analysis.data.counts import (
    LABELS,
    SHORTEST_NS,
    declared_unit,
    nanoseconds,
    positions,
    unknown_label,
)
from analysis.data.mapping import COLUMNS, TABLE_ARMS, VALUES, LabNames
from cqed_battery.errors import show_value
from cqed_battery.files.datasets import DatasetError
from cqed_battery.operators import FloatArray, IntArray

_SHOT_NUMBER = "shot"  # a column that numbers the shots is welcome


@dataclass(frozen=True)
class LongTable:
    """Rows, each of which belongs to one setting."""

    columns: Columns
    names: LabNames

    @property
    def source(self) -> str:
        """Name of the file, for messages."""
        return self.columns.source

    @cached_property
    def every(self) -> IntArray:
        """The numbers of all rows, (R,)."""
        return np.arange(self.columns.size)

    @cached_property
    def arm(self) -> IntArray:
        """The place of each row's arm in `TABLE_ARMS`, (R,)."""
        return self.places("arm", self.every, TABLE_ARMS)

    @cached_property
    def strange(self) -> list[str]:
        """The columns that mean nothing here."""
        known = {self.names.column(name) for name in (*COLUMNS, *VALUES)} | {_SHOT_NUMBER}
        return [name for name in self.columns.fields if name not in known]

    def has(self, *names: str) -> bool:
        """Say whether there are such columns, or values that all rows have in common.

        Args:
            names: our names of the columns.
        """
        return all(
            name in self.names.constants or self.names.column(name) in self.columns.fields
            for name in names
        )

    def values(self, name: str, rows: IntArray) -> Values:
        """Return the fields of a column at some rows; no rows need no column.

        Args:
            name: ours.
            rows: from 0.

        Raises:
            DatasetError: there is no such column.
        """
        if len(rows) == 0:
            return []
        if name in self.names.constants:
            return [self.names.constants[name]] * len(rows)
        theirs = self.names.column(name)
        if theirs not in self.columns.fields:
            needs = self.columns.where(int(rows[0])).removesuffix(f" of {self.source}")[3:]
            raise DatasetError(
                f"{self.source} has no column '{theirs}', which {needs} needs; its columns are"
                f" {self.columns.names()}; other names go under [columns] in a `mapping` file, and"
                f" what all rows share under [constants] {name}"
            )
        column = self.columns.fields[theirs]
        if isinstance(column, np.ndarray):
            return np.asarray(column[rows])
        return [column[row] for row in rows.tolist()]

    def places(self, name: str, rows: IntArray, known: tuple[str, ...] | None = None) -> IntArray:
        """Return the place of each row's label among the known ones, (N,).

        Args:
            name: ours, of a column of labels.
            rows: from 0, (N,).
            known: labels in order, by default those of the dim.

        Raises:
            DatasetError: there is no such column, or a label is unknown.
        """
        known, values = known or LABELS[name], self.values(name, rows)
        found, strange = positions(list(values), self.names.labels.get(name, {}), known)
        if strange is not None:
            row = int(rows[int(np.argmin(found))])
            raise unknown_label(name, strange, known, self.columns.where(row))
        return found

    def times(self, name: str, rows: IntArray) -> FloatArray:
        """Return times in ns, (N,), finite and not negative.

        Args:
            name: time_ns or exchange_time_ns.
            rows: from 0, (N,).

        Raises:
            DatasetError: there is no such column, or a field is no time.
        """
        values = self.numbers(name, rows, "a number >= 0 with a decimal point", low=0.0)
        dim, column = name.removesuffix("_ns"), self.names.column(name)
        unit = declared_unit(
            self.names.units.get(dim), self.columns.units.get(column), dim, column, self.source
        )
        found = nanoseconds(values, unit)
        if 0 < found.max(initial=0.0) < SHORTEST_NS:
            raise DatasetError(
                f"'{column}' of {self.source} goes to {found.max():.3g} ns only, too short to be"
                f" played; if it is in us or s, say so under [units] {dim} in a `mapping` file"
            )
        return found

    def numbers(
        self,
        name: str,
        rows: IntArray,
        must: str = "a number",
        low: float = -np.inf,
        high: float = np.inf,
    ) -> FloatArray:
        """Return the numbers of a column, (N,), finite and within bounds.

        Args:
            name: ours.
            rows: from 0, (N,).
            must: what a field must be, in words.
            low: least of them.
            high: greatest of them.

        Raises:
            DatasetError: there is no such column, or a field is no such number.
        """
        fields = self.values(name, rows)
        found = numbers(fields)
        bad = np.flatnonzero(~(np.isfinite(found) & (found >= low) & (found <= high)))
        if bad.size:
            self.refuse(name, must, fields[bad[0]], int(rows[bad[0]]))
        return found

    def refuse(self, name: str, must: str, was: object, row: int) -> None:
        """Refuse a field.

        Args:
            name: of its column, ours.
            must: what it must be, in words.
            was: the field.
            row: from 0.

        Raises:
            DatasetError: always.
        """
        shown = was.item() if isinstance(was, np.generic) else was
        raise DatasetError(
            f"'{self.names.column(name)}' {self.columns.where(row)} must be {must}, but is"
            f" {show_value(shown)}"
        )


def melted(columns: Columns, names: LabNames, value: str) -> Columns:
    """Return rows with one value each: columns that `wide` names become rows with its labels.

    Args:
        columns: of a wide table; others are returned as they are.
        names: with `wide`, the labels of each column of values.
        value: our name of what the columns hold, such as "count".

    Raises:
        DatasetError: there is no such column, or one has labels that another has not.
    """
    wide: Mapping[str, Mapping[str, str]] = names.wide
    if not wide:
        return columns
    if missing := [name for name in wide if name not in columns.fields]:
        raise DatasetError(
            f"{columns.source} has no column '{missing[0]}', which [wide] names; its columns are"
            f" {columns.names()}"
        )
    labels = next(iter(wide.values())).keys()
    if odd := [name for name, entry in wide.items() if entry.keys() != labels]:
        raise DatasetError(
            f"[wide] must give every column the labels {', '.join(labels) or 'of another'}, but"
            f" gives '{odd[0]}' {', '.join(wide[odd[0]]) or 'none'}"
        )
    kept = {name: list(field) for name, field in columns.fields.items() if name not in wide}
    fields: dict[str, Values] = {name: field * len(wide) for name, field in kept.items()}
    for label in labels:
        fields[names.column(label)] = [
            entry[label] for entry in wide.values() for _ in range(columns.size)
        ]
    fields[names.column(value)] = [field for name in wide for field in columns.fields[name]]
    lines = None if columns.lines is None else np.tile(columns.lines, len(wide))
    return replace(columns, fields=fields, lines=lines)

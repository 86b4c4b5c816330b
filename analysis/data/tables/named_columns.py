"""Columns under a laboratory's names, looked up under ours: labels, times, numbers."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.data.counts import (
    LABELS,
    SHORTEST_NS,
    declared_unit,
    in_own_unit,
    nanoseconds,
    positions,
    unknown_label,
)
from analysis.data.mapping import LabNames
from analysis.data.our_names import AFTER_COLUMNS, COLUMNS, VALUES
from analysis.data.tables.columns import Columns, Values, numbers
from cqed_battery.errors import quote_name, show_value
from cqed_battery.experiment.axis import AXES, ChargingAxis
from cqed_battery.files.datasets import DatasetError
from cqed_battery.operators import FloatArray, IntArray

_SHOT_NUMBER = "shot"  # a column that numbers the shots is welcome


@dataclass(frozen=True)
class NamedColumns:
    """The columns of a table, and what their laboratory calls them."""

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
    def lacks(self) -> list[str]:
        """What the columns do not tell of this experiment, in words; nothing where they do."""
        told = {label for labels in self.names.wide.values() for label in labels}
        said = []
        if not any(axis.column in told or self.has(axis.column) for axis in AXES.values()):
            said.append("sweeps no charging time")
        if "arm" not in told and not self.has("arm"):
            said.append("names no arm")
        return said

    @cached_property
    def axis(self) -> ChargingAxis:
        """What the charging settings sweep: as the names say, or the columns; else time."""
        if self.names.data.axis is not None:
            return AXES[self.names.data.axis]
        other = (axis for axis in AXES.values() if axis.dim != "time" and self.has(axis.column))
        return AXES["time"] if self.has("time_ns") else next(other, AXES["time"])

    @cached_property
    def strange(self) -> list[str]:
        """The columns that mean nothing here."""
        ours = (*COLUMNS, self.axis.column, *AFTER_COLUMNS, *VALUES)
        known = {self.names.column(name) for name in ours} | {_SHOT_NUMBER}
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
                f"{self.source} has no column {quote_name(theirs)}, which {needs} needs; its"
                f" columns are {self.columns.names()}; other names go under [columns] in a"
                " `mapping` file, and what all rows share under [constants]"
                f" {name}{self._other_axis(name)}"
            )
        column = self.columns.fields[theirs]
        if isinstance(column, np.ndarray):
            return np.asarray(column[rows])
        return [column[row] for row in rows.tolist()]

    def _other_axis(self, name: str) -> str:
        """Say which column of another axis there is, where that of the swept one is missing."""
        held = (axis for axis in AXES.values() if axis.column != name and self.has(axis.column))
        other = next(held, None)
        if name != self.axis.column or other is None:
            return ""
        column = self.names.column(other.column)
        return (
            f"; {quote_name(column)} is read where the experiment file says charging.axis ="
            f' "{other.name}"'
        )

    def grid(self, dim: str, rows: IntArray) -> FloatArray:
        """Return the values of a dim without labels, (N,): exchange times, else what is swept.

        Args:
            dim: of `TIME_DIMS`.
            rows: from 0, (N,).

        Raises:
            DatasetError: there is no such column, or a field is no number.
        """
        own = f"{dim}_ns"
        return self.times(own, rows) if own in COLUMNS and dim != "time" else self.swept(rows)

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

    def swept(self, rows: IntArray) -> FloatArray:
        """Return what the charging settings sweep, (N,), in the axis' units.

        Args:
            rows: from 0, (N,), of the two arms.

        Raises:
            DatasetError: there is no such column, or a field is no number.
        """
        axis = self.axis
        if axis.dim == "time":
            return self.times(axis.column, rows)
        column, values = self.names.column(axis.column), self.numbers(axis.column, rows)
        given, declared = self.names.units.get(axis.dim), self.columns.units.get(column)
        unit = declared_unit(given, declared, axis.dim, column, self.source)
        return in_own_unit(values, unit, axis)

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
                f"{quote_name(column)} of {self.source} goes to {found.max():.3g} ns only, too"
                f" short to be played; if it is in us or s, say so under [units] {dim} in a"
                " `mapping` file"
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
            f"{quote_name(self.names.column(name))} {self.columns.where(row)} must be {must},"
            f" but is {show_value(shown)}"
        )

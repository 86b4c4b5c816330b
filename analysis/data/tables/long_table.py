"""Rows, each of which belongs to one setting: which rows count which setting."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.data.counts import ARM_OF, LABELS, MEASURED, VARIABLES, spelled
from analysis.data.our_names import AFTER_COLUMNS, TABLE_ARMS
from analysis.data.tables.columns import blank
from analysis.data.tables.named_columns import NamedColumns
from cqed_battery.errors import join_words, quote_name
from cqed_battery.files.datasets import DatasetError
from cqed_battery.operators import FloatArray, IntArray


@dataclass(frozen=True)
class LongTable(NamedColumns):
    """Rows, each of which belongs to one setting."""

    @cached_property
    def arm(self) -> IntArray:
        """The place of each row's arm in `TABLE_ARMS`, (R,)."""
        return self.places("arm", self.every, TABLE_ARMS)

    @cached_property
    def variable(self) -> IntArray:
        """The place in `VARIABLES` of what each row counts, (R,).

        Raises:
            DatasetError: a row names two of basis, reading and rotation, or none.
        """
        order, found = list(VARIABLES), np.zeros(self.columns.size, dtype=np.int64)
        for name, arm in ARM_OF.items():
            found[self.arm == TABLE_ARMS.index(arm)] = order.index(name)
        after = [column for column in AFTER_COLUMNS if self.has(column)]
        if not after:
            return found
        told = self._told([*after, *(["basis"] if self._is_column("basis") else [])])
        for column in after:
            found[told[column]] = order.index(MEASURED[column])
        return found

    def _told(self, columns: list[str]) -> dict[str, NDArray[np.bool_]]:
        """Return which rows of the arms each of the columns speaks of, (R,): one for each row."""
        charged = self.arm < len(LABELS["arm"])
        told = {name: charged & self._given(name) for name in columns}
        number = np.sum(list(told.values()), axis=0)
        if (number > 1).any():
            row = int(np.argmax(number > 1))
            both = join_words(
                [quote_name(self.names.column(n)) for n in told if told[n][row]], "and"
            )
            raise DatasetError(
                f"the row {self.columns.where(row)} gives {both}, but a setting has one of them;"
                " leave the others empty"
            )
        if self.has("basis") and not self._is_column("basis"):  # that of all other rows
            return told
        if (charged & (number == 0)).any():
            row = int(np.argmax(charged & (number == 0)))
            one = join_words([quote_name(self.names.column(name)) for name in MEASURED], "or")
            raise DatasetError(
                f"the row {self.columns.where(row)} must give {one}, what was measured, but gives"
                " none of them"
            )
        return told

    def _given(self, name: str) -> NDArray[np.bool_]:
        """Return which rows hold a label, (R,): the rotation "none" is one, not a gap."""
        values = self.values(name, self.every)
        empty = blank(values)
        if isinstance(values, np.ndarray) and values.dtype.kind in "iufb":
            return ~empty
        known = {*LABELS[name], *self.names.labels.get(name, {})}
        labels = {value: spelled(value) in known for value in set(values)}
        return ~empty | np.array([labels[value] for value in values], dtype=bool)

    def _is_column(self, name: str) -> bool:
        return self.has(name) and name not in self.names.constants

    def settings(self) -> list[IntArray]:
        """Return the rows of each setting."""
        found = []
        for place, dims in enumerate(VARIABLES.values()):
            rows = np.flatnonzero(self.variable == place)
            if rows.size:
                keys = np.stack([self._key(dim, rows) for dim in dims[:-1]])
                _, inverse = np.unique(keys, axis=1, return_inverse=True)
                order = np.argsort(inverse, kind="stable")
                edges = np.flatnonzero(np.diff(inverse[order])) + 1
                found += [rows[part] for part in np.split(order, edges)]
        return found

    def _key(self, dim: str, rows: IntArray) -> FloatArray:
        if dim == "arm":
            return self.arm[rows].astype(float)
        return self.places(dim, rows).astype(float) if dim in LABELS else self.grid(dim, rows)

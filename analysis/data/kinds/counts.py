"""Counts: how often each outcome was read, in rows of their own or side by side."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.data.counts import LABELS, LARGEST_COUNT
from analysis.data.kinds.kind import DataKind, one_hot, strange_note
from analysis.data.tables.columns import blank, numbers
from analysis.data.tables.long_table import LongTable
from cqed_battery.operators import FloatArray, IntArray

_SIDE_BY_SIDE = ("count_0", "count_1", "count_2")
_MUST = f"a whole number >= 0 and <= {LARGEST_COUNT:.0e}"


class Counts(DataKind):
    """A column `count` beside `outcome`, or the columns count_0, count_1 and count_2."""

    value = "count"

    def missing(self, table: LongTable) -> NDArray[np.bool_]:
        """Return which rows hold no count, (R,).

        Args:
            table: rows under a laboratory's names.
        """
        if not table.has("count_0") or table.has("count"):
            return super().missing(table)
        held = [name for name in _SIDE_BY_SIDE if table.has(name)]
        return np.all([blank(table.values(name, table.every)) for name in held], axis=0)

    def row_counts(self, table: LongTable) -> tuple[IntArray, list[str]]:
        """Return the counts of every row, (R, 3).

        Args:
            table: rows under a laboratory's names.

        Raises:
            DatasetError: a count is none.
        """
        if table.has("count_0") and not table.has("count"):
            held = [name for name in _SIDE_BY_SIDE if name != "count_2" or table.has(name)]
            found = np.zeros((table.columns.size, 3), dtype=np.int64)
            for name in held:
                found[:, LABELS["outcome"].index(name[-1])] = _whole_numbers(table, name)
            return found, strange_note(table)
        outcomes = table.places("outcome", table.every)
        counts = _whole_numbers(table, "count")
        return one_hot(outcomes) * counts[:, None], strange_note(table)


def _whole_numbers(table: LongTable, name: str) -> IntArray:
    fields = table.values(name, table.every)
    values = numbers(fields)
    bad = np.flatnonzero(~_are_counts(values) | _may_be_thousands(fields))
    if bad.size:
        row = int(bad[0])
        table.refuse(name, _MUST, fields[row], row)
    return values.astype(np.int64)


def _are_counts(values: FloatArray) -> Any:
    with np.errstate(invalid="ignore"):
        return (values >= 0) & (values <= LARGEST_COUNT) & (values == np.floor(values))


def _may_be_thousands(fields: Any) -> Any:
    """Say which counts have a comma that may set thousands apart: "1,000", but not "512,0"."""
    if isinstance(fields, np.ndarray):
        return np.zeros(len(fields), dtype=bool)
    return np.array([("," in field and not field.endswith(",0")) for field in map(str, fields)])


METHOD = Counts()

"""IQ points of single shots, their populations inferred without discrimination."""

import numpy as np

from analysis.data.iq_line import line_note
from analysis.data.kinds.iq import calibration_rows, iq_points
from analysis.data.kinds.kind import DataKind, strange_note
from analysis.data.long_table import LongTable
from analysis.data.mapping import TABLE_ARMS
from analysis.data.soft_readout import train_soft
from cqed_battery.operators import FloatArray, IntArray

_OF_ARM = {
    "catalysed": ("time_ns", "basis"),
    "control": ("time_ns", "basis"),
    "calibration": ("prepared",),
    "vacuum": ("pulse", "exchange_time_ns"),
}
"""The columns that tell a setting of each arm."""


class SoftIq(DataKind):
    """Columns `I` and `Q`, in any unit, one shot in each row."""

    value = "I"

    def row_counts(self, table: LongTable) -> tuple[IntArray, list[str]]:
        """Return counts (R, 3): those of a setting in its first row, none in the others.

        Args:
            table: rows under a laboratory's names.

        Raises:
            DatasetError: a point is none, or the calibration shots train no line.
        """
        points = iq_points(table)
        zero, one = calibration_rows(table)
        readout = train_soft(points[zero], points[one], table.source)
        found = np.zeros((table.columns.size, 3), dtype=np.int64)
        for rows in _settings(table):
            found[rows[0], :2] = readout.counts(points[rows])
        for level, rows in enumerate((zero, one)):
            found[rows[0], :2] = readout.counts_of(float(level), len(rows))
        reads = [np.repeat([0, 1], found[rows[0], :2]) for rows in (zero, one)]
        note = f"{line_note(*reads)}, as sharp as populations of all points without it are"
        return found, [*strange_note(table), note]


def _settings(table: LongTable) -> list[IntArray]:
    """Return the rows of each setting."""
    found = []
    for place, arm in enumerate(TABLE_ARMS):
        rows = np.flatnonzero(table.arm == place)
        if rows.size:
            keys = np.stack([_key(table, name, rows) for name in _OF_ARM[arm]])
            _, inverse = np.unique(keys, axis=1, return_inverse=True)
            order = np.argsort(inverse, kind="stable")
            edges = np.flatnonzero(np.diff(inverse[order])) + 1
            found += [rows[part] for part in np.split(order, edges)]
    return found


def _key(table: LongTable, name: str, rows: IntArray) -> FloatArray:
    if name.endswith("_ns"):
        return table.times(name, rows)
    return table.places(name, rows).astype(float)


METHOD = SoftIq()

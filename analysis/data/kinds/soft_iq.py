"""IQ points of single shots, their populations inferred without discrimination."""

import numpy as np

from analysis.data.iq.iq_line import line_note
from analysis.data.iq.soft_readout import train_soft
from analysis.data.kinds.iq import calibration_rows, iq_points
from analysis.data.kinds.kind import DataKind, strange_note
from analysis.data.tables.long_table import LongTable
from cqed_battery.operators import IntArray


class SoftIq(DataKind):
    """Columns `I` and `Q`, in any unit, one shot in each row."""

    value = "I"
    may_be_blank = False

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
        for rows in table.settings():
            found[rows[0], :2] = readout.counts(points[rows])
        for level, rows in enumerate((zero, one)):
            found[rows[0], :2] = readout.counts_of(float(level), len(rows))
        reads = [np.repeat([0, 1], found[rows[0], :2]) for rows in (zero, one)]
        note = (
            f"{line_note(*reads)}, as sharp as populations of all points without it are; settings"
            f" count as up to {readout.worth.max():.2f} times their shots, to be as sharp"
        )
        return found, [*strange_note(table), note]


METHOD = SoftIq()

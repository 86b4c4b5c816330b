"""IQ points of single shots, told apart by a line trained on the calibration shots."""

import numpy as np

from analysis.data.iq.iq_line import line_note, trained_line
from analysis.data.kinds.kind import DataKind, one_hot, strange_note
from analysis.data.our_names import TABLE_ARMS
from analysis.data.tables.long_table import LongTable
from cqed_battery.operators import FloatArray, IntArray


class IqShots(DataKind):
    """Columns `I` and `Q`, in any unit, one shot in each row."""

    value = "I"
    may_be_blank = False

    def row_counts(self, table: LongTable) -> tuple[IntArray, list[str]]:
        """Return one shot a row, (R, 3), as the trained line reads it.

        Args:
            table: rows under a laboratory's names.

        Raises:
            DatasetError: a point is none, or the calibration shots train no line.
        """
        points = iq_points(table)
        rows = calibration_rows(table)
        line = trained_line(points[rows[0]], points[rows[1]], table.source)
        reads = line.reads_1(points).astype(np.int64)
        note = line_note(reads[rows[0]], reads[rows[1]])
        return one_hot(reads), [*strange_note(table), note]


def iq_points(table: LongTable) -> FloatArray:
    """Return the points of all rows, (R, 2).

    Args:
        table: with the columns I and Q.

    Raises:
        DatasetError: a column is missing or a coordinate is no number.
    """
    return np.stack([table.numbers(name, table.every) for name in ("I", "Q")], axis=-1)


def calibration_rows(table: LongTable) -> tuple[IntArray, IntArray]:
    """Return the rows of the prepared levels 0 and 1.

    Args:
        table: rows under a laboratory's names.

    Raises:
        DatasetError: a prepared level is unknown.
    """
    rows = np.flatnonzero(table.arm == TABLE_ARMS.index("calibration"))
    prepared = table.places("prepared", rows)
    return rows[prepared == 0], rows[prepared == 1]


METHOD = IqShots()

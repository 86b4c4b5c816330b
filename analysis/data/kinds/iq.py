"""IQ points of single shots, told apart by a line trained on the calibration shots."""

import numpy as np

from analysis.data.kinds.kind import DataKind, one_hot, strange_note
from analysis.data.long_table import LongTable
from analysis.data.mapping import TABLE_ARMS
from cqed_battery.errors import CqedBatteryError
from cqed_battery.files.datasets import DatasetError
from cqed_battery.operators import FloatArray, IntArray
from protocols.readout.discriminator import FEWEST_SHOTS, Discriminator, train


class IqShots(DataKind):
    """Columns `I` and `Q`, in any unit, one shot in each row."""

    value = "I"

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


def trained_line(zero: FloatArray, one: FloatArray, source: str) -> Discriminator:
    """Return the line between outcomes 0 and 1 of calibration shots, (N0, 2) and (N1, 2).

    Args:
        zero: points of shots prepared in level 0, in any unit.
        one: those of shots prepared in level 1.
        source: name of the file, for messages.

    Raises:
        DatasetError: there are too few shots, or the clouds coincide.
    """
    if min(len(zero), len(one)) < FEWEST_SHOTS:
        raise DatasetError(
            f"{source} has {len(zero)} and {len(one)} IQ points of the prepared levels 0 and 1, but"
            f" a line between them needs at least {FEWEST_SHOTS} each; add rows of the arm"
            " 'calibration' with prepared 0 and 1"
        )
    try:
        return train(zero, one)
    except (CqedBatteryError, np.linalg.LinAlgError):
        raise DatasetError(
            f"the IQ points of the prepared levels 0 and 1 of {source} do not lie apart; check"
            " that 'prepared' tells the levels, and that I and Q are single shots"
        ) from None


def line_note(zero: IntArray, one: IntArray) -> str:
    """Return what the line makes of the calibration shots as words.

    Args:
        zero: outcomes of shots prepared in level 0, (N0,).
        one: outcomes of shots prepared in level 1, (N1,).
    """
    return (
        f"IQ points were told apart by a line trained on {len(zero)} and {len(one)} calibration"
        f" shots: P(1|0) = {zero.mean():.3f}, P(0|1) = {1 - one.mean():.3f}"
    )


METHOD = IqShots()

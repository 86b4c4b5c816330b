"""What every kind of data says: the column of its values, and the counts that they are."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from analysis.data.tables.columns import blank
from analysis.data.tables.long_table import LongTable
from cqed_battery.operators import FloatArray, IntArray


class DataKind(ABC):
    """A way from the rows of a table to counts of outcomes 0, 1 and 2."""

    value: ClassVar[str]
    """Our name of the column that holds its values, which the columns of a wide table become."""

    may_be_blank: ClassVar[bool] = True
    """Whether a row without a value is a setting that was not measured; a lost shot is not."""

    def missing(self, table: LongTable) -> NDArray[np.bool_]:
        """Return which rows hold no value, (R,): what was not measured is empty or NaN.

        Args:
            table: rows under a laboratory's names.
        """
        if not table.has(self.value) or not self.may_be_blank:
            return np.zeros(table.columns.size, dtype=bool)
        return blank(table.values(self.value, table.every))

    @abstractmethod
    def row_counts(self, table: LongTable) -> tuple[IntArray, list[str]]:
        """Return how often each outcome was read in every row, (R, 3), and notes on it.

        Args:
            table: rows under a laboratory's names.

        Raises:
            DatasetError: a column is missing, or a value is refused.
        """


def one_hot(outcomes: IntArray) -> IntArray:
    """Return one shot a row as counts, (R, 3).

    Args:
        outcomes: 0, 1 or 2 of each row, (R,).
    """
    return np.asarray(outcomes[:, None] == np.arange(3), dtype=np.int64)


def shares_counts(shares: FloatArray, shots: FloatArray) -> IntArray:
    """Return the counts (R, 3) whose share of outcome 1 is nearest to the given one.

    Args:
        shares: of outcome 1, from 0 to 1, (R,).
        shots: of each row, whole numbers, (R,).
    """
    ones = np.rint(shares * shots)
    return np.stack([shots - ones, ones, np.zeros_like(ones)], axis=-1).astype(np.int64)


def strange_note(table: LongTable) -> list[str]:
    """Return the note on columns that mean nothing, if there are some.

    Args:
        table: rows under a laboratory's names.
    """
    return [f"columns left out: {', '.join(table.strange)}"] if table.strange else []

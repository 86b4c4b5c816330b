"""Outcomes of single shots: each row is one."""

from analysis.data.kinds.kind import DataKind, one_hot
from analysis.data.tables.long_table import LongTable
from cqed_battery.errors import quote_name, show_names
from cqed_battery.files.datasets import DatasetError
from cqed_battery.operators import IntArray


class Shots(DataKind):
    """A column `outcome`, and no count."""

    value = "outcome"
    may_be_blank = False

    def row_counts(self, table: LongTable) -> tuple[IntArray, list[str]]:
        """Return one shot a row, (R, 3).

        Args:
            table: rows under a laboratory's names.

        Raises:
            DatasetError: an outcome is unknown, or a column may be the count under another name.
        """
        if table.strange and table.names.data.kind is None:
            raise DatasetError(
                f"{table.source} has no column {quote_name(table.names.column('count'))}, and"
                f" {show_names(table.strange)} may be it: name it under [columns] in a"
                ' `mapping` file, or say kind = "shots" under [data] there, if each row is one shot'
            )
        note = "there is no column 'count', so each row was taken as one shot"
        return one_hot(table.places("outcome", table.every)), [note]


METHOD = Shots()

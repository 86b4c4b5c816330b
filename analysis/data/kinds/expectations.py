"""Expectation values of Pauli operators, with the number of shots or a standard error."""

import numpy as np

from analysis.data.kinds.kind import DataKind
from analysis.data.kinds.populations import counts_of_shares
from analysis.data.tables.long_table import LongTable
from cqed_battery.files.datasets import DatasetError
from cqed_battery.operators import IntArray

_ROUNDING = 1e-9  # by which a mean may pass -1 or 1


class Expectations(DataKind):
    """A column `expectation` beside `shots` or `std`; a mapping says what level 1 gives."""

    value = "expectation"

    def row_counts(self, table: LongTable) -> tuple[IntArray, list[str]]:
        """Return the counts of every row, (R, 3): P(1) = (1 + s <sigma>) / 2, s its value in 1.

        Args:
            table: rows under a laboratory's names.

        Raises:
            DatasetError: a mean lies outside -1 to 1, or the sign or the shots are not told.
        """
        excited = table.names.data.excited
        if excited is None:
            raise DatasetError(
                f"{table.source} has expectation values, whose sign is a convention: say under"
                " [data] in a `mapping` file excited = 1 if level 1 gives +1 (ours), or"
                " excited = -1 if it gives -1 (Pauli Z of Qiskit)"
            )
        found = table.numbers(
            self.value, table.every, "a number from -1 to 1", -1 - _ROUNDING, 1 + _ROUNDING
        )
        return counts_of_shares(table, np.clip((1 + excited * found) / 2, 0.0, 1.0), 2.0)


METHOD = Expectations()

"""What the values of a table are, one file a kind, and how each becomes counts."""

from typing import get_args

from analysis.data.kinds.kind import DataKind
from analysis.data.mapping import Kind
from analysis.data.tables.long_table import LongTable
from cqed_battery.errors import join_words
from cqed_battery.files.datasets import DatasetError
from protocols.registry import Registry

__all__ = ["KINDS", "DataKind", "kind_of"]

KINDS: Registry[DataKind] = Registry("data.kind", __name__, get_args(Kind))
"""The kinds by `data.kind` of a mapping."""

_TELLING = {
    "count": "counts",
    "count_0": "counts",
    "population": "populations",
    "expectation": "expectations",
    "outcome": "shots",
}
"""The column that tells a kind where none is named, the first one that there is."""


def kind_of(table: LongTable) -> str:
    """Return the kind that a mapping names, or the one that a table's columns tell.

    Args:
        table: rows under a laboratory's names.

    Raises:
        DatasetError: neither does.
    """
    if table.names.data.kind is not None:
        _check_told(table)
        return table.names.data.kind
    if table.names.wide:
        return "counts"
    if table.has("I", "Q") and not table.has("outcome"):
        _check_told(table)
        raise DatasetError(
            f"{table.source} holds IQ points (columns {table.names.column('I')},"
            f" {table.names.column('Q')}), but not what they are: say under [data] in a `mapping`"
            ' file kind = "iq" for one shot in each row, or "averaged-iq" for means, which need'
            " columns shots and std"
        )
    for column, kind in _TELLING.items():
        if table.has(column):
            return kind
    values = join_words([f"'{name}'" for name in (*_TELLING, "I and Q")], "or")
    raise DatasetError(
        f"{table.source} has no column of values, {values}; its columns are"
        f" {table.columns.names()}; other names go under [columns] in a `mapping` file"
    )


def _check_told(table: LongTable) -> None:
    """Refuse a table that tells neither arm nor charging time, for it is another experiment's."""
    if len(table.lacks) < 2:
        return
    raise DatasetError(
        f"{table.source} {join_words(table.lacks, 'and')}, so it is not this experiment as it"
        f" stands; its columns are {table.columns.names()}: say under [columns] in a `mapping` file"
        " which of them are time_ns and arm, or what all rows share under [constants]"
    )

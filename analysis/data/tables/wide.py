"""Wide tables: columns of values side by side, each of which a mapping gives its labels."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from analysis.data.counts import MEASURED
from analysis.data.mapping import LabNames
from analysis.data.tables.columns import Columns, Values
from cqed_battery.errors import quote_name
from cqed_battery.files.datasets import DatasetError


def melted(columns: Columns, names: LabNames, value: str) -> Columns:
    """Return rows with one value each: columns that `wide` names become rows with its labels.

    Args:
        columns: of a wide table; others are returned as they are.
        names: with `wide`, the labels of each column of values.
        value: our name of what the columns hold, such as "count".

    Raises:
        DatasetError: there is no such column, or one has labels that another has not.
    """
    wide: Mapping[str, Mapping[str, str]] = names.wide
    if not wide:
        return columns
    if missing := [name for name in wide if name not in columns.fields]:
        raise DatasetError(
            f"{columns.source} has no column {quote_name(missing[0])}, which [wide] names; its"
            f" columns are {columns.names()}"
        )
    labels = _wide_labels(wide)
    kept = {name: list(field) for name, field in columns.fields.items() if name not in wide}
    fields: dict[str, Values] = {name: field * len(wide) for name, field in kept.items()}
    for label in labels:
        fields[names.column(label)] = [
            entry.get(label, "") for entry in wide.values() for _ in range(columns.size)
        ]
    fields[names.column(value)] = [field for name in wide for field in columns.fields[name]]
    lines = None if columns.lines is None else np.tile(columns.lines, len(wide))
    return replace(columns, fields=fields, lines=lines)


def _wide_labels(wide: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return the labels of all columns of values: the same, but for what each one measures."""
    first = next(iter(wide.values()))
    if odd := [name for name, entry in wide.items() if _alike(entry) != _alike(first)]:
        raise DatasetError(
            f"[wide] must give every column the labels {', '.join(first) or 'of another'}, but"
            f" gives '{odd[0]}' {', '.join(wide[odd[0]]) or 'none'}"
        )
    return list(dict.fromkeys(label for entry in wide.values() for label in entry))


def _alike(labels: Mapping[str, str]) -> list[str]:
    """Return labels, one of basis, reading and rotation standing for any of them."""
    return sorted("basis" if label in MEASURED else label for label in labels)

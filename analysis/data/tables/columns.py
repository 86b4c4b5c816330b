"""Rows of a file or a frame under the names they came with, before anything is understood."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analysis.data.counts import real_number_in
from cqed_battery.errors import quote_name, show_names
from cqed_battery.files.datasets import DatasetError
from cqed_battery.operators import FloatArray, IntArray

Values: TypeAlias = Sequence[Any] | NDArray[Any]
"""The fields of a column, (R,)."""
_INDEX_NAMES = ("", "index", "level_0")
_BLANK = ("", "nan", "none", "null", "na", "n/a", "<na>")  # fields that hold no number
_PANDAS_INDEX = "unnamed:"  # how pandas names a column that had no name


@dataclass(frozen=True)
class Columns:
    """What every reader of a format that has rows returns.

    source: name of the file, for messages. fields: values of each column, (R,), text or numbers.
    lines: the line of each row in a file of text, (R,), else None. units: of columns whose file
    declares them. notes: what was done to the rows.
    """

    source: str
    fields: Mapping[str, Values]
    lines: IntArray | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Number of rows R."""
        return len(next(iter(self.fields.values()), ()))

    def taken(self, rows: IntArray) -> "Columns":
        """Return some of the rows.

        Args:
            rows: from 0, (N,).
        """
        fields = {
            name: values[rows]
            if isinstance(values, np.ndarray)
            else [values[row] for row in rows.tolist()]
            for name, values in self.fields.items()
        }
        lines = None if self.lines is None else self.lines[rows]
        return replace(self, fields=fields, lines=lines)

    def where(self, row: int) -> str:
        """Return the place of a row as words, "on line 7 of counts.csv".

        Args:
            row: from 0.
        """
        if self.lines is None:
            return f"in row {row + 1} of {self.source}"
        return f"on line {self.lines[row]} of {self.source}"

    def names(self) -> str:
        """Return the names of the columns as words."""
        return show_names(self.fields)


def without_index(fields: Mapping[str, Values]) -> dict[str, Values]:
    """Leave out what only numbers the rows: pandas' index, and a spreadsheet's empty columns.

    Args:
        fields: values of each column, in their order.
    """
    return {name: values for name, values in fields.items() if not _is_index(name, values)}


def _is_index(name: str, values: Values) -> bool:
    plain = name.strip().lower()
    if plain not in _INDEX_NAMES and not plain.startswith(_PANDAS_INDEX):
        return False
    if all(isinstance(value, str) and not value.strip() for value in values):
        return True
    found = numbers(values)
    return bool((found == np.arange(len(found)) + found[:1]).all())


def numbers(values: Values) -> FloatArray:
    """Return the values of a column as numbers, (R,); NaN where one is none.

    Args:
        values: numbers, or text with a decimal point or comma.
    """
    if isinstance(values, np.ndarray) and values.dtype.kind in "iufb":
        return np.asarray(values, dtype=float)
    return np.array([real_number_in(str(value)) for value in values], dtype=float)


def blank(values: Values) -> NDArray[np.bool_]:
    """Return which fields of a column are empty or NaN, (R,): not measured.

    Args:
        values: numbers or text.
    """
    if isinstance(values, np.ndarray) and values.dtype.kind in "iufb":
        return np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), dtype=bool)
    return np.array([str(value).strip().lower() in _BLANK for value in values], dtype=bool)


def frame_columns(frame: Any, source: str) -> Columns:
    """Return the columns of a pandas or polars frame; its index is left out unless it has names.

    Args:
        frame: with `to_dict`, of pandas, or `to_dict(as_series=...)`, of polars.
        source: names it in messages.

    Raises:
        DatasetError: two columns have one name.
    """
    if hasattr(frame, "reset_index"):  # pandas, whose named index is a column that was set apart
        frame = frame.reset_index() if any(frame.index.names) else frame
    names = [str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DatasetError(f"{source} has the column {quote_name(twice)} more than once")
    fields = {
        name: _values(frame[column]) for name, column in zip(names, frame.columns, strict=True)
    }
    return Columns(source, without_index(fields))


def array_columns(arrays: Mapping[str, Any], source: str) -> Columns:
    """Return numpy arrays by name as columns.

    Args:
        arrays: of shape (R,) each.
        source: names them in messages.

    Raises:
        DatasetError: an array has another shape.
    """
    found = {str(name): np.asarray(values) for name, values in arrays.items()}
    sizes = {values.shape for values in found.values()}
    if len(sizes) != 1 or len(next(iter(sizes))) != 1:
        shapes = ", ".join(f"{name} {values.shape}" for name, values in found.items()) or "nothing"
        raise DatasetError(
            f"{source} must hold columns of one length, or `counts` with the dims arm, time, basis"
            f" and outcome beside arrays of their labels, but holds {shapes}"
        )
    return Columns(source, {name: _values(values) for name, values in found.items()})


def _values(series: Any) -> Values:
    """Return numbers as an array, anything else as a list of Python's own values."""
    values = np.asarray(series)
    if values.dtype.kind in "iufb":
        return values
    return ["" if value is None or value != value else value for value in values.tolist()]

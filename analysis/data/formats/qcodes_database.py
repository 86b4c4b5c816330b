"""QCoDeS' databases (SQLite): one run's parameters as columns.

A run's results are a table of their own, a column for each parameter; arrays are kept as numpy's
own files inside its cells. Units stand in the table `layouts`. Nothing is written to the database.
"""

import io
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.data.formats.format import Format
from analysis.data.mapping import LabNames
from analysis.data.tables.columns import Columns, Values
from cqed_battery.errors import join_words, show_value
from cqed_battery.files.datasets import DatasetError
from cqed_battery.files.foreign_netcdf import MOST_BYTES

_SIGNATURE = b"SQLite format 3\x00"
_ARRAY = b"\x93NUMPY"
_MOST_NAMED = 8  # runs, in a sentence


class QcodesDatabase(Format):
    """A database that `initialise_or_create_database_at` makes."""

    name = "database of QCoDeS"

    def recognises(self, head: bytes) -> bool:
        """Say whether it is SQLite.

        Args:
            head: the first bytes of the file.
        """
        return head.startswith(_SIGNATURE)

    def read(self, path: Path, names: LabNames) -> Columns:
        """Return the parameters of one run.

        Args:
            path: of the file.
            names: of which the group is the number of the run; it may be left out where there is
                one.

        Raises:
            DatasetError: it is no database of QCoDeS, has no such run, or the run does not fit
                into columns.
        """
        if path.stat().st_size > MOST_BYTES:
            raise DatasetError(
                f"{path} has more than {MOST_BYTES:.1e} bytes; export a run of it by"
                ' dataset.export("netcdf") and give that file'
            )
        try:
            with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as base:
                return _run(base, str(path), names.data.group)
        except DatasetError:
            raise
        except (sqlite3.Error, ValueError, OSError, EOFError) as error:
            said = " ".join(str(error).split())[:200]
            raise DatasetError(
                f"{path} is an SQLite database, but cannot be read as one of QCoDeS ({said})"
            ) from None


def _run(base: sqlite3.Connection, source: str, group: str | None) -> Columns:
    found = base.execute("SELECT run_id, result_table_name FROM runs ORDER BY run_id")
    runs = {str(number): str(table) for number, table in found}
    if group is None and len(runs) == 1:
        group = next(iter(runs))
    if group is None or group not in runs:
        known = list(runs)
        more = [f"{len(known) - _MOST_NAMED} more"] if len(known) > _MOST_NAMED else []
        was = "none is named" if group is None else f"`group` is {show_value(group)}"
        raise DatasetError(
            f"{source} holds the runs {join_words([*known[:_MOST_NAMED], *more], 'and') or 'none'},"
            f" but {was}; name one by `group`, in a `mapping` file under [data]"
        )
    layout = base.execute("SELECT parameter, unit FROM layouts WHERE run_id = ?", (int(group),))
    units = {str(name): str(unit) for name, unit in layout}
    if not units:
        raise DatasetError(f"run {group} of {source} has no parameters")
    listed = ", ".join(_quoted(name) for name in units)
    table = _quoted(runs[group])
    rows = base.execute(f"SELECT {listed} FROM {table} ORDER BY id").fetchall()
    return Columns(source, _columns(tuple(units), rows, source), units=_told(units))


def _quoted(name: str) -> str:
    """Return a name of a table or column as SQLite takes it."""
    return '"' + name.replace('"', '""') + '"'


def _told(units: dict[str, str]) -> dict[str, str]:
    return {name: unit for name, unit in units.items() if unit}


def _columns(names: Sequence[str], rows: Sequence[Sequence[Any]], source: str) -> dict[str, Values]:
    """Return a column a parameter; a row of arrays becomes as many rows as they have elements.

    A parameter that another row of the table holds (NULL here) is left out of a row's elements.
    """
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in names}
    for row in rows:
        cells = [_cell(value) for value in row]
        size = max((cell.size for cell in cells), default=0)
        for name, cell in zip(names, cells, strict=True):
            if cell.size not in (1, size):
                raise DatasetError(
                    f"the arrays of a row in {source} have {cell.size} and {size} elements; export"
                    ' the run by dataset.export("netcdf") and give that file'
                )
            parts[name].append(np.broadcast_to(cell, (size,)))
    joined = {name: np.concatenate(found) for name, found in parts.items() if found}
    return {
        name: values if values.dtype.kind in "iufb" else values.tolist()
        for name, values in joined.items()
    }


def _cell(value: Any) -> NDArray[Any]:
    """Return the elements of a cell: a number, a text, an array, or NaN for none."""
    if isinstance(value, bytes):
        if not value.startswith(_ARRAY):
            raise DatasetError("a cell of the database holds neither a number nor a numpy array")
        return np.ravel(np.load(io.BytesIO(value), allow_pickle=False))
    if value is None:
        return np.array([np.nan])
    return np.array([value])


FORMAT = QcodesDatabase()

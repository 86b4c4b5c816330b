"""Qibocal's folders: a task's data.npz, a record of named fields for every qubit.

A report holds one folder a task under `data`; a name of an array is the qubit's name in JSON. Times
are in ns and frequencies in Hz, which the fields' names tell.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from analysis.data.tables.columns import Columns
from cqed_battery.errors import show_names, show_value
from cqed_battery.files.datasets import DatasetError

_FILE, _TASKS = "data.npz", "data"
_UNITS = {"wait": "ns", "length": "ns", "freq": "Hz", "frequency": "Hz"}
"""Units of fields, as Qibocal's protocols write them."""


def data_file(folder: Path, group: str | None) -> tuple[Path, str | None]:
    """Return the file of a task, and the qubit that is left to choose.

    Args:
        folder: of a task, or of a report.
        group: the task of a report, and after a slash, or alone, the qubit.

    Raises:
        DatasetError: there is no such file.
    """
    if (folder / _FILE).is_file():
        return folder / _FILE, group
    tasks = sorted(path.parent.name for path in folder.glob(f"{_TASKS}/*/{_FILE}"))
    task, _, qubit = (group or "").partition("/")
    if not tasks:
        raise DatasetError(
            f"{folder} is a folder without {_FILE}, which a task or report of Qibocal has; give the"
            " path of a file"
        )
    if task not in tasks:
        raise DatasetError(
            f"{folder} is a report of Qibocal with tasks {show_names(tasks)}; name one by"
            f" `group`, in a `mapping` file under [data], such as {show_value(tasks[0])}"
        )
    return folder / _TASKS / task / _FILE, qubit or None


def record_columns(arrays: Mapping[str, Any], source: str, group: str | None) -> Columns | None:
    """Return the fields of one qubit as columns; None where the arrays are no such records.

    Points of many single shots are rows, shot after shot.

    Args:
        arrays: by name.
        source: names them in messages.
        group: the qubit; may be left out where there is one.

    Raises:
        DatasetError: there are several qubits, or not this one.
    """
    records = {_qubit(name): values for name, values in arrays.items() if values.dtype.names}
    if not records or len(records) < len(arrays):
        return None
    if group is None and len(records) == 1:
        group = next(iter(records))
    if group not in records:
        was = "none is named" if group is None else f"`group` is {show_value(group)}"
        raise DatasetError(
            f"{source} holds the qubits {show_names(records)}, but {was}; name one by"
            " `group`, in a `mapping` file under [data]"
        )
    chosen = records[group]
    fields = {name: np.ravel(chosen[name]) for name in chosen.dtype.names or ()}
    return Columns(source, fields, units={n: u for n, u in _UNITS.items() if n in fields})


def _qubit(name: str) -> str:
    """Return the qubit of an array's name, which is JSON."""
    try:
        found = json.loads(name)
    except ValueError:
        return name
    return "-".join(map(str, found)) if isinstance(found, list) else str(found)

"""Tables of curves that a user has: comma-separated, two columns, the first line their names."""

from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path
from typing import TypeAlias

import numpy as np

from cqed_battery.errors import CqedBatteryError
from cqed_battery.operators import FloatArray

AMPLITUDE, FREQUENCY, SIGNAL = "amplitude", "frequency_GHz", "signal"
Curve: TypeAlias = tuple[FloatArray, FloatArray]
"""Places and signal, (N,) each, the places increasing."""


def read_curves(paths: Iterable[str | PathLike[str]]) -> dict[str, Curve]:
    """Return curves by what they run over, `amplitude` or `frequency_GHz`.

    Args:
        paths: of tables with the columns `amplitude,signal` or `frequency_GHz,signal`, or of
            folders whose files `*.csv` are such tables.

    Raises:
        CqedBatteryError: a table has other columns, what is no number, or repeats another, or a
            folder holds no table.
        OSError: a file cannot be read.
    """
    curves: dict[str, Curve] = {}
    for path in _files(map(Path, paths)):
        along, curve = _read(path)
        if along in curves:
            raise CqedBatteryError(f"{path} holds a second curve over {along}: give one of each")
        curves[along] = curve
    return curves


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the paths, for a folder those of its tables."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(path.glob("*.csv"))
        if not found:
            raise CqedBatteryError(
                f"{path} holds no table *.csv: name a folder with a Rabi trace, or the file itself"
            )
        yield from found


def _read(path: Path) -> tuple[str, Curve]:
    try:
        head, *lines = path.read_text(encoding="utf-8").split()
    except (UnicodeDecodeError, ValueError):
        raise CqedBatteryError(f"{path} must be a table of text with a line of names") from None
    along, _, signal = head.partition(",")
    if along not in (AMPLITUDE, FREQUENCY) or signal != SIGNAL:
        raise CqedBatteryError(
            f"{path} must begin with the line {AMPLITUDE},{SIGNAL} or {FREQUENCY},{SIGNAL}, but"
            f" begins with {head[:60]!r}"
        )
    try:
        rows = np.array([line.split(",") for line in lines], dtype=float).reshape(len(lines), 2)
    except ValueError:
        raise CqedBatteryError(
            f"{path} must hold two numbers in each line below the first"
        ) from None
    if not np.isfinite(rows).all():
        raise CqedBatteryError(f"{path} must hold finite numbers alone")
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    return along, (rows[:, 0], rows[:, 1])

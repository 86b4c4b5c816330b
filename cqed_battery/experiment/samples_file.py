"""A charging pulse as a table of samples (time, amplitude, phase), kept as lists once read."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

KEY = "samples_file"
_COLUMNS = {"time_ns": "samples_ns", "amplitude": "samples_amplitude"}
_PHASE = {"phase_rad": "samples_phase_rad"}
LISTS = {*_COLUMNS.values(), *_PHASE.values()}
"""The keys that hold what was read."""

_MOST_BYTES = 10_000_000  # a hundred times what 10 000 samples take


def with_samples(charging: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of [charging] with the table's samples in place of its name.

    Args:
        charging: keys and values; those without a table are returned as they are.

    Raises:
        ValueError: the table cannot be read, is none, or samples are listed beside it.
    """
    found = dict(charging)
    name = found.pop(KEY, None)
    if name is None:
        return found
    if not isinstance(name, str):
        return {**found, KEY: name}  # refused by its type
    listed = sorted(key for key in LISTS if found.get(key) is not None)
    if listed:
        raise ValueError(
            f"charging.{KEY} stands in place of {listed[0]}, but both are given: remove the one or"
            " the other"
        )
    return found | _read(Path(name))


def beside(charging: object, folder: Path) -> object:
    """Return the keys of [charging], the table's name taken from a folder.

    Args:
        charging: keys and values of a file; anything else is returned as it is.
        folder: of the experiment file.
    """
    if isinstance(charging, dict) and isinstance(charging.get(KEY), str):
        return {**charging, KEY: str(folder / charging[KEY])}
    return charging


def _read(place: Path) -> dict[str, tuple[float, ...]]:
    try:
        with place.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file.read(_MOST_BYTES).splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or "it is no table of UTF-8 text"
        raise ValueError(
            f"charging.{KEY} must be a table (CSV) that can be read, but is {place}: {reason}"
        ) from None
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    header = [cell.strip() for cell in rows[0]] if rows else []
    wanted = _COLUMNS | (_PHASE if "phase_rad" in header else {})
    if sorted(header) != sorted(wanted) or len(rows) < 2:
        raise ValueError(
            f"charging.{KEY} {place} must have the columns time_ns, amplitude and, if wanted,"
            " phase_rad, and a row for each sample, but begins with"
            f" {', '.join(header) or 'nothing'}"
        )
    columns = {name: header.index(name) for name in wanted}
    return {
        wanted[name]: tuple(_number(place, row, at, line) for line, row in enumerate(rows[1:], 2))
        for name, at in columns.items()
    }


def _number(place: Path, row: list[str], at: int, line: int) -> float:
    try:
        return float(row[at])
    except (IndexError, ValueError):
        was = row[at] if at < len(row) else "missing"
        raise ValueError(
            f"charging.{KEY} {place} must hold numbers, but row {line} has {was!r} in column"
            f" {at + 1}"
        ) from None

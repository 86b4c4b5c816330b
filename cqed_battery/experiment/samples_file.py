"""A charging pulse as samples (time, amplitude, phase) of a table or a function, kept as lists."""

import csv
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from cqed_battery.errors import show_value

KEY, FUNCTION = "samples_file", "samples_function"
GROUP = "cqed_battery.pulses"
"""The group of entry points under which an installed package offers functions of pulses."""

_COLUMNS = {"time_ns": "samples_ns", "amplitude": "samples_amplitude"}
_PHASE = {"phase_rad": "samples_phase_rad"}
LISTS = {*_COLUMNS.values(), *_PHASE.values()}
"""The keys that hold what was read."""

_MOST_BYTES = 10_000_000  # a hundred times what 10 000 samples take


def with_samples(charging: Mapping[str, Any], length_ns: float) -> dict[str, Any]:
    """Return the keys of [charging] with samples in place of the table's or the function's name.

    Args:
        charging: keys and values; those without either are returned as they are.
        length_ns: of the pulse, where `charging` does not state it.

    Raises:
        ValueError: they cannot be read, are none, or samples are listed beside them.
    """
    found = dict(charging)
    given = {key: found.pop(key) for key in (KEY, FUNCTION) if found.get(key) is not None}
    for key, name in given.items():
        if not isinstance(name, str):
            return {**found, key: name}  # refused by its type
        others = sorted(other for other in (*LISTS, *given) if other != key)
        listed = [other for other in others if (found | given).get(other) is not None]
        if listed:
            raise ValueError(
                f"charging.{key} stands in place of {listed[0]}, but both are given: remove the one"
                " or the other"
            )
        if key == KEY:
            return found | _read(Path(name))
        return found | _called(name, found.get("length_ns", length_ns))
    return found


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
            f" {show_value(', '.join(header) or 'nothing')}"
        )
    columns = {name: header.index(name) for name in wanted}
    return {
        wanted[name]: tuple(_number(place, row, at, line) for line, row in enumerate(rows[1:], 2))
        for name, at in columns.items()
    }


def _called(name: str, length_ns: Any) -> dict[str, tuple[float, ...]]:
    known = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in known:
        offered = f"offer {', '.join(sorted(known))}" if known else "offer none"
        raise ValueError(
            f"charging.{FUNCTION} must be the name of an entry point of {GROUP}, but is"
            f" {show_value(name)}, and the installed packages {offered}"
        )
    try:
        columns = [tuple(map(float, column)) for column in known[name].load()(float(length_ns))]
    except Exception as error:  # whatever a foreign function raises
        raise ValueError(
            f"charging.{FUNCTION} = {show_value(name)} failed: {type(error).__name__}: {error}"
        ) from error
    wanted = [*_COLUMNS.values(), *_PHASE.values()]
    if len(columns) not in (len(_COLUMNS), len(wanted)):
        raise ValueError(
            f"charging.{FUNCTION} = {show_value(name)} must return times in ns, amplitudes and,"
            f" if wanted, phases in rad, but returned {len(columns)} columns"
        )
    return dict(zip(wanted, columns, strict=False))


def _number(place: Path, row: list[str], at: int, line: int) -> float:
    try:
        return float(row[at])
    except (IndexError, ValueError):
        was = row[at] if at < len(row) else "missing"
        raise ValueError(
            f"charging.{KEY} {place} must hold numbers, but row {line} has {show_value(was)} in"
            f" column {at + 1}"
        ) from None

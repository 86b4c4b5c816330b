"""Outcomes of a study on disk, a line of JSON each, so that it goes on where it was stopped."""

import json
from pathlib import Path
from typing import Any

from pydantic_core import from_json, to_json

from analysis.results.estimates import read_typed
from analysis.validation.repeats.repeat import Outcome
from cqed_battery.errors import CqedBatteryError
from cqed_battery.files.datasets import versions
from cqed_battery.operators import FloatArray

_DIGITS = 5  # of every number that is kept: a thousandth of a standard error is enough


class KeptOutcomes(dict[int, Outcome]):
    """Outcomes by number, in memory and in a file.

    A line that a kill has torn is dropped with what follows it, and its repeat made anew.

    Args:
        path: of the file; its first line says what the outcomes depend on. None keeps none.
        identity: what they depend on, as JSON takes it.

    Raises:
        CqedBatteryError: the file holds outcomes of another study.
        OSError: the file cannot be read or written.
    """

    def __init__(self, path: Path | None, identity: dict[str, Any]) -> None:
        super().__init__()
        self._path = path
        if path is None:
            return
        head = json.dumps({**identity, "versions": versions()})
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        if not lines:
            path.write_text(f"{head}\n")
            return
        if lines[0].decode(errors="replace").rstrip("\n") != head:
            raise CqedBatteryError(
                f"{path} holds outcomes of another study, or of this one from before its file, its"
                " options or the software changed: remove it, or name another folder"
            )
        whole = len(lines[0])
        for line in lines[1:]:
            if not (line.endswith(b"\n") and self._read(line)):
                break
            whole += len(line)
        with path.open("r+b") as file:
            file.truncate(whole)

    def _read(self, line: bytes) -> bool:
        """Take a line's outcome, and say whether it is whole."""
        try:
            found = from_json(line)
            self[found["number"]] = read_typed(Outcome, found["outcome"])
        except (ValueError, TypeError, KeyError):  # pydantic's are ValueErrors
            return False
        return True

    def finished(self) -> set[int]:
        """Return the numbers that are there."""
        return set(self)

    def save(self, number: int, result: Outcome) -> None:
        """Keep an outcome.

        Args:
            number: of the repeat, counted over all scenarios.
            result: its outcome.

        Raises:
            OSError: the disk is full.
        """
        if self._path is None:
            self[number] = result
            return
        line = to_json(
            {"number": number, "outcome": result}, inf_nan_mode="constants", fallback=_plain
        )
        self._read(line)  # as it will be read, so that a study that goes on is the same
        with self._path.open("ab") as file:
            file.write(line + b"\n")


def _plain(array: FloatArray) -> Any:
    """Return an array as lists of short numbers."""
    return [_plain(part) for part in array] if array.ndim else float(f"{array:.{_DIGITS}g}")

"""The finished points of a sweep on disk, until its dataset is written.

A folder holds three files: `sweep.json` says which sweep it is, `layout.json` what a point's
record holds, and `points.bin` has one slot for each point: a checksum and the record. A slot
counts as finished only if its checksum is right, so a torn one is computed again.
"""

import errno
import json
import os
from pathlib import Path
from typing import Any, BinaryIO, Self
from zlib import crc32

import numpy as np
import numpy.typing as npt

from cqed_battery.compute.workers import BadResult
from cqed_battery.files.datasets import write_text
from protocols.sweep.point import Point, SweepError

_BLOCK_BYTES = 1 << 25
_WRITTEN = 1 << 32  # beside the checksum, so that an empty slot is never right


class SavedPoints:
    """Finished points in a folder, which belongs to one sweep; `finite`: none may hold a nan.

    Raises:
        SweepError: the folder holds something else.
        OSError: the folder cannot be written to.
    """

    def __init__(
        self, folder: Path, identity: dict[str, Any], count: int, *, finite: bool = False
    ) -> None:
        self.folder, self._identity, self._count = folder, identity, count
        self._finite = finite
        self._label, self._layout_file = folder / "sweep.json", folder / "layout.json"
        self._file = folder / "points.bin"
        self._layout = ""
        self._claim()

    def _claim(self) -> None:
        text = json.dumps(self._identity)
        if not self.folder.exists():
            self.folder.mkdir(parents=True)
        elif not self._is_mine(text):
            raise SweepError(
                f"{self.folder} holds the points of another sweep, or of this one from before "
                "its file or the software changed; finish that one, remove it, or give another "
                "`out`"
            )
        if not self._label.exists():
            write_text(self._label, text)

    def _is_mine(self, text: str) -> bool:
        if not self.folder.is_dir():
            return False
        if self._label.is_file():
            return self._label.read_bytes() == text.encode()
        return all(file.name.startswith(".") for file in self.folder.iterdir())

    def __enter__(self) -> Self:
        """Keep other processes away from these points.

        Raises:
            SweepError: another process works on this sweep.
        """
        self._lock = self._label.open("rb")
        try:
            lock_file(self._lock)
        except BlockingIOError:
            self._lock.close()
            raise SweepError(
                f"another process is at work on this sweep, whose points are in {self.folder}; "
                "wait for it, or give another `out`"
            ) from None
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.close()

    def finished(self) -> set[int]:
        """Return the numbers of the stored points; damaged ones are not among them."""
        try:
            layout = self._layout_file.read_text(encoding="utf-8")
            slot = _slot_type(json.loads(layout))
            self._file.stat()
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            self._file.unlink(missing_ok=True)
            self._layout_file.unlink(missing_ok=True)
            return set()
        self._layout = layout
        found = set[int]()
        rows = max(1, _BLOCK_BYTES // slot.itemsize)
        for start in range(0, self._count, rows):
            slots = self._read(slot, start, min(start + rows, self._count))
            for row in np.flatnonzero(slots["check"]).tolist():
                if slots["check"][row] == _check(start + row, slots["record"][row].tobytes()):
                    found.add(start + row)
        return found

    def _read(self, slot: np.dtype[np.void], start: int, stop: int) -> npt.NDArray[np.void]:
        offset = start * slot.itemsize
        return np.fromfile(self._file, dtype=slot, count=stop - start, offset=offset)

    def save(self, number: int, result: Point) -> None:
        """Store one point whole or not at all.

        Raises:
            BadResult: the point's bytes are not what its layout says.
            SweepError: the point's values have another shape, or come from other versions.
            OSError: the disk is full.
        """
        layout = _layout_of(result)
        if self._layout and result.layout != self._layout:
            raise SweepError(_say_difference(json.loads(self._layout), layout))
        _check_record(layout, result.data, self._finite)
        if not self._layout:
            self._begin(result.layout)
        check = np.array(_check(number, result.data), dtype="<u8").tobytes()
        slot = check + result.data
        with self._file.open("r+b", buffering=0) as file:
            file.seek(number * len(slot))
            if file.write(slot) != len(slot):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._file))

    def _begin(self, layout: str) -> None:
        here = self._identity["versions"]
        there = json.loads(layout)["versions"]
        if there != here:
            raise SweepError(_say_versions(here, there))
        self._file.write_bytes(b"")
        write_text(self._layout_file, layout)
        self._layout = layout

    @property
    def layout(self) -> dict[str, Any]:
        """What a point's record holds; known when a point is stored."""
        found: dict[str, Any] = json.loads(self._layout)
        return found

    def read(self, start: int, stop: int) -> npt.NDArray[np.void]:
        """Return the records of some points, (stop - start,), with a field for each variable."""
        return self._read(_slot_type(self.layout), start, stop)["record"]

    def remove(self) -> None:
        """Delete the points, and the folder unless something else lies there."""
        for file in (self._file, self._layout_file, self._label):
            file.unlink(missing_ok=True)
        if not any(self.folder.iterdir()):
            self.folder.rmdir()


def lock_file(file: BinaryIO) -> None:
    """Lock a file as long as it is open; BlockingIOError if another process did.

    Where files cannot be locked, this does nothing.
    """
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except (ImportError, OSError):
        return


def _slot_type(layout: dict[str, Any]) -> np.dtype[np.void]:
    """Return the structured type of a point's slot: a checksum and a field for each variable."""
    fields = [(item["name"], item["dtype"], tuple(item["shape"])) for item in layout["variables"]]
    return np.dtype([("check", "<u8"), ("record", fields)])


def _layout_of(point: object) -> dict[str, Any]:
    if not isinstance(point, Point):
        raise BadResult(f"as {type(point).__name__}, which is not a point's values")
    try:
        layout = json.loads(point.layout)
        layout["versions"]
    except (ValueError, KeyError, TypeError):
        raise BadResult("with a layout that cannot be read") from None
    return dict(layout)


def _check_record(layout: dict[str, Any], data: bytes, finite: bool) -> None:
    """Refuse what a worker cannot have meant, before it is written among the others."""
    record = _slot_type(layout)["record"]
    if len(data) != record.itemsize:
        raise BadResult(f"with {len(data)} bytes, not the {record.itemsize} of its layout")
    if not finite or not data:
        return
    values = np.frombuffer(data, dtype=record)
    for name in record.names or ():
        if not np.isfinite(values[name]).all():
            raise BadResult(f"with a value of {name} that is not finite")


def _check(number: int, data: bytes) -> int:
    return _WRITTEN | crc32(data, crc32(str(number).encode()))


def _say_difference(mine: dict[str, Any], other: dict[str, Any]) -> str:
    if mine["versions"] != other["versions"]:
        return _say_versions(mine["versions"], other["versions"])
    return (
        "a dataset has one shape, but the swept keys change the shape of a point's values; "
        "sweep them apart"
    )


def _say_versions(here: dict[str, str], there: dict[str, str]) -> str:
    names = [name for name in here if there.get(name) != here[name]]
    differ = ", ".join(f"{name} {here[name]} and {there.get(name)}" for name in names)
    return f"points come from different versions of the software ({differ}); install the same"

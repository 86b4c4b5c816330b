"""The finished points of a sweep on disk, until its dataset is written.

They lie in one SQLite file: which sweep it is, what a point's record holds, and a row for each
point. A process that is killed loses the point under way and no other. Beside each record stands
a checksum: SQLite finds torn files, but not a bit that changed on the disk.
"""

import errno
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from zlib import crc32

import numpy as np
import numpy.typing as npt

from cqed_battery.compute.workers import BadResult
from cqed_battery.errors import CqedBatteryError

_TABLES = (
    "CREATE TABLE sweep (identity TEXT NOT NULL, layout TEXT NOT NULL)",
    "CREATE TABLE points (number INTEGER PRIMARY KEY, checksum INTEGER, record BLOB)",
)


class SweepError(CqedBatteryError):
    """A sweep that cannot be carried out, or what is left of another one in its way."""


@dataclass(frozen=True)
class Point:
    """The values of one point, packed, and the JSON text that says how.

    The layout is an object with `variables` (each with name, dims, shape, dtype and attrs), the
    `labels` of dims, the dataset's `attrs`, and the `versions` that computed it.

    Args:
        layout: as JSON text.
        data: the values' bytes, variable after variable.
    """

    layout: str
    data: bytes


class SavedPoints:
    """Finished points in a file, which belongs to one sweep and to one process at a time.

    Args:
        path: of the file; a second one, with `-wal` added, lies beside it while it is open.
        identity: what the points depend on, as JSON takes it, with the software's `versions`.
        count: of all points, numbered from 0.
        finite: whether a point that holds a nan or an infinite value is refused.

    Raises:
        SweepError: the file is of another sweep, damaged, or in use by another process.
        OSError: the file cannot be written.
    """

    def __init__(
        self, path: Path, identity: dict[str, Any], count: int, *, finite: bool = False
    ) -> None:
        self.path, self._identity, self._count, self._finite = path, identity, count, finite
        self._layout = ""
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise self._foreign()
        path.open("ab").close()  # whose errors say more than those of SQLite
        self._database = sqlite3.connect(
            path, timeout=0.0, isolation_level=None, check_same_thread=False
        )
        try:
            with self._plain_errors():
                self._claim()
                self._stored = self._sound_points()
        except BaseException:
            self._database.close()
            raise

    def _claim(self) -> None:
        """Lock the file as long as it is open; fill it if it is new."""
        text = json.dumps(self._identity)
        run = self._database.execute
        run("PRAGMA locking_mode = EXCLUSIVE")
        run("BEGIN EXCLUSIVE")
        if run("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
            for table in _TABLES:
                run(table)
            run("INSERT INTO sweep VALUES (?, '')", (text,))
        with suppress(sqlite3.OperationalError):  # there is no such table
            if run("SELECT identity FROM sweep").fetchone() == (text,):
                run("COMMIT")
                run("PRAGMA journal_mode = WAL")  # one write for each point
                run("PRAGMA synchronous = NORMAL")  # which need not wait for the disk
                return
        raise self._foreign()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def _sound_points(self) -> set[int]:
        """Return the numbers of the stored points but for damaged ones."""
        run = self._database.execute
        (layout,) = run("SELECT layout FROM sweep").fetchone() or ("",)
        found = {
            number
            for number, checksum, record in run(
                "SELECT * FROM points WHERE typeof(record) = 'blob'"
            )
            if checksum == _checksum(number, layout, record) and 0 <= number < self._count
        }
        if found:
            self._layout = layout
        return found

    def finished(self) -> set[int]:
        """Return the numbers of the stored points; those that were damaged are not among them."""
        return set(self._stored)

    def save(self, number: int, result: Point) -> None:
        """Store one point whole or not at all.

        Args:
            number: of the point, from 0 to count - 1.
            result: its values, of the same layout as those that are stored.

        Raises:
            BadResult: the point's bytes are not what its layout says.
            SweepError: the point's values have another shape, or come from other versions.
            OSError: the disk is full.
        """
        layout = _checked(result, self._finite)
        here, there = self._identity["versions"], layout["versions"]
        if here != there:
            names = [name for name in here if there.get(name) != here[name]]
            differ = ", ".join(f"{name} {here[name]} and {there.get(name)}" for name in names)
            raise SweepError(
                f"points come from different versions of the software ({differ}); install the same"
            )
        if self._layout and result.layout != self._layout:
            raise SweepError(
                "a dataset has one shape, but the swept keys change the shape of a point's values;"
                " sweep them apart"
            )
        with self._plain_errors():
            if not self._layout:
                self._database.execute("UPDATE sweep SET layout = ?", (result.layout,))
                self._layout = result.layout
            row = (number, _checksum(number, self._layout, result.data), result.data)
            self._database.execute("INSERT OR REPLACE INTO points VALUES (?, ?, ?)", row)
        self._stored.add(number)

    @property
    def layout(self) -> dict[str, Any]:
        """What a point's record holds; known when a point is stored."""
        found: dict[str, Any] = json.loads(self._layout)
        return found

    def read(self, start: int, stop: int) -> npt.NDArray[np.void]:
        """Return the records of some points, (stop - start,), with a field for each variable.

        Args:
            start: number of the first point.
            stop: number after the last; all between are stored.
        """
        select = "SELECT record FROM points WHERE number >= ? AND number < ? ORDER BY number"
        with self._plain_errors():
            rows = self._database.execute(select, (start, stop)).fetchall()
        return np.frombuffer(b"".join(row[0] for row in rows), dtype=_record_type(self.layout))

    def remove(self) -> None:
        """Delete the file."""
        self._database.close()
        for name in (self.path.name, f"{self.path.name}-wal"):
            self.path.with_name(name).unlink(missing_ok=True)

    def _foreign(self) -> SweepError:
        return SweepError(
            f"{self.path} holds the points of another sweep, or of this one from before its file"
            " or the software changed; finish that one, remove it, or give another --out"
        )

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        """Say what is wrong with the file as the errors of this package do."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
            if code == sqlite3.SQLITE_BUSY:
                raise SweepError(
                    f"another process is at work on this sweep, whose points are in {self.path};"
                    " wait for it, or give another --out"
                ) from None
            if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                raise SweepError(
                    f"{self.path} is damaged, or is no file of a sweep's points; remove it, so"
                    " that they are computed again, or give another --out"
                ) from None
            reason = errno.ENOSPC if code == sqlite3.SQLITE_FULL else errno.EIO
            raise OSError(reason, str(error), str(self.path)) from None


def _record_type(layout: dict[str, Any]) -> np.dtype[np.void]:
    """Return the structured type of a point's record, a field for each variable."""
    variables = layout["variables"]
    return np.dtype([(item["name"], item["dtype"], tuple(item["shape"])) for item in variables])


def _checked(point: object, finite: bool) -> dict[str, Any]:
    """Return a point's layout; refuse what a worker cannot have meant."""
    if not isinstance(point, Point):
        raise BadResult(f"as {type(point).__name__}, which is not a point's values")
    try:
        layout: dict[str, Any] = json.loads(point.layout)
        layout["versions"]
        record = _record_type(layout)
    except (ValueError, KeyError, TypeError):
        raise BadResult("with a layout that cannot be read") from None
    if len(point.data) != record.itemsize:
        raise BadResult(f"with {len(point.data)} bytes, not the {record.itemsize} of its layout")
    if finite and point.data:
        values = np.frombuffer(point.data, dtype=record)
        for name in record.names or ():
            if not np.isfinite(values[name]).all():
                raise BadResult(f"with a value of {name} that is not finite")
    return layout


def _checksum(number: int, layout: str, record: bytes) -> int:
    return crc32(record, crc32(f"{number} {layout}".encode()))

"""Standard streams that may be closed, or lose their reader, while the work goes on."""

import errno
import io
import os
import signal
import sys
from typing import IO, Any


class _Outlet(io.FileIO):
    """Where text goes as long as somebody is there: a pipe's reader or a terminal.

    Args:
        handle: of the standard stream, which stays open.
    """

    def __init__(self, handle: int) -> None:
        super().__init__(handle, "w", closefd=False)
        # A closed terminal gives EIO, which of a file means that its disk is broken.
        self._gone = (errno.EPIPE, errno.EIO) if os.isatty(handle) else (errno.EPIPE,)
        self._lost = False

    def write(self, data: Any) -> int:
        """Write, or lose what nobody will read; a disk that is full is said once."""
        try:
            return memoryview(data).nbytes if self._lost else super().write(data) or 0
        except OSError as error:
            self._lost = True
            if error.errno not in self._gone:
                raise
            return memoryview(data).nbytes


def keep_streams() -> None:
    """Make the standard streams of this process such that their end does not end its work.

    Streams that are closed from the beginning lead nowhere, what a reader who left would have got
    is lost, and SIGHUP of a closed terminal is ignored, here and in the processes begun from here.
    Letters that a terminal cannot show become question marks.
    """
    # From the lowest on, so that no file of the user's gets the number of a standard stream.
    sys.stdin = sys.stdin or _nowhere("r")
    sys.stdout, sys.stderr = _kept(sys.stdout), _kept(sys.stderr)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _nowhere(mode: str) -> IO[str]:
    return open(os.devnull, mode, encoding="utf-8")


def _kept(stream: Any) -> Any:
    if stream is None:
        return _nowhere("w")
    outlet = _Outlet(stream.fileno())
    return io.TextIOWrapper(
        io.BufferedWriter(outlet),
        encoding=stream.encoding,
        errors="replace",
        line_buffering=stream.line_buffering,
    )

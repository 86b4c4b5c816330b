"""Files that are written whole or not at all, also where the disk is full."""

import os
import tempfile
from collections.abc import Callable
from os import PathLike
from pathlib import Path


def write_atomically(path: str | PathLike[str], write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file beside `path`, then put it in place in one step.

    If `write` fails, what stood at `path` stays as it was.

    Args:
        path: of the file; missing folders above it are made.
        write: called with the path of the temporary file, which it fills.

    Raises:
        IsADirectoryError: `path` is a folder.
        OSError: the folder cannot be written to, or the disk is full.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a directory, but a file is to be written there")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    os.close(handle)
    temporary = Path(name)
    try:
        try:
            write(temporary)
        except OSError as error:
            error.filename = error.filename or str(path)
            raise
        mask = os.umask(0)  # can only be read by setting it
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | PathLike[str], text: str) -> None:
    """Write a text file (UTF-8) whole or not at all.

    Args:
        path: of the file.
        text: its whole content.

    Raises:
        OSError: as `write_atomically`.
    """

    def write(temporary: Path) -> None:
        """Write the text under a temporary name."""
        temporary.write_text(text, encoding="utf-8")

    write_atomically(path, write)


def reserve(path: Path, size: int) -> None:
    """Raise OSError unless the disk takes a file of so many bytes; it is left empty.

    A library that is in the middle of a file when the disk is full may take the program down.

    Args:
        path: of the file, which is made or emptied.
        size: in bytes.
    """
    with path.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        file.truncate(0)

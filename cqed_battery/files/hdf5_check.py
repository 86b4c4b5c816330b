"""The global heaps of an HDF5 file, walked before the HDF5 library reads them.

Text of variable length lies in heaps, a chain of objects each of which says how long it is. The
library (2.0.0, too) follows the chain without end where a torn file says 0, and cannot be
interrupted then. To read such a file in a process with a time limit would cost every file that
is opened the import of h5py in that process; the walk costs a millisecond.
"""

from collections.abc import Iterator
from pathlib import Path
from struct import unpack_from
from typing import BinaryIO

_SIGNATURE = b"\x89HDF\r\n\x1a\n"  # the specification, II.A
_HEAP = b"GCOL\x01\x00\x00\x00"  # signature, version 1 and reserved bytes; III.E
_HEADER = 16  # bytes of a heap's and of an object's header, with lengths of 8 bytes
_LENGTH = 8  # bytes of a length in all files that HDF5 writes unless told otherwise
_BLOCK = 1 << 22  # bytes of the file in memory at a time: 4 MiB
_MOST = 1 << 28  # bytes of a heap, as many as are read of a whole file (256 MiB)
_LENGTHS_AT = {0: 14, 1: 14, 2: 10, 3: 10}  # where the superblock says so, by its version


def torn_heap(path: Path) -> str:
    """Say what is wrong with the heaps of an HDF5 file; nothing is said of sound or other files.

    Args:
        path: of any file.

    Returns:
        What is wrong, to go into a sentence; "" if nothing is.

    Raises:
        OSError: the file cannot be read.

    Layout: HDF5 File Format Specification 3.0, III.E (global heap) and II.A (superblock).
    """
    with path.open("rb") as file:
        head = file.read(_HEADER)
        if not head.startswith(_SIGNATURE) or len(head) < _HEADER:
            return ""
        where = _LENGTHS_AT.get(head[len(_SIGNATURE)])
        if where is None or head[where] != _LENGTH:
            return "lengths in it are not of 8 bytes"
        for start in _heaps(file):
            if not _is_sound(file, start):
                return f"the heap at byte {start} is damaged"
    return ""


def _heaps(file: BinaryIO) -> Iterator[int]:
    """Yield where heaps begin, a block of the file in memory at a time."""
    offset, kept = 0, b""
    while True:
        file.seek(offset)
        block = file.read(_BLOCK)
        if not block:
            return
        data, begin = kept + block, offset - len(kept)
        place = data.find(_HEAP)
        while place >= 0:
            yield begin + place
            place = data.find(_HEAP, place + len(_HEAP))
        offset, kept = offset + len(block), data[-len(_HEAP) + 1 :]


def _is_sound(file: BinaryIO, start: int) -> bool:
    """Say whether every object of a heap ends within it, and after it began."""
    file.seek(start)
    header = file.read(_HEADER)
    if len(header) < _HEADER:
        return False
    (size,) = unpack_from("<Q", header, 8)
    file.seek(start)
    data = file.read(min(size, _MOST))
    place, end = _HEADER, size
    if end > len(data):
        return False
    while place + _HEADER <= end:
        number, _, _, length = unpack_from("<HHIQ", data, place)
        needed = _HEADER + (length + 7) // 8 * 8 if number else length  # 0 is what is free
        if not 0 < needed <= end - place:
            return False
        place += needed
    return True

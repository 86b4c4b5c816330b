"""The global heaps of an HDF5 file, walked before the HDF5 library reads them.

Text of variable length lies in heaps, a chain of objects each of which says how long it is. The
library follows the chain without end where a torn file says 0, and cannot be interrupted then.
"""

from mmap import ACCESS_READ, mmap
from pathlib import Path
from struct import unpack_from

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_HEAP = b"GCOL\x01\x00\x00\x00"
_HEADER = 16  # bytes of a heap's and of an object's header, with lengths of 8 bytes
_LENGTH = 8
_LENGTHS_AT = {0: 14, 1: 14, 2: 10, 3: 10}  # where the superblock says so, by its version


def torn_heap(path: Path) -> str:
    """Say what is wrong with the heaps of an HDF5 file; nothing is said of sound or other files.

    Layout: HDF5 File Format Specification 3.0, III.E (global heap) and II.A (superblock).
    """
    if path.stat().st_size <= len(_SIGNATURE) + _HEADER:
        return ""
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        if data[: len(_SIGNATURE)] != _SIGNATURE:
            return ""
        where = _LENGTHS_AT.get(data[len(_SIGNATURE)])
        if where is None or data[where] != _LENGTH:
            return "lengths in it are not of 8 bytes"
        start = data.find(_HEAP)
        while start >= 0:
            if not _is_sound(data, start):
                return f"the heap at byte {start} is damaged"
            start = data.find(_HEAP, start + len(_HEAP))
    return ""


def _is_sound(data: mmap, start: int) -> bool:
    """Say whether every object of a heap ends within it, and after it began."""
    if start + _HEADER > len(data):
        return False
    (size,) = unpack_from("<Q", data, start + 8)
    place, end = start + _HEADER, start + size
    if end > len(data):
        return False
    while place + _HEADER <= end:
        number, _, _, length = unpack_from("<HHIQ", data, place)
        needed = _HEADER + (length + 7) // 8 * 8 if number else length  # 0 is what is free
        if not 0 < needed <= end - place:
            return False
        place += needed
    return True

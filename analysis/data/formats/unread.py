"""Formats that are recognised and not read: what each is, and what to write instead."""

from pathlib import Path
from typing import NoReturn

from analysis.data.formats.format import Format
from analysis.data.mapping import LabNames
from cqed_battery.files.datasets import DatasetError

_SIGNATURES = {
    b"PK\x03\x04": ("a workbook or another zip archive", "save the sheet as CSV"),
    b"\xd0\xcf\x11\xe0": ("an old workbook of Excel", "save the sheet as CSV"),
    b"PAR1": ("a Parquet file", "read it with pandas.read_parquet and give the frame in Python"),
    b"MATLAB 5.0": ("a MATLAB file", "save it in version 7.3, or as CSV"),
    b"\x93NUMPY": ("one numpy array without a name", "save arrays by name with numpy.savez"),
    b"\x1f\x8b": ("compressed by gzip", "unpack it first"),
    b"%PDF": ("a PDF document", "give the numbers behind it as CSV"),
    b"\x80\x04\x95": ("a Python pickle, which may run code when opened", "save it as CSV"),
    b"\x80\x05\x95": ("a Python pickle, which may run code when opened", "save it as CSV"),
}
"""How the files of a format begin: what it is, and what to do."""


class Unread(Format):
    """Formats with a name, which are refused by it."""

    name = "a format that is not read"

    def recognises(self, head: bytes) -> bool:
        """Say whether it is one of them.

        Args:
            head: the first bytes of the file.
        """
        return any(head.startswith(signature) for signature in _SIGNATURES)

    def read(self, path: Path, names: LabNames) -> NoReturn:
        """Refuse a file.

        Args:
            path: of the file.
            names: the laboratory's names, not used.

        Raises:
            DatasetError: always; it says what the file is and what would be read.
        """
        with path.open("rb") as file:
            head = file.read(max(map(len, _SIGNATURES)))
        what, advice = next(said for begin, said in _SIGNATURES.items() if head.startswith(begin))
        raise DatasetError(f"{path} is {what}, which is not read; {advice}")


FORMAT = Unread()

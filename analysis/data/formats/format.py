"""What every format says: how its files begin, and how one is read."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

import xarray as xr

from analysis.data.mapping import LabNames
from analysis.data.tables.columns import Columns


class Format(ABC):
    """A format of files."""

    name: ClassVar[str]
    """What the format is called, as words."""

    @abstractmethod
    def recognises(self, head: bytes) -> bool:
        """Say whether a file that begins so has this format.

        Args:
            head: the first bytes of the file.
        """

    @abstractmethod
    def read(self, path: Path, names: LabNames) -> Columns | xr.Dataset:
        """Return the content of a file.

        Args:
            path: of the file.
            names: the laboratory's names.

        Raises:
            DatasetError: the file cannot be read, or holds nothing of a known layout.
        """

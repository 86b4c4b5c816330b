"""What a reader of calibration files tells."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from analysis.characterisation.carried import Carried, CharacterisationError
from analysis.data.counts import read_utf8
from cqed_battery.experiment import Experiment


class DeviceFile(ABC):
    """A reader of one stack's calibration files."""

    name: ClassVar[str]
    """What the file is called, as words."""

    def content(self, path: Path) -> Any:
        """Return the content of a file, by default of JSON.

        Args:
            path: of the file.

        Raises:
            DatasetError: the file cannot be read.
            CharacterisationError: it is no such file.
        """
        text = read_utf8(path, "calibration file")
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise CharacterisationError(f"{path} is not JSON, as a {self.name} is") from None

    entries: ClassVar[str] = "qubits"
    """The key under which the file has its qubits by name."""

    def qubits(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the entries of the qubits by name; none where it is no such file.

        Args:
            content: of the file.
        """
        found = content.get(self.entries)
        return found if isinstance(found, Mapping) else {}

    @abstractmethod
    def values(
        self, entry: Any, qubit: str, experiment: Experiment
    ) -> tuple[list[Carried], list[str]]:
        """Return the values that have a key, and sentences on those that have none.

        Args:
            entry: of a qubit.
            qubit: its name.
            experiment: whose conventions hold.
        """

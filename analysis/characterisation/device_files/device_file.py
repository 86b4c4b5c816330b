"""What a reader of calibration files tells."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from analysis.characterisation.carried import Carried
from cqed_battery.experiment import Experiment


class DeviceFile(ABC):
    """A reader of one stack's calibration files."""

    name: ClassVar[str]
    """What the file is called, as words."""

    @abstractmethod
    def qubits(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the entries of the qubits by name; none where it is no such file.

        Args:
            content: of the file.
        """

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

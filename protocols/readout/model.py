"""What every readout model tells: its assignment errors, its length, and what is probed."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.readout.pointer_states import Probe


@dataclass(frozen=True)
class AssignmentErrors:
    """P(1|0), P(0|1), and the share of the levels above 1 that is taken for 1 before them.

    In the dispersive model the share may lie a little outside [0, 1].
    """

    p1_given_0: float
    p0_given_1: float
    leaked_reads_1: float

    @property
    def contrast(self) -> float:
        """1 - P(1|0) - P(0|1): how far apart levels 0 and 1 read, at most 1."""
        return 1 - self.p1_given_0 - self.p0_given_1

    @property
    def reads_1(self) -> FloatArray:
        """Probability to read 1 in levels 0, 1 and 2, (3,)."""
        shares = np.array([0.0, 1.0, self.leaked_reads_1])
        return np.clip(self.p1_given_0 + self.contrast * shares, 0.0, 1.0)


class ReadoutModel(ABC):
    """A way from the transmon's levels to outcomes 0 and 1."""

    own_keys: ClassVar[tuple[str, ...]] = ()
    """Keys of the file, "section.key", that play a part only with this method or some others."""

    errors_in_file: ClassVar[bool]
    """Whether the errors are those of the file, so that `faults.readout_drift` may add to them."""

    @abstractmethod
    def assignment_errors(self, experiment: Experiment) -> AssignmentErrors:
        """Return the assignment errors.

        Args:
            experiment: the experiment file's content.

        Raises:
            ExperimentError: the readout does not tell level 1 from 0.
        """

    @abstractmethod
    def parts_ns(self, experiment: Experiment) -> tuple[float, float, float]:
        """Return the delay before the probe, the probe before its signal is recorded, and after.

        Args:
            experiment: the experiment file's content.

        Returns:
            Three lengths in ns.
        """

    def duration_ns(self, experiment: Experiment) -> float:
        """Return how long one readout takes, in ns.

        Args:
            experiment: the experiment file's content.
        """
        return sum(self.parts_ns(experiment))

    @abstractmethod
    def probe(self, experiment: Experiment) -> Probe | None:
        """Return what draws an IQ point for each shot.

        None where there are no points, and counts follow at once from the probability of level 1
        and the assignment errors.

        Args:
            experiment: the experiment file's content.
        """

"""What every shape of the charging pulse tells: its length, its values, and their slope."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from cqed_battery.experiment import Experiment, ExperimentError
from cqed_battery.operators import ComplexArray, FloatArray


class PulseShape(ABC):
    """A complex function s(t) of the time since the charging began; eps = i Omega e^(-i phi) s.

    A phase phi(t) of the drive makes s = |s| exp(-i phi).
    """

    length_key: ClassVar[str] = "charging.length_ns"
    """The key that states its length."""

    calibrated: ClassVar[frozenset[str]] = frozenset()
    """Keys beside the amplitude that a laboratory calibrates: another pulse where they are off."""

    own_keys: ClassVar[tuple[str, ...]] = ()
    """Keys of the file, "section.key", that play a part only with this method or some others."""

    smooth: ClassVar[bool] = True
    """Whether the drive at a time is read between its samples, not off the sample that begins."""

    stays_on: ClassVar[bool] = False
    """Whether it tends to the constant full drive, so that a run has a steady state."""

    def length_ns(self, experiment: Experiment) -> float:
        """Return from when on the shape is constant, in ns.

        Args:
            experiment: the experiment file's content.
        """
        return experiment.charging.length_ns

    @abstractmethod
    def values(self, experiment: Experiment, times: FloatArray) -> ComplexArray:
        """Return s at times from 0, (T,), no unit; after its length what is held from then on.

        Args:
            experiment: the experiment file's content.
            times: since the start of charging, in ns, (T,).
        """

    @abstractmethod
    def slope(self, experiment: Experiment, times: FloatArray) -> ComplexArray:
        """Return ds/dt, (T,), in 1/ns; jumps are left out.

        Args:
            experiment: the experiment file's content.
            times: since the start of charging, in ns, (T,).
        """

    def stretched(self, experiment: Experiment, length: float) -> dict[str, Any]:
        """Return the changes that stretch the pulse to a length.

        Args:
            experiment: the experiment file's content.
            length: at least 0, in ns.

        Raises:
            ExperimentError: the shape has no such length.
        """
        return {"charging.length_ns": length}

    def check(self, experiment: Experiment) -> None:
        """Refuse an experiment that lacks what the shape needs, and a length off a ruling clock.

        Args:
            experiment: the experiment file's content.

        Raises:
            ExperimentError: says which key.
        """
        reason = experiment.drive.off_clock(self.length_key, self.length_ns(experiment))
        if reason is not None:
            raise ExperimentError(reason)

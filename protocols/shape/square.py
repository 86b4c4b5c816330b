"""Square: a cosine rise of `drive.rise_ns`, then the full amplitude until it is cut off."""

from typing import Any

from cqed_battery.dynamics.waveforms import cosine_rise, cosine_rise_rate
from cqed_battery.experiment import Experiment, ExperimentError
from cqed_battery.operators import ComplexArray, FloatArray
from protocols.shape.method import PulseShape


class Square(PulseShape):
    """A rise, then constant."""

    length_key = "drive.rise_ns"
    smooth = False  # constant but for its rise
    stays_on = True

    def length_ns(self, experiment: Experiment) -> float:
        """Return the rise time.

        Args:
            experiment: the experiment file's content.
        """
        return experiment.drive.rise_ns

    def values(self, experiment: Experiment, times: FloatArray) -> ComplexArray:
        """Return (1 - cos(pi t / rise))/2, then 1, (T,).

        Args:
            experiment: the experiment file's content.
            times: since the start of charging, in ns, (T,).
        """
        return cosine_rise(times, experiment.drive.rise_ns).astype(complex)

    def slope(self, experiment: Experiment, times: FloatArray) -> ComplexArray:
        """Return its derivative, (T,), in 1/ns.

        Args:
            experiment: the experiment file's content.
            times: since the start of charging, in ns, (T,).
        """
        return cosine_rise_rate(times, experiment.drive.rise_ns).astype(complex)

    def stretched(self, experiment: Experiment, length: float) -> dict[str, Any]:
        """Refuse to stretch what is as long as it is on.

        Args:
            experiment: the experiment file's content.
            length: in ns.

        Raises:
            ExperimentError: always.
        """
        raise ExperimentError(
            f'charging.axis = "scaled-time" stretches the pulse, but charging.shape ='
            f' "{experiment.charging.shape}" has no length to stretch: set the axis to "time", or'
            ' the shape to "flat-top"'
        )


METHOD = Square()

"""Samples: amplitudes and phases that the file lists, each held until the next one's time."""

import numpy as np

from cqed_battery.errors import ExperimentError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray
from protocols.shape.method import PulseShape


class Samples(PulseShape):
    """What `charging.samples_ns`, `samples_amplitude` and `samples_phase_rad` say.

    The clock plays what is held at the middle of each of its periods.
    """

    smooth = False
    length_key = "the last of charging.samples_ns"

    def length_ns(self, experiment: Experiment) -> float:
        """Return the last sample's time; that sample is held without end.

        Args:
            experiment: the experiment file's content.
        """
        return _times(experiment)[-1]

    def values(self, experiment: Experiment, times: FloatArray) -> ComplexArray:
        """Return the sample in force, (T,).

        Args:
            experiment: the experiment file's content.
            times: since the start of charging, in ns, (T,).
        """
        charging = experiment.charging
        place = np.searchsorted(_times(experiment), times, side="right") - 1
        phases = charging.samples_phase_rad or (0.0,) * len(_times(experiment))
        listed = np.array(charging.samples_amplitude) * np.exp(-1j * np.array(phases))
        return np.asarray(listed[place])

    def slope(self, experiment: Experiment, times: FloatArray) -> ComplexArray:
        """Return 0: between jumps nothing changes, (T,).

        Args:
            experiment: the experiment file's content.
            times: since the start of charging, in ns, (T,).
        """
        return np.zeros(np.shape(times), dtype=complex)

    def check(self, experiment: Experiment) -> None:
        """Refuse a file without samples.

        Args:
            experiment: the experiment file's content.

        Raises:
            ExperimentError: there are none.
        """
        if experiment.charging.samples_ns is None:
            raise ExperimentError(
                f'charging.shape = "{experiment.charging.shape}" needs charging.samples_ns and'
                " charging.samples_amplitude: list them"
            )
        for time in experiment.charging.samples_ns:
            reason = experiment.drive.off_clock("each of charging.samples_ns", time)
            if reason is not None:
                raise ExperimentError(reason)


def _times(experiment: Experiment) -> tuple[float, ...]:
    return experiment.charging.samples_ns or (0.0,)


METHOD = Samples()

"""Samples: amplitudes and phases that the file lists, each held until the next one's time."""

from typing import Any

import numpy as np

from cqed_battery.errors import ExperimentError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray
from protocols.shape.method import PulseShape


class Samples(PulseShape):
    """What `charging.samples_ns`, `samples_amplitude` and `samples_phase_rad` say.

    The clock plays what is held at the middle of each of its periods.
    """

    own_keys = ("charging.length_ns",)
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

    def stretched(self, experiment: Experiment, length: float) -> dict[str, Any]:
        """Return the changes that hold each sample longer, as `charging.length_ns` grows to length.

        Args:
            experiment: the experiment file's content.
            length: at least 0, in ns.

        Raises:
            ExperimentError: samples begin after that length.
        """
        last, whole = _times(experiment)[-1], experiment.charging.length_ns
        if last > whole:
            raise ExperimentError(
                "charging.length_ns must hold charging.samples_ns with charging.axis ="
                f' "scaled-time", which stretches them from it, but is {whole:g}: raise it to'
                f" {last:g} or more"
            )
        stretch = length / whole
        return {"charging.samples_ns": tuple(stretch * time for time in _times(experiment))}

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

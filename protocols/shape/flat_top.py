"""Flat-top: a cosine rise of `drive.rise_ns`, full amplitude, the same fall, then off."""

from typing import Any

from cqed_battery.dynamics.waveforms import cosine_rise, cosine_rise_rate
from cqed_battery.errors import ExperimentError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray
from protocols.shape.method import PulseShape


class FlatTop(PulseShape):
    """Rise, top and fall within `charging.length_ns`."""

    own_keys = ("charging.length_ns", "priors.charging_rise")
    calibrated = frozenset({"drive.rise_ns"})

    def values(self, experiment: Experiment, times: FloatArray) -> ComplexArray:
        """Return rise and fall, (T,), from 0 to 1.

        Args:
            experiment: the experiment file's content.
            times: since the start of charging, in ns, (T,).
        """
        rise, falls = experiment.drive.rise_ns, _fall(experiment)
        return (cosine_rise(times, rise) - cosine_rise(times - falls, rise)).astype(complex)

    def slope(self, experiment: Experiment, times: FloatArray) -> ComplexArray:
        """Return its derivative, (T,), in 1/ns.

        Args:
            experiment: the experiment file's content.
            times: since the start of charging, in ns, (T,).
        """
        rise, falls = experiment.drive.rise_ns, _fall(experiment)
        changes = cosine_rise_rate(times, rise) - cosine_rise_rate(times - falls, rise)
        return changes.astype(complex)

    def stretched(self, experiment: Experiment, length: float) -> dict[str, Any]:
        """Return the changes that stretch the top; its edges stay.

        Args:
            experiment: the experiment file's content.
            length: at least 0, in ns.

        Raises:
            ExperimentError: the length does not hold both edges.
        """
        rise = experiment.drive.rise_ns
        if 0 < length < 2 * rise:
            raise ExperimentError(
                'charging.start_ns must hold rise and fall with charging.axis = "scaled-time", 2'
                f" drive.rise_ns = {2 * rise:g} ns, but a pulse has {length:g}: begin at"
                f" {2 * rise:g} or later, or shorten drive.rise_ns"
            )
        return super().stretched(experiment, length)

    def check(self, experiment: Experiment) -> None:
        """Refuse edges that do not fit into the length.

        Args:
            experiment: the experiment file's content.

        Raises:
            ExperimentError: two edges are longer than the pulse.
        """
        rise, length = experiment.drive.rise_ns, experiment.charging.length_ns
        if 2 * rise > length:
            raise ExperimentError(
                "charging.length_ns must hold the rise and the fall of a flat-top pulse,"
                f" 2 drive.rise_ns = {2 * rise:g} ns, but is {length:g}: lengthen it, or shorten"
                " drive.rise_ns"
            )
        super().check(experiment)


def _fall(experiment: Experiment) -> float:
    """Return when the fall begins, in ns."""
    return experiment.charging.length_ns - experiment.drive.rise_ns


METHOD = FlatTop()

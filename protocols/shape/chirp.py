"""Chirp: the square pulse, its carrier swept linearly for `charging.length_ns`, then held.

dphi/dt goes from `chirp_from_MHz` to `chirp_to_MHz`, both from the drive's carrier. Slow against
Omega^2, it is an adiabatic passage (Landau-Zener).
"""

import numpy as np

from cqed_battery.dynamics.waveforms import cosine_rise, cosine_rise_rate
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.units import angular_from_mhz
from protocols.shape.method import PulseShape


class Chirp(PulseShape):
    """A rise, and a phase that is quadratic in time."""

    own_keys = ("charging.length_ns", "charging.chirp_from_MHz", "charging.chirp_to_MHz")
    length_key = "the last charging time"

    def length_ns(self, experiment: Experiment) -> float:
        """Return the last charging time: off the carrier the phase never rests.

        Args:
            experiment: the experiment file's content.
        """
        return float(experiment.charging_times_ns[-1])

    def values(self, experiment: Experiment, times: FloatArray) -> ComplexArray:
        """Return the rise times exp(-i phi(t)), (T,).

        Args:
            experiment: the experiment file's content.
            times: since the start of charging, in ns, (T,).
        """
        return cosine_rise(times, experiment.drive.rise_ns) * _turn(experiment, times)

    def slope(self, experiment: Experiment, times: FloatArray) -> ComplexArray:
        """Return its derivative, (T,), in 1/ns.

        Args:
            experiment: the experiment file's content.
            times: since the start of charging, in ns, (T,).
        """
        rise = experiment.drive.rise_ns
        turning = -1j * _offset(experiment, times) * cosine_rise(times, rise)
        return (cosine_rise_rate(times, rise) + turning) * _turn(experiment, times)


def _sweep(experiment: Experiment) -> tuple[float, float, float]:
    """Return the first offset and the last, in rad/ns, and how long the sweep takes, in ns."""
    charging = experiment.charging
    first, last = (angular_from_mhz(f) for f in (charging.chirp_from_MHz, charging.chirp_to_MHz))
    return first, last, charging.length_ns


def _offset(experiment: Experiment, times: FloatArray) -> FloatArray:
    """Return dphi/dt, (T,), in rad/ns."""
    first, last, length = _sweep(experiment)
    return np.asarray(first + (last - first) * np.minimum(times / length, 1.0))


def _turn(experiment: Experiment, times: FloatArray) -> ComplexArray:
    """Return exp(-i phi), (T,), phi the integral of the offset."""
    first, last, length = _sweep(experiment)
    swept, held = np.minimum(times, length), np.maximum(times - length, 0.0)
    phase = first * swept + (last - first) * swept**2 / (2 * length) + last * held
    return np.asarray(np.exp(-1j * phase))


METHOD = Chirp()

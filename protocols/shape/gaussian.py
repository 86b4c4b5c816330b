"""Gaussian: sigma = length/4, lifted to 0 at both ends and 1 at its middle, then off."""

import numpy as np

from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray
from protocols.shape.method import PulseShape

_SIGMAS = 4.0  # length over sigma, as of the tomography pulses


class Gaussian(PulseShape):
    """A bell that is over after `charging.length_ns`."""

    own_keys = ("charging.length_ns", "priors.charging_width")
    calibrated = frozenset({"charging.length_ns"})

    def values(self, experiment: Experiment, times: FloatArray) -> ComplexArray:
        """Return the lifted bell, (T,), from 0 to 1.

        Args:
            experiment: the experiment file's content.
            times: since the start of charging, in ns, (T,).
        """
        return lifted_bell(times, experiment.charging.length_ns)[0].astype(complex)

    def slope(self, experiment: Experiment, times: FloatArray) -> ComplexArray:
        """Return its derivative, (T,), in 1/ns.

        Args:
            experiment: the experiment file's content.
            times: since the start of charging, in ns, (T,).
        """
        return lifted_bell(times, experiment.charging.length_ns)[1].astype(complex)


def lifted_bell(times: FloatArray, length: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the bell, its derivative (1/ns) and second derivative (1/ns^2), (T,) each.

    Args:
        times: in ns, (T,); outside of the length all are 0.
        length: in ns.
    """
    sigma, centre = length / _SIGMAS, length / 2
    inside = (times >= 0) & (times < length)
    place = (np.asarray(times, dtype=float) - centre) / sigma
    foot = np.exp(-((centre / sigma) ** 2) / 2)
    bell = np.where(inside, np.exp(-(place**2) / 2), 0.0) / (1 - foot)
    value = bell - np.where(inside, foot / (1 - foot), 0.0)
    return value, -place / sigma * bell, (place**2 - 1) / sigma**2 * bell


METHOD = Gaussian()

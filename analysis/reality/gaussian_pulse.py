"""Excitation of a transmon by a Gaussian pulse, over its angle or its frequency."""

from collections.abc import Iterable
from math import ceil

import numpy as np

from cqed_battery.dynamics.evolution import Liouvillian, forward
from cqed_battery.dynamics.generator import rotating_frame
from cqed_battery.dynamics.hermitian import from_real, to_real
from cqed_battery.dynamics.waveforms import Controls, Waveform, clocked
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray

STEPS_PER_SIGMA = 20  # samples held; checked by halving them (tests/test_reality.py)


def gaussian_waveform(angle: float, sigma: float, duration: float) -> Waveform:
    """Return a resonant Gaussian pulse without DRAG, sampled coarsely.

    Args:
        angle: of rotation at small loss, the area of the Rabi rate, in rad.
        sigma: standard deviation in ns.
        duration: in ns, the pulse in its middle.
    """
    period = duration / ceil(duration / sigma * STEPS_PER_SIGMA)
    middles = (np.arange(round(duration / period)) + 0.5) * period
    area = float(np.exp(-(((middles - duration / 2) / sigma) ** 2) / 2).sum() * period)

    def controls(time: float) -> Controls:
        """Return the drive at a time in ns, eps = i Omega in rad/ns."""
        shape = float(np.exp(-(((time - duration / 2) / sigma) ** 2) / 2))
        return Controls(0.0, 1j * angle * shape / area)

    return clocked(duration, period, controls)


def excitations(
    experiment: Experiment,
    angles: Iterable[float],
    frequencies_ghz: Iterable[float],
    sigma: float,
    duration: float,
) -> FloatArray:
    """Return what is left of level 0's population after pulses on level 0, taken from 1, (N,).

    Args:
        experiment: whose transmon counts; the resonator is left out.
        angles: of each pulse, in rad, N of them.
        frequencies_ghz: of the drive in each pulse, N of them.
        sigma: in ns.
        duration: in ns.
    """
    pairs = zip(angles, frequencies_ghz, strict=True)
    return np.array([_excitation(experiment, *pair, sigma, duration) for pair in pairs])


def _excitation(
    experiment: Experiment, angle: float, frequency: float, sigma: float, duration: float
) -> float:
    driven = experiment.replace({"drive.frequency_GHz": frequency})
    liouvillian = Liouvillian(rotating_frame(driven.device, 1))
    start = np.zeros((liouvillian.dimension,) * 2, dtype=complex)
    start[0, 0] = 1.0
    end = forward(liouvillian, to_real(start), gaussian_waveform(angle, sigma, duration))
    return 1.0 - float(from_real(end)[0, 0].real)

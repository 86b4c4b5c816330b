"""Excitation of a transmon by a Gaussian pulse, over its angle or its frequency."""

from math import ceil

import numpy as np
from scipy.linalg import expm

from cqed_battery.compute.threads import one_thread
from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.dynamics.generator import rotating_frame
from cqed_battery.dynamics.hermitian import from_real, to_real
from cqed_battery.dynamics.waveforms import Controls
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray

STEPS_PER_SIGMA = 20  # samples held; checked by halving them (tests/test_reality.py)


@one_thread()
def excitations(
    experiment: Experiment,
    angles: FloatArray,
    frequencies_ghz: FloatArray,
    sigma: float,
    duration: float,
) -> FloatArray:
    """Return what has left level 0 after Gaussian pulses without DRAG, (N,), no unit.

    The Rabi rate is angle x exp(-(t - duration/2)^2 / (2 sigma^2)), normalised to an area of 1 and
    sampled at the middles of short steps; all pulses are solved side by side.

    Args:
        experiment: whose transmon counts; the resonator is left out.
        angles: area of the Rabi rate of each pulse, in rad, (N,).
        frequencies_ghz: of the drive in each pulse, (N,).
        sigma: standard deviation in ns.
        duration: in ns, the pulse in its middle.
    """
    steps = ceil(duration / sigma * STEPS_PER_SIGMA)
    period = duration / steps
    middles = (np.arange(steps) + 0.5) * period - duration / 2
    shape = np.exp(-((middles / sigma) ** 2) / 2)
    rates = np.outer(shape / (shape.sum() * period), angles)  # (steps, N), eps = i Omega
    static, drive = _generators(experiment, frequencies_ghz)
    states = np.broadcast_to(_ground(experiment), (len(angles), drive.shape[0]))[..., None]
    for rate in rates:
        states = expm(period * (static + rate[:, None, None] * drive)) @ states
    return np.asarray(1.0 - from_real(states[..., 0])[:, 0, 0].real)


def _generators(experiment: Experiment, frequencies: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return L without drive at each frequency, (N, D^2, D^2), and what Im eps multiplies."""
    different, places = np.unique(frequencies, return_inverse=True)
    devices = (experiment.replace({"drive.frequency_GHz": float(f)}).device for f in different)
    found = [Liouvillian(rotating_frame(device, 1)) for device in devices]
    static = np.stack([one.matrix(Controls()).toarray() for one in found])
    return static[places], found[0].control_parts[2].toarray()


def _ground(experiment: Experiment) -> FloatArray:
    state = np.zeros((experiment.transmon.kept_levels,) * 2, dtype=complex)
    state[0, 0] = 1.0
    return to_real(state)

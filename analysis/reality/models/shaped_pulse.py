"""Excitation of a transmon by the charging pulse of an experiment file, over its drive."""

from collections.abc import Iterable
from math import inf

import numpy as np
from scipy.linalg import expm

from cqed_battery.compute.threads import one_thread
from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.dynamics.generator import rotating_frame
from cqed_battery.dynamics.hermitian import from_real, to_real
from cqed_battery.dynamics.waveforms import Controls
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from cqed_battery.units import TWO_PI, mhz_from_angular
from protocols.stages.charging import designed_drive


def gaussian_samples(clock_GHz: float, sigma: int, length: int, held: int) -> dict[str, object]:
    """Return the keys of a Gaussian charging pulse, listed and then off.

    Args:
        clock_GHz: of the generator.
        sigma: standard deviation, in samples of the clock.
        length: in samples, the pulse in its middle.
        held: how many samples of the clock each listed one lasts.
    """
    starts = np.arange(0, length, held)
    bell = np.exp(-((((starts + held / 2) - length / 2) / sigma) ** 2) / 2)
    return {
        "charging.shape": "samples",
        "charging.samples_ns": tuple((np.append(starts, length) / clock_GHz).tolist()),
        "charging.samples_amplitude": (*bell.tolist(), 0.0),
    }


def area_ns(experiment: Experiment, power: int = 1) -> float:
    """Return the integral of a power of the pulse's amplitude, over that of the file, in ns.

    Args:
        experiment: whose charging pulse is listed and ends with 0.
        power: of the amplitude.
    """
    times = np.array(experiment.charging.samples_ns)
    amplitudes = np.array(experiment.charging.samples_amplitude)[:-1]
    return float(amplitudes**power @ np.diff(times))


def with_turns(experiment: Experiment, turns: float, lost: float = 0.0) -> Experiment:
    """Return the experiment at a drive of which the pulse turns the transmon by turns - lost.

    Args:
        experiment: whose charging pulse is listed and ends with 0.
        turns: on a linear line.
        lost: to the line's compression, `drive.saturation_MHz`.
    """
    rate = TWO_PI * turns / area_ns(experiment)  # rad/ns
    saturation = rate**2 * area_ns(experiment, 2) / (TWO_PI * lost) if lost else inf
    return experiment.replace(
        {
            "drive.rabi_rate_MHz": mhz_from_angular(rate),
            "drive.saturation_MHz": mhz_from_angular(saturation),
        }
    )


@one_thread()
def excitations(experiments: Iterable[Experiment]) -> FloatArray:
    """Return what has left level 0 after the charging pulse of each experiment, (N,), no unit.

    The pulses are those that the files play, compressed by their lines; all are solved side by
    side, without the resonator.

    Args:
        experiments: that differ in the drive alone, their pulses listed and ending with 0.
    """
    each = list(experiments)
    lengths, rates = _played(each)
    static, drive = _generators(each)
    states = np.broadcast_to(_ground(each[0]), (len(each), drive.shape[0]))[..., None]
    for length, rate in zip(lengths, rates, strict=True):
        states = expm(length * (static + rate[:, None, None] * drive)) @ states
    return np.asarray(1.0 - from_real(states[..., 0])[:, 0, 0].real)


def _played(experiments: list[Experiment]) -> tuple[FloatArray, FloatArray]:
    """Return how long each listed sample is held, (S,), and Im eps there, (S, N), in rad/ns."""
    times = np.array(experiments[0].charging.samples_ns)
    middles = (times[1:] + times[:-1]) / 2
    found: dict[tuple[float, float], FloatArray] = {}
    for one in experiments:
        key = one.drive.rabi_rate_MHz, one.drive.saturation_MHz
        if key not in found:
            found[key] = designed_drive(one, middles)[0].imag
    keys = ((one.drive.rabi_rate_MHz, one.drive.saturation_MHz) for one in experiments)
    return np.diff(times), np.stack([found[key] for key in keys], axis=1)


def _generators(experiments: list[Experiment]) -> tuple[FloatArray, FloatArray]:
    """Return L without drive of each experiment, (N, D^2, D^2), and what Im eps multiplies."""
    frequencies = [one.drive.frequency_GHz for one in experiments]
    _, first, places = np.unique(frequencies, return_index=True, return_inverse=True)
    different = [Liouvillian(rotating_frame(experiments[i].device, 1)) for i in first]
    static = np.stack([one.matrix(Controls()).toarray() for one in different])
    return static[places], different[0].control_parts[2].toarray()


def _ground(experiment: Experiment) -> FloatArray:
    state = np.zeros((experiment.transmon.kept_levels,) * 2, dtype=complex)
    state[0, 0] = 1.0
    return to_real(state)

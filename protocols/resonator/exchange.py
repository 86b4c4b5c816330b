"""What vacuum-Rabi exchange and swap share: the coupler opens again, and z is read."""

from math import inf

import numpy as np

from cqed_battery.dynamics.hermitian import from_real, to_real
from cqed_battery.dynamics.waveforms import Controls, Waveform, coupler_ramp, flat
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, on_transmon
from cqed_battery.units import angular_from_mhz
from protocols.readout import assignment_errors
from protocols.sequence.step import Step
from protocols.tomography import coupled_step, readout_effect


def opening_step(experiment: Experiment) -> Step:
    """Return the step that opens the coupler again.

    Args:
        experiment: the experiment file's content.
    """
    coupler, period = experiment.coupler, 1 / experiment.drive.clock_GHz
    g_on, g_off = angular_from_mhz(coupler.g_on_MHz), angular_from_mhz(coupler.g_off_MHz)
    opening = coupler_ramp(g_off, g_on, coupler.ramp_ns, period)
    return coupled_step(experiment, "coupler opens", opening)


def opening_ramp(experiment: Experiment) -> Waveform:
    """Return the ramp that opens the coupler again.

    Args:
        experiment: the experiment file's content.
    """
    return opening_step(experiment).arriving()


def exchange_step(experiment: Experiment, name: str, time: float = inf) -> Step:
    """Return the step in which the coupler is open and the drive off.

    Args:
        experiment: the experiment file's content.
        name: of the step.
        time: how long, in ns; without end by default, as one waveform serves all times.
    """
    opened = flat(time, Controls(angular_from_mhz(experiment.coupler.g_on_MHz)))
    return coupled_step(experiment, name, opened, swept=True)


def ideal_flip(effects: FloatArray, levels: int, fock_levels: int) -> FloatArray:
    """Return measurement operators (D^2, K) before an instantaneous swap of levels 0 and 1.

    Args:
        effects: measurement operators as real vectors, (D^2, K).
        levels: of the transmon.
        fock_levels: of the resonator, D = levels x fock_levels.
    """
    swap = np.eye(levels)
    swap[:2, :2] = [[0.0, 1.0], [1.0, 0.0]]
    flip = np.kron(swap, np.eye(fock_levels))
    return to_real(flip @ from_real(effects.T) @ flip).T


def readout_vector(experiment: Experiment, levels: int, fock_levels: int) -> FloatArray:
    """Return the operator of reading 1 when the coupler has closed, a real vector (D^2,).

    Args:
        experiment: the experiment file's content, for the readout of levels above 1.
        levels: of the transmon.
        fock_levels: of the resonator, D = levels x fock_levels.
    """
    readout = readout_effect(levels, assignment_errors(experiment).leaked_reads_1)
    return to_real(on_transmon(readout, fock_levels).toarray())

"""What vacuum-Rabi exchange and swap share: the coupling is on again, and z is read."""

from math import inf

import numpy as np

from cqed_battery.dynamics.hermitian import from_real, to_real
from cqed_battery.dynamics.waveforms import Waveform, flat
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, on_transmon
from protocols.readout import assignment_errors
from protocols.sequence.step import Step
from protocols.stages.bias import charging_bias, opening_waveform
from protocols.stages.effects import readout_effect
from protocols.stages.tomography import coupled_step


def opening_step(experiment: Experiment) -> Step:
    """Return the step that switches the coupling on again.

    Args:
        experiment: the experiment file's content.
    """
    fixed = experiment.coupler.kind == "fixed"
    name = f"{experiment.coupler.tuned} moves back" if fixed else "coupler opens"
    return coupled_step(experiment, name, opening_waveform(experiment))


def opening_ramp(experiment: Experiment) -> Waveform:
    """Return coupling and moves of the frequencies of `opening_step`, in rad/ns.

    Args:
        experiment: the experiment file's content.
    """
    return opening_step(experiment).arriving()


def exchange_step(experiment: Experiment, name: str, time: float = inf) -> Step:
    """Return the step in which the coupling is on and the drive off.

    Args:
        experiment: the experiment file's content.
        name: of the step.
        time: how long, in ns; without end by default, as one waveform serves all times.
    """
    opened = flat(time, charging_bias(experiment, "catalysed"))
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

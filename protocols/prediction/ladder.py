"""The battery as the transmon's whole ladder: what levels 0 and 1 alone leave out.

The drive's work on the 1-2 transition, and the energy of a detuned or strong drive, count as heat
where E and W are those of the qubit. Here

    E = sum_n (n + (alpha/w_q) n (n - 1)/2) p_n - 1/2,  W = (w_d/w_q) x quanta that the drive gave,

in hbar w_q; the quanta are those that the transmon gained less those that came through the coupling
and from its bath. Without coupling and losses E(t) - E(0) - W is minus the change of <H_drive>.
"""

import numpy as np

from cqed_battery.device import Device
from cqed_battery.dynamics.generator import jump_rates
from cqed_battery.energetics import ergotropy
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, lowering
from cqed_battery.units import angular_from_ghz
from protocols.prediction.predict import Prediction
from protocols.stages.bias import arm_frame, transmon_frequency
from protocols.stages.charging import held_drive

ENERGY, ERGOTROPY, HEAT, DRIVE = (
    "ladder_energy",
    "ladder_ergotropy",
    "ladder_heat_integral",
    "drive_energy",
)
UNITS = dict.fromkeys((ENERGY, ERGOTROPY, HEAT, DRIVE), "hbar w_q")


def ladder_energies(experiment: Experiment, arm: str, levels: int) -> FloatArray:
    """Return the energies of the transmon's levels above the lowest, in hbar w_q, (levels,).

    Args:
        experiment: the experiment file's content.
        arm: "catalysed" or "control", which may have frequencies of its own.
        levels: how many.
    """
    number = np.arange(levels)
    alpha = angular_from_ghz(experiment.transmon.anharmonicity_GHz)
    return number + alpha / transmon_frequency(experiment, arm) * number * (number - 1) / 2


def ladder_truth(prediction: Prediction, name: str, exchange: FloatArray) -> dict[str, FloatArray]:
    """Return energy, ergotropy and heat integral of the whole ladder, and the drive's energy, (T,).

    Args:
        prediction: of the experiment.
        name: of one of its arms.
        exchange: quanta that came through the coupling since the first time, (T,).
    """
    experiment, arm = prediction.experiment, prediction.arms[name]
    states, times = arm.transmon, prediction.times
    levels = states.shape[-1]
    populations = np.einsum("tii->ti", states).real
    energies, number = ladder_energies(experiment, name, levels), np.arange(levels)
    energy = populations @ energies - 0.5
    from_bath = (arm.level_time - arm.level_time[0]) @ _bath_rates(prediction.actual, levels)
    gained = populations @ number
    given = gained - gained[0] - exchange - from_bath
    work = arm_frame(experiment, name) / transmon_frequency(experiment, name) * given
    eps, _ = held_drive(experiment, times, prediction.line)
    mean = np.einsum("tij,ji->t", states, lowering(levels).toarray())
    return {
        ENERGY: energy,
        ERGOTROPY: ergotropy(states, np.diag(energies)),
        HEAT: energy - energy[0] - work,
        DRIVE: (eps * mean.conj()).real / transmon_frequency(experiment, name),
    }


def _bath_rates(device: Device, levels: int) -> FloatArray:
    """Return how many quanta a level's population takes from the bath per time, in 1/ns, (d,)."""
    _, _, down, up, _, first, second, above = jump_rates(device)
    number = np.arange(levels)
    lost = down * number + above * np.where(number > 2, number, 0)
    lost[1:3] += (first, second)[: levels - 1]
    return np.asarray(up * np.where(number < levels - 1, number + 1, 0) - lost)

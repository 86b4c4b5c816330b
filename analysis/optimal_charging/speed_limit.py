"""How fast a qubit can be charged at all under a limit of the drive's amplitude.

The Bloch vector turns at most at the Rabi rate Omega, so that the angle to the ground state after t
is at most Omega t, and an inversion takes at least pi/Omega: the limit of Mandelstam and Tamm
(J. Phys. USSR 9, 249) for the energy spread Omega/2 of a resonant drive, which a square pulse
attains. Losses and levels above 1 only make it slower.
"""

import numpy as np

from analysis.optimal_charging.members import Member, start_populations
from cqed_battery.dynamics.generator import drive_envelope
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray


def fastest_ergotropy(experiment: Experiment, times: FloatArray) -> FloatArray:
    """Return the largest ergotropy of a lossless qubit at times, |z_0| (1 - cos(Omega t))/2, (T,).

    In hbar w_q; after pi/Omega it stays at |z_0|.

    Args:
        experiment: whose Rabi rate is the limit, and whose reset leaves z_0.
        times: since the start of charging, in ns, (T,).
    """
    angle = np.minimum(abs(drive_envelope(experiment.device)) * times, np.pi)
    return np.asarray(start_purity(experiment) * (1 - np.cos(angle)) / 2)


def fastest_ns(experiment: Experiment, ergotropy: float) -> float:
    """Return the shortest time in ns in which a lossless qubit gets so much ergotropy.

    Args:
        experiment: whose Rabi rate, above 0, is the limit, and whose reset leaves z_0.
        ergotropy: in hbar w_q, from 0; infinite time for more than |z_0|.
    """
    share = ergotropy / start_purity(experiment)
    if share > 1:
        return float("inf")
    return float(np.arccos(1 - 2 * share) / abs(drive_envelope(experiment.device)))


def start_purity(experiment: Experiment) -> float:
    """Return |z_0|, the length of the Bloch vector at the start, no unit.

    Args:
        experiment: whose reset counts.
    """
    ground, excited = start_populations(Member(experiment))[:2]
    return abs(ground - excited)

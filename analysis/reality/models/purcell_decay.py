"""A transmon's level 1 that shares its excitation with a lossy resonator: frequency and decay."""

import numpy as np

from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.dynamics.generator import rotating_frame
from cqed_battery.dynamics.waveforms import Controls
from cqed_battery.experiment import Experiment
from cqed_battery.units import angular_from_mhz, ghz_from_mhz, mhz_from_angular

_AWAY_GHZ = 1.0  # of the frame from the transmon, so that coherences rotate in it
_NO_ROTATION = 1e-6  # rad/ns; populations of the coupled pair have none


def dressed_frequency_ghz(experiment: Experiment) -> float:
    """Return f01 in GHz with the coupler open.

    Args:
        experiment: transmon, resonator and coupling.
    """
    alone = _one_excitation(experiment)
    generator = rotating_frame(alone.device, 2)
    g = angular_from_mhz(alone.coupler.g_on_MHz)
    values, vectors = np.linalg.eigh(generator.hamiltonian(Controls(g)).toarray())
    ground, one = (float(values[np.abs(vectors[place]).argmax()]) for place in (0, 2))
    return alone.drive.frequency_GHz + ghz_from_mhz(mhz_from_angular(one - ground))


def decay_rate_mhz(experiment: Experiment) -> float:
    """Return 1/(2 pi T1) of level 1 in MHz with the coupler open, resonator's losses and all.

    The slowest decay of a population in the equation of motion of levels 0 and 1 with up to one
    photon; it is level 1's where the resonator decays faster.

    Args:
        experiment: at zero temperature; what dephases the transmon is left out.
    """
    alone = _one_excitation(experiment)
    liouvillian = Liouvillian(rotating_frame(alone.device, 2))
    open_coupler = Controls(angular_from_mhz(alone.coupler.g_on_MHz))
    values = np.linalg.eigvals(liouvillian.matrix(open_coupler).toarray())
    populations = np.sort(-values.real[np.abs(values.imag) < _NO_ROTATION])
    return mhz_from_angular(float(populations[1]))  # the first is the steady state's 0


def _one_excitation(experiment: Experiment) -> Experiment:
    return experiment.replace(
        {
            "transmon.levels": 2,
            "transmon.dephasing_rate_MHz": 0.0,
            "drive.frequency_GHz": experiment.transmon.frequency_GHz - _AWAY_GHZ,
        }
    )

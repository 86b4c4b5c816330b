"""The transmon is emptied after charging: what the resonator then holds.

The coupler closes and the transmon is reset within `vacuum.reset_ns`, during which the
resonator decays. The reset is fast and unconditional, modelled as an ideal emptying at its end;
that holds where it is much shorter than 1/kappa. What follows starts in |0><0| x rho and reads
no coherence between photon numbers (each method says why): only p_n counts.
"""

import numpy as np
import scipy.sparse as sp

from cqed_battery.dynamics.evolution import Liouvillian, backward, forward
from cqed_battery.dynamics.hermitian import photon_rows
from cqed_battery.dynamics.waveforms import Controls, Waveform, flat
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, SparseMatrix
from cqed_battery.units import angular_from_mhz
from protocols.faults.drive_line import IDEAL, Line
from protocols.tomography import closing_ramp


def emptying(experiment: Experiment) -> Waveform:
    """Return what precedes the emptied transmon: closing ramp, then the reset's time."""
    closed = Controls(angular_from_mhz(experiment.coupler.g_off_MHz))
    return closing_ramp(experiment, "catalysed").then(flat(experiment.vacuum.reset_ns, closed))


def emptied_photons(
    experiment: Experiment,
    liouvillian: Liouvillian,
    state: FloatArray,
    line: Line = IDEAL,
    ringing: complex = 0.0,
) -> FloatArray:
    """Return p_n beside the emptied transmon, (n,), of a state at the end of charging, (D^2,).

    `ringing` (rad/ns) is what the line still holds of the charging drive.
    """
    terms = liouvillian.generator
    played = line.ring_down(emptying(experiment), ringing, 1 / experiment.drive.clock_GHz)
    after = forward(liouvillian, state, played)
    return np.asarray(photon_rows(terms.levels, terms.fock_levels) @ after)


def photon_effects(experiment: Experiment, liouvillian: Liouvillian) -> FloatArray:
    """Return the operators of p_n beside the emptied transmon, real vectors (n, D^2).

    Their inner product with the state at the end of charging is `emptied_photons`.
    """
    terms = liouvillian.generator
    rows = photon_rows(terms.levels, terms.fock_levels).toarray()
    return backward(liouvillian, rows.T.copy(), emptying(experiment)).T


def birth_death(rate: float, thermal: float, levels: int) -> SparseMatrix:
    """Return R of dp/dt = R p, (n, n), for kappa = rate (1/ns) and a bath of `thermal` photons.

    R p_n = kappa (n_c+1) [(n+1) p_{n+1} - n p_n] + kappa n_c [n p_{n-1} - (n+1) p_n].
    """
    down = rate * (thermal + 1) * np.arange(1.0, levels)
    up = rate * thermal * np.arange(1.0, levels)
    loss = np.append(0.0, down) + np.append(up, 0.0)
    return sp.csr_array(sp.diags_array([up, -loss, down], offsets=[-1, 0, 1]))

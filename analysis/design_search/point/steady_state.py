"""What a point tends to: the steady state under the drive, by one sparse solution."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.dynamics.generator import rotating_frame
from cqed_battery.dynamics.hermitian import from_real, photon_rows, transmon_rows
from cqed_battery.energetics import bloch_vector, qubit_ergotropy
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.shape import shape_of
from protocols.stages.charging import charging_waveform

_FOCK_LEVELS = (5, 8, 12)
_LEAST_PIVOT = 1e-12  # smaller ones mean that a second state stays as it is
_TOP = 1e-4  # population of the highest Fock level that leaves the steady state to 1e-3


@dataclass(frozen=True)
class Steady:
    """Ergotropy in hbar w_q, vacuum fidelity, and the highest Fock level's population."""

    ergotropy: float
    vacuum_fidelity: float
    top: float

    @property
    def trusted(self) -> bool:
        """Whether the Fock levels suffice."""
        return self.top < _TOP


def steady_arm(experiment: Experiment, arm: str) -> Steady | None:
    """Return where an arm tends under the constant drive, L rho = 0 with trace 1.

    The transmon's levels must be a number. Where even 12 Fock levels do not suffice, what they
    give is returned, and `trusted` is false. None: more than one state stays as it is, as where
    nothing is lost, or the pulse does not stay on.
    """
    if not shape_of(experiment).stays_on:
        return None
    for levels in _FOCK_LEVELS:
        found = _steady(experiment, arm, levels)
        if found is None or found.trusted:
            break
    return found


def _steady(experiment: Experiment, arm: str, fock_levels: int) -> Steady | None:
    device, levels = experiment.device, experiment.transmon.kept_levels
    controls = charging_waveform(experiment, arm).segments[-1].controls
    liouvillian = Liouvillian(rotating_frame(device, fock_levels))
    state = _null_vector(sp.lil_array(liouvillian.matrix(controls)), levels * fock_levels)
    if state is None:
        return None
    bloch = bloch_vector(from_real(transmon_rows(levels, fock_levels) @ state))
    photons = photon_rows(levels, fock_levels) @ state
    return Steady(float(qubit_ergotropy(bloch)), float(photons[0]), float(photons[-1]))


def _null_vector(matrix: sp.lil_array, dimension: int) -> FloatArray | None:
    """Return the one state of trace 1 that the matrix (D^2, D^2) leaves as it is.

    The rows of L belong together (the trace is kept), so the first gives way to the trace.
    None where there are more such states.
    """
    matrix[0] = (np.arange(dimension**2) < dimension).astype(float)
    right = np.zeros(dimension**2)
    right[0] = 1.0
    columns = sp.csc_matrix(matrix)
    try:
        factors = splu(columns)
    except RuntimeError:  # exactly singular
        return None
    pivots = np.abs(factors.U.diagonal())
    if not pivots.min() > _LEAST_PIVOT * pivots.max():
        return None
    return np.asarray(factors.solve(right))

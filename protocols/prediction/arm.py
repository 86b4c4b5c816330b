"""What one arm is predicted to do: states, photons, readings and work at each charging time."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from cqed_battery.dynamics.hermitian import places_of_fewer
from cqed_battery.energetics import bloch_vector
from cqed_battery.operators import ComplexArray, FloatArray


@dataclass(frozen=True)
class ArmPrediction:
    """One arm at T charging times (rotating frame of the drive, before the coupler closes).

    Shapes: transmon states and their rates (T, d, d); photon distribution (T, n); probability
    of reading 1 before assignment errors (T, 3) for the axes x, y, z; work that the drive did
    since the drive came on, in hbar w_q (T,); joint states as real vectors (S, D^2) at some of
    the times, the last one included; `photon_time`, the mean photon number integrated since the
    drive came on, in ns (T,); `flow`, the integral of 2 Im<b'a>, which times g is what came to the
    transmon through the coupling, in ns (T,); `level_time`, the populations of the transmon's
    levels integrated likewise, in ns (T, d); `flux_work`, what the flux pulse to idle does
    afterwards, in hbar w_q (T,); `extraction`, probability of reading 1 before and after the
    extraction pulse, where there is one, else 0 (T, 2); `qutrit`, likewise of the nine settings of
    three levels (T, 9), or (T, 0) where they are not measured.
    """

    transmon: ComplexArray
    transmon_rate: ComplexArray
    photons: FloatArray
    probability: FloatArray
    work: FloatArray
    joint_states: FloatArray
    photon_time: FloatArray
    flow: FloatArray
    level_time: FloatArray
    flux_work: FloatArray
    extraction: FloatArray
    qutrit: FloatArray

    @property
    def bloch(self) -> FloatArray:
        """Bloch vectors of levels 0 and 1, (T, 3)."""
        return bloch_vector(self.transmon)

    @property
    def bloch_rate(self) -> FloatArray:
        """Time derivatives of the Bloch vectors, (T, 3), in 1/ns."""
        return bloch_vector(self.transmon_rate)

    @property
    def measured_bloch(self) -> FloatArray:
        """What tomography with an errorless readout sees: 2 P(1) - 1 per axis, (T, 3)."""
        return 2 * self.probability - 1

    @property
    def photon_number(self) -> FloatArray:
        """Mean photon number, (T,)."""
        return self.photons @ np.arange(self.photons.shape[1])

    @property
    def leakage(self) -> FloatArray:
        """Population above level 1, (T,)."""
        return np.einsum("tii->ti", self.transmon)[:, 2:].real.sum(axis=1)

    def widened(self, fock_levels: int) -> "ArmPrediction":
        """Return the arm, or its derivative, with more Fock levels, which are empty.

        Args:
            fock_levels: at least those of the arm.
        """
        fewer = self.photons.shape[1]
        if fewer == fock_levels:
            return self
        levels = self.transmon.shape[-1]
        states = np.zeros((len(self.joint_states), (levels * fock_levels) ** 2))
        states[:, places_of_fewer(levels, fock_levels, fewer)] = self.joint_states
        photons = np.pad(self.photons, ((0, 0), (0, fock_levels - fewer)))
        return replace(self, photons=photons, joint_states=states)


def at_ends(settings: Sequence[ArmPrediction]) -> ArmPrediction:
    """Return one arm of a sweep: what each of its settings has at its last time, (T, ...).

    The joint state is that of the last setting.

    Args:
        settings: the arm in each of them.
    """
    names = [field.name for field in fields(ArmPrediction) if field.name != "joint_states"]
    found = {name: np.concatenate([getattr(s, name)[-1:] for s in settings]) for name in names}
    return ArmPrediction(**found, joint_states=settings[-1].joint_states[-1:])

"""Unconditional reset by f0-g1: one tone lifts 1 to 2, another turns 2 into a photon that leaves.

H = (Omega/2) (|2><1| + h.c.) + gt (|0, n+1><2, n| sqrt(n+1) + h.c.), each tone on resonance, as an
effective model has it: light shifts are calibrated away, and neither tone drives anything else.

Source: Magnard et al., Phys. Rev. Lett. 121, 060502 (2018).
"""

from math import sqrt

from cqed_battery.experiment import Experiment
from cqed_battery.operators import SparseMatrix, lowering, on_resonator, on_transmon
from cqed_battery.units import angular_from_mhz
from protocols.reset.driven import DrivenReset

_LEVELS, _FOCK = 3, 5


class F0G1(DrivenReset):
    """Two tones turn excitations of the transmon into photons of the resonator."""

    own_keys = (
        *DrivenReset.own_keys,
        *("reset.f0g1_MHz", "reset.upper_rabi_MHz"),
    )

    def sizes(self, experiment: Experiment) -> tuple[int, int]:
        """Return three levels, and five of the resonator: it gets one photon at a time.

        Args:
            experiment: the experiment file's content.
        """
        return _LEVELS, _FOCK

    def hamiltonian(self, experiment: Experiment) -> SparseMatrix:
        """Return both tones' terms, (15, 15), in rad/ns.

        Args:
            experiment: the experiment file's content.
        """
        reset, b = experiment.reset, lowering(_LEVELS).tolil()
        upper = b.copy()
        upper[0, 1] = 0.0
        # <1| b |2> = sqrt 2 and <0| b b |2> = sqrt 2
        lifts = on_transmon((upper / sqrt(2)).tocsr(), _FOCK)
        twice = on_transmon((lowering(_LEVELS) @ lowering(_LEVELS)) / sqrt(2), _FOCK)
        emits = twice @ on_resonator(lowering(_FOCK).T, _LEVELS)
        half = angular_from_mhz(reset.upper_rabi_MHz) / 2 * lifts
        half = half + angular_from_mhz(reset.f0g1_MHz) * emits
        return half + half.conj().T


METHOD = F0G1()

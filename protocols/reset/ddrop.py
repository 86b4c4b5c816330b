"""Reset by driving transmon and resonator (DDROP): level 0 is where both drives leave it.

The resonator is driven where it stands with the transmon in level 0, and fills only then. The
transmon is driven at its frequency without photons, so it turns in level 1, but not once level 0
has let the photons in: they shift it by 2 chi each. With the transmon's levels 0 and 1,

    H = 2 chi a'a |1><1| + (Omega/2) sigma_x + (kappa/2) sqrt(n) (a + a'),

n the mean photons with level 0. The shift is that of a fixed coupling at idle.

Source: Geerlings et al., Phys. Rev. Lett. 110, 120501 (2013).
"""

from math import ceil, sqrt

from cqed_battery.errors import ExperimentError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import SparseMatrix, lowering, on_resonator, on_transmon
from cqed_battery.units import angular_from_mhz
from protocols.reset.driven import DrivenReset
from protocols.resonator.dispersive_shift import fixed_shift_MHz

_LEVELS = 2
_SPREADS = 6.0  # of a coherent state, within which its photons lie


class Ddrop(DrivenReset):
    """Two drives pump the transmon into level 0 by the shift that photons give it."""

    own_keys = (
        *DrivenReset.own_keys,
        *("reset.ddrop_rabi_MHz", "reset.ddrop_photons"),
    )

    def sizes(self, experiment: Experiment) -> tuple[int, int]:
        """Return two levels, and those of the resonator that a coherent state fills.

        Args:
            experiment: the experiment file's content.
        """
        photons = experiment.reset.ddrop_photons
        return _LEVELS, ceil(photons + _SPREADS * sqrt(photons)) + 3

    def hamiltonian(self, experiment: Experiment) -> SparseMatrix:
        """Return shift and drives, (D, D), in rad/ns.

        Args:
            experiment: the experiment file's content.
        """
        reset = experiment.reset
        _, fock = self.sizes(experiment)
        b, a = lowering(_LEVELS), on_resonator(lowering(fock), _LEVELS)
        shift = angular_from_mhz(fixed_shift_MHz(experiment))
        drive = angular_from_mhz(reset.ddrop_rabi_MHz) / 2 * on_transmon(b, fock)
        kappa = angular_from_mhz(experiment.resonator.linewidth_MHz)
        drive = drive + kappa / 2 * sqrt(reset.ddrop_photons) * a
        return shift * a.conj().T @ a @ on_transmon(b.T @ b, fock) + drive + drive.conj().T

    def check(self, experiment: Experiment) -> None:
        """Refuse a device whose transmon no photon shifts by more than the resonator's linewidth.

        Args:
            experiment: the experiment file's content.

        Raises:
            ExperimentError: says what it needs.
        """
        if experiment.coupler.kind != "fixed":
            raise ExperimentError(
                'reset.kind = "ddrop" needs a shift of the transmon by photons while it idles,'
                f' which coupler.kind = "{experiment.coupler.kind}" closes: set coupler.kind to'
                ' "fixed", or reset.kind to "active"'
            )
        shift, linewidth = fixed_shift_MHz(experiment), experiment.resonator.linewidth_MHz
        if shift <= linewidth:
            raise ExperimentError(
                'reset.kind = "ddrop" needs a shift by a photon above the resonator\'s linewidth,'
                f" but the fixed coupling gives {shift:.3g} MHz and resonator.linewidth_MHz ="
                f" {linewidth:g}: bring them nearer at idle, or lower the linewidth"
            )


METHOD = Ddrop()

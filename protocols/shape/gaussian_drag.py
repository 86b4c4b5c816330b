"""Gaussian with DRAG: s = G + i c dG/dt, c = -drag_scale/(2 alpha), against leakage to level 2.

Source: Motzoi et al., Phys. Rev. Lett. 103, 110501; first order.
"""

from cqed_battery.errors import ExperimentError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.units import angular_from_ghz
from protocols.shape.gaussian import lifted_bell
from protocols.shape.method import PulseShape


class GaussianDrag(PulseShape):
    """A bell with a share of its derivative in the other quadrature."""

    own_keys = (
        *("charging.length_ns", "charging.drag_scale"),
        *("priors.charging_width", "priors.charging_drag"),
    )
    calibrated = frozenset({"charging.length_ns", "charging.drag_scale"})

    def values(self, experiment: Experiment, times: FloatArray) -> ComplexArray:
        """Return G + i c dG/dt, (T,).

        Args:
            experiment: the experiment file's content.
            times: since the start of charging, in ns, (T,).
        """
        value, slope, _ = lifted_bell(times, experiment.charging.length_ns)
        return value + 1j * _coefficient(experiment) * slope

    def slope(self, experiment: Experiment, times: FloatArray) -> ComplexArray:
        """Return dG/dt + i c d2G/dt2, (T,), in 1/ns.

        Args:
            experiment: the experiment file's content.
            times: since the start of charging, in ns, (T,).
        """
        _, slope, curvature = lifted_bell(times, experiment.charging.length_ns)
        return slope + 1j * _coefficient(experiment) * curvature

    def check(self, experiment: Experiment) -> None:
        """Refuse a ladder without anharmonicity, against which DRAG is of no use.

        Args:
            experiment: the experiment file's content.

        Raises:
            ExperimentError: the anharmonicity is 0.
        """
        if experiment.transmon.anharmonicity_GHz == 0:
            raise ExperimentError(
                f'charging.shape = "{experiment.charging.shape}" needs'
                " transmon.anharmonicity_GHz other than 0, from which its coefficient follows"
            )
        super().check(experiment)


def _coefficient(experiment: Experiment) -> float:
    """Return c in ns."""
    alpha = angular_from_ghz(experiment.transmon.anharmonicity_GHz)
    return -experiment.charging.drag_scale / (2 * alpha)


METHOD = GaussianDrag()

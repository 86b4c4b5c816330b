"""The vacuum fidelity of the resonator, measured through the transmon alone; one file a method.

    vacuum-rabi       exchange for tau without and with a pi pulse before
    swap              swap for tau to the emptied transmon; read, and read upside down
    number-selective  wait tau; without and with a pi pulse that the vacuum alone allows
    displaced-parity  displacement within tau, Ramsey wait pi/(2 chi), both signs of the last pulse

The last three first empty the transmon (`resonator.emptied`), so each is a response, the
probability of reading 1 for n photons, times the photon distribution.
"""

from typing import get_args

from cqed_battery.device import Device
from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from cqed_battery.experiment.sections.vacuum import VacuumMeasurement
from cqed_battery.operators import FloatArray
from protocols.faults.drive_line import IDEAL, Line
from protocols.registry import Registry
from protocols.resonator.emptied import EmptyingMeasurement
from protocols.resonator.method import PULSES, Labels, Needs, ResonatorMeasurement, exchange_times

__all__ = [
    "MEASUREMENTS",
    "PULSES",
    "Labels",
    "Needs",
    "ResonatorMeasurement",
    "check_vacuum",
    "exchange_times",
    "measurement_of",
    "photon_response",
    "vacuum_durations",
    "vacuum_effects",
]

MEASUREMENTS: Registry[ResonatorMeasurement] = Registry(
    "vacuum.method",
    __name__,
    (
        name
        for name in get_args(VacuumMeasurement.model_fields["method"].annotation)
        if VacuumMeasurement(method=name).measured
    ),
)
"""The measurements by `vacuum.method`; where it is "none" there is nothing to ask."""


def measurement_of(experiment: Experiment) -> ResonatorMeasurement:
    """Return the measurement that an experiment names.

    Args:
        experiment: the experiment file's content.

    Raises:
        CqedBatteryError: it names none.
    """
    return MEASUREMENTS[experiment.vacuum.method]


def check_vacuum(experiment: Experiment) -> None:
    """Refuse a measurement that the device cannot serve; none is always served.

    Args:
        experiment: the experiment file's content.

    Raises:
        ExperimentError: the photons decay before the pulse ends, the swap is never complete, the
            coupling is too strong to be dispersive, or chi too small or large for the pulses.
    """
    if experiment.vacuum.measured:
        measurement_of(experiment).check(experiment)


def vacuum_durations(experiment: Experiment) -> FloatArray:
    """Return how long each setting takes from the end of charging to its readout, (2, K), ns.

    Args:
        experiment: the experiment file's content.

    Raises:
        CqedBatteryError: `vacuum.method` names no measurement.
    """
    return measurement_of(experiment).durations_ns(experiment)


def vacuum_effects(experiment: Experiment, liouvillian: Liouvillian) -> FloatArray:
    """Return the operators of reading 1, real vectors (2, K, D^2), of the method's two traces.

    Their inner product with the joint state at the end of charging is the probability of
    reading 1 before assignment errors at tau_k.

    Args:
        experiment: the experiment file's content.
        liouvillian: the equation of motion; it knows the numbers of transmon and Fock levels.

    Raises:
        ExperimentError: the device cannot serve the method.
    """
    check_vacuum(experiment)
    return measurement_of(experiment).effects(experiment, liouvillian)


def photon_response(
    experiment: Experiment,
    liouvillian: Liouvillian,
    line: Line = IDEAL,
    actual: Device | None = None,
) -> FloatArray:
    """Return P(1) at tau_k for n photons beside the emptied transmon, (2, K, n).

    Args:
        experiment: its method is one that empties the transmon.
        liouvillian, line, actual: as in `ResonatorMeasurement.probabilities`; the displacement of
            displaced-parity has a line of its own.

    Raises:
        CqedBatteryError: the method does not empty the transmon.
    """
    method = measurement_of(experiment)
    if not isinstance(method, EmptyingMeasurement):
        raise CqedBatteryError(
            f'vacuum.method = "{experiment.vacuum.method}" does not empty the transmon, so its'
            " counts depend on more than the photon number"
        )
    return method.response(experiment, liouvillian, line, actual)

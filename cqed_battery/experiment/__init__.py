"""The experiment: a device and everything that is done to it, as one value and as a TOML file."""

from cqed_battery.device.dispersive import Dispersive
from cqed_battery.errors import ExperimentError
from cqed_battery.experiment.allocation import Allocation
from cqed_battery.experiment.charging import Charging
from cqed_battery.experiment.clock import Laboratory
from cqed_battery.experiment.experiment import Experiment, ExperimentLike, as_experiment
from cqed_battery.experiment.extraction import Extraction
from cqed_battery.experiment.faults import Faults
from cqed_battery.experiment.procedure import (
    Analysis,
    ControlArm,
    Reset,
    Simulation,
    Tomography,
    VacuumMeasurement,
)
from cqed_battery.experiment.qutrit import Qutrit

__all__ = [
    "Allocation",
    "Analysis",
    "Charging",
    "ControlArm",
    "Dispersive",
    "Experiment",
    "ExperimentError",
    "ExperimentLike",
    "Extraction",
    "Faults",
    "Laboratory",
    "Qutrit",
    "Reset",
    "Simulation",
    "Tomography",
    "VacuumMeasurement",
    "as_experiment",
]

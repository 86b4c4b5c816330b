"""The experiment: a device and everything that is done to it, as one value and as a TOML file."""

from cqed_battery.device.dispersive import Dispersive
from cqed_battery.errors import ExperimentError
from cqed_battery.experiment.experiment import Experiment, ExperimentLike, as_experiment
from cqed_battery.experiment.sections.allocation import Allocation
from cqed_battery.experiment.sections.analysis import Analysis
from cqed_battery.experiment.sections.charging import Charging
from cqed_battery.experiment.sections.control import ControlArm
from cqed_battery.experiment.sections.extraction import Extraction
from cqed_battery.experiment.sections.faults import Faults
from cqed_battery.experiment.sections.laboratory import Laboratory
from cqed_battery.experiment.sections.qutrit import Qutrit
from cqed_battery.experiment.sections.reset import Reset
from cqed_battery.experiment.sections.simulation import Simulation
from cqed_battery.experiment.sections.tomography import Tomography
from cqed_battery.experiment.sections.vacuum import VacuumMeasurement

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

"""The experiment: a device and everything that is done to it, as one value and as a TOML file."""

from cqed_battery.experiment.experiment import (
    Allocation,
    Analysis,
    Charging,
    ControlArm,
    Dispersive,
    Experiment,
    ExperimentError,
    ExperimentLike,
    Faults,
    Laboratory,
    Reset,
    Simulation,
    Tomography,
    VacuumMeasurement,
    as_experiment,
)

__all__ = [
    "Allocation",
    "Analysis",
    "Charging",
    "ControlArm",
    "Dispersive",
    "Experiment",
    "ExperimentError",
    "ExperimentLike",
    "Faults",
    "Laboratory",
    "Reset",
    "Simulation",
    "Tomography",
    "VacuumMeasurement",
    "as_experiment",
]

"""From levels to IQ points to outcomes, one file a model."""

from typing import get_args

from cqed_battery.device import Readout
from cqed_battery.experiment import Experiment
from protocols.readout.assignment import ideal_discriminator, reading_probabilities
from protocols.readout.model import AssignmentErrors, ReadoutModel
from protocols.registry import Registry

__all__ = [
    "READOUTS",
    "AssignmentErrors",
    "ReadoutModel",
    "assignment_errors",
    "ideal_discriminator",
    "reading_probabilities",
    "readout_ns",
    "readout_of",
]

READOUTS: Registry[ReadoutModel] = Registry(
    "readout.model", __name__, get_args(Readout.model_fields["model"].annotation)
)
"""The readout models by `readout.model`."""


def readout_of(experiment: Experiment) -> ReadoutModel:
    """Return the model of an experiment's readout.

    Args:
        experiment: the experiment file's content.
    """
    return READOUTS[experiment.readout.model]


def assignment_errors(experiment: Experiment) -> AssignmentErrors:
    """Return the assignment errors of an experiment's readout.

    Args:
        experiment: the experiment file's content.

    Raises:
        ExperimentError: the dispersive readout does not tell level 1 from 0.
    """
    return readout_of(experiment).assignment_errors(experiment)


def readout_ns(experiment: Experiment) -> float:
    """Return how long one readout takes, in ns.

    Args:
        experiment: the experiment file's content.
    """
    return readout_of(experiment).duration_ns(experiment)

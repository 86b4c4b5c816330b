"""The shapes of the charging pulse, one file a shape, by `charging.shape`.

A shape is a complex function of time, 1 at the full amplitude `drive.rabi_rate_MHz`; its phase is
added to the drive's. The pulse is cut off at each charging time.
"""

from typing import get_args

from cqed_battery.experiment import Charging, Experiment
from protocols.registry import Registry
from protocols.shape.method import PulseShape

__all__ = ["SHAPES", "PulseShape", "shape_of"]

SHAPES: Registry[PulseShape] = Registry(
    "charging.shape", __name__, get_args(Charging.model_fields["shape"].annotation)
)
"""The shapes by `charging.shape`."""


def shape_of(experiment: Experiment) -> PulseShape:
    """Return the shape that an experiment names.

    Args:
        experiment: the experiment file's content.
    """
    return SHAPES[experiment.charging.shape]

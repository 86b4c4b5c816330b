"""By what a prediction is differentiated: experiments with one parameter moved."""

from collections.abc import Callable
from dataclasses import dataclass

from cqed_battery.device import Device
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.faults.drive_line import IDEAL, Line


@dataclass(frozen=True)
class Moved:
    """An experiment, its actual device and its drive line with one parameter moved, and a weight.

    The line has no filter: what it does to a waveform is linear in its scales.
    """

    weight: float
    experiment: Experiment
    device: Device
    line: Line = IDEAL


@dataclass(frozen=True)
class Direction:
    """A parameter by which a prediction is differentiated.

    The derivative of what is linear in it is the sum of weight x value over `moved`; the weights
    add up to 0. `linewidth` says by how much the linewidth (MHz) changes, `excitation` the
    residual excitation.
    """

    moved: tuple[Moved, ...] = ()
    linewidth: float = 0.0
    excitation: float = 0.0

    def of(self, value: Callable[[Moved], FloatArray]) -> FloatArray | float:
        """Return the derivative of what is linear in the parameter.

        Args:
            value: returns an array for what has the parameter moved, of one shape for all;
                linear in the parameter.

        Returns:
            The derivative in the array's shape, per unit of the parameter; 0 where nothing moves.
        """
        return sum(m.weight * value(m) for m in self.moved)

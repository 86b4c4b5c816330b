"""Traces that characterise a device, one file each: the curve, and the keys that it tells."""

from typing import Literal, get_args

from analysis.characterisation.traces.trace import Fitted, Trace
from protocols.registry import Registry

__all__ = ["TRACES", "Fitted", "Trace"]

TraceName = Literal["t1", "ramsey", "echo", "rabi-time", "rabi-amplitude", "line", "readout"]
"""The traces by name."""

TRACES: Registry[Trace] = Registry("`trace`", __name__, get_args(TraceName))

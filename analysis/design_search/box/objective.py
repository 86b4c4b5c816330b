"""What a search wants: what it raises, and the bars of the three observations."""

from typing import Literal, get_args

from pydantic import (
    Field,
)

from cqed_battery.device.section import Section

Kind = Literal[
    "significance",
    "sustained-gain",
    "peak-gain",
    "ladder-gain",
    "hours-to-5-sigma",
    "power",
    "efficiency",
]
OBJECTIVES: tuple[str, ...] = get_args(Kind)


class Objective(Section):
    """What a search wants, and when an operating point meets all three observations.

    Raises:
        ExperimentError: a value is out of its range, or a key is unknown.
    """

    section_name = "objective"

    kind: Kind = Field(default="significance", description="what the search raises")
    hours: float = Field(default=12.0, gt=0, description="of the laboratory, all settings together")
    least_gain: float = Field(default=0.5, gt=0, lt=1, description="late and as a mean, hbar w_q")
    least_fidelity: float = Field(default=0.97, gt=0, lt=1, description="bar of F")
    sigmas: float = Field(default=5.0, gt=0, description="standard errors clear of each bar")
    early_ns: float = Field(default=100.0, gt=0.1, description="the latest end of the window of S")

"""The [simulation] section: how the equation of motion is solved."""

from typing import ClassVar, Literal

from pydantic import Field

from cqed_battery.device.section import Section


class Simulation(Section):
    """How the emulation solves the equation of motion."""

    # A tolerance below 1e-14 is lost in rounding; one above 1e-8 nears the 1e-7 of the checks.
    section_name: ClassVar[str] = "simulation"

    frame: Literal["rotating", "lab"] = Field(
        default="rotating", description="frame of the drive, or the slow laboratory frame"
    )
    counter_rotating: bool = Field(
        default=False,
        description="whether the laboratory frame keeps the coupling's ab + a'b', too",
    )
    method: Literal["exponential", "DOP853", "RK45"] = Field(
        default="exponential",
        description="exact exponential action, or an ODE solver of qiskit-dynamics",
    )
    tolerance: float = Field(
        default=1e-10, ge=1e-14, le=1e-8, description="tolerance of the solver, no unit"
    )

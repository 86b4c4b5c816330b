"""What the charging settings sweep: time, the length of a scaled pulse, amplitude or detuning."""

from dataclasses import dataclass
from typing import Literal

from cqed_battery.operators import FloatArray

AxisName = Literal["time", "scaled-time", "amplitude", "detuning"]


@dataclass(frozen=True, kw_only=True)
class ChargingAxis:
    """A quantity that differs from charging setting to setting.

    Args:
        name: as `charging.axis` has it.
        dim: dimension of datasets, and coordinate.
        column: of tables.
        units: of its values.
        title: what it is, in words.
        plural: several of its values, in words.
        listed: key of [charging] that lists its values.
    """

    name: AxisName
    dim: str
    column: str
    units: str
    title: str
    plural: str
    listed: str

    @property
    def truncated(self) -> bool:
        """Whether the settings are moments of one pulse, so that J, S and P can be measured."""
        return self.name == "time"

    @property
    def label(self) -> str:
        """What it is, with its unit, for a figure's axis."""
        return self.title if self.units == "1" else f"{self.title} ({self.units})"

    def show(self, value: float) -> str:
        """Return a value with name and unit, for a sentence.

        Args:
            value: in the axis' units.
        """
        unit = "" if self.units == "1" else f" {self.units}"
        return f"{'t' if self.dim == 'time' else self.dim} = {value:g}{unit}"

    def span(self, values: FloatArray) -> str:
        """Return how many values there are, from where to where, for a sentence.

        Args:
            values: in the axis' units, (T,).
        """
        if not len(values):
            return "none"
        unit = "" if self.units == "1" else f" {self.units}"
        return f"{len(values)} from {values[0]:g} to {values[-1]:g}{unit}"


FEWEST_SETTINGS = 4
"""Charging settings that an analysis needs at least."""

AXES: dict[str, ChargingAxis] = {
    axis.name: axis
    for axis in (
        ChargingAxis(
            name="time",
            dim="time",
            column="time_ns",
            units="ns",
            title="charging time",
            plural="charging times",
            listed="times_ns",
        ),
        ChargingAxis(
            name="scaled-time",
            dim="time",
            column="time_ns",
            units="ns",
            title="length of the pulse",
            plural="lengths of the pulse",
            listed="times_ns",
        ),
        ChargingAxis(
            name="amplitude",
            dim="amplitude",
            column="amplitude",
            units="1",
            title="drive amplitude",
            plural="drive amplitudes",
            listed="amplitudes",
        ),
        ChargingAxis(
            name="detuning",
            dim="detuning",
            column="detuning_MHz",
            units="MHz",
            title="drive detuning",
            plural="drive detunings",
            listed="detunings_MHz",
        ),
    )
}
"""The axes by `charging.axis`."""

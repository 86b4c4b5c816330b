"""The [charging] section: when the charging pulse is cut off, and its shape."""

from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
from annotated_types import Ge, Le, Len
from pydantic import BeforeValidator, Field, model_validator

from cqed_battery.device.limits import MAX_DRIVE_DETUNING_MHZ, MAX_POINTS, MAX_TIME_NS
from cqed_battery.device.section import Section, as_tuple
from cqed_battery.errors import show_value
from cqed_battery.experiment.axis import AXES, AxisName, ChargingAxis
from cqed_battery.experiment.samples_file import FUNCTION, KEY, LISTS, with_samples

MAX_CHIRP_MHZ = MAX_DRIVE_DETUNING_MHZ
_MAX_LISTED = 10_000  # numbers written out one by one in a file

Time = Annotated[float, Ge(0), Le(MAX_TIME_NS)]
TimeList = Annotated[tuple[Time, ...], Len(1, _MAX_LISTED), BeforeValidator(as_tuple)]
AmplitudeList = Annotated[
    tuple[Annotated[float, Ge(0), Le(1)], ...], Len(1, _MAX_LISTED), BeforeValidator(as_tuple)
]
SweptAmplitude = Annotated[float, Ge(-1), Le(1)]
SweptDetuning = Annotated[float, Ge(-MAX_DRIVE_DETUNING_MHZ), Le(MAX_DRIVE_DETUNING_MHZ)]
SweptAmplitudes = Annotated[
    tuple[SweptAmplitude, ...], Len(1, _MAX_LISTED), BeforeValidator(as_tuple)
]
SweptDetunings = Annotated[
    tuple[SweptDetuning, ...], Len(1, _MAX_LISTED), BeforeValidator(as_tuple)
]
PhaseList = Annotated[tuple[float, ...], Len(1, _MAX_LISTED), BeforeValidator(as_tuple)]


class Charging(Section):
    """The charging times, evenly spaced or listed, and the shape of the pulse that charges."""

    section_name: ClassVar[str] = "charging"
    alternatives: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("times_ns",),
        ("start_ns", "stop_ns", "points"),
    )
    other_alternatives: ClassVar[tuple[tuple[tuple[str, ...], ...], ...]] = (
        (("amplitudes",), ("amplitude_from", "amplitude_to")),
        (("detunings_MHz",), ("detuning_from_MHz", "detuning_to_MHz")),
    )

    start_ns: Time = Field(default=0.0, description="first charging time, in ns")
    stop_ns: Time = Field(default=60.0, description="last charging time, in ns")
    points: int = Field(
        default=61, ge=1, le=MAX_POINTS, description="how many charging times, both ends counted"
    )
    times_ns: TimeList | None = Field(
        default=None,
        examples=[(0.0, 5.0, 10.0, 20.0)],
        description="increasing charging times, in ns, instead of start_ns, stop_ns and points",
    )

    axis: AxisName = Field(
        default="time",
        description="what is swept: when the pulse is cut off, its length, amplitude or detuning",
    )
    amplitude_from: SweptAmplitude = Field(
        default=0.0, description="first amplitude of that axis, over drive.rabi_rate_MHz"
    )
    amplitude_to: SweptAmplitude = Field(
        default=1.0, description="last amplitude; charging.points of them, each for stop_ns"
    )
    amplitudes: SweptAmplitudes | None = Field(
        default=None,
        examples=[(0.0, 0.25, 0.5, 1.0)],
        description="increasing amplitudes, instead of amplitude_from and amplitude_to",
    )
    detuning_from_MHz: SweptDetuning = Field(
        default=-20.0, description="first detuning of that axis, carrier less transmon, in MHz"
    )
    detuning_to_MHz: SweptDetuning = Field(
        default=20.0, description="last detuning, in MHz; charging.points of them, for stop_ns"
    )
    detunings_MHz: SweptDetunings | None = Field(
        default=None,
        examples=[(-20.0, -5.0, 0.0, 5.0)],
        description="increasing detunings, in MHz, instead of detuning_from_MHz and _to_MHz",
    )

    shape: Literal["square", "gaussian", "gaussian-drag", "flat-top", "chirp", "samples"] = Field(
        default="square", description="shape of the charging pulse, cut off at the charging time"
    )
    length_ns: float = Field(
        default=40.0,
        gt=0,
        le=MAX_TIME_NS,
        description="length of a gaussian or flat-top pulse, or of the chirp's sweep, in ns",
    )
    drag_scale: Annotated[float, Ge(-10), Le(10)] = Field(
        default=1.0, description="DRAG coefficient of gaussian-drag, in units of -1/(2 alpha)"
    )
    chirp_from_MHz: Annotated[float, Ge(-MAX_CHIRP_MHZ), Le(MAX_CHIRP_MHZ)] = Field(
        default=-50.0, description="where the chirp begins, from drive's carrier, in MHz"
    )
    chirp_to_MHz: Annotated[float, Ge(-MAX_CHIRP_MHZ), Le(MAX_CHIRP_MHZ)] = Field(
        default=50.0, description="where the chirp ends and stays, from drive's carrier, in MHz"
    )
    samples_ns: TimeList | None = Field(
        default=None,
        examples=[(0.0, 5.0, 15.0)],
        description="from when on each sample is held, in ns, the first from 0",
    )
    samples_amplitude: AmplitudeList | None = Field(
        default=None,
        examples=[(0.5, 1.0, 0.0)],
        description="amplitude of each sample, over drive.rabi_rate_MHz",
    )
    samples_phase_rad: PhaseList | None = Field(
        default=None,
        examples=[(0.0, 0.3, 0.0)],
        description="phase of each sample, added to drive.phase_rad, in rad; 0 if left out",
    )

    samples_file: str | None = Field(
        default=None,
        examples=["pulse.csv"],
        description="table time_ns,amplitude,phase_rad (CSV), read into the three lists above",
    )
    samples_function: str | None = Field(
        default=None,
        examples=["my-pulse"],
        description="entry point of cqed_battery.pulses, called once to give the three lists above",
    )

    @classmethod
    def excluded_by(cls, key: str) -> set[str]:
        """Return the keys that cannot be given together with `key`.

        A table or a function replaces the lists.

        Args:
            key: of this section.
        """
        return super().excluded_by(key) | (LISTS if key in (KEY, FUNCTION) else set())

    @model_validator(mode="before")
    @classmethod
    def _read_samples(cls, given: Any) -> Any:
        length = cls.model_fields["length_ns"].default
        return with_samples(given, length) if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _check_samples(self) -> Self:
        times, amplitudes = self.samples_ns, self.samples_amplitude
        if (times is None) != (amplitudes is None):
            raise ValueError(
                "charging.samples_ns and charging.samples_amplitude belong together, but only one"
                " of them is given: give both, or neither"
            )
        if times is not None and (times[0] != 0 or (np.diff(times) <= 0).any()):
            raise ValueError(
                "charging.samples_ns must increase from 0, the beginning of the charging, but is"
                f" {show_value(list(times))}"
            )
        for key in ("samples_amplitude", "samples_phase_rad"):
            listed = getattr(self, key)
            if listed is not None and len(listed) != len(times or ()):
                raise ValueError(
                    f"charging.{key} must have an entry for each of the {len(times or ())} times of"
                    f" charging.samples_ns, but has {len(listed)}"
                )
        return self

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.times_ns is not None and self.swept.dim != "time":
            raise ValueError(
                f'charging.times_ns lists charging times, but charging.axis = "{self.axis}" has one'
                f" for all: state it as charging.stop_ns, and list {self.swept.listed}"
            )
        if self.stop_ns == 0 and self.swept.dim != "time":
            raise ValueError(
                f'charging.stop_ns must be above 0 with charging.axis = "{self.axis}", of which it'
                " is the charging time, but is 0.0"
            )
        values, listed = self.values(), getattr(self, self.swept.listed) is not None
        behind = np.flatnonzero(np.diff(values) <= 0)
        if listed and behind.size:
            first, second = values[behind[0]], values[behind[0] + 1]
            raise ValueError(
                f"charging.{self.swept.listed} must be strictly increasing, "
                f"but {second:g} follows {first:g} as entry {behind[0] + 2}"
            )
        begin, end = self._ends
        first, last = getattr(self, begin), getattr(self, end)
        if behind.size or last < first:
            raise ValueError(
                f"charging.{end} must lie after charging.{begin}, "
                f"but is {last} and {begin} is {first}"
            )
        return self

    @property
    def swept(self) -> ChargingAxis:
        """What the settings sweep."""
        return AXES[self.axis]

    @property
    def _ends(self) -> tuple[str, str]:
        """The keys of the first and the last value."""
        return {
            "amplitude": ("amplitude_from", "amplitude_to"),
            "detuning": ("detuning_from_MHz", "detuning_to_MHz"),
        }.get(self.axis, ("start_ns", "stop_ns"))

    def values(self) -> npt.NDArray[np.float64]:
        """Return what is swept, shape (T,), increasing, in the units of `swept`."""
        listed = getattr(self, self.swept.listed)
        if listed is not None:
            return np.array(listed, dtype=np.float64)
        first, last = (getattr(self, key) for key in self._ends)
        return np.linspace(first, last, self.points)

    def grid_ns(self) -> npt.NDArray[np.float64]:
        """Return the charging time of each setting in ns, shape (T,); one point is start_ns.

        They increase, unless amplitude or detuning is swept: then all are stop_ns.
        """
        values = self.values()
        return values if self.swept.dim == "time" else np.full(len(values), self.stop_ns)

"""The keys that matter, each with the range of its slider."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from cqed_battery.experiment import Experiment
from cqed_battery.units import mhz_from_ghz

_SHOTS = tuple(digit * 10**power for power in range(1, 6) for digit in (1, 2, 5))
_DECIMALS = 9  # beyond which a difference of frequencies holds nothing but rounding
_GRID = ("charging.start_ns", "charging.stop_ns", "charging.points")


@dataclass(frozen=True, kw_only=True)
class Knob:
    """A key of the experiment file as a slider: its group, words, unit and range.

    `choices` are the values of a slider that moves over single ones, in place of a range.
    """

    key: str
    group: str
    label: str
    unit: str = ""
    low: float = 0.0
    high: float = 1.0
    step: float = 1.0
    choices: tuple[int, ...] = ()

    @property
    def title(self) -> str:
        """The label with its unit."""
        return f"{self.label} ({self.unit})" if self.unit else self.label

    @property
    def whole(self) -> bool:
        """Whether the key takes whole numbers alone."""
        return bool(self.choices) or self.key == "charging.points"

    def value(self, experiment: Experiment) -> float:
        """Return what the key is worth in an experiment.

        Args:
            experiment: the experiment file's content.
        """
        read = _READ.get(self.key)
        if read is not None:
            return round(read(experiment), _DECIMALS)
        section, _, name = self.key.partition(".")
        return float(getattr(getattr(experiment, section), name))

    def around(self, value: float) -> "Knob":
        """Return the knob with a range that holds a value.

        Args:
            value: of the file.
        """
        if self.choices:
            choices = tuple(sorted({*self.choices, int(value)}))
            return Knob(**{**vars(self), "choices": choices})
        ends = {"low": min(self.low, value), "high": max(self.high, value)}
        return Knob(**{**vars(self), **ends})


_READ: Mapping[str, Callable[[Experiment], float]] = {
    "resonator.detuning_MHz": lambda e: mhz_from_ghz(
        e.resonator.frequency_GHz - e.transmon.frequency_GHz
    ),
    "drive.detuning_MHz": lambda e: mhz_from_ghz(e.drive.frequency_GHz - e.transmon.frequency_GHz),
    "charging.start_ns": lambda e: float(e.charging_times_ns[0]),
    "charging.stop_ns": lambda e: float(e.charging_times_ns[-1]),
    "charging.points": lambda e: float(len(e.axis_values)),
}
"""Keys that a file may state by another one, and how they are read off all the same."""

_DEVICE, _DRIVE, _CHARGING, _SHOT = "Device", "Drive", "Charging", "Shots of each setting"
KNOBS = (
    Knob(key="coupler.g_on_MHz", group=_DEVICE, label="coupling g/2π", unit="MHz", high=150),
    Knob(
        key="resonator.detuning_MHz",
        group=_DEVICE,
        label="resonator less transmon",
        unit="MHz",
        low=-200,
        high=200,
    ),
    Knob(
        key="resonator.linewidth_MHz",
        group=_DEVICE,
        label="linewidth κ/2π",
        unit="MHz",
        high=20,
        step=0.1,
    ),
    Knob(key="transmon.t1_us", group=_DEVICE, label="T1", unit="µs", low=1, high=100),
    Knob(key="transmon.t2_us", group=_DEVICE, label="T2", unit="µs", low=0.1, high=100, step=0.1),
    Knob(
        key="transmon.dephasing_rate_MHz",
        group=_DEVICE,
        label="dephasing γ/2π",
        unit="MHz",
        high=1,
        step=0.01,
    ),
    Knob(
        key="transmon.anharmonicity_GHz",
        group=_DEVICE,
        label="anharmonicity",
        unit="GHz",
        low=-0.4,
        high=-0.1,
        step=0.005,
    ),
    Knob(key="drive.rabi_rate_MHz", group=_DRIVE, label="Rabi rate Ω/2π", unit="MHz", high=150),
    Knob(
        key="drive.detuning_MHz",
        group=_DRIVE,
        label="drive less transmon",
        unit="MHz",
        low=-200,
        high=200,
    ),
    Knob(
        key="charging.stop_ns",
        group=_CHARGING,
        label="last charging time",
        unit="ns",
        low=5,
        high=300,
    ),
    Knob(key="charging.points", group=_CHARGING, label="charging settings", low=4, high=201),
    Knob(key="tomography.shots", group=_SHOT, label="tomography", choices=_SHOTS),
    Knob(key="vacuum.shots", group=_SHOT, label="resonator", choices=_SHOTS),
    Knob(key="readout.calibration_shots", group=_SHOT, label="calibration", choices=_SHOTS),
)
"""All knobs, in the order of the page."""


def knobs_of(experiment: Experiment) -> tuple[Knob, ...]:
    """Return the knobs that act on an experiment, their ranges around its values.

    Args:
        experiment: the experiment file's content.
    """
    acting = (knob for knob in KNOBS if _acts(knob, experiment))
    return tuple(knob.around(knob.value(experiment)) for knob in acting)


def _acts(knob: Knob, experiment: Experiment) -> bool:
    """Say whether a key is in force, and does something, in an experiment."""
    section, _, name = knob.key.partition(".")
    if knob.group == _SHOT and experiment.allocation.in_force():
        return False
    if section == "vacuum":
        return experiment.vacuum.measured
    if knob.key in _READ:
        return not (knob.key == "drive.detuning_MHz" and experiment.axis.name == "detuning")
    value = getattr(experiment, section).in_force().get(name)
    return value is not None and isfinite(value)


def together(experiment: Experiment, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes of an experiment, the whole grid where one of its keys replaces a list.

    Args:
        experiment: that is changed.
        changes: values by key.
    """
    listed = experiment.charging.times_ns is not None
    if not listed or not any(key in changes for key in _GRID):
        return dict(changes)
    grid: dict[str, Any] = {key: _READ[key](experiment) for key in _GRID}
    grid["charging.points"] = int(grid["charging.points"])
    return {**grid, **changes}


def groups(knobs: tuple[Knob, ...]) -> Iterator[tuple[str, list[Knob]]]:
    """Yield each group's name and its knobs.

    Args:
        knobs: of a page.
    """
    for name in dict.fromkeys(knob.group for knob in knobs):
        yield name, [knob for knob in knobs if knob.group == name]

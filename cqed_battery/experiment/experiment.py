"""The experiment: a device and everything that is done to it, in one frozen value."""

from collections.abc import Mapping
from math import hypot
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, Self
from unicodedata import category

from pydantic import Field, field_validator, model_validator

from cqed_battery.device import Coupler, Device, DriveLine, Readout, Resonator, Transmon
from cqed_battery.device.detuning import tune_parts
from cqed_battery.device.dispersive import Dispersive
from cqed_battery.device.section import Section, note_once, older_name
from cqed_battery.errors import ExperimentError, show_value
from cqed_battery.experiment import file as experiment_file
from cqed_battery.experiment.axis import ChargingAxis
from cqed_battery.experiment.consistency import check_together
from cqed_battery.experiment.samples_file import beside
from cqed_battery.experiment.sections.allocation import Allocation
from cqed_battery.experiment.sections.analysis import Analysis
from cqed_battery.experiment.sections.charging import Charging
from cqed_battery.experiment.sections.control import ControlArm
from cqed_battery.experiment.sections.extraction import Extraction
from cqed_battery.experiment.sections.faults import Faults
from cqed_battery.experiment.sections.laboratory import Laboratory
from cqed_battery.experiment.sections.priors import Priors
from cqed_battery.experiment.sections.qutrit import Qutrit
from cqed_battery.experiment.sections.reset import Reset
from cqed_battery.experiment.sections.simulation import Simulation
from cqed_battery.experiment.sections.tomography import Tomography
from cqed_battery.experiment.sections.vacuum import VacuumMeasurement
from cqed_battery.operators import FloatArray

_LONGEST_TITLE = 200  # characters; a title stands on one line of the report
_UNWRITABLE = {"Cc", "Cs", "Zl", "Zp"}  # Unicode: control, surrogate, line and paragraph separator


class Experiment(Section):
    """Everything a run depends on; the defaults are the operating point of Zhao 2026, Sec. V.

    Example:
        >>> experiment = Experiment(drive=DriveLine(rabi_rate_MHz=20.0))
        >>> experiment.replace({"charging.points": 31}).charging.grid_ns()[:3]
        array([0., 2., 4.])

    Raises:
        ExperimentError: a key is unknown, or a value is of the wrong type or out of range.
    """

    moved: ClassVar[Mapping[str, str]] = {
        "analysis.rabi_rate_uncertainty": "priors.rabi_rate",
        "analysis.correction_uncertainty": "priors.correction",
    }
    """Older keys of another section, which still mean what they meant, and those of today."""

    title: str = Field(
        default="A catalysed transmon battery and its control at 5 GHz",
        description=f"name of the run, one line of at most {_LONGEST_TITLE} characters",
    )
    seed: int = Field(default=2026, ge=0, lt=2**63, description="seed of every random number")
    transmon: Transmon = Transmon()
    resonator: Resonator = Resonator()
    coupler: Coupler = Coupler()
    drive: DriveLine = DriveLine()
    readout: Readout = Readout()
    dispersive: Dispersive = Dispersive()
    reset: Reset = Reset()
    charging: Charging = Charging()
    tomography: Tomography = Tomography()
    vacuum: VacuumMeasurement = VacuumMeasurement()
    control: ControlArm = ControlArm()
    extraction: Extraction = Extraction()
    qutrit: Qutrit = Qutrit()
    simulation: Simulation = Simulation()
    analysis: Analysis = Analysis()
    priors: Priors = Priors()
    laboratory: Laboratory = Laboratory()
    allocation: Allocation = Allocation()
    faults: Faults = Faults()

    @property
    def device(self) -> Device:
        """The part of the experiment that is the device."""
        return Device(
            transmon=self.transmon,
            resonator=self.resonator,
            coupler=self.coupler,
            drive=self.drive,
            readout=self.readout,
        )

    @property
    def frequency_spread_MHz(self) -> float:
        """Spread of the transmon's frequency from shot to shot, its own and the fault's, in MHz."""
        return hypot(self.transmon.frequency_noise_MHz, self.faults.frequency_noise_MHz)

    @property
    def charging_times_ns(self) -> FloatArray:
        """Charging times as played, in ns, (T,): those of [charging], on the clock if it rules."""
        return self.drive.played_ns(self.charging.grid_ns())

    @property
    def axis(self) -> ChargingAxis:
        """What the charging settings sweep."""
        return self.charging.swept

    @property
    def axis_values(self) -> FloatArray:
        """Values of that axis as played, (T,), increasing, in its units."""
        return self.charging_times_ns if self.axis.dim == "time" else self.charging.values()

    @classmethod
    def from_toml(cls, path: str | PathLike[str]) -> Self:
        """Read an experiment file.

        Args:
            path: of the file, UTF-8, at most 1 MB.

        Raises:
            ExperimentError: the file cannot be read, is not TOML, or a key or value is refused.
        """
        values = experiment_file.parse(experiment_file.read_file(path), str(path))
        if "charging" in values:
            values["charging"] = beside(values["charging"], Path(path).parent)
        return cls._of(values, str(path))

    @classmethod
    def from_text(cls, text: str, *, source: str = "the experiment text") -> Self:
        """Read an experiment from TOML text; `source` names the text in messages.

        Args:
            text: TOML.
            source: names the text in messages.

        Raises:
            ExperimentError: the text is not TOML, or a key or value is refused.
        """
        return cls._of(experiment_file.parse(text, source), source)

    @classmethod
    def _of(cls, values: Mapping[str, Any], source: str) -> Self:
        try:
            return cls(**values)
        except ExperimentError as error:
            raise ExperimentError(f"{source}: {error}") from None

    def to_toml(self, *, comments: bool = True) -> str:
        """Write the experiment as TOML, every default resolved; read again it is equal.

        Args:
            comments: say behind each key what it is and must be.
        """
        return experiment_file.write(self, comments=comments)

    def replace(self, changes: Mapping[str, Any]) -> Self:
        """Return an experiment with some values changed, checked like a new one.

        Args:
            changes: values by key, such as ``{"drive.rabi_rate_MHz": 20.0, "seed": 1}``.  A key
                that excludes others, such as ``charging.times_ns``, takes their place.

        Raises:
            ExperimentError: a key is unknown, or a value is refused.
        """
        values: dict[str, Any] = dict(self)
        for name, value in changes.items():
            path = self.moved.get(name, name)
            if path != name:
                note_once(older_name(name, path))
            section, dot, key = path.partition(".")
            values[section] = self._merge(values, section, key, value, changes) if dot else value
        return type(self)(**values)

    def _merge(
        self,
        values: Mapping[str, Any],
        section: str,
        key: str,
        value: object,
        changes: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Return a section's values with one more changed and the keys that exclude it gone."""
        below = values.get(section, {})
        kept = below.in_force() if isinstance(below, Section) else below
        if not isinstance(kept, dict):
            raise ExperimentError(
                f"{section}.{key} is not a known key: {section} has no keys below it"
            )
        kind = self.sections().get(section, Section)
        key = kind.name_of_today(key)
        idle = {name for name in kind.excluded_by(key) if f"{section}.{name}" not in changes}
        return {name: old for name, old in kept.items() if name not in idle} | {key: value}

    @model_validator(mode="before")
    @classmethod
    def _read_moved_keys(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        for old, new in cls.moved.items():
            (section, key), (place, name) = old.split("."), new.split(".")
            before, after = given.get(section), given.get(place, {})
            if not (isinstance(before, dict) and key in before and isinstance(after, dict)):
                continue
            if name in after:
                raise ValueError(
                    f"{old} is the older name of {new}, but both are given: remove {old}"
                )
            note_once(older_name(old, new))
            kept = {k: value for k, value in before.items() if k != key}
            given = given | {section: kept, place: after | {name: before[key]}}
        return given

    @field_validator("title")
    @classmethod
    def _check_title(cls, title: str) -> str:
        if len(title) > _LONGEST_TITLE or any(category(letter) in _UNWRITABLE for letter in title):
            raise ValueError(
                f"title must be one line of at most {_LONGEST_TITLE} characters, "
                f"but is {show_value(title)}"
            )
        return title

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        tune_parts(self)
        transmon = self.transmon
        shifted = self.dispersive.derived(transmon.anharmonicity_GHz, transmon.levels)
        # Past pydantic's freezing, which an assignment would meet.
        object.__setattr__(self, "dispersive", shifted)
        check_together(self)
        return self


ExperimentLike = Experiment | str | PathLike[str]
"""What stands for an experiment in the Python interface: itself, or the path of its file."""


def as_experiment(given: object) -> Experiment:
    """Return an experiment as it is, or read it where the path of its file is given.

    Args:
        given: an Experiment, or the path of its file.

    Raises:
        ExperimentError: the file is refused, or it is neither an experiment nor a path.
    """
    if isinstance(given, str | PathLike):
        return Experiment.from_toml(given)
    if isinstance(given, Experiment):
        return given
    raise ExperimentError(
        "`experiment` must be an Experiment or the path of its file, but is of type"
        f" {type(given).__name__}"
    )

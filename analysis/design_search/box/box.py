"""The box of a search: what the laboratory can set, between which bounds, and what it wants."""

from collections.abc import Mapping
from os import PathLike
from typing import Annotated, Any, Self

import numpy as np
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    ValidationError,
    model_validator,
)

from analysis.design_search.box.entries import (
    METHOD,
    MUST,
    STRICT,
    Bounds,
    DesignError,
    Entries,
    check_measurement,
    is_number,
    name_entries,
)
from analysis.design_search.box.objective import Objective
from cqed_battery.errors import show_key, show_value
from cqed_battery.experiment import Experiment, ExperimentError
from cqed_battery.experiment.file import parse, read_file
from cqed_battery.operators import FloatArray
from cqed_battery.units import ghz_from_mhz

CHARGING_TIME = "charging.stop_ns"
DETUNINGS = {
    "drive.detuning_MHz": "drive.frequency_GHz",
    "resonator.detuning_MHz": "resonator.frequency_GHz",
}
_SECTIONS = ("transmon", "resonator", "coupler", "drive")
_SHORTEST_NS = 1.0  # charging times are rounded to 0.01 ns
_PARTS = {
    "box": "bounds",
    "fixed": "fixed",
    "measurement": "measurement",
    "tolerance": "tolerance",
    "objective": "objective",
}
_MOST_WAYS = 64  # to measure the resonator, tried at every point
_ONE_VALUES, _WAY_VALUES = 31, 7  # of the one number of [measurement], and of each of several


def _build_objective(given: Any) -> Any:
    return Objective(**given) if isinstance(given, Mapping) else given


class Box(BaseModel):
    """Keys of the experiment file between bounds, as a box file names them or from Python.

    A detuning, in MHz, counts from the transmon's frequency.

        >>> box = Box(bounds={"drive.rabi_rate_MHz": (5, 100)}, objective={"hours": 6})
        >>> box.keys, box.objective.hours
        (('drive.rabi_rate_MHz',), 6.0)

    Args:
        bounds: lower and upper bound by key of [transmon], [resonator], [coupler] or [drive], a
            detuning, or `charging.stop_ns`; in the unit that the key names.
        fixed: further keys of the experiment file with the values that they have in this search,
            such as those of the resonator's measurement.
        measurement: how the resonator may be measured, which is chosen for each point: keys of
            [vacuum] with lower and upper bound, and `vacuum.method` with a list of methods. Without
            any it is as the experiment file says.
        tolerance: by how much a key may be off, in its unit; 0 where none is given.
        objective: an `Objective`, or its keys and values.

    Raises:
        DesignError: a key, a bound, a tolerance or the objective is refused.
    """

    model_config = STRICT

    bounds: Annotated[dict[str, Bounds], Entries, Field(min_length=1)]
    fixed: Annotated[dict[str, Any], Entries] = {}
    measurement: Annotated[dict[str, Any], Entries, AfterValidator(check_measurement)] = {}
    tolerance: Annotated[dict[str, Annotated[float, Field(ge=0)]], Entries] = {}
    objective: Annotated[Objective, BeforeValidator(_build_objective)] = Objective()

    def __init__(self, /, **given: Any) -> None:
        try:
            super().__init__(**given)
        except ValidationError as error:
            raise DesignError(_explain(error, given)) from None

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        for key in self.keys:
            if key.partition(".")[0] not in _SECTIONS and key != CHARGING_TIME:
                raise ValueError(
                    f"{show_key(key)} cannot be searched: [box] may name keys of [transmon],"
                    f" [resonator], [coupler] and [drive], and {CHARGING_TIME}"
                )
        for key in self.tolerance:
            if key not in self.bounds:
                raise ValueError(
                    f"[tolerance] has {show_key(key)}, but [box] does not: give its bounds there,"
                    " or remove it"
                )
        for key, value in self.fixed.items():
            if key in self.bounds:
                raise ValueError(f"{key} is both in [box] and in [fixed]: remove the one")
            if key in DETUNINGS and not is_number(value):
                raise ValueError(f"{key} must be a number, but is {show_value(value)}")
        for key in self.measurement:
            if key in self.fixed:
                raise ValueError(f"{key} is both in [measurement] and in [fixed]: remove the one")
        for key, frequency in DETUNINGS.items():
            if {key, frequency} <= {*self.bounds, *self.fixed}:
                raise ValueError(f"{key} and {frequency} say the same: remove the one")
        return self

    @property
    def keys(self) -> tuple[str, ...]:
        """The searched keys, (K,), in the order of the unit cube."""
        return tuple(sorted(self.bounds))

    @property
    def low(self) -> FloatArray:
        """The lower bounds, (K,)."""
        return np.array([self.bounds[key][0] for key in self.keys])

    @property
    def high(self) -> FloatArray:
        """The upper bounds, (K,)."""
        return np.array([self.bounds[key][1] for key in self.keys])

    @property
    def tolerances(self) -> FloatArray:
        """By how much each key may be off, (K,), 0 where no tolerance is given."""
        return np.array([self.tolerance.get(key, 0.0) for key in self.keys])

    @property
    def way_values(self) -> int:
        """How many values of a number of [measurement] are tried, by equal factors.

        What a device serves can be a narrow range, as between a shift that takes too long and one
        that is not dispersive.
        """
        if len({*self.measurement} - {METHOD}) != 1:
            return _WAY_VALUES
        methods = len(self.measurement.get(METHOD, ("",)))
        return max(_WAY_VALUES, min(_ONE_VALUES, _MOST_WAYS // methods))

    def values(self, unit: FloatArray) -> dict[str, float]:
        """Return the values by key of a place (K,) in the unit cube."""
        found = self.low + unit * (self.high - self.low)
        return dict(zip(self.keys, map(float, found), strict=True))

    def place(self, values: Mapping[str, float]) -> FloatArray:
        """Return the place (K,) in the unit cube of values by key."""
        return (np.array([values[key] for key in self.keys]) - self.low) / (self.high - self.low)

    def with_objective(self, *, kind: str | None = None, hours: float | None = None) -> Self:
        """Return the box with another kind of objective or other hours, where they are given.

        Raises:
            DesignError: the kind is none of `OBJECTIVES`, or the hours are not above 0.
        """
        given = {"kind": kind, "hours": hours}
        wanted = {key: value for key, value in given.items() if value is not None}
        try:
            objective = Objective(**(self.objective.model_dump() | wanted))
        except ExperimentError as error:
            raise DesignError(str(error)) from None
        return self.model_copy(update={"objective": objective})

    def fix(self, experiment: Experiment) -> Experiment:
        """Return the experiment with what the box fixes, once both corners of the box pass.

        Raises:
            DesignError: the experiment refuses what is fixed, or a corner of the box.
        """
        try:
            fixed = self.experiment(experiment, self.fixed)
        except ExperimentError as error:
            raise DesignError(f"[fixed]: {error}") from None
        self._check_ways(fixed)
        shortest = self.bounds.get(CHARGING_TIME, fixed.charging_times_ns[-1:])[0]
        if shortest < _SHORTEST_NS:
            raise DesignError(
                f"a searched point must charge for at least {_SHORTEST_NS:g} ns, but"
                f" {CHARGING_TIME} may be {shortest:g}"
            )
        for place, name in enumerate(("lower", "upper")):
            try:
                self.experiment(fixed, {key: pair[place] for key, pair in self.bounds.items()})
            except ExperimentError as error:
                raise DesignError(f"at the {name} bounds, {error}") from None
        return fixed

    def _check_ways(self, fixed: Experiment) -> None:
        """Refuse what no experiment has as a way to measure, and too many ways."""
        numbers = [key for key in self.measurement if key != METHOD]
        methods = self.measurement.get(METHOD, (fixed.vacuum.method,))
        count = len(methods) * self.way_values ** len(numbers)
        if count > _MOST_WAYS:
            raise DesignError(
                f"[measurement] allows {count} ways to measure the resonator; at most {_MOST_WAYS}"
                f" are tried at every point, {self.way_values} values of a number"
            )
        try:
            for method in methods:
                for place in range(2 if numbers else 1):
                    ends = {key: self.measurement[key][place] for key in numbers}
                    self.experiment(fixed, ends | {METHOD: method})
        except ExperimentError as error:
            raise DesignError(f"[measurement]: {error}") from None

    def experiment(self, fixed: Experiment, values: Mapping[str, Any]) -> Experiment:
        """Return the experiment with these values by key.

        Raises:
            ExperimentError: the experiment refuses them together.
        """
        return fixed.replace(changes(fixed, values))


def changes(fixed: Experiment, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values by key as changes of the experiment, detunings as frequencies in GHz."""
    qubit = fixed.transmon.frequency_GHz
    return {
        DETUNINGS.get(key, key): qubit + ghz_from_mhz(value) if key in DETUNINGS else value
        for key, value in values.items()
    }


def read_box(path: str | PathLike[str], fixed: Experiment) -> Box:
    """Read a box file and check it against the experiment whose other values stay fixed.

    Raises:
        DesignError: the file cannot be read, or a key, a bound or an objective is refused.
    """
    try:
        return parse_box(read_file(path), str(path), fixed)
    except ExperimentError as error:
        text = str(error).replace("experiment file", "box file").partition(": `cqed-battery")[0]
        raise DesignError(text) from None


def parse_box(text: str, source: str, fixed: Experiment) -> Box:
    """Read a box from TOML text; `source` names it in messages.

    Raises:
        DesignError: a key, a bound, a tolerance or the objective is refused.
        ExperimentError: the text is not TOML.
    """
    content = {"box": {}, **parse(text, source)}
    try:
        for name in content:
            if name not in _PARTS:
                raise DesignError(
                    "a box file has [box], [fixed], [measurement], [tolerance] and [objective], but"
                    f" there is {show_key(name)}: remove it, or put it into one of them"
                )
        box = Box(**{_PARTS[name]: value for name, value in content.items()})
        box.fix(fixed)
    except DesignError as error:
        raise DesignError(f"{source}: {error}") from None
    return box


def _explain(error: ValidationError, given: Mapping[str, Any]) -> str:
    """Turn the first of pydantic's errors into a sentence, as `Section` does for an experiment."""
    problem = error.errors(include_url=False)[0]
    part, *below = problem["loc"] or ("",)
    if problem["type"] == "value_error" and not below:
        return str(problem["ctx"]["error"])
    if part not in Box.model_fields:
        return f"{part} is not a part of a box, which has {', '.join(Box.model_fields)}"
    if problem["type"] in ("missing", "too_short") and not below:
        return '[box] must name a key, such as "drive.rabi_rate_MHz"'
    name = {old: new for new, old in _PARTS.items()}[str(part)]
    if not below:
        return f"{name} must be a section, [{name}], but is {show_value(problem['input'])}"
    if below[-1] == "[key]":
        return f"[{name}] must name its keys by texts, but has {show_value(below[0])}"
    value = name_entries(given[str(part)])[below[0]]
    return f"{MUST[str(part)].format(show_key(str(below[0])))}, but is {show_value(value)}"

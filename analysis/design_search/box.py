"""The box of a search: what the laboratory can set, between which bounds, and what it wants."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from os import PathLike
from sys import float_info
from typing import Any

import numpy as np

from cqed_battery.errors import CqedBatteryError, join_words, show_key, show_value
from cqed_battery.experiment import Experiment, ExperimentError
from cqed_battery.experiment.file import parse, read_file
from cqed_battery.operators import FloatArray
from cqed_battery.units import ghz_from_mhz

OBJECTIVES = ("significance", "sustained-gain", "peak-gain", "hours-to-5-sigma")
CHARGING_TIME = "charging.stop_ns"
_SECTIONS = ("transmon", "resonator", "coupler", "drive", CHARGING_TIME.partition(".")[0])
DETUNINGS = {
    "drive.detuning_MHz": "drive.frequency_GHz",
    "resonator.detuning_MHz": "resonator.frequency_GHz",
}
_PARTS = ("box", "fixed", "tolerance", "objective")
_SMALLEST_STEP = 1e-12
_SHORTEST_NS = 1.0  # charging times are rounded to 0.01 ns


class DesignError(CqedBatteryError):
    """A box that cannot be read, or a search that cannot be carried out."""


@dataclass(frozen=True)
class Objective:
    """What a search wants, and when an operating point meets all three observations.

    `kind` is one of `OBJECTIVES`. Bounds: gain late and as a window mean, hbar w_q; F; sigmas.
    S is taken over a window that ends by `early_ns`.
    """

    kind: str = OBJECTIVES[0]
    hours: float = 12.0
    least_gain: float = 0.5
    least_fidelity: float = 0.97
    sigmas: float = 5.0
    early_ns: float = 100.0


_REQUIRED = {
    "hours": (0.0, np.inf, "above 0"),
    "least_gain": (0.0, 1.0, "above 0 and below 1"),
    "least_fidelity": (0.0, 1.0, "above 0 and below 1"),
    "sigmas": (0.0, np.inf, "above 0"),
    "early_ns": (0.1, np.inf, "above 0.1"),
}


@dataclass(frozen=True)
class Box:
    """Keys of the experiment file with lower and upper bounds (K,) and tolerances (K,).

    A detuning, in MHz, counts from the transmon's frequency. A tolerance of 0 is none. `settings`
    are further keys of the experiment file that the box fixes.
    """

    keys: tuple[str, ...]
    low: FloatArray
    high: FloatArray
    tolerance: FloatArray
    objective: Objective
    settings: Mapping[str, Any] = field(default_factory=dict)

    def values(self, unit: FloatArray) -> dict[str, float]:
        """Return the values by key of a place (K,) in the unit cube."""
        found = self.low + unit * (self.high - self.low)
        return dict(zip(self.keys, map(float, found), strict=True))

    def place(self, values: Mapping[str, float]) -> FloatArray:
        """Return the place (K,) in the unit cube of values by key."""
        return (np.array([values[key] for key in self.keys]) - self.low) / (self.high - self.low)

    def fix(self, experiment: Experiment) -> Experiment:
        """Return the experiment with what the box fixes."""
        return experiment.replace(changes(experiment, self.settings))

    def experiment(self, fixed: Experiment, values: Mapping[str, float]) -> Experiment:
        """Return the experiment with these values.

        Raises:
            ExperimentError: the experiment refuses them together.
        """
        return fixed.replace(changes(fixed, values))


def changes(fixed: Experiment, values: Mapping[str, float]) -> dict[str, Any]:
    """Return values by key as changes of the experiment, detunings as frequencies."""
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
    content = parse(text, source)
    unknown = [name for name in content if name not in _PARTS]
    if unknown:
        raise DesignError(
            f"{source}: a box file has [box], [fixed], [tolerance] and [objective], but there is"
            f" {show_key(unknown[0])}: remove it, or put it into one of them"
        )
    bounds = _flat(_table(content, "box", source))
    if not bounds:
        raise DesignError(f'{source}: [box] must name a key, such as "drive.rabi_rate_MHz"')
    pairs = {key: _bounds(key, value, source) for key, value in bounds.items()}
    keys = tuple(sorted(pairs))
    low, high = np.array([pairs[key] for key in keys]).T
    tolerances = _flat(_table(content, "tolerance", source))
    settings = _flat(_table(content, "fixed", source))
    fixed = _fixed(settings, keys, source, fixed)
    box = Box(
        keys=keys,
        low=low,
        high=high,
        tolerance=_tolerances(keys, tolerances, source),
        objective=_objective(_table(content, "objective", source), source),
        settings=settings,
    )
    _check_keys(box, source)
    _check_charging_time(pairs.get(CHARGING_TIME, fixed.charging.grid_ns()[-1:])[0], source)
    for name, values in (("lower", low), ("upper", high)):
        _check_corner(box, fixed, dict(zip(keys, values.tolist(), strict=True)), name, source)
    return box


def _fixed(
    settings: Mapping[str, Any], keys: tuple[str, ...], source: str, experiment: Experiment
) -> Experiment:
    both = [key for key in settings if key in keys or DETUNINGS.get(key) in keys]
    if both:
        raise DesignError(f"{source}: {both[0]} is both in [box] and in [fixed]: remove the one")
    try:
        return experiment.replace(changes(experiment, settings))
    except ExperimentError as error:
        raise DesignError(f"{source}: [fixed]: {error}") from None


def _table(content: Mapping[str, Any], name: str, source: str) -> dict[str, Any]:
    table = content.get(name, {})
    if not isinstance(table, dict):
        raise DesignError(
            f"{source}: {name} must be a section, [{name}], but is {show_value(table)}"
        )
    return table


def _flat(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries by full key, whether written "a.b" or as a table below."""
    found: dict[str, Any] = {}
    for key, value in table.items():
        below = value.items() if isinstance(value, dict) else ()
        found |= {f"{key}.{name}": entry for name, entry in below}
        if not isinstance(value, dict):
            found[key] = value
    return found


def _bounds(key: str, value: object, source: str) -> tuple[float, float]:
    numbers = value if isinstance(value, list) and len(value) == 2 else []
    if not numbers or not all(map(_is_number, numbers)) or not numbers[0] < numbers[1]:
        raise DesignError(
            f"{source}: {show_key(key)} must be two numbers, a lower and a higher bound such as"
            f" [5, 100], but is {show_value(value)}"
        )
    return float(numbers[0]), float(numbers[1])


def _is_number(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return abs(value) <= float_info.max


def _tolerances(keys: tuple[str, ...], given: Mapping[str, Any], source: str) -> FloatArray:
    for key, value in given.items():
        if key not in keys:
            raise DesignError(
                f"{source}: [tolerance] has {show_key(key)}, but [box] does not: give its bounds"
                " there, or remove it"
            )
        if not _is_number(value) or value < 0:
            raise DesignError(
                f"{source}: the tolerance of {key} must be a number >= 0, but is"
                f" {show_value(value)}"
            )
    return np.array([float(given.get(key, 0.0)) for key in keys])


def _objective(given: Mapping[str, Any], source: str) -> Objective:
    for key, value in given.items():
        where = f"{source}: objective.{show_key(key)}"
        if key == "kind":
            _check_objective(value, where)
        elif key not in _REQUIRED:
            raise DesignError(
                f"{where} is not a known key: [objective] has kind, {', '.join(_REQUIRED)}"
            )
        else:
            _check_number(key, value, where)
    numbers = {key: float(value) for key, value in given.items() if key in _REQUIRED}
    return Objective(kind=str(given.get("kind", OBJECTIVES[0])), **numbers)


def with_objective(box: Box, *, kind: str | None = None, hours: float | None = None) -> Box:
    """Return the box with another kind of objective or other hours, where they are given.

    Raises:
        DesignError: the kind is none of `OBJECTIVES`, or the hours are not above 0.
    """
    wanted = box.objective
    if kind is not None:
        _check_objective(kind, "`objective`")
        wanted = replace(wanted, kind=kind)
    if hours is not None:
        _check_number("hours", hours, "`hours`")
        wanted = replace(wanted, hours=hours)
    return replace(box, objective=wanted)


def _check_objective(value: object, where: str) -> None:
    if value not in OBJECTIVES:
        raise DesignError(
            f"{where} must be {join_words(OBJECTIVES, 'or')}, but is {show_value(value)}"
        )


def _check_number(key: str, value: object, where: str) -> None:
    low, high, words = _REQUIRED[key]
    if not (isinstance(value, int | float) and _is_number(value) and low < value < high):
        raise DesignError(f"{where} must be a number {words}, but is {show_value(value)}")


def _check_keys(box: Box, source: str) -> None:
    for key in box.keys:
        frequency = DETUNINGS.get(key)
        if key.partition(".")[0] not in _SECTIONS or (
            key.startswith("charging.") and key != CHARGING_TIME
        ):
            raise DesignError(
                f"{source}: {show_key(key)} cannot be searched: [box] may name keys of"
                f" [transmon], [resonator], [coupler] and [drive], and {CHARGING_TIME}"
            )
        if frequency in box.keys:
            raise DesignError(f"{source}: {key} and {frequency} say the same: remove the one")


def _check_charging_time(shortest: float, source: str) -> None:
    if shortest < _SHORTEST_NS:
        raise DesignError(
            f"{source}: a searched point must charge for at least {_SHORTEST_NS:g} ns, but"
            f" {CHARGING_TIME} may be {shortest:g}"
        )


def _check_corner(
    box: Box, fixed: Experiment, values: dict[str, float], name: str, source: str
) -> None:
    try:
        box.experiment(fixed, values)
    except ExperimentError as error:
        raise DesignError(f"{source}: at the {name} bounds, {error}") from None

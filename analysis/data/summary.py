"""What was understood of a laboratory's file, before anything is learnt from it."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr

from analysis.data.counts import LABELS, OTHER_UNITS, VARIABLES
from analysis.data.mapping import LabNames
from analysis.data.our_names import AFTER_COLUMNS, COLUMNS, OTHER_COLUMNS, TIME_DIMS, VALUES
from analysis.data.tables.columns import Columns, numbers
from cqed_battery.errors import join_words, show_value
from cqed_battery.experiment.axis import AXES, ChargingAxis

_MOST_SHOWN = 4  # labels of a column
_ABSENT = (
    "the counts of the arms, without which nothing is inferred",
    "the calibration; analyse takes the experiment file's by --calibration from-file",
    "the measurement of the resonator, without which F is not inferred",
)
"""What it means that a variable has no counts, in the order of `VARIABLES`; the others may."""
_AFTER = {"extraction_counts": "extraction", "qutrit_counts": "three levels"}


@dataclass(frozen=True)
class Field:
    """A column or variable of a file: what it is read as, its unit and the range of its values."""

    name: str
    read_as: str
    unit: str
    values: str


@dataclass(frozen=True)
class Group:
    """Settings of one kind: what was varied, and how many shots each has."""

    name: str
    settings: str
    shots: str


@dataclass(frozen=True)
class Summary:
    """Fields, settings, notes on what was done, and sentences on what is missing."""

    fields: tuple[Field, ...]
    groups: tuple[Group, ...] = ()
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return asdict(self)


def fields_of(content: Columns | xr.Dataset, names: LabNames) -> tuple[Field, ...]:
    """Return what each column or variable is read as.

    Args:
        content: of the file.
        names: the laboratory's names.
    """
    if isinstance(content, Columns):
        return tuple(_field(content, name, names) for name in content.fields)
    ours = {theirs: name for name, theirs in names.variables.items()}
    return tuple(
        Field(
            str(name),
            ours.get(str(name), str(name)),
            str(variable.attrs.get("units", "")),
            " x ".join(f"{dim} {size}" for dim, size in variable.sizes.items()),
        )
        for name, variable in content.variables.items()
    )


def _field(columns: Columns, name: str, names: LabNames) -> Field:
    known = {
        names.column(ours): ours for ours in (*COLUMNS, *OTHER_COLUMNS, *AFTER_COLUMNS, *VALUES)
    }
    read_as = known.get(name, "left out")
    if name in names.wide:
        labels = ", ".join(f"{dim} {label}" for dim, label in names.wide[name].items())
        read_as = f"values of {labels}"
    unit = columns.units.get(name, "")
    if read_as in (f"{dim}_ns" for dim in TIME_DIMS):
        unit = names.units.get(read_as.removesuffix("_ns"), unit or "ns")
    elif read_as in OTHER_COLUMNS:
        dim = OTHER_COLUMNS[read_as]
        unit = names.units.get(dim, unit or next(iter(OTHER_UNITS[dim])))
    elif read_as == "population":
        unit = names.units.get("population", unit)
    return Field(name, read_as, unit, _range(columns.fields[name]))


def _range(values: Any) -> str:
    """Return the range of numbers, or the first few labels."""
    found = numbers(values)
    finite = found[np.isfinite(found)]
    if finite.size and finite.size == np.count_nonzero([str(v).strip() != "" for v in values]):
        return f"{finite.min():g} to {finite.max():g}"
    labels = list(dict.fromkeys(str(value) for value in values if str(value).strip()))
    more = ", ..." if len(labels) > _MOST_SHOWN else ""
    return ", ".join(show_value(label) for label in labels[:_MOST_SHOWN]) + more


def groups_of(found: xr.Dataset) -> tuple[Group, ...]:
    """Return the settings that have shots, by arm, calibration and measurement of the resonator.

    Args:
        found: counts as `collected` returns them.
    """
    axis = AXES[found.attrs["axis"]]
    arms = [_arm(found["counts"].sel(arm=arm), str(arm), axis) for arm in found["arm"].values]
    groups, calibration = [*arms], found["calibration_counts"].values
    if calibration.any():
        shots = calibration.sum(axis=-1)
        with np.errstate(invalid="ignore"):
            errors = np.array([calibration[0, 1], calibration[1, 0]]) / shots
        told = f"P(1|0) = {errors[0]:.3f}, P(0|1) = {errors[1]:.3f}"
        groups.append(Group("calibration", told, _spread(shots)))
    vacuum = found["vacuum_counts"].sum("outcome").values
    if vacuum.any():
        times = found["exchange_time"].values
        told = f"{len(times)} exchange times, {times[0]:g} to {times[-1]:g} ns"
        groups.append(Group("vacuum", told, _spread(vacuum)))
    for variable, what in _AFTER.items():
        held = found[variable].transpose(*VARIABLES[variable]).sum("outcome")
        groups += [_after(held.sel(arm=arm), f"{what}, {arm}") for arm in held["arm"].values]
    return tuple(group for group in groups if group.settings)


def _arm(counts: xr.DataArray, name: str, axis: ChargingAxis) -> Group:
    shots = counts.sum("outcome")
    bases = [str(basis) for basis in shots["basis"].values if shots.sel(basis=basis).sum() > 0]
    times = shots["time"].values[shots.sum("basis").values > 0]
    words = "times" if axis.dim == "time" else axis.plural
    unit = "" if axis.units == "1" else f" {axis.units}"
    span = f"{times[0]:g} to {times[-1]:g}{unit}" if len(times) else "none"
    told = f"{len(times)} {words}, {span}; basis {join_words(bases or ['none'], 'and')}"
    return Group(name, told, _spread(shots.values))


def _after(shots: xr.DataArray, name: str) -> Group:
    """Return what was measured after some charging times of an arm; no settings where nothing."""
    dim, label = map(str, shots.dims)
    times = shots[dim].values[shots.sum(label).values > 0]
    labels = [str(text) for text in shots[label].values if shots.sel({label: text}).sum() > 0]
    if not labels:
        return Group(name, "", "")
    after = ", ".join(f"{time:g}" for time in times[:_MOST_SHOWN])
    more = f", ... {times[-1]:g}" if len(times) > _MOST_SHOWN else ""
    named = f"{label} {join_words(labels, 'and')}"
    if len(labels) > _MOST_SHOWN:
        named = f"{len(labels)} {label}s"
    told = f"after {after}{more} ns; {named}"
    return Group(name, told, _spread(shots.values))


def _spread(shots: Any) -> str:
    held = shots[shots > 0]
    low, high = (int(held.min()), int(held.max())) if held.size else (0, 0)
    return f"{low}" if low == high else f"{low} to {high}"


def missing_of(found: xr.Dataset) -> tuple[str, ...]:
    """Return sentences on what has no shots.

    Args:
        found: counts as `collected` returns them.
    """
    said = [text for name, text in zip(VARIABLES, _ABSENT, strict=False) if not found[name].sum()]
    held = [str(arm) for arm in found["arm"].values]
    if held:
        said += [f"the arm {arm}" for arm in LABELS["arm"] if arm not in held]
    for name in VARIABLES:
        shots = found[name].sum("outcome")
        empty = int((shots.values == 0).sum())
        if shots.sum() and empty:
            said.append(f"{empty} of the {shots.size} settings of {name}")
    return tuple(said)

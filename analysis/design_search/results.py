"""What a search found, as data: points, the front of gain, F and hours, maps, design.json."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import isfinite
from typing import Any

import numpy as np
import xarray as xr

from analysis.design_search import statements
from analysis.design_search.box.box import CHARGING_TIME, DETUNINGS, Box
from analysis.design_search.point.measurement import ways
from analysis.design_search.point.point_result import (
    EXACT,
    FIELDS,
    STATUS,
    UNITS,
    PointResult,
)
from analysis.design_search.search.control import BestControl
from analysis.observations import ALL_THREE, OBSERVATIONS
from analysis.papers.figure import curve
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import versions
from cqed_battery.files.labels import labelled
from cqed_battery.operators import FloatArray
from cqed_battery.units import mhz_from_ghz

_SPREAD = 10.0  # standard errors from a bar that the map's colours reach, at least
_ENDLESS = 1e9  # hours of a point that does not reach its significance


def pareto_front(points: Sequence[PointResult]) -> list[int]:
    """Return which points no other one beats in gain, F and hours at once, by rising gain.

    Only points with exact dynamics count; of two equal ones the first.
    """
    numbers = [n for n, point in enumerate(points) if point.status == EXACT]
    if not numbers:
        return []
    sizes = np.array([_sizes(points[n]) for n in numbers])
    _, first = np.unique(sizes, axis=0, return_index=True)
    beaten = [
        ((sizes >= row).all(axis=1) & (sizes > row).any(axis=1)).any() for row in sizes[first]
    ]
    kept = [numbers[n] for n, worse in zip(first, beaten, strict=True) if not worse]
    return sorted(kept, key=lambda n: (points[n].sustained_gain, n))


def _sizes(point: PointResult) -> tuple[float, float, float]:
    hours = point.hours if isfinite(point.hours) else _ENDLESS
    return point.sustained_gain, point.fidelity, -hours


def front_dataset(points: Sequence[PointResult], box: Box) -> xr.Dataset:
    """Return F and hours of the front over the gain, as curves that can be drawn."""
    chosen = [points[n] for n in pareto_front(points)]
    words = {"long_name": "gain late and as a window mean, the smaller", "units": "hbar w_q"}
    gain = xr.Variable("gain", [point.sustained_gain for point in chosen], words)
    columns = (
        ("fidelity", "vacuum fidelity", "1"),
        ("hours", f"hours to {_wanted(box)}", "h"),
    )
    curves = {}
    for panel, (name, axis, unit) in enumerate(columns):
        values = xr.DataArray([getattr(point, name) for point in chosen], {"gain": gain}, "gain")
        curves[name] = curve(values.assign_attrs(units=unit), label="", panel=panel, axis=axis)
    title = "what no other point beats in gain, F and hours at once"
    return xr.Dataset(curves, attrs={"title": title})


def _wanted(box: Box) -> str:
    return f"{box.objective.sigmas:g} sigmas"


def map_dataset(
    box: Box,
    axes: tuple[int, int],
    values: tuple[FloatArray, FloatArray],
    points: Sequence[PointResult],
    centre: dict[str, float],
) -> xr.Dataset:
    """Return maps of each observation's significance and of where all three hold.

    The rest of the box is held at `centre`. Colours reach 10 standard errors, or twice those
    asked for; a place without a number has too many photons for the dynamics to be computed, or
    is refused.
    """
    across, up = (
        xr.Variable(key.replace(".", "_"), along, {"long_name": key, "units": "1"})
        for key, along in zip([box.keys[axis] for axis in axes], values, strict=True)
    )
    coords = {up.dims[0]: up, across.dims[0]: across}

    def drawn(numbers: list[float], label: str, axis: str, **attrs: float) -> xr.DataArray:
        grid = np.array(numbers).reshape(len(up), len(across))
        array = xr.DataArray(grid, coords, list(coords), attrs={"units": "1"} | attrs)
        return curve(array, label=label, panel=len(found), axis=axis, kind="map")

    found: dict[str, xr.DataArray] = {}
    most = max(_SPREAD, 2 * box.objective.sigmas)
    for each in OBSERVATIONS:
        sigmas = [getattr(point, each.column) for point in points]
        found[each.column] = drawn(sigmas, "sigmas", each.label, limit=most)
    held = [held_observations(point, box) for point in points]
    words = f"observations at {_wanted(box)} within {box.objective.hours:g} h"
    found["held"] = drawn(held, "how many hold", words)
    title = "where each observation holds, and where all three do"
    return xr.Dataset(found, attrs={"title": title, "centre": json.dumps(centre)})


def held_observations(point: PointResult, box: Box) -> float:
    """Return how many of the three observations reach what is asked for, nan if unknown."""
    if point.status != EXACT:
        return float("nan")
    return float(sum(getattr(point, each.column) >= box.objective.sigmas for each in OBSERVATIONS))


def points_dataset(
    box: Box, places: Sequence[FloatArray], points: Sequence[PointResult]
) -> xr.Dataset:
    """Return all points of a search: their values by key and what they gave, dims (point,)."""
    values = np.array([list(box.values(place).values()) for place in places])
    columns = dict(zip(box.keys, values.T, strict=True))
    columns |= {name: np.array([float(getattr(p, name)) for p in points]) for name in FIELDS}
    variables = {name.replace(".", "_"): ("point", column) for name, column in columns.items()}
    status = ", ".join(f"{number} {word}" for number, word in enumerate(STATUS))
    found = xr.Dataset(variables, attrs={"status": status})
    for name, unit in UNITS.items():
        found[name].attrs["units"] = unit
    return labelled(found)


def search_head(experiment: Experiment, box: Box) -> dict[str, Any]:
    """Return title, bounds by key, the axes of the map and the file's own values, plain."""
    return {
        "title": experiment.title,
        "box": {key: list(box.bounds[key]) for key in box.keys},
        "axes": map_axes(box.keys),
        "own": own_values(experiment, box.keys),
    }


def map_axes(keys: Sequence[str]) -> list[str]:
    """Return the one or two keys that tell most: both detunings, whose resonance carries the gain.

    Where a detuning is missing, the first other keys of the box stand in for it.
    """
    return sorted(keys, key=lambda key: key not in DETUNINGS)[:2]


def own_values(experiment: Experiment, keys: Sequence[str]) -> dict[str, float | None]:
    """Return what the experiment itself has for each key, None where that is no finite number."""
    found = {}
    for key in keys:
        value = _own_value(experiment, key)
        known = isinstance(value, int | float) and isfinite(value)
        found[key] = float(value) if known else None
    return found


def _own_value(experiment: Experiment, key: str) -> Any:
    if key == CHARGING_TIME:
        return float(experiment.charging_times_ns[-1])
    section, _, name = DETUNINGS.get(key, key).partition(".")
    value = getattr(getattr(experiment, section), name)
    return mhz_from_ghz(value - experiment.transmon.frequency_GHz) if key in DETUNINGS else value


@dataclass(frozen=True)
class Written:
    """One of the best points: its values by key, its file, its hours and its expected verdict.

    Without a file the verdict is empty.
    """

    point: PointResult
    values: Mapping[str, float]
    file: str | None = None
    hours: float | None = None
    verdict: Mapping[str, dict[str, Any]] = field(default_factory=dict)


def search_results(
    box: Box,
    searched: Sequence[PointResult],
    best: Sequence[Written],
    robustness: tuple[PointResult, Mapping[str, tuple[PointResult, PointResult]]],
    controls: Mapping[str, BestControl],
) -> dict[str, Any]:
    """Return what design.json says beside its head, as plain values; the unknown is null.

    Args:
        box: what was searched.
        searched: every point of the search.
        best: the best points, best first.
        robustness: the best point as the search has it, and by key what it gives below and above,
            off by the tolerance.
        controls: the best control of each kind.
    """
    first, (nominal, off) = best[0].point, robustness
    highest = {name: control.ergotropy for name, control in controls.items()}
    return {
        "schema": 1,
        "statement": statements.statement(box, first, searched),
        ALL_THREE.key: first.meets(box.objective),
        "objective": box.objective.model_dump(),
        "screening": statements.screening_statement(searched),
        "refusals": statements.refusals(searched),
        "best": [
            {
                "values": dict(each.values),
                **_plain(each.point),
                "measurement": _way(box, each.point),
                "file": each.file,
                "file_hours": each.hours,
                "expected": each.verdict,
            }
            for each in best
        ],
        "promise": statements.promise_statement(best[0].file, best[0].hours, best[0].verdict),
        "robustness": {
            key: {"below": _plain(below), "above": _plain(above)}
            for key, (below, above) in off.items()
        },
        "tolerance": dict(zip(box.keys, box.tolerances.tolist(), strict=True)),
        "robust": statements.fall_statement(box, nominal, off),
        "front": [_plain(searched[n]) for n in pareto_front(searched)],
        "versions": versions(),
        "best_control": highest,
        "best_control_values": {name: control.values for name, control in controls.items()},
        "control": statements.control_statement(first, highest),
    }


def _way(box: Box, point: PointResult) -> dict[str, Any]:
    """Return how the resonator of a point is measured where that was chosen."""
    return dict(ways(box)[point.way]) if point.way >= 0 else {}


def _plain(point: PointResult) -> dict[str, Any]:
    """Return a point as JSON takes it, what is unknown as null."""
    whole = asdict(point)
    numbers = {name: whole[name] if isfinite(whole[name]) else None for name in FIELDS}
    return numbers | {"status": STATUS[point.status], "reason": point.reason}

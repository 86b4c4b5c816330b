"""What a search found as data: the front of gain, F and hours, and maps of the observations."""

import json
from collections.abc import Sequence

import numpy as np
import xarray as xr

from analysis.design_search.box import Box
from analysis.design_search.point import EXACT, PointResult
from analysis.observations import OBSERVATIONS
from analysis.papers.figure import curve
from cqed_battery.operators import FloatArray

_SIGMAS_SHOWN = 10.0
_ENDLESS = 1e9  # hours of a point that does not reach its sigmas


def sustained_gain(point: PointResult) -> float:
    """Return the smaller of the window mean and the late gain, hbar w_q."""
    return min(point.mean_gain, point.late_gain)


def pareto_front(points: Sequence[PointResult]) -> list[int]:
    """Return which points no other one beats in gain, F and hours at once, by rising gain.

    Only points with exact dynamics count; of two equal ones the first.
    """
    numbers = [n for n, point in enumerate(points) if point.status == EXACT]
    if not numbers:
        return []
    sizes = np.array([_sizes(points[n]) for n in numbers])
    kept = []
    for row, number in zip(sizes, numbers, strict=True):
        better = (sizes >= row).all(axis=1) & (sizes > row).any(axis=1)
        same = [n for n, other in zip(numbers, sizes, strict=True) if (other == row).all()]
        if not better.any() and same[0] == number:
            kept.append(number)
    return sorted(kept, key=lambda n: sustained_gain(points[n]))


def _sizes(point: PointResult) -> tuple[float, float, float]:
    hours = point.hours if np.isfinite(point.hours) else _ENDLESS
    return sustained_gain(point), point.fidelity, -hours


def front_dataset(points: Sequence[PointResult], box: Box) -> xr.Dataset:
    """Return F and hours of the front over the gain, as curves that can be drawn."""
    chosen = [points[n] for n in pareto_front(points)]
    gain = xr.Variable(
        "gain",
        [sustained_gain(point) for point in chosen],
        {"long_name": "gain late and as a window mean, the smaller", "units": "hbar w_q"},
    )
    columns = {
        "fidelity": ([point.fidelity for point in chosen], "vacuum fidelity", "1"),
        "hours": ([point.hours for point in chosen], f"hours to {_wanted(box)}", "h"),
    }
    return xr.Dataset(
        {
            name: curve(
                xr.DataArray(values, dims="gain", coords={"gain": gain}, attrs={"units": unit}),
                label="",
                panel=number,
                axis=words,
            )
            for number, (name, (values, words, unit)) in enumerate(columns.items())
        },
        attrs={"title": "what no other point beats in gain, F and hours at once"},
    )


def _wanted(box: Box) -> str:
    return f"{box.objective.sigmas:g} sigmas"


def map_dataset(
    box: Box,
    axes: tuple[int, int],
    values: tuple[FloatArray, FloatArray],
    points: Sequence[PointResult],
    centre: dict[str, float],
) -> xr.Dataset:
    """Return maps of each observation's sigmas and of where all three hold.

    The rest of the box is held at `centre`. Sigmas are drawn up to 10, or twice those asked for;
    a place without a number has too many photons for the dynamics to be computed, or is refused.
    """
    names = [box.keys[axis] for axis in axes]
    across, up = (
        xr.Variable(name.replace(".", "_"), along, {"long_name": name, "units": "1"})
        for name, along in zip(names, values, strict=True)
    )
    shape = (len(values[1]), len(values[0]))
    coords = {up.dims[0]: up, across.dims[0]: across}

    def array(numbers: list[float], unit: str) -> xr.DataArray:
        grid = np.array(numbers).reshape(shape)
        dims = (up.dims[0], across.dims[0])
        return xr.DataArray(grid, dims=dims, coords=coords, attrs={"units": unit})

    variables, most = {}, max(_SIGMAS_SHOWN, 2 * box.objective.sigmas)
    for panel, each in enumerate(OBSERVATIONS):
        name = each.column
        shown = array([getattr(p, name) for p in points], "1").assign_attrs(limit=most)
        variables[name] = curve(shown, label="sigmas", panel=panel, axis=each.label, kind="map")
    held = array([held_observations(point, box) for point in points], "1")
    variables["held"] = curve(
        held,
        label="how many hold",
        panel=len(OBSERVATIONS),
        axis=f"observations at {_wanted(box)} within {box.objective.hours:g} h",
        kind="map",
    )
    title = "where each observation holds, and where all three do"
    return xr.Dataset(variables, attrs={"title": title, "centre": json.dumps(centre)})


def held_observations(point: PointResult, box: Box) -> float:
    """Return how many of the three observations reach the sigmas asked for, nan if unknown."""
    if point.status != EXACT:
        return float("nan")
    sigmas = (getattr(point, each.column) for each in OBSERVATIONS)
    return float(sum(value >= box.objective.sigmas for value in sigmas))

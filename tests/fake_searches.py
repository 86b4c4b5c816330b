"""A search's files made of simple formulas, so that its page can be checked against them.

Over the drive's and the resonator's detuning, x and y in MHz, J holds for y < 40, the gain within
a strip |x - y| < 30, and F for x > -60, each by a straight slope through the bar of 5 sigmas.
"""

import json
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from analysis.design_search.box.box import Box, parse_box
from analysis.design_search.point.point_result import EXACT, SCREENED, PointResult
from analysis.design_search.results import (
    Written,
    map_dataset,
    points_dataset,
    search_head,
    search_results,
)
from analysis.design_search.search.control import BestControl
from analysis.observations import OBSERVATIONS
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import save_dataset

TWO = '[box]\n"drive.detuning_MHz" = [-150, 150]\n"resonator.detuning_MHz" = [-150, 150]\n'
THREE = TWO + '"coupler.g_on_MHz" = [5, 50]\n'
ONE = '[box]\n"resonator.detuning_MHz" = [-150, 150]\n'
TOLERANCE = "[tolerance]\nresonator.detuning_MHz = 2\n"
FIXED = Experiment().replace({"drive.frequency_GHz": 4.98, "title": "A made-up search"})
BAR = 5.0
SIDE = 21


def sigmas(x: Any, y: Any) -> tuple[Any, Any, Any]:
    """Return the sigmas of J, gain and F at detunings in MHz."""
    return BAR + (40 - y) / 10, BAR + (30 - abs(x - y)) / 10, BAR + (x + 60) / 10


def point(x: float, y: float, worse: float = 0.0) -> PointResult:
    """Return the point at these detunings, its sigmas lower by `worse`; far off it is screened."""
    if abs(x - y) > 120:
        return PointResult(status=SCREENED, late_gain=0.1, late_control=0.02, fidelity=0.9)
    heat, gain, vacuum = (value - worse for value in sigmas(x, y))
    least = min(heat, gain, vacuum)
    return PointResult(
        status=EXACT,
        heat=-0.01 * heat,
        heat_end=100.0,
        peak_gain=0.011 * gain,
        mean_gain=0.05 * gain,
        late_gain=0.06 * gain,
        peak_control=0.71,
        mean_control=0.22,
        late_control=0.13,
        fidelity=0.97 + 0.001 * (vacuum - BAR),
        heat_sigmas=heat,
        gain_sigmas=gain,
        vacuum_sigmas=vacuum,
        hours=12 / least if least >= BAR else nan,
        merit=least,
    )


def verdict(found: PointResult) -> dict[str, dict[str, Any]]:
    """Return a made-up expected verdict of a point: the search's own sigmas."""
    return {
        each.key: {"outcome": "holds", "significance": getattr(found, each.column)}
        for each in OBSERVATIONS
    }


def write_search(
    folder: Path, text: str = THREE, *, worse: float = 0.0, side: int = SIDE, **changes: Any
) -> dict[str, Any]:
    """Write the files of a made-up search into a folder and return its results."""
    folder.mkdir(parents=True, exist_ok=True)
    box, rng = parse_box(text + TOLERANCE, "box.toml", FIXED), np.random.default_rng(5)
    places = [rng.random(len(box.keys)) for _ in range(60)]
    values = [box.values(place) for place in places]
    found = [point(*_detunings(each), worse) for each in values]
    best = sorted(range(len(found)), key=lambda n: -found[n].merit)[:3]
    centre = values[best[0]]
    if side:
        save_dataset(_map(box, centre, side, worse), folder / "map.nc")
    save_dataset(points_dataset(box, places, found), folder / "points.nc")
    results = _results(box, values, found, best) | {"map": side > 0} | changes
    (folder / "design.json").write_text(json.dumps(results, allow_nan=False), encoding="utf-8")
    return results


def _detunings(values: dict[str, float]) -> tuple[float, float]:
    y = values["resonator.detuning_MHz"]
    return values.get("drive.detuning_MHz", y), y


def _map(box: Box, centre: dict[str, float], side: int, worse: float) -> xr.Dataset:
    along = np.linspace(-90.0, 90.0, side)
    found = [point(x, y, worse) for y in along for x in along]
    names = ("drive.detuning_MHz", "resonator.detuning_MHz")
    axes = (box.keys.index(names[0]), box.keys.index(names[1]))
    return map_dataset(box, axes, (along, along), found, centre)


def _results(
    box: Box, values: list[dict[str, float]], found: list[PointResult], best: list[int]
) -> dict[str, Any]:
    highest = {"peak_control": 0.93, "mean_control": 0.41, "late_control": 0.17}
    controls = {
        name: BestControl(value, {"drive.detuning_MHz": -3.0}) for name, value in highest.items()
    }
    off = {"resonator.detuning_MHz": (found[best[1]], found[best[2]])}
    written = [
        Written(found[n], values[n], f"point-{rank}.toml", 2.0, verdict(found[n]))
        for rank, n in enumerate(best, 1)
    ]
    head = {"search": "made up", **search_head(FIXED, box)}
    return head | search_results(box, found, written, (found[best[0]], off), controls)

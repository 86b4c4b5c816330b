"""What the page of a search tells of its box: bounds, the axes of its map, the file's own point."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

from analysis.design_search.box import CHARGING_TIME, DETUNINGS, Box
from cqed_battery.experiment import Experiment
from cqed_battery.units import mhz_from_ghz

_MAP_AXES = ("drive.detuning_MHz", "resonator.detuning_MHz")


def about(fixed: Experiment, box: Box) -> dict[str, Any]:
    """Return title, bounds by key, the axes of the map and the file's own values, plain."""
    bounds = zip(box.low.tolist(), box.high.tolist(), strict=True)
    return {
        "title": fixed.title,
        "box": dict(zip(box.keys, map(list, bounds), strict=True)),
        "axes": telling_axes(box.keys),
        "own": own_values(fixed, box.keys),
    }


def telling_axes(keys: Sequence[str]) -> list[str]:
    """Return the one or two keys that tell most: both detunings, whose resonance carries the gain.

    Where a detuning is missing, the first other keys of the box stand in for it.
    """
    named = [key for key in _MAP_AXES if key in keys]
    return (named + [key for key in keys if key not in named])[:2]


def own_values(fixed: Experiment, keys: Sequence[str]) -> dict[str, float | None]:
    """Return what the experiment itself has for each key, None where that is no finite number."""
    found = {}
    for key in keys:
        value = _own(fixed, key)
        known = isinstance(value, int | float) and isfinite(value)
        found[key] = float(value) if known else None
    return found


def _own(fixed: Experiment, key: str) -> Any:
    if key == CHARGING_TIME:
        return float(fixed.charging.grid_ns()[-1])
    section, _, name = DETUNINGS.get(key, key).partition(".")
    value = getattr(getattr(fixed, section), name)
    return mhz_from_ghz(value - fixed.transmon.frequency_GHz) if key in DETUNINGS else value

"""What a search left in its folder, as plain arrays: points, map, and which observations hold."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from analysis.observations import OBSERVATIONS
from analysis.report.figures.traces import Floats
from analysis.report.formatting import key_and_unit
from cqed_battery.errors import CqedBatteryError
from cqed_battery.files.foreign_netcdf import read_root

Flags = NDArray[np.bool_]

RESULTS, POINTS, MAP = "design.json", "points.nc", "map.nc"
EXACT = 0
_SPOKEN = {
    "drive.detuning_MHz": ("drive less transmon", "MHz"),
    "resonator.detuning_MHz": ("resonator less transmon", "MHz"),
    "coupler.g_on_MHz": ("coupling g", "MHz"),
    "charging.stop_ns": ("end of charging", "ns"),
}


@dataclass(frozen=True, kw_only=True)
class SavedSearch:
    """The results of a search, its points, (P,), and its map, (N, N), if there is one."""

    results: Mapping[str, Any]
    points: xr.Dataset
    maps: xr.Dataset | None

    @classmethod
    def read(cls, folder: Path) -> "SavedSearch":
        """Read what a search saved.

        Raises:
            CqedBatteryError: the folder holds no complete search.
        """
        try:
            results = json.loads((folder / RESULTS).read_text(encoding="utf-8"))
            points = read_root(folder / POINTS, "h5netcdf")
            maps = read_root(folder / MAP, "h5netcdf") if results["map"] else None
        except (OSError, ValueError, KeyError) as error:
            raise CqedBatteryError(
                f"{folder} holds no complete search ({error}); run cqed-battery design into it"
            ) from None
        return cls(results=results, points=points, maps=maps)

    @property
    def axes(self) -> list[str]:
        """The one or two keys of the picture, along x first."""
        return list(self.results["axes"])

    @property
    def bar(self) -> float:
        """The sigmas from which an observation holds."""
        return float(self.results["objective"]["sigmas"])

    @property
    def map_values(self) -> tuple[Floats, Floats]:
        """The values along x, (N,), and y, (N,), of the map."""
        x, y = (self.map[_column(key)].values for key in self.axes)
        return x, y

    @property
    def map(self) -> xr.Dataset:
        """The map, each observation's sigmas (y, x) nan where unknown."""
        assert self.maps is not None
        return self.maps.where(np.isfinite(self.maps["held"]))

    @property
    def has_regions(self) -> bool:
        """Whether there is a map that regions can be drawn in, two places or more each way."""
        return self.maps is not None and min(self.maps["held"].shape) > 1

    def point_values(self, name: str) -> Floats:
        """Return one number of every point of the search, (P,); a key of the box, or a field."""
        values: Floats = self.points[_column(name)].values
        return values

    @property
    def exact(self) -> Flags:
        """Which points have exact dynamics, (P,)."""
        return np.asarray(self.point_values("status") == EXACT)

    @property
    def anywhere(self) -> bool:
        """Whether all three hold anywhere that the picture shows."""
        return bool((together(self.map if self.has_regions else self.points) >= self.bar).any())

    def _place(self, values: Mapping[str, float | None]) -> tuple[float, ...] | None:
        """Return a point's values along the picture's axes, None where one is unknown."""
        found = [values.get(key) for key in self.axes]
        return None if None in found else tuple(float(value or 0.0) for value in found)

    @property
    def front(self) -> tuple[Floats, Floats, Floats]:
        """Gain, F and hours of what no other point beats, (F,) each; hours NaN where unknown."""
        names = ("mean_gain", "late_gain", "fidelity", "hours")
        rows = [[point[name] for name in names] for point in self.results["front"]]
        mean, late, fidelity, hours = np.array(rows, dtype=float).reshape(-1, len(names)).T
        return np.minimum(mean, late), fidelity, hours

    @property
    def best_place(self) -> tuple[float, ...] | None:
        """The best point along the picture's axes."""
        return self._place(self.results["best"][0]["values"])

    @property
    def own_place(self) -> tuple[float, ...] | None:
        """The experiment file's own point along the picture's axes."""
        return self._place(self.results["own"])


def together(found: xr.Dataset) -> Floats:
    """Return the smallest of the three observations' sigmas, nan where not computed."""
    return np.min([found[item.column].values for item in OBSERVATIONS], axis=0)


def _column(key: str) -> str:
    """Return the name under which a key is kept in the files."""
    return key.replace(".", "_")


def axis_label(key: str) -> str:
    """Return a key of the experiment file as words with its unit in brackets."""
    section, _, name = key.partition(".")
    words, unit = key_and_unit(name)
    words, unit = _SPOKEN.get(key, (f"{section} {words}", unit))
    return f"{words} ({unit})" if unit else words

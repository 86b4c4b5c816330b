"""The numbers behind the drawings of a search's page, for the page's script."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from analysis.observations import OBSERVATIONS
from analysis.report.design.found import Floats, Found, axis_label
from analysis.report.hover_data import Trace, panel_of_places, panel_of_traces
from analysis.report.sheet import MARKS

__all__ = ["front_numbers", "front_panels", "map_panel", "points_panel", "sigmas_panel"]


def map_panel(axis: Axes, found: Found) -> dict[str, Any]:
    """Return the places of the map with the sigmas of the three observations."""
    across, up = (grid.ravel() for grid in np.meshgrid(*found.map_values))
    sigmas = {item.column: found.map_sigmas(item.column).ravel() for item in OBSERVATIONS}
    columns = _named(found, (across, up), sigmas)
    return panel_of_places(axis, "nearest computed place", (across, up), columns)


def points_panel(axis: Axes, found: Found) -> dict[str, Any]:
    """Return every point of the search with its sigmas, none where it has no exact dynamics."""
    at = (found.point_values(found.axes[0]), found.point_values(found.axes[1]))
    sigmas = {
        item.column: np.where(found.exact, found.point_values(item.column), np.nan)
        for item in OBSERVATIONS
    }
    return panel_of_places(axis, "nearest point of the search", at, _named(found, at, sigmas))


def _named(
    found: Found, at: tuple[Floats, Floats], sigmas: Mapping[str, Floats]
) -> dict[str, Floats]:
    """Return positions and sigmas under the names that the page shows."""
    words = {item.column: f"{item.label} (σ)" for item in OBSERVATIONS}
    return {
        **{axis_label(key): values for key, values in zip(found.axes, at, strict=True)},
        **{words[name]: values for name, values in sigmas.items()},
    }


def sigmas_panel(axis: Axes, found: Found) -> dict[str, Any]:
    """Return the three observations' sigmas along a single key, as far as they are drawn."""
    (key,) = found.axes
    at, top = found.point_values(key), axis.get_ylim()[1]
    traces = [
        Trace(
            name=item.label,
            look=f"{item.colour} {MARKS[item.marker]}",
            at=at,
            value=np.where(np.abs(values) <= top, values, np.nan),
        )
        for item in OBSERVATIONS
        for values in [found.point_values(item.column)]
    ]
    return panel_of_traces(axis, "sigmas above the bar", axis_label(key), traces)


def front_numbers(found: Found) -> tuple[Floats, Floats, Floats]:
    """Return gain, F and hours of what no other point beats, hours NaN where there are none."""
    front = found.results["front"]
    gain = np.array([min(point["mean_gain"], point["late_gain"]) for point in front])
    hours = np.array([np.nan if p["hours"] is None else p["hours"] for p in front])
    return gain, np.array([float(point["fidelity"]) for point in front]), hours


def front_panels(left: Axes, right: Axes, found: Found) -> list[dict[str, Any]]:
    """Return the two views of the front, each place with all three of its numbers."""
    gain, fidelity, hours = front_numbers(found)
    columns = {"gain (ħω)": gain, "vacuum fidelity F": fidelity, "hours": hours}
    title = "nearest point of the front"
    return [
        panel_of_places(left, title, (gain, fidelity), columns),
        panel_of_places(right, title, (gain, hours), columns),
    ]

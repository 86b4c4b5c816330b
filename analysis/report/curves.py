"""Curves beside the pages: pictures of papers and resets, and what `plot()` draws for a user.

`draw_curves` writes a dataset of curves as PNG or SVG. `plot_*` draw results, plans and studies
into the user's own matplotlib style.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.papers.figure import curve
from analysis.report.sheet import drawing_style
from analysis.results import UNITS, Results
from cqed_battery.files.datasets import write_atomically
from cqed_battery.units import us_from_ns
from protocols.reset import HistoryRow

GivenAxes: TypeAlias = Axes | Sequence[Axes] | NDArray[np.object_]
DrawnAxes: TypeAlias = NDArray[np.object_]

_PANELS = ("z", "ergotropy", "heat_current", "heat_integral")
_LEVEL = 0.95
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#7b4fa3", "#8a6d00", "#56b4e9")
_REFERENCE = "#000000"
_DASHES = {"solid": "-", "dashed": "--", "dotted": ":"}
_WIDTH, _HEIGHT = 6.4, 3.4  # inches, of one panel
_MOST_KEYS = 8


def draw_curves(curves: xr.Dataset, path: Path) -> None:
    """Draw a figure's dataset (`analysis.papers.figure.curve`) as the suffix says, PNG or SVG.

    Raises:
        OSError: the file cannot be written.
    """
    panels = sorted({int(variable.attrs["panel"]) for variable in curves.data_vars.values()})
    with drawing_style():
        figure = Figure(figsize=(_WIDTH, _HEIGHT * len(panels)), layout="constrained")
        figure.suptitle(str(curves.attrs.get("title", "")), fontsize=9)
        axes = figure.subplots(len(panels), 1, squeeze=False)[:, 0]
        for panel, axis in zip(panels, axes, strict=True):
            shown = [v for v in curves.data_vars.values() if v.attrs["panel"] == panel]
            _draw_panel(figure, axis, shown)
        kind, metadata = path.suffix[1:], {"Date": None} if path.suffix == ".svg" else {}
        write_atomically(
            path, lambda place: figure.savefig(place, format=kind, dpi=150, metadata=metadata)
        )


def _draw_panel(figure: Figure, axis: Axes, shown: list[xr.DataArray]) -> None:
    kinds = {"lines": _draw_lines, "map": _draw_map, "bars": _draw_bars}
    colours = iter(range(10**6))
    for values in shown:
        kinds[values.attrs["kind"]](figure, axis, values, colours)
    axis.set_title(str(shown[0].attrs["axis"]))
    handles = axis.get_legend_handles_labels()[0]
    if len(handles) > 1:
        axis.legend(frameon=False, fontsize=7, ncols=1 + len(handles) // _MOST_KEYS)


def _draw_lines(figure: Figure, axis: Axes, values: xr.DataArray, colours: Iterator[int]) -> None:
    *families, along = values.dims
    for member_number, place in enumerate(np.ndindex(*(values.sizes[f] for f in families))):
        member = values[place]
        number = member_number if families else next(colours)
        reference = not families and values.attrs["style"] == "dashed"
        axis.plot(
            *_line(member, str(along)),
            linestyle=_DASHES[values.attrs["style"]],
            color=_REFERENCE if reference else _COLOURS[number % len(_COLOURS)],
            linewidth=1.0,
            label=_member_label(member, families),
        )
    axis.set_xlabel(_axis_label(values[along]))


def _line(member: xr.DataArray, along: str) -> tuple[Any, Any]:
    """Return x and y; a coordinate named "x" in place of the dimension's own is drawn along."""
    x = member["x"] if "x" in member.coords else member[along]
    return x.values, member.values


def _member_label(member: xr.DataArray, families: list[Any]) -> str:
    parts = [_value_text(member[name]) for name in families]
    return " ".join([str(member.attrs["label"]), ", ".join(parts)]).strip()


def _value_text(coordinate: xr.DataArray) -> str:
    value, name = coordinate.item(), coordinate.attrs.get("symbol", coordinate.name)
    return value if isinstance(value, str) else f"{name} = {value:g}"


def _axis_label(coordinate: xr.DataArray) -> str:
    name, unit = coordinate.attrs.get("long_name", coordinate.name), coordinate.attrs.get("units")
    return f"{name} ({unit})" if unit and unit != "1" else str(name)


def _draw_map(figure: Figure, axis: Axes, values: xr.DataArray, colours: Iterator[int]) -> None:
    up, along = values.dims[-2:]
    limit = values.attrs.get("limit")  # colours stay the same beyond it, up and down
    low, high = (None, None) if limit is None else (-float(limit), float(limit))
    image = axis.pcolormesh(
        values[along], values[up], values.values, shading="nearest", vmin=low, vmax=high
    )
    figure.colorbar(image, ax=axis, label=str(values.attrs["label"]))
    axis.set_xlabel(_axis_label(values[along]))
    axis.set_ylabel(_axis_label(values[up]))


def _draw_bars(figure: Figure, axis: Axes, values: xr.DataArray, colours: Iterator[int]) -> None:
    """Draw a small matrix as coloured squares with their numbers."""
    rows, columns = values.dims[-2:]
    matrix = np.asarray(values.values)
    reach = float(np.abs(matrix).max()) or 1.0
    image = axis.imshow(matrix, cmap="RdBu_r", vmin=-reach, vmax=reach)
    figure.colorbar(image, ax=axis, label=str(values.attrs["label"]))
    for (row, column), number in np.ndenumerate(matrix):
        ink = "white" if abs(number) > 0.6 * reach else "black"
        axis.text(column, row, f"{number:.2f}", ha="center", va="center", fontsize=7, color=ink)
    axis.set_xticks(range(matrix.shape[1]), [str(name) for name in values[columns].values])
    axis.set_yticks(range(matrix.shape[0]), [str(name) for name in values[rows].values])


def reset_curves(steps: Sequence[HistoryRow]) -> xr.Dataset:
    """Return residual excitation and leakage as curves that `draw_curves` draws.

    Args:
        steps: as `protocols.reset.ResetMethod.history` returns them.
    """
    if steps[0].rounds is None:
        name, values = "time", [us_from_ns(step.time_ns) for step in steps]
        words = {"long_name": "time waited", "units": "us"}
    else:
        name, values = "round", [float(step.rounds or 0) for step in steps]
        words = {"long_name": "rounds of the reset", "units": "1"}
    along = xr.Variable(name, values, words)
    found = {
        key: curve(
            xr.DataArray([getattr(step, key) for step in steps], dims=name, coords={name: along}),
            label=key.replace("_", " "),
            axis="population",
        )
        for key in ("residual_excitation", "leakage")
    }
    return xr.Dataset(found, attrs={"title": "What the reset leaves"})


def plot_curves(results: Results, axes: GivenAxes | None = None) -> DrawnAxes:
    """Draw z, ergotropy, J and S of every arm over time with 95 % bands; return axes."""
    panels, times = _axes(axes, len(_PANELS)), results.times
    for axis, name in zip(panels, _PANELS, strict=True):
        for arm, found in results.arms.items():
            shown = found.bloch[:, 2] if name == "z" else getattr(found, name)
            (line,) = axis.plot(times, shown.value, label=arm)
            bounds = shown.ci_low, shown.ci_high
            axis.fill_between(times, *bounds, color=line.get_color(), alpha=0.2, lw=0)
        words, units = name.replace("_", " "), UNITS.get(name, "1")
        axis.set_ylabel(words if units == "1" else f"{words}\n({units})")
    panels[0].legend()
    panels[-1].set_xlabel("charging time (ns)")
    return panels


def plot_shots(shots: Mapping[str, Any], axes: GivenAxes | None = None) -> DrawnAxes:
    """Draw the shots of every arm's settings over charging time, one panel each; return axes."""
    panels = _axes(axes, len(shots["arms"]))
    for axis, (arm, counts) in zip(panels, shots["arms"].items(), strict=True):
        for component, along in zip("xyz", np.transpose(counts), strict=True):
            axis.plot(shots["times"], along, "o-", ms=3, label=component)
        axis.set_ylabel(f"shots, {arm}")
    panels[0].legend()
    panels[-1].set_xlabel("charging time (ns)")
    return panels


def plot_coverage(
    rows: Sequence[tuple[str, str, float, float]], axes: GivenAxes | None = None
) -> DrawnAxes:
    """Draw coverages of 95 % intervals, (estimator, quantity, share, error); return axes."""
    panels = _axes(axes, 1)
    places = list(dict.fromkeys(quantity for _, quantity, _, _ in rows))
    estimators = list(dict.fromkeys(estimator for estimator, _, _, _ in rows))
    for shift, estimator in enumerate(estimators):
        own = [row for row in rows if row[0] == estimator]
        x = [places.index(row[1]) + 0.15 * shift for row in own]
        y, error = [row[2] for row in own], np.nan_to_num([row[3] for row in own])
        panels[0].errorbar(x, y, error, fmt="o", ms=4, label=estimator)
    panels[0].axhline(_LEVEL, color="black", lw=0.8, ls="--")
    panels[0].set_xticks(range(len(places)), [p.replace("_", " ") for p in places], rotation=30)
    panels[0].set_ylabel("coverage of 95 % intervals")
    panels[0].legend()
    return panels


def plot_points(points: Sequence[Mapping[str, Any]], axes: GivenAxes | None = None) -> DrawnAxes:
    """Draw late ergotropy gain over vacuum fidelity of points, numbered by rank; return axes."""
    panels = _axes(axes, 1)
    for rank, point in enumerate(points, 1):
        place = np.array([point["fidelity"], point["late_gain"]], dtype=float)  # None is NaN
        panels[0].plot(*place, "o", label=f"point {rank}")
    panels[0].set_xlabel("vacuum fidelity")
    panels[0].set_ylabel("ergotropy gain late (hbar w_q)")
    if points:
        panels[0].legend()
    return panels


def _axes(axes: GivenAxes | None, count: int) -> DrawnAxes:
    """Return so many axes as an array, stacked new ones unless they are given.

    Raises:
        ValueError: another number of axes was given.
    """
    if axes is None:
        from matplotlib import pyplot  # only here: it may open windows

        size = (6.4, 1.2 + 1.8 * count if count > 1 else 4.0)
        figure, made = pyplot.subplots(count, sharex=True, squeeze=False, figsize=size)
        figure.set_layout_engine("constrained")
        return made[:, 0]
    given = np.array([axes] if isinstance(axes, Axes) else axes, dtype=object).ravel()
    if len(given) != count:
        raise ValueError(f"axes must be {count} of matplotlib's, but are {len(given)}")
    return given

"""Datasets of curves, those of papers' figures and of resets, drawn as PNG or SVG."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.papers.figure import curve
from analysis.report.figures.pictures import save_picture
from analysis.report.figures.sheet import drawing_style
from cqed_battery.units import us_from_ns
from protocols.reset import HistoryRow

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#7b4fa3", "#8a6d00", "#56b4e9")
_REFERENCE = "#000000"
_DASHES = {"solid": "-", "dashed": "--", "dotted": ":"}
_WIDTH, _HEIGHT = 6.4, 3.4  # inches, of one panel
_MOST_KEYS = 8


def draw_curves(curves: xr.Dataset, path: Path, *, dpi: int = 150) -> None:
    """Draw a figure's dataset (`analysis.papers.figure.curve`) as the suffix says, PNG or SVG.

    Args:
        curves: the dataset.
        path: of the picture.
        dpi: dots per inch of a PNG.

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
        save_picture(figure, path, dpi=dpi)


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

"""A figure of a paper as data: the curves, computed, and what they are called."""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import xarray as xr

from cqed_battery.errors import CqedBatteryError

Changes: TypeAlias = Mapping[str, Any]
"""Names of a model's parameters, and values that replace the paper's."""
NamedChanges: TypeAlias = Mapping[str, Changes]
"""Changes by the name of the reading, or of the curve, that they make."""
Curves: TypeAlias = Mapping[str, xr.DataArray]
Drawing: TypeAlias = Callable[[Changes], Curves | tuple[Curves, str]]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure: `compute(changes)` returns its curves as a dataset.

    `changes` maps names of the model's parameters to values that replace the paper's. The
    dataset follows `analysis.papers.figure.curve`: every variable is one family of curves.
    """

    key: str
    title: str
    compute: Callable[[Changes], xr.Dataset]


def curve(
    values: xr.DataArray,
    *,
    label: str,
    panel: int = 0,
    axis: str = "",
    style: str = "solid",
    kind: str = "lines",
) -> xr.DataArray:
    """Return values with the attributes that say how they are drawn.

    Args:
        values: for kind "lines" the last dimension runs along x and each earlier one is a
            parameter, one curve for each value; for "map" the last two are y and x; for "bars"
            the two indices of a matrix. Coordinates carry `long_name` and `units`.
        label: the curves' name in the key; the values of the parameters are added.
        panel: the panel it is drawn in, counted from 0.
        axis: what runs up the panel, with its unit in brackets.
        style: "solid", "dashed" or "dotted".
        kind: "lines", "map" or "bars".
    """
    words = {"label": label, "panel": panel, "axis": axis, "style": style, "kind": kind}
    named = {"long_name": label or axis, "units": _unit(axis)}
    return values.assign_attrs({**named, **values.attrs, **words})


def _unit(axis: str) -> str:
    """Return what stands in the last brackets of an axis, "1" where there are none."""
    found = re.findall(r"[(\[]([^()\[\]]+)[)\]]", axis)
    return found[-1] if found else "1"


def captioned(rows: Iterable[tuple[str, str, str, Drawing]]) -> dict[str, Figure]:
    """Return figures by their keys, whose datasets bear title and caption.

    Args:
        rows: key, title, caption, and what computes the curves; if it returns a text beside
            them, with the numbers that it found, the caption ends in that. Without a caption it
            is the docstring of what computes the curves.
    """

    def figure(key: str, title: str, caption: str, draw: Drawing) -> Figure:
        """Return a figure whose caption is the row's, or its drawing's docstring."""

        def compute(changes: Changes) -> xr.Dataset:
            found = draw(changes)
            curves, more = found if isinstance(found, tuple) else (found, "")
            words = caption or " ".join(str(inspect.getdoc(draw)).split())
            return xr.Dataset(dict(curves), attrs={"title": title, "caption": words + more})

        return Figure(key=key, title=title, compute=compute)

    return {row[0]: figure(*row) for row in rows}


def find_figure(figures: Mapping[str, Figure], paper: str, key: str) -> Figure:
    """Return a paper's figure by its key.

    Raises:
        CqedBatteryError: the paper has no such figure.
    """
    if key not in figures:
        known = ", ".join(figures)
        raise CqedBatteryError(f"paper {paper} has no figure {key!r}; it has {known}")
    return figures[key]

"""What is drawn, in which look, and its numbers as the page's script reads them by the pointer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from analysis.report.formatting import decimals_for
from analysis.results import Quantity

Floats = NDArray[np.float64]

INK = "#000000"
COLOURS = {
    "catalysed": "#0072b2",
    "control": "#d55e00",
    "gain": "#7b4fa3",
    "none": "#009e73",
    "pi": "#cc79a7",
    "bound": "#8a6d00",
    "guide": "#808081",
}
MARKS = {"o": "dot", "s": "square", "^": "up"}  # as the style sheet calls them

FINENESS = 300  # parts of a panel's height that a value without limits is rounded to
MOST_PLACES = 6  # decimals of a position


@dataclass(frozen=True)
class Trace:
    """What is drawn along one axis: its name, its look in the key, [N] positions and values.

    The look is a colour and a kind, such as "catalysed band": a class of the style sheet. `low`
    and `high` are its 95 % limits, empty where it has none; `aside` is how far from their
    positions the marks are drawn.
    """

    name: str
    look: str
    at: Floats
    value: Floats
    low: Floats = field(default_factory=lambda: np.empty(0))
    high: Floats = field(default_factory=lambda: np.empty(0))
    aside: float = 0.0

    @classmethod
    def of(cls, times: Floats, found: Quantity, look: str, name: str = "") -> "Trace":
        """Return an estimate over its times, [N].

        Args:
            times: [N].
            found: the estimate, [N].
            look: how it is drawn.
            name: what it is called, by default as its colour.
        """
        numbers = (found.value, found.ci_low, found.ci_high)
        return cls(name or look.partition(" ")[0], look, times, *numbers)

    @property
    def kind(self) -> str:
        """How it is drawn: "band", "dot", "dashed" or another mark of `MARKS`."""
        return self.look.rpartition(" ")[2]

    @property
    def ink(self) -> str:
        """Its colour; that of the text for the truth."""
        return COLOURS.get(self.look.partition(" ")[0], INK)

    @property
    def marker(self) -> str:
        """Its mark as matplotlib calls it."""
        return {name: marker for marker, name in MARKS.items()}[self.kind]

    def bars(self) -> tuple[Floats, Floats]:
        """Return x and y, [3 N] each, of a line along every interval, with gaps between them."""
        gap = np.full(len(self.at), np.nan)
        x = np.stack([self.at, self.at, gap], axis=1).ravel()
        return x, np.stack([self.low, self.high, gap], axis=1).ravel()

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which of its points have a number, [N]."""
        return np.isfinite(self.at) & np.isfinite(self.value)

    def as_dict(self, height: float) -> dict[str, Any]:
        """Return what the page needs of it, rounded; `height` is that of the panel."""
        known = self.known
        whole = bool((self.value[known] % 1 == 0).all())
        decimals = 0 if whole else decimals_for(0.0, height / FINENESS)
        limits = {}
        if self.low.size:
            low, high = self.low[known], self.high[known]
            widths = (high - low)[np.isfinite(high - low) & (high > low)]
            if widths.size:
                decimals = decimals_for(0.0, float(np.median(widths)))
            limits = {"low": _rounded(low, decimals), "high": _rounded(high, decimals)}
        return {
            "name": self.name,
            "look": self.look,
            "at": _rounded(self.at[known], MOST_PLACES),
            "value": _rounded(self.value[known], decimals),
            **limits,
            "aside": round(self.aside, MOST_PLACES),
            "decimals": decimals,
        }


def panel_of_traces(axis: Axes, title: str, across: str, traces: Sequence[Trace]) -> dict[str, Any]:
    """Return a panel in which one reads several traces at one position along x.

    Args:
        axis: where they are drawn, its limits final.
        title: what the panel shows, with its unit.
        across: what runs along x, with its unit.
        traces: what is drawn.
    """
    frame = _frame(axis)
    height = abs(frame["y"][1] - frame["y"][0])
    return {
        **frame,
        "title": title,
        "across": across,
        "stops": _stops(traces),
        "traces": [trace.as_dict(height) for trace in traces if trace.known.any()],
    }


def _stops(traces: Sequence[Trace]) -> list[float | None]:
    """Return where one stops along x: the coarsest of the long traces; else wherever a mark is."""
    places = [np.unique(trace.at[trace.known]) for trace in traces]
    long = [each for each in places if each.size > 1]
    if long:
        return _rounded(min(long, key=len), MOST_PLACES)
    return _rounded(np.unique(np.concatenate([*places, np.empty(0)])), MOST_PLACES)


def panel_of_places(
    axis: Axes, title: str, at: tuple[Floats, Floats], columns: Mapping[str, Floats]
) -> dict[str, Any]:
    """Return a panel of scattered places, of which one reads the nearest.

    Args:
        axis: where they are drawn, its limits final.
        title: what one place is.
        at: their positions along x and y, [N] each.
        columns: name, with its unit -> numbers of the places, [N]; NaN where there is none.
    """
    known = np.isfinite(at[0]) & np.isfinite(at[1])
    rows = []
    for name, values in columns.items():
        own = values[known]
        spread = float(np.ptp(own[np.isfinite(own)])) if np.isfinite(own).any() else 0.0
        decimals = decimals_for(0.0, spread / 10) if spread > 0 else 2
        rows.append({"name": name, "value": _rounded(own, decimals), "decimals": decimals})
    places = {"at": _rounded(at[0][known], MOST_PLACES), "up": _rounded(at[1][known], MOST_PLACES)}
    return {**_frame(axis), "title": title, "places": places, "rows": rows}


def as_json(panels: Sequence[Mapping[str, Any]]) -> str:
    """Return panels as text; a template escapes it like any other."""
    return json.dumps(panels, allow_nan=False, ensure_ascii=False, separators=(",", ":"))


def _frame(axis: Axes) -> dict[str, Any]:
    """Return where the panel lies, from the drawing's left and top in parts of it; its limits."""
    box = axis.get_position()
    return {
        "box": [round(part, 5) for part in (box.x0, 1 - box.y1, box.width, box.height)],
        "x": list(map(float, axis.get_xlim())),
        "y": list(map(float, axis.get_ylim())),
        "log": axis.get_yscale() == "log",
    }


def _rounded(values: Floats, decimals: int) -> list[float | None]:
    """Return plain numbers, None for those that are not finite."""
    return [round(value, decimals) if np.isfinite(value) else None for value in values.tolist()]

"""The sequence of the page: the channels of one repetition under each other, drawn by bokeh."""

from itertools import pairwise

import numpy as np
from bokeh.models import ColumnDataSource, FixedTicker, Range1d, Span
from bokeh.plotting import figure

from analysis.explorer.figures import quiet
from analysis.report.figures.timeline import (
    CHANNEL_COLOURS,
    channel_label,
    played_by_channel,
    timeline_window,
    timeline_words,
)
from analysis.report.figures.traces import COLOURS, INK
from protocols.sequence.channels import Played
from protocols.sequence.sequence import Sequence

_ROW, _FRAME = 44, 60  # pixels: a channel, the axis and the edges
_HALF = 0.42  # of a row, up to which a channel's largest value reaches
_BOXES = ("left", "right", "bottom", "top", "colour")


class Steps:
    """The figure of a sequence, which can show another one.

    Args:
        sequence: one repetition of a setting.
    """

    def __init__(self, sequence: Sequence) -> None:
        self._boxes = ColumnDataSource({name: [] for name in _BOXES})
        self._borders = ColumnDataSource({"at": []})
        self._window, self._rows = Range1d(0, 1), Range1d(0, 1)
        self._ticker = FixedTicker(ticks=[])
        self.figure = figure(
            name="steps",
            sizing_mode="stretch_width",
            toolbar_location=None,
            tools="",
            x_range=self._window,
            y_range=self._rows,
            x_axis_label="time since charging began (ns)",
            min_border_right=12,
        )
        quiet(self.figure)
        self.figure.ygrid.visible = False
        self.figure.yaxis.ticker = self._ticker
        self.figure.quad(*_BOXES[:4], source=self._boxes, color="colour", alpha=0.6, line_width=0)
        self.figure.vspan(
            "at", source=self._borders, line_color=COLOURS["guide"], line_dash="dotted"
        )
        self.figure.add_layout(
            Span(location=0, dimension="height", line_color=COLOURS["guide"], line_width=1)
        )
        self._drawn = ""
        self.show(sequence)

    def show(self, sequence: Sequence) -> None:
        """Draw a sequence in place of the one before.

        Args:
            sequence: one repetition of a setting.
        """
        drawn = repr(sequence.to_dict())
        if drawn == self._drawn:
            return
        self._drawn = drawn
        played = played_by_channel(sequence)
        labels: dict[float | str, str] = {}
        boxes: dict[str, list[object]] = {name: [] for name in _BOXES}
        for number, (channel, parts) in enumerate(reversed(played.items())):
            largest = max(float(np.abs(part.values).max()) for part in parts)
            labels[number] = channel_label(channel, largest)
            for part in parts:
                _add(boxes, part, number, largest or 1.0)
        low, high = timeline_window(sequence)
        self._window.update(start=low, end=high)
        self._rows.update(start=-0.6, end=len(played) - 0.4)
        self.figure.height = _FRAME + _ROW * len(played)
        self._ticker.ticks = list(range(len(played)))
        self.figure.yaxis.major_label_overrides = labels
        self._boxes.data = boxes
        starts = [start for start in sequence.starts_ns.tolist() if low < start < high]
        self._borders.data = {"at": starts}


def steps_words(sequence: Sequence) -> str:
    """Say which steps the figure shows, and which by their edges only.

    Args:
        sequence: one repetition of a setting.
    """
    low, high = timeline_window(sequence)
    inside = [
        f"{step.name} ({step.duration:.4g} ns)"
        for step, start in zip(sequence.steps, sequence.starts_ns.tolist(), strict=True)
        if low < start < high and start + step.duration < high
    ]
    return f"From left to right: {', '.join(inside)}. {timeline_words(sequence)}"


def _add(boxes: dict[str, list[object]], part: Played, row: int, largest: float) -> None:
    """Add the boxes of a channel's samples; a drive's reach as far up as down."""
    edges = (part.start_ns + np.cumsum([0.0, *part.lengths_ns])).tolist()
    colour = CHANNEL_COLOURS[part.channel]
    drives = part.carrier_GHz is not None
    heights = (np.abs(part.values) if drives else part.values.real) * (_HALF / largest)
    for (left, right), height in zip(pairwise(edges), heights.tolist(), strict=True):
        boxes["left"].append(left)
        boxes["right"].append(right)
        boxes["bottom"].append(row - height if drives else row)
        boxes["top"].append(row + height)
        boxes["colour"].append(COLOURS["guide"] if colour == INK else colour)

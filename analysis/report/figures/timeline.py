"""The timeline of a repetition: its channels under each other, the swept time marked."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.report.figures.pictures import save_picture
from analysis.report.figures.sheet import WIDTH, blank_figure, drawing_style
from analysis.report.figures.traces import COLOURS, INK
from cqed_battery.units import us_from_ns
from protocols.sequence.channels import CHANNELS, Played
from protocols.sequence.sequence import Sequence

CHANNEL_COLOURS = {
    "drive": INK,
    "coupler": COLOURS["catalysed"],
    "transmon flux": COLOURS["control"],
    "resonator flux": COLOURS["control"],
    "resonator drive": COLOURS["pi"],
    "linewidth": COLOURS["guide"],
    "readout": COLOURS["none"],
    "acquisition": COLOURS["bound"],
}
_ROW, _TOP, _BOTTOM = 0.5, 0.42, 0.45  # inches: a channel, the steps' names, the time axis
_ASIDE = 0.06  # of what lies between, shown of the steps before the charging and of the readout
_LEFT, _SPAN = 0.2, 0.77  # of the width
_FULL = 1.15  # of a channel's largest value, up to which its row reaches


def draw_timeline(sequence: Sequence, path: Path) -> None:
    """Draw a timeline as the suffix says, PNG or SVG.

    Args:
        sequence: one repetition of a setting.
        path: of the picture.

    Raises:
        OSError: the file cannot be written.
    """
    with drawing_style():
        save_picture(timeline_figure(sequence), path)


def timeline_figure(sequence: Sequence) -> Figure:
    """Return the figure of a timeline; reset and readout are shown by their edges.

    Args:
        sequence: one repetition of a setting.
    """
    played = played_by_channel(sequence)
    rows = list(played)
    height = _TOP + _BOTTOM + _ROW * len(rows)
    figure = blank_figure(WIDTH, height)
    window = timeline_window(sequence)
    for number, channel in enumerate(rows):
        bottom = (_BOTTOM + (len(rows) - 1 - number) * _ROW) / height
        axis = figure.add_axes((_LEFT, bottom, _SPAN, 0.86 * _ROW / height), facecolor="none")
        axis.set_xlim(*window)
        axis.tick_params(labelbottom=number == len(rows) - 1, labelleft=False, left=False)
        _mark_steps(axis, sequence, named=number == 0)
        _draw_channel(axis, channel, played[channel])
    figure.axes[-1].set_xlabel("time from the beginning of the charging (ns)", labelpad=2)
    return figure


def played_by_channel(sequence: Sequence) -> dict[str, list[Played]]:
    """Return what each channel plays, channels from top to bottom of the timeline.

    Args:
        sequence: one repetition of a setting.
    """
    played: dict[str, list[Played]] = {}
    for _, channels in sequence.played():
        for each in channels:
            played.setdefault(each.channel, []).append(each)
    return {channel: played[channel] for channel in CHANNELS if channel in played}


def timeline_words(sequence: Sequence) -> str:
    """Say what the timeline shows only by its edges: reset, readout and idle time.

    Args:
        sequence: one repetition of a setting.
    """
    long = zip(sequence.steps, sequence.starts_ns.tolist(), strict=True)
    begin, end = _inside(sequence)
    parts = [
        f"{step.name} ({us_from_ns(step.duration):.3g} µs)"
        for step, start in long
        if start < begin or start >= end
    ]
    return f"Shown by their edges: {', '.join(parts)}." if parts else ""


def _inside(sequence: Sequence) -> tuple[float, float]:
    """Return from when to when the steps lie that are shown whole, in ns."""
    starts = sequence.starts_ns
    names = [step.name for step in sequence.steps]
    last = names.index("readout") if "readout" in names else len(names) - 1
    return 0.0, float(starts[last])


def timeline_window(sequence: Sequence) -> tuple[float, float]:
    """Return from when to when the timeline is drawn, in ns from the beginning of the charging.

    Args:
        sequence: one repetition of a setting.
    """
    begin, end = _inside(sequence)
    aside = _ASIDE * ((end - begin) or 1.0)
    return begin - aside, end + aside


def _mark_steps(axis: Axes, sequence: Sequence, *, named: bool) -> None:
    """Mark the steps' borders, and the one whose length is swept; number them on top."""
    low, high = axis.get_xlim()
    for number, (step, start) in enumerate(
        zip(sequence.steps, sequence.starts_ns.tolist(), strict=True), start=1
    ):
        end = start + step.duration
        if end <= low or start >= high:
            continue
        axis.axvline(max(start, low), color=COLOURS["guide"], lw=0.5, dashes=(1, 1.5))
        if step.swept:
            axis.axvspan(start, end, color=COLOURS["guide"], alpha=0.15, lw=0)
        if named:
            middle = (max(start, low) + min(end, high)) / 2
            axis.annotate(
                str(number),
                (middle, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(0, 3),
                textcoords="offset points",
                ha="center",
                fontsize=6.5,
            )


def _draw_channel(axis: Axes, channel: str, parts: list[Played]) -> None:
    """Draw a channel's samples: the drive's two quadratures, any other's value."""
    colour, largest = (
        CHANNEL_COLOURS[channel],
        max(float(np.abs(part.values).max()) for part in parts),
    )
    drives = any(part.carrier_GHz is not None for part in parts)
    signed = drives or any(part.values.real.min() < 0 for part in parts)
    for part in parts:
        edges = part.start_ns + np.cumsum([0.0, *part.lengths_ns])
        if drives:
            axis.stairs(np.abs(part.values), edges, fill=True, color=colour, alpha=0.2, lw=0)
            axis.stairs(part.values.real, edges, color=colour, lw=0.8, baseline=None, ls=":")
            axis.stairs(part.values.imag, edges, color=colour, lw=1.0, baseline=None)
        else:
            axis.stairs(part.values.real, edges, fill=True, color=colour, alpha=0.45, lw=0)
    axis.set_ylim(-_FULL * largest if signed else 0.0, _FULL * largest)
    if signed:
        axis.axhline(0.0, color=COLOURS["guide"], lw=0.5)
    axis.set_ylabel(
        channel_label(channel, largest), rotation=0, ha="right", va="center", fontsize=7
    )


def channel_label(channel: str, largest: float) -> str:
    """Return a channel's name over its largest value, where that has a unit.

    Args:
        channel: its name.
        largest: value of it, in MHz.
    """
    unit = "" if channel in ("readout", "acquisition") else f"\n{largest:.4g} MHz"
    return f"{channel}{unit}"

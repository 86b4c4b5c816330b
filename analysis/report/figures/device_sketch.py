"""A sketch of the device: transmon, resonator, what couples and drives them, and the readout."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from analysis.report.figures.sheet import WIDTH, blank_figure
from analysis.report.figures.traces import COLOURS, INK
from cqed_battery.experiment import Experiment
from protocols.readout import readout_of

_HEIGHT = 2.0  # inches
_BOX = (2.7, 1.0)  # width and height of a part, in units of the sketch
_PLACES = {"transmon": (1.8, 1.3), "resonator": (8.4, 1.3), "readout": (1.8, 3.3)}
_FRAME = (0.0, 10.2, -0.9, 4.1)
_SMALL = 6.0  # points
_ASIDE = 2.2  # of the flux line's arrow from the part's middle


def sketch_figure(experiment: Experiment) -> Figure:
    """Return the sketch, every part with its numbers.

    Args:
        experiment: the experiment file's content.
    """
    figure = blank_figure(WIDTH, _HEIGHT, layout="constrained")
    axes = figure.add_subplot(facecolor="none")
    axes.set_xlim(*_FRAME[:2])
    axes.set_ylim(*_FRAME[2:])
    axes.set_axis_off()
    for name, lines in part_words(experiment).items():
        _box(axes, name, lines)
    _lines(axes, experiment)
    return figure


def part_words(experiment: Experiment) -> dict[str, tuple[str, ...]]:
    """Return what stands in each box of the sketch.

    Args:
        experiment: the experiment file's content.
    """
    transmon, resonator = experiment.transmon, experiment.resonator
    read = f"χ/2π {experiment.dispersive.chi_MHz:.3g} MHz"
    if readout_of(experiment).errors_in_file:
        read = f"errors {experiment.readout.p1_given_0:g}, {experiment.readout.p0_given_1:g}"
    return {
        "transmon": (
            "transmon: the battery",
            f"{transmon.frequency_GHz:.5g} GHz, α {transmon.anharmonicity_GHz:g} GHz",
            f"T1 {transmon.t1_us:g} µs",
        ),
        "resonator": (
            "resonator: the catalyst",
            f"{resonator.frequency_GHz:.5g} GHz",
            f"κ/2π {resonator.linewidth_MHz:g} MHz",
        ),
        "readout": ("readout", read),
    }


def coupling_words(experiment: Experiment) -> str:
    """Return what stands at the line between transmon and resonator.

    Args:
        experiment: the experiment file's content.
    """
    coupler = experiment.coupler
    g = f"g/2π {coupler.g_on_MHz:g} MHz"
    if coupler.kind == "fixed":
        return f"{g}, fixed"
    return f"{g}, closed {coupler.g_off_MHz:g}"


def driven_parts(experiment: Experiment) -> tuple[str, ...]:
    """Return the parts that the drive reaches.

    Args:
        experiment: the experiment file's content.
    """
    target = experiment.drive.target
    return ("transmon", "resonator") if target == "both" else (target,)


def _box(axes: Axes, name: str, lines: tuple[str, ...]) -> None:
    (x, y), (width, height) = _PLACES[name], _BOX
    corner = x - width / 2, y - height / 2
    colour = COLOURS["catalysed"] if name == "resonator" else INK
    patch = FancyBboxPatch(
        corner, width, height, "round,pad=0.15", facecolor="none", edgecolor=colour, lw=1.0
    )
    axes.add_patch(patch)
    axes.text(x, y, "\n".join(lines), ha="center", va="center", fontsize=_SMALL, color=INK)


def _lines(axes: Axes, experiment: Experiment) -> None:
    (left, level), (right, _), (_, above) = _PLACES.values()
    half, tall = _BOX[0] / 2 + 0.15, _BOX[1] / 2 + 0.15
    switched = experiment.coupler.kind == "tunable"
    dashes = (3, 2) if switched else (None, None)
    axes.plot([left + half, right - half], [level, level], color=INK, lw=1.0, dashes=dashes)
    middle = (left + right) / 2
    axes.text(middle, level + 0.12, coupling_words(experiment), ha="center", fontsize=_SMALL)
    axes.plot([left, left], [level + tall, above - tall], color=INK, lw=1.0)
    moved = experiment.coupler.tuned if not switched else None
    for name in driven_parts(experiment):
        words = f"drive Ω/2π {experiment.drive.rabi_rate_MHz:g} MHz"
        _arrow(axes, _PLACES[name][0], level - tall, words)
    if moved is not None:
        shift = experiment.coupler.idle_detuning_MHz or 0.0
        words = f"flux, to {shift:+g} MHz"
        aside = _ASIDE if moved == "transmon" else -_ASIDE
        _arrow(axes, _PLACES[moved][0] + aside, level - tall, words)


def _arrow(axes: Axes, x: float, top: float, words: str) -> None:
    style = {"arrowstyle": "->", "color": INK, "lw": 1.0}
    axes.annotate(
        words, (x, top), (x, top - 0.6), ha="center", va="top", fontsize=_SMALL, arrowprops=style
    )

"""The runs of a folder on one page: title, day, device, verdicts and a small picture of each."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any
from urllib.parse import quote

from analysis.observations import ALL_THREE, OBSERVATIONS, Judgement, Observation
from analysis.report.comparison import read_run
from analysis.report.figures.sheet import blank_figure, drawing_style, figure_svg
from analysis.report.figures.traces import COLOURS
from analysis.report.formatting import sigmas, with_interval
from analysis.report.html import render
from analysis.report.page import check_same_run, device_words
from analysis.report.run_data import DISTORTED, RunData
from cqed_battery.errors import CqedBatteryError
from cqed_battery.files.datasets import write_text
from cqed_battery.files.run_folder import (
    DATASET,
    DESIGN,
    REPORT,
    RESULTS,
    RUNS,
    claimed,
    day_of,
)
from cqed_battery.progress import Progress

_WIDTH, _HEIGHT = 1.7, 0.62  # inches of the small picture
_MOST_POINTS = 80  # of a curve in it; more cannot be told apart


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One observation of a run: its name, outcome, number, and what it is sorted by."""

    title: str
    outcome: str
    number: str
    beside: str
    rank: str


@dataclass(frozen=True, kw_only=True)
class ListedRun:
    """A row of the page."""

    title: str
    kind: str
    folder: str
    link: str
    day: str
    device: str
    verdicts: list[Verdict]
    picture: str


@dataclass(frozen=True, kw_only=True)
class OtherFolder:
    """A folder that holds no run: why, and the page in it, if any."""

    folder: str
    link: str
    reason: str


def write_run_list(
    folder: Path,
    *,
    progress: Progress | None = None,
    say: Callable[[str], None] | None = None,
) -> Path:
    """Write runs.html, which lists the runs that lie in a folder, and return its path.

    The page opens offline, leads to the page of each run, and sorts by each column. Folders that
    hold no run, or one that cannot be read, are named on it.

    Args:
        folder: with a folder for each run.
        progress: called as progress(done, total, what) before each folder.
        say: called with a sentence for each folder that holds no run.

    Raises:
        CqedBatteryError: there is no run in it, or another run is at work in the folder.
        OSError: the folder cannot be read, or the page not written.
    """
    if not folder.is_dir():
        raise CqedBatteryError(f"`folder` must be a folder that holds runs, but is {folder}")
    places = sorted(place for place in folder.iterdir() if place.is_dir())
    runs: list[ListedRun] = []
    others: list[OtherFolder] = []
    for number, place in enumerate(places):
        if progress is not None:
            progress(number, len(places), place.name)
        try:
            runs.append(_listed(place, len(runs)))
        except (*DISTORTED, CqedBatteryError, OSError) as error:
            other = _other(place, error)
            others.append(other)
            if say is not None:
                say(f"no run in {place}: {other.reason}")
    if not runs:
        raise CqedBatteryError(_nothing(folder, places))
    runs.sort(key=lambda run: run.day, reverse=True)  # those of one day by name
    context = {"title": f"Runs in {folder.resolve().name or folder}", "runs": runs}
    context |= {"others": others, "columns": [each.title for each in (*OBSERVATIONS, ALL_THREE)]}
    with claimed(folder):
        write_text(folder / RUNS, render("runs.html.j2", context))
    return folder / RUNS


def _nothing(folder: Path, places: list[Path]) -> str:
    """Say that there is no run in a folder, and what to name instead."""
    if (folder / RESULTS).exists():
        return f"{folder} is the folder of one run: leave out `every`, or name the folder above it"
    return (
        f"{folder} must hold folders of finished runs, each with {RESULTS} and {DATASET}, but none"
        f" of its {len(places)} folders does; cqed-battery run writes into runs"
    )


def _listed(place: Path, number: int) -> ListedRun:
    """Read a run, and return its row; `number` tells its picture's identifiers apart."""
    run = read_run(place)
    check_same_run(run)
    found = run.results.verdict
    judged = zip(OBSERVATIONS, (found.heat, found.gain, found.vacuum), strict=True)
    together = Verdict(
        title=ALL_THREE.title,
        outcome=found.together.outcome,
        number="",
        beside="",
        rank=_rank(found.together),
    )
    return ListedRun(
        title=run.results.title,
        kind=run.results.kind,
        folder=place.name,
        link=_link(place),
        day=day_of(place / DATASET),
        device=device_words(run),
        verdicts=[*(_verdict(*pair) for pair in judged), together],
        picture=small_picture(run, f"run-{number}"),
    )


def _link(place: Path) -> str:
    """Return the address of a folder's page as seen from the folder above; "" without one."""
    return quote(f"{place.name}/{REPORT}") if (place / REPORT).is_file() else ""


def _verdict(observation: Observation, found: Judgement) -> Verdict:
    value, interval = with_interval(found.value, found.ci_low, found.ci_high)
    number = "" if found.value is None else f"{observation.symbol} = {value} {observation.unit}"
    beside = "" if found.value is None else f"{interval}; {sigmas(found.significance)}"
    return Verdict(
        title=observation.title,
        outcome=found.outcome,
        number=number,
        beside=beside,
        rank=_rank(found),
    )


def _rank(found: Judgement) -> str:
    """Return by what a verdict is sorted, its signed standard errors; "" where there are none."""
    return "" if found.significance is None else f"{found.significance:.6g}"


def _other(place: Path, error: Exception) -> OtherFolder:
    """Return a folder without a run, and in words why."""
    if (place / DESIGN).exists():
        reason = "an operating-point search, which has a page of its own"
    elif not ((place / RESULTS).is_file() or (place / DATASET).is_file()):
        reason = f"neither {RESULTS} nor {DATASET}"
    elif isinstance(error, CqedBatteryError | OSError):
        reason = str(error)
    else:
        reason = f"{RESULTS} lacks or distorts what is shown ({type(error).__name__}: {error})"
    return OtherFolder(folder=place.name, link=_link(place), reason=reason)


def small_picture(run: RunData, prefix: str) -> str:
    """Return the ergotropy of every arm with its band, over what is swept, as a fragment of SVG.

    Args:
        run: results and dataset.
        prefix: with which its identifiers begin.
    """
    with drawing_style():
        figure = blank_figure(_WIDTH, _HEIGHT)
        axes: Any = figure.add_axes((0.02, 0.04, 0.96, 0.92), facecolor="none")
        axes.set_axis_off()
        axes.axhline(0.0, color=COLOURS["guide"], lw=0.7)
        ends = []
        for arm, found in run.arms.items():
            each = slice(None, None, ceil(len(run.swept) / _MOST_POINTS))
            shown, at = found.ergotropy, run.swept[each]
            axes.plot(at, shown.value[each], color=COLOURS[arm], lw=1.2)
            band = shown.ci_low[each], shown.ci_high[each]
            axes.fill_between(at, *band, color=COLOURS[arm], alpha=0.25, lw=0)
            ends.append(f"{arm} {shown.value[-1]:.3g}")
        axes.set_ylim(-0.1, 1.1)
        words = f"ergotropy at the end: {', '.join(ends)} ħω"
        return figure_svg(figure, prefix, words)

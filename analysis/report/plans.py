"""The shot plans in a run's report: what a claim costs, what limits it, where its shots go."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.report.figures.drawing import ASIDE
from analysis.report.figures.sheet import Drawing, Sheet, drawing_style
from analysis.report.figures.traces import Trace
from analysis.report.formatting import grouped, number
from analysis.report.tables import Table
from analysis.results.blocks import swept_axis
from cqed_battery.units import show_hours

LEAST_SHARE = 5e-4
BASES = {"basis x": "catalysed dot", "basis y": "control square", "basis z": "gain up"}
PULSES = {"no π pulse": "none dot", "π pulse before": "pi square"}
ENDLESS = 1e4  # sigmas; a ceiling as high is none


@dataclass(frozen=True)
class PlanSection:
    """One plan, as `Plan.as_dict` gives it: its sentences, and tables and pictures if planned."""

    plan: Mapping[str, Any]
    facts: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    drawings: tuple[Drawing, ...] = ()


def plan_sections(results: Mapping[str, Any]) -> list[PlanSection]:
    """Return the plans that were put into a run's results, in the order they came."""
    return [_section(block, place) for place, block in enumerate(results.get("plans") or ())]


def _section(block: Mapping[str, Any], place: int) -> PlanSection:
    facts = tuple(_facts(block))
    if block["outcome"] != "planned":
        return PlanSection(block, facts)
    return PlanSection(block, facts, (_options(block), _shares(block)), draw_shots(block, place))


def _facts(block: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was wanted, the floor, the ceilings and the notes, a sentence each."""
    wanted = block["wanted"]
    aim = f"{wanted['sigma']:g} sigmas"
    if wanted["standard_error"] is not None:
        aim = f"a standard error of {wanted['standard_error']:g}"
    yield f"planned for the {block['estimator']} estimator; {aim} wanted unless a budget was given"
    floor = block["cramer_rao"]
    if floor:
        yield _floor(floor)
    notes = [str(note) for note in block["notes"]]
    top = block["ceiling"]
    reachable = top is None or top > 0  # else the physics forbids the claim
    if reachable and not any(note.startswith("systematic ceiling") for note in notes):
        yield _ceiling(top, wanted["standard_error"] is None)
    yield from notes


def _floor(floor: Mapping[str, float]) -> str:
    words = (
        "Cramér-Rao floor: an ideal fit of the device model would make"
        f" {floor['sigmas_of_recommended']:.1f} sigmas of the recommended shots"
    )
    if "least_shots" in floor:
        least = grouped(round(floor["least_shots"]))
        words += f", or need {least} shots in the best settings"
    return words


def _ceiling(top: float | None, signed: bool) -> str:
    if top is None or top >= ENDLESS:
        return "no systematic ceiling: what shots do not lower is too small to count"
    return f"systematic ceiling: endless shots reach {top:.2g} " + (
        "sigmas" if signed else "times the wanted precision"
    )


def _options(block: Mapping[str, Any]) -> Table:
    """Return shots by kind, time and sigmas of each way to spend them."""
    kinds = {"tomography": "tomography", "vacuum": "vacuum", "readout": "calibration"}
    if any(option.get("extraction") for option in block["options"].values()):
        kinds["extraction"] = "extraction"
    kinds["in all"] = "total"
    rows = tuple(
        (name, *_cells(option, tuple(kinds.values()))) for name, option in block["options"].items()
    )
    return Table("Shots and time", ("shots", *kinds, "time", "sigmas"), rows)


def _cells(option: Mapping[str, float | None], kinds: Sequence[str]) -> tuple[str, ...]:
    if option["total"] is None:
        return (*["–"] * (1 + len(kinds)), "not reached")
    counts = (grouped(round(option[kind] or 0.0)) for kind in kinds)
    return (*counts, show_hours(option["hours"] or 0.0), number(option["sigmas"], 2))


def _shares(block: Mapping[str, Any]) -> Table:
    """Return the parts of the recommended plan's variance, the largest first."""
    shares = sorted(block["variance_shares"].items(), key=lambda item: -item[1])
    rows = tuple((cause, f"{share:.1%}") for cause, share in shares if share > LEAST_SHARE)
    return Table("Causes of the variance", ("cause", "share"), rows)


def draw_shots(block: Mapping[str, Any], place: int) -> tuple[Drawing, ...]:
    """Draw the recommended shots of tomography and vacuum measurement, where either has any.

    `place` is the plan's number on the page. A setting with a single shot is there only to be
    complete, so a kind of which every setting has but one is left out.
    """
    shots = block["shots"]
    with drawing_style():
        return (*_tomography_shots(shots, f"plan-{place}"), *_vacuum_shots(shots, place))


def _tomography_shots(shots: Mapping[str, Any], slug: str) -> Iterator[Drawing]:
    rows = {
        f"shots of each setting, {arm} arm": np.transpose(counts)
        for arm, counts in shots["arms"].items()
    }
    zero, one = (grouped(int(count)) for count in shots["calibration"])
    caption = (
        "On a logarithmic scale. Half of the laboratory's time goes where it lowers the variance"
        " most, the rest is uniform over the settings that the claim uses. Readout calibration:"
        f" {zero} and {one} shots of the prepared levels 0 and 1."
    )
    axis = swept_axis(shots)
    return _shot_drawing(rows, axis.values, BASES, slug, (axis.title, axis.label), caption)


def _vacuum_shots(shots: Mapping[str, Any], place: int) -> Iterator[Drawing]:
    rows = {"shots of each setting": np.asarray(shots["vacuum"])}
    caption = "The vacuum measurement's settings, on a logarithmic scale."
    times, slug = shots["exchange_times"], f"plan-{place}-vacuum"
    words = "exchange time", "exchange time (ns)"
    return _shot_drawing(rows, times, PULSES, slug, words, caption)


def _shot_drawing(
    rows: Mapping[str, Any],
    at: npt.ArrayLike,
    looks: Mapping[str, str],
    slug: str,
    over: tuple[str, str],
    caption: str,
) -> Iterator[Drawing]:
    """Draw a panel for each row of counts (kinds of setting, times); none if all are 0 or 1."""
    if max((np.max(counts, initial=0) for counts in rows.values()), default=0) <= 1:
        return
    times = np.asarray(at, dtype=float)
    sheet = Sheet(times, *rows, xlabel=over[1])
    aside = ASIDE / 2 * float(np.ptp(times)) * (np.arange(len(looks)) - (len(looks) - 1) / 2)
    for row, counts in enumerate(rows.values()):
        for (words, look), shift, own in zip(looks.items(), aside, counts, strict=True):
            sheet.draw_counts(row, Trace(words, look, times, own.astype(float), aside=float(shift)))
    keys = tuple((look, words) for words, look in looks.items())
    yield sheet.parts(keys, caption).finish(slug, f"Where the shots go, by {over[0]}")

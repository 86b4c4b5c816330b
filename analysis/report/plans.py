"""The shot plans in a run's report: what a claim costs, what limits it, where its shots go."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.report.drawing import ASIDE, Drawing
from analysis.report.formatting import grouped, number, sentence, typeset
from analysis.report.hover_data import Trace
from analysis.report.sheet import MARKS, Sheet, drawing_style
from analysis.report.tables import Table
from cqed_battery.units import show_hours

__all__ = ["PlanSection", "draw_shots", "plan_sections"]

OUTCOMES = {"planned": "holds", "refused": "fails"}
LEAST_SHARE = 5e-4
BASES = {"x": ("catalysed", "o"), "y": ("control", "s"), "z": ("gain", "^")}
PULSES = {"no π pulse": ("none", "o"), "π pulse before": ("pi", "s")}
ENDLESS = 1e4  # sigmas; a ceiling as high is none


@dataclass(frozen=True, kw_only=True)
class PlanSection:
    """One plan: its claim, its outcome as a word, its sentences, tables and pictures."""

    claim: str
    outcome: str
    look: str
    statement: str
    facts: tuple[str, ...]
    tables: tuple[Table, ...]
    drawings: tuple[Drawing, ...]


def plan_sections(results: Mapping[str, Any]) -> list[PlanSection]:
    """Return the plans that were put into a run's results, in the order they came."""
    return [_section(block, place) for place, block in enumerate(results.get("plans") or ())]


def _section(block: Mapping[str, Any], place: int) -> PlanSection:
    planned = block["outcome"] == "planned"
    return PlanSection(
        claim=typeset(str(block["claim"])),
        outcome=str(block["outcome"]),
        look=OUTCOMES.get(str(block["outcome"]), "undecided"),
        statement=sentence(str(block["statement"])),
        facts=tuple(sentence(text) for text in _facts(block)),
        tables=(_options(block), _shares(block)) if planned else (),
        drawings=draw_shots(block, place) if planned else (),
    )


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
    rows = tuple((name, *_cells(option)) for name, option in block["options"].items())
    head = ("shots", "tomography", "vacuum", "readout", "in all", "time", "sigmas")
    return Table(title="Shots and time", head=head, rows=rows)


def _cells(option: Mapping[str, float | None]) -> tuple[str, ...]:
    if option["total"] is None:
        return (*["–"] * 5, "not reached")
    kinds = ("tomography", "vacuum", "calibration", "total")
    counts = (grouped(round(option[kind] or 0.0)) for kind in kinds)
    return (*counts, show_hours(option["hours"] or 0.0), number(option["sigmas"], 2))


def _shares(block: Mapping[str, Any]) -> Table:
    """Return the parts of the recommended plan's variance, the largest first."""
    shares = sorted(block["variance_shares"].items(), key=lambda item: -item[1])
    rows = tuple((cause, f"{share:.1%}") for cause, share in shares if share > LEAST_SHARE)
    return Table(title="Causes of the variance", head=("cause", "share"), rows=rows)


def draw_shots(block: Mapping[str, Any], place: int) -> tuple[Drawing, ...]:
    """Draw the recommended shots of tomography and vacuum measurement, where either has any.

    `place` is the plan's number on the page. A setting with a single shot is there only to be
    complete, so a kind of which every setting has but one is left out.
    """
    shots = block["shots"]
    with drawing_style():
        drawings = (
            _tomography_shots(shots, f"plan-{place}"),
            _vacuum_shots(shots, f"plan-{place}-vacuum"),
        )
    return tuple(drawing for drawing in drawings if drawing is not None)


def _tomography_shots(shots: Mapping[str, Any], slug: str) -> Drawing | None:
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
    looks = {f"basis {name}": look for name, look in BASES.items()}
    return _shot_drawing(rows, shots["times"], looks, slug, "charging", caption)


def _vacuum_shots(shots: Mapping[str, Any], slug: str) -> Drawing | None:
    rows = {"shots of each setting": np.asarray(shots["vacuum"])}
    caption = "The vacuum measurement's settings, on a logarithmic scale."
    return _shot_drawing(rows, shots["exchange_times"], PULSES, slug, "exchange", caption)


def _shot_drawing(
    rows: Mapping[str, Any],
    at: Sequence[float],
    looks: Mapping[str, tuple[str, str]],
    slug: str,
    kind: str,
    caption: str,
) -> Drawing | None:
    """Draw a panel for each row of counts (kinds of setting, times); None if all are 0 or 1."""
    if max((np.max(counts, initial=0) for counts in rows.values()), default=0) <= 1:
        return None
    times, title = np.asarray(at, dtype=float), f"Where the shots go, by {kind} time"
    sheet = Sheet(*rows, xlabel=f"{kind} time (ns)")
    aside = ASIDE / 2 * float(np.ptp(times)) * (np.arange(len(looks)) - (len(looks) - 1) / 2)
    for row, counts in enumerate(rows.values()):
        for (words, look), shift, own in zip(looks.items(), aside, counts, strict=True):
            numbers = {"at": times, "value": own.astype(float), "aside": float(shift)}
            sheet.draw_counts(row, Trace(name=words, look=_style(look), **numbers), *look)
    keys = tuple((_style(look), words) for words, look in looks.items())
    svg = sheet.to_svg(slug, title, times)
    return Drawing(slug=slug, title=title, caption=caption, keys=keys, svg=svg, hover=sheet.hover())


def _style(look: tuple[str, str]) -> str:
    """Return a colour and a marker as a class of the style sheet."""
    colour, marker = look
    return f"{colour} {MARKS[marker]}"

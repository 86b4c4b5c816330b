"""The shot plans in a run's report: what a claim costs, what limits it, where its shots go."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from analysis.report.drawings import Drawing
from analysis.report.plan_drawing import draw_shots
from analysis.report.tables import Table
from analysis.report.wording import grouped, number, sentence, typeset
from cqed_battery.units import show_hours

__all__ = ["PlanSection", "plan_sections"]

LOOKS = {"planned": "holds", "refused": "fails"}
LEAST_SHARE = 5e-4
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
        look=LOOKS.get(str(block["outcome"]), "undecided"),
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

"""The outcomes of the cases as rows, as JSON values and as a page of the documentation."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from analysis.papers.finding import Reading
from analysis.reality.case import Case, CaseResult, Comparison, Measured, Published
from cqed_battery.files.markdown import link, table

ROW = ("case", "measured", "value", "emulated", "difference", "verdict")
"""Headers of `rows`."""


def rows(outcomes: Iterable[CaseResult]) -> list[tuple[str, ...]]:
    """Return one row for each measured number, as `ROW` names them.

    Args:
        outcomes: of the cases.
    """
    return [
        (outcome.case.key, one.measured.quantity, *_numbers(one), one.verdict)
        for outcome in outcomes
        for one in outcome.comparisons
    ]


def curve_rows(outcomes: Iterable[CaseResult]) -> list[tuple[str, str, str, str]]:
    """Return one row for each number of the user's curves: case, number, criterion, holds.

    Args:
        outcomes: of the cases.
    """
    return [
        (outcome.case.key, _found(one), one.criterion, _yes(one.holds))
        for outcome in outcomes
        for one in (outcome.curves.readings if outcome.curves else ())
    ]


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def _numbers(one: Comparison) -> tuple[str, str, str]:
    """Return the measured number with its error, the emulated one and their difference."""
    measured = one.measured
    emulated = "-" if one.emulated is None else measured.show(one.emulated)
    return _with_error(measured), emulated, _difference(one)


def _with_error(measured: Measured) -> str:
    if measured.value is None:
        return "-"
    if measured.error is None:
        return measured.show(measured.value)
    digits = measured.digits
    text = f"{measured.value:.{digits}f} +- {measured.error:.{digits}f} {measured.unit}"
    return text.strip()


def _difference(one: Comparison) -> str:
    errors = one.standard_errors
    if errors is not None:
        return f"{errors:+.2f} s.e."
    if one.emulated is None or not one.measured.value:
        return "-"
    return f"{one.emulated / one.measured.value - 1:+.1%}"


def values(outcomes: Iterable[CaseResult]) -> list[dict[str, Any]]:
    """Return the outcomes as plain values for JSON.

    Args:
        outcomes: of the cases.
    """
    return [_plain(outcome) for outcome in outcomes]


def _plain(outcome: CaseResult) -> dict[str, Any]:
    case = outcome.case
    return {
        "case": case.key,
        "title": case.title,
        "source": case.source,
        "verdict": outcome.verdict,
        "parameters": [vars(one) for one in case.parameters],
        "experiment": dict(case.keys),
        "free_parameters": list(case.free),
        "not_in_the_file": list(case.beyond),
        "numbers": [_plain_number(one) for one in outcome.comparisons],
        "curves": [asdict(one) for one in outcome.curves.readings] if outcome.curves else None,
        "recorded": [asdict(one) for one in case.recorded],
        "remark": case.remark,
    }


def _plain_number(one: Comparison) -> dict[str, Any]:
    measured = one.measured
    return {
        "quantity": measured.quantity,
        "unit": measured.unit,
        "measured": measured.value,
        "error": measured.error,
        "tolerance": measured.tolerance,
        "emulated": one.emulated,
        "standard_errors": one.standard_errors,
        "missing_keys": dict(measured.missing or {}),
        "verdict": one.verdict,
    }


_LISTED = 3  # numbers of a list that the page shows; --out writes them all
_HEAD = (
    "# Reality: what others measured, and what the emulator gives",
    "",
    "Written by `cqed-battery reality --page docs/reality.md` from what it computes; not by hand.",
    "Each case is an experiment of published parameters. Parameters and tolerances were written",
    "down before the emulator was asked, and nothing is tuned to a measured number; a parameter",
    "that is not published is named as free and counted. What disagrees stays, with its reason.",
    "",
    "One rule for all. `agrees`: within one stated standard error. `agrees within`: within",
    "the tolerance, where no error is stated or the error is smaller. `too good by`: the emulated",
    "device is better than the measured one by more than that. `not expressible`: the experiment",
    "file has no key for it. `no number to compare`: it has, but the measured number was not to be",
    "had. Differences are in standard errors (s.e.) where one is stated, else relative; by chance",
    "alone every third number of a perfect emulator would lie beyond one.",
    "",
    "No public tomography of a charging transmon in x, y and z was found, nor a measured ergotropy",
    "of one with its numbers: these cases try pulses, line, gates, readout, reset and shift. What",
    "was measured of energy is what a transmon gives to its resonator (R10), loses to it (R11), or",
    "what feedback takes from it (R6). What is said of the heat current while the drive is on",
    "rests on closed forms and on a second engine.",
    "",
    "An experiment file is shown below each case; long lists are cut there, and written whole by",
    "`cqed-battery reality R1 --out FOLDER`.",
)


def as_page(outcomes: Sequence[CaseResult], pictures: str = "") -> str:
    """Return the outcomes as a Markdown page: all verdicts first, then each case.

    Args:
        outcomes: of the cases.
        pictures: folder of the cases' pictures as seen from the page, by "R1.png"; "" for none.
    """
    index = (
        (
            link(one.case.key, _heading(one.case)),
            one.case.title,
            one.summary,
            str(len(one.case.free)),
        )
        for one in outcomes
    )
    headers = ("case", "what was measured", "verdict", "free parameters")
    lines = [*_HEAD, "", *table(headers, index)]
    for outcome in outcomes:
        lines += ["", *_section(outcome, pictures)]
    return "\n".join(lines) + "\n"


def _heading(case: Case) -> str:
    return f"{case.key}: {case.title}"


def _section(outcome: CaseResult, pictures: str) -> Iterator[str]:
    case = outcome.case
    yield from (f"## {_heading(case)}", "", f"{case.source}.", "")
    numbers = (
        (one.measured.quantity, *_numbers(one), _with_missing(one)) for one in outcome.comparisons
    )
    yield from table(("measured", "value", "emulated", "difference", "verdict"), numbers)
    if pictures and case.draw is not None:
        yield from ("", f"![{case.title}]({pictures}/{case.key}.png)")
    if case.remark:
        yield from ("", case.remark)
    if case.recorded:
        yield from ("", _OF_TABLES, "")
        found = ((_found(one), one.criterion, _yes(one.holds)) for one in case.recorded)
        yield from table(("found", "holds if", "holds"), found)
    yield from _lists(case)
    yield from ("", f"    cqed-battery reality {case.key}")


_OF_TABLES = (
    "With the tables of the source, which have no licence and are not part of the project, so that"
    " these numbers are recorded; `--curves` computes them anew:"
)


def _found(one: Reading) -> str:
    return f"{one.number:.5g} {one.unit}".strip()


def _with_missing(one: Comparison) -> str:
    missing = " and ".join(_needed(*item) for item in (one.measured.missing or {}).items())
    return f"{one.verdict}: needs {missing}" if missing else one.verdict


def _needed(path: str, value: object) -> str:
    section, _, key = path.partition(".")
    return f"`{key} = {_value(value)}` in `[{section}]`"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(f'{x:.6g}' for x in value[:_LISTED])}, ...]  # {len(value)} numbers"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _lists(case: Case) -> Iterator[str]:
    yield from ("", f"Free parameters: {len(case.free)}.", "")
    yield from (f"- {one}" for one in case.free)
    if case.beyond:
        yield from (*([""] if case.free else []), "Not from the experiment file:", "")
        yield from (f"- {one}" for one in case.beyond)
    yield ""
    yield from table(("parameter", "published", "where"), map(_published, case.parameters))
    if case.keys:
        lines = tuple(_toml(case))
        # A list that is cut short is no TOML any more.
        whole = not any("...]" in line for line in lines)
        yield from ("", "```toml" if whole else "```text", *lines, "```")


def _published(one: Published) -> tuple[str, str, str]:
    memory = ", from memory: not yet checked against it" if one.from_memory else ""
    return one.name, one.value, f"{one.source}{memory}"


def _toml(case: Case) -> Iterator[str]:
    """Yield the experiment file of the published parameters, without what is default."""
    sections: dict[str, list[str]] = {}
    for key, value in case.keys.items():
        section, _, name = key.partition(".")
        sections.setdefault(section, []).append(f"{name} = {_value(value)}")
    for number, (section, lines) in enumerate(sections.items()):
        yield from (*([""] if number else []), f"[{section}]", *lines)

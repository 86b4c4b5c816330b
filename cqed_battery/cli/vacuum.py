"""The verb that compares the ways to measure the resonator: vacuum."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from cqed_battery.cli.shared.tables import PLAIN_WIDTH, table
from cqed_battery.cli.shared.verb import Answer, Given, verb

if TYPE_CHECKING:
    from analysis.planning.vacuum_table import MethodRow

_HEADERS = ("method", "ns", "lost %", "plain %", "bias %", "rest %", "shots", "at best")
_EXPLAINED = (
    "ns: from the end of charging to the readout, at the longest. lost: photons that decay before"
    " the pulse ends. plain, bias: of the textbook estimate and of the optimal linear one."
    " rest: the latter's root mean square while charging, which shots do not lower. shots: of"
    " all settings, for 1 % more than that, evenly or best spread."
)


@verb("Before the measurement")
def vacuum(given: Given) -> Answer:
    """Compare the ways to measure the vacuum fidelity: length, photons lost, bias and shots.

    Each runs with the file's [vacuum] keys on the file's device; one that the device cannot
    serve is refused with the numbers.
    """
    import cqed_battery as cb

    rows = cb.vacuum(given.experiment)
    return Answer(lambda: _words(rows), [row.as_dict() for row in rows])


def _words(rows: list[MethodRow]) -> str:
    refusals = [f"refused: {row.refused}" for row in rows if row.refused is not None]
    paragraphs = [textwrap.fill(text, PLAIN_WIDTH) for text in (_EXPLAINED, *refusals)]
    return "\n\n".join([table(_HEADERS, map(_cells, rows)), *paragraphs])


def _cells(row: MethodRow) -> tuple[str, ...]:
    if row.refused is not None:
        return (row.method, *["-"] * (len(_HEADERS) - 1))
    shots = ["never" if count is None else f"{count}" for count in (row.shots, row.best_shots)]
    return (
        row.method,
        f"{row.sequence_ns:.0f}",
        f"{100 * (row.lost or 0.0):.1f}",
        *(f"{100 * (bias or 0.0):+.2f}" for bias in (row.plain_bias, row.bias)),
        f"{100 * (row.systematic or 0.0):.2f}",
        *shots,
    )

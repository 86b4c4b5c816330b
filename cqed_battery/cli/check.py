"""The verb that checks the discretisation: check."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from cqed_battery.cli.shared.progress_bar import Bar
from cqed_battery.cli.shared.tables import sentence
from cqed_battery.cli.shared.verb import Answer, Given, verb

if TYPE_CHECKING:
    from protocols.prediction.refinement import Refinement

_HEADERS = ("refined", "from", "to", "z", "x", "J (hw/ns)", "F")
_ROW = " {:<15}  {:<11}  {:<9}  {:>7}  {:>7}  {:>9}  {:>7}"
"""Wide enough for every row, since each is printed before the next one is known."""


@verb("How far to trust it")
def check(given: Given, bar: Bar) -> Answer:
    """Refine the calculation, one kind at a time, and print what changes in z, x, J and F.

    Fock levels, transmon levels, the clock of the waveforms, the solver's tolerance and kind,
    and the laboratory frame in place of the rotating-wave approximation. First the time that
    this is expected to take, then each row as soon as it is computed.
    """
    import cqed_battery as cb

    def begin(forecast: str) -> None:
        head = _ROW.format(*_HEADERS)
        bar.say(f"{sentence(forecast)}.\n{head}\n {'─' * (len(head) - 1)}")

    rows = cb.check(
        given.experiment,
        progress=bar.report,
        note=begin,
        each=lambda row: bar.say(_ROW.format(*_cells(row))),
    )
    noise = given.experiment.tomography.shots**-0.5
    return Answer(lambda: _words(rows, noise), [asdict(row) for row in rows])


def _cells(row: Refinement) -> tuple[str, ...]:
    changes = (row.z, row.x, row.heat_current, row.vacuum_fidelity)
    return (row.kind, row.before, row.after, *(f"{change:.0e}" for change in changes))


def _words(rows: list[Refinement], noise: float) -> str:
    largest = max(rows, key=lambda row: max(row.z, row.x))
    size = max(largest.z, largest.x)
    compared = "below" if size < noise else "above"
    return (
        f"\nLargest changes over arms and times. The largest of z and x is {size:.0e}\n"
        f"({largest.kind}), {compared} the {noise:.0e} of one setting's shot noise."
    )

"""The verb that checks the discretisation: check."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from cqed_battery.cli.shared.progress_bar import Bar
from cqed_battery.cli.shared.tables import table
from cqed_battery.cli.shared.verb import Answer, Given, verb

if TYPE_CHECKING:
    from protocols.prediction.refinement import Refinement

_HEADERS = ("refined", "from", "to", "z", "x", "J (hw/ns)", "F")


@verb("How far to trust it")
def check(given: Given, bar: Bar) -> Answer:
    """Refine the calculation, one kind at a time, and print what changes in z, x, J and F.

    Fock levels, transmon levels, the clock of the waveforms, the solver's tolerance and kind,
    and the laboratory frame in place of the rotating-wave approximation.
    """
    import cqed_battery as cb

    rows = cb.check(given.experiment, progress=bar.report)
    noise = given.experiment.tomography.shots**-0.5
    return Answer(lambda: _words(rows, noise), [asdict(row) for row in rows])


def _words(rows: list[Refinement], noise: float) -> str:
    cells = [
        (row.kind, row.before, row.after, *(f"{x:.0e}" for x in _changes(row))) for row in rows
    ]
    largest = max(rows, key=lambda row: max(row.z, row.x))
    size = max(largest.z, largest.x)
    compared = "below" if size < noise else "above"
    return (
        f"{table(_HEADERS, cells, words=3, numbers=range(3, 7))}\n\n"
        "Largest changes over arms and times. The largest of z and x is"
        f" {size:.0e}\n({largest.kind}), {compared} the {noise:.0e} of one setting's shot noise."
    )


def _changes(row: Refinement) -> tuple[float, ...]:
    return row.z, row.x, row.heat_current, row.vacuum_fidelity

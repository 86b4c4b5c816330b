"""The verb that shows what the reset leaves: reset."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cqed_battery.arguments import picture_file
from cqed_battery.cli.shared.tables import sentence, table
from cqed_battery.cli.shared.verb import Answer, Given, verb
from cqed_battery.files.run_folder import prepare_file

if TYPE_CHECKING:
    from protocols.reset import HistoryRow

_HEADERS = ("round", "time (us)", "residual excitation", "leakage")


@verb("Before the measurement")
def reset(
    given: Given,
    rounds: Annotated[
        int | None,
        typer.Option("--rounds", metavar="N", help="Rounds, instead of the file's."),
    ] = None,
    figure: Annotated[
        Path | None,
        typer.Option("--figure", metavar="PNG", help="Picture to draw.", show_default=False),
    ] = None,
) -> Answer:
    """Print how much excitation and leakage the reset is expected to leave, round by round."""
    import cqed_battery as cb
    from protocols.reset import reset_of

    if figure is not None:
        picture_file("figure", figure)
    steps = cb.reset(given.experiment, rounds)
    note = reset_of(given.experiment).note(given.experiment, steps)
    if figure is not None:
        from analysis.report.figures.curves import draw_curves, reset_curves

        draw_curves(reset_curves(steps), prepare_file(figure))
    values = {"kind": given.experiment.reset.kind, "steps": [asdict(step) for step in steps]}
    return Answer(lambda: _words(steps, note, figure), {**values, "note": note})


def _words(steps: list[HistoryRow], note: str | None, figure: Path | None) -> str:
    lines = [table(_HEADERS, map(_cells, steps))]
    if note is not None:
        lines.append(sentence(f"Note: {note}."))
    if figure is not None:
        lines.append(f"figure: {figure}")
    return "\n".join(lines)


def _cells(step: HistoryRow) -> tuple[str, ...]:
    from cqed_battery.units import us_from_ns

    count = "-" if step.rounds is None else str(step.rounds)
    time = f"{us_from_ns(step.time_ns):.3g}"
    return count, time, f"{step.residual_excitation:.3g}", f"{step.leakage:.3g}"

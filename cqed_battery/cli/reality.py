"""The verb that compares the emulator with published measurements: reality."""

from pathlib import Path
from typing import Annotated

import typer

from cqed_battery.cli.shared.progress_bar import Bar
from cqed_battery.cli.shared.tables import table, wrapped
from cqed_battery.cli.shared.verb import Answer, verb


@verb("How far to trust it")
def reality(
    bar: Bar,
    name: Annotated[
        str | None,
        typer.Argument(metavar="[CASE]", help="A case, such as R1.", show_default="all"),
    ] = None,
    curves: Annotated[
        list[Path] | None,
        typer.Option(
            "--curves",
            metavar="FILE",
            help="Table of a measured curve for CASE: amplitude,signal or frequency_GHz,signal;"
            " or a folder of such tables; may be given again.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Write experiment files, and curves as pictures."
        ),
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option(
            "--page", metavar="FILE", help="Write a Markdown page, and its pictures beside it."
        ),
    ] = None,
) -> Answer:
    """Compute published measurements, and say how near the emulator comes.

    Each case has published parameters only; a free parameter is named and counted.
    """
    import cqed_battery as cb
    from analysis.reality.page import ROW, as_page, curve_rows, rows, values
    from cqed_battery.files.datasets import write_text
    from cqed_battery.verbs.reality import PICTURES, draw_cases

    outcomes = cb.reality(name, curves=curves or (), out=out, progress=bar.report)
    if page is not None:
        draw_cases(outcomes, page.parent / PICTURES)
        write_text(page, as_page(outcomes, PICTURES))

    def words() -> str:
        """Return the tables."""
        shown = [table(ROW, rows(outcomes))]
        free = [f"{one.case.key}: {text}" for one in outcomes for text in one.case.free]
        shown.append(f"free parameters: {len(free)}")
        shown += map(wrapped, free)
        if of_curves := curve_rows(outcomes):
            shown.append(table(("case", "curves", "holds if", "holds"), of_curves))
        return "\n".join(shown)

    return Answer(words, values(outcomes))

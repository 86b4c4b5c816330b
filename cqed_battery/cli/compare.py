"""The verb that sets two runs side by side: compare."""

from pathlib import Path
from typing import Annotated, Any

import typer

from cqed_battery.cli.shared.tables import table
from cqed_battery.cli.shared.verb import Answer, verb

_Run = Annotated[Path, typer.Argument(help="Folder of a run.", show_default=False)]


@verb("Run and analyse")
def compare(
    first: _Run,
    second: _Run,
    out: Annotated[
        Path, typer.Option("--out", metavar="PAGE", help="Page to write (HTML).")
    ] = Path("comparison.html"),
) -> Answer:
    """Show two runs side by side: settings that differ, numbers, outcomes, figures."""
    import cqed_battery as cb

    found = cb.compare(first, second, out)
    head = f"A: {first}\nB: {second}\n\n"
    return Answer(lambda: f"{head}{_tables(found)}comparison: {out}", {**found, "page": out})


def _tables(found: dict[str, Any]) -> str:
    from analysis.report.comparison import comparison_tables

    tables = [shown for shown in comparison_tables(found, ("A", "B")) if shown.rows]
    return "".join(f"{table(shown.head, shown.rows)}\n\n" for shown in tables)

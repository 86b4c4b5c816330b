"""The verb that sets two runs side by side: compare."""

from pathlib import Path
from typing import Annotated

import typer

from cqed_battery.cli.answers import answer
from cqed_battery.cli.errors import plain_errors
from cqed_battery.cli.folders import prepare_file
from cqed_battery.cli.options import AsJson, Quiet
from cqed_battery.cli.table import print_rows

_Run = Annotated[Path, typer.Argument(help="Folder of a run.", show_default=False)]


def compare(
    first: _Run,
    second: _Run,
    out: Annotated[
        Path, typer.Option("--out", metavar="PAGE", help="Page to write (HTML).")
    ] = Path("comparison.html"),
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show two runs side by side: settings that differ, numbers, outcomes, figures."""
    with plain_errors():
        prepare_file(out)
        from analysis.report.comparison import comparison_tables, write_comparison

        found = write_comparison((first, second), out)
        if not (quiet or as_json):
            typer.echo(f"A: {first}\nB: {second}\n")
            for table in comparison_tables(found, ("A", "B")):
                if table.rows:
                    print_rows(table.head, table.rows)
                    typer.echo()
        answer(f"comparison: {out}", {**found, "page": out}, as_json=as_json, quiet=quiet)

"""The verb that hands counts to others: export."""

from pathlib import Path
from typing import Annotated

import typer

from cqed_battery.cli.answers import answer
from cqed_battery.cli.errors import plain_errors
from cqed_battery.cli.folders import prepare_file
from cqed_battery.cli.options import AsJson, DatasetFile, Quiet
from cqed_battery.errors import CqedBatteryError


def export(
    dataset: DatasetFile,
    table: Annotated[
        Path, typer.Argument(metavar="TABLE", help="Table to write (CSV).", show_default=False)
    ],
    force: Annotated[bool, typer.Option("--force", help="Overwrite the table.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write the counts of a dataset as a table, which analyse reads with --experiment."""
    with plain_errors():
        if table.exists() and not force:
            raise CqedBatteryError(
                f"TABLE must be a new file, but {table} exists; name another one or use --force"
            )
        prepare_file(table)
        from analysis.data.export import table_text
        from cqed_battery.files.datasets import load_dataset, write_text

        write_text(table, table_text(load_dataset(dataset)))
        answer(f"table: {table}", {"table": table}, as_json=as_json, quiet=quiet)

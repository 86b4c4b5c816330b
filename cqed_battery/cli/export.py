"""The verb that hands counts to others: export."""

from pathlib import Path
from typing import Annotated

import typer

from cqed_battery.cli.shared.options import DatasetFile
from cqed_battery.cli.shared.verb import Answer, verb


@verb("Run and analyse")
def export(
    dataset: DatasetFile,
    table: Annotated[
        Path, typer.Argument(metavar="TABLE", help="Table to write (CSV).", show_default=False)
    ],
    force: Annotated[bool, typer.Option("--force", help="Overwrite the table.")] = False,
) -> Answer:
    """Write the counts of a dataset as a table, which analyse reads with --experiment."""
    import cqed_battery as cb

    cb.export(dataset, table, force=force)
    return Answer(f"table: {table}", {"table": table})

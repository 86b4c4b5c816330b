"""The verb that begins an experiment: init."""

from pathlib import Path
from typing import Annotated

import typer

from cqed_battery.cli.shared.verb import Answer, verb


@verb("Begin")
def init(
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="File to write.")] = Path(
        "experiment.toml"
    ),
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> Answer:
    """Write a commented experiment file that is ready to be changed."""
    import cqed_battery as cb

    cb.init(file, force=force)
    return Answer(f"experiment file: {file}", {"experiment_file": file})

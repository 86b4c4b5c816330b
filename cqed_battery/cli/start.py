"""The verb that begins an experiment: init."""

from pathlib import Path
from typing import Annotated

import typer

from cqed_battery.checks import CqedBatteryError
from cqed_battery.cli.errors import plain_errors
from cqed_battery.cli.folders import prepare_file
from cqed_battery.cli.options import Quiet


def init(
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="File to write.")] = Path(
        "experiment.toml"
    ),
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    quiet: Quiet = False,
) -> None:
    """Write a commented experiment file that is ready to be changed."""
    with plain_errors():
        if file.exists() and not force:
            raise CqedBatteryError(
                f"FILE must be a new file, but {file} exists; name another one or use --force"
            )
        prepare_file(file)
        from cqed_battery.experiment import Experiment
        from cqed_battery.records import write_text

        write_text(file, Experiment().to_toml(comments=True))
        if not quiet:
            typer.echo(f"experiment file: {file}")

"""The verbs that begin an experiment: init and schema."""

from pathlib import Path
from typing import Annotated

import typer

from cqed_battery.cli.answers import answer
from cqed_battery.cli.errors import plain_errors
from cqed_battery.cli.folders import prepare_file
from cqed_battery.cli.options import AsJson, Quiet
from cqed_battery.errors import CqedBatteryError

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def init(
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="File to write.")] = Path(
        "experiment.toml"
    ),
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    as_json: AsJson = False,
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
        from cqed_battery.files.datasets import write_text

        write_text(file, Experiment().to_toml(comments=True))
        words = f"experiment file: {file}"
        answer(words, {"experiment_file": file}, as_json=as_json, quiet=quiet)


def schema(
    as_json: Annotated[
        bool, typer.Option("--json", help="Changes nothing: the schema is JSON.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Print the JSON Schema of experiment files, for editors that complete and check TOML."""
    with plain_errors():
        import json

        from cqed_battery.experiment import Experiment

        found = {"$schema": _DRAFT, **Experiment.model_json_schema()}
        if as_json or not quiet:
            typer.echo(json.dumps(found, indent=1))

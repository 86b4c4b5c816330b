"""The arguments and options that several verbs share."""

from pathlib import Path
from typing import Annotated

import typer

from cqed_battery.cli.shared.completion import keys

ExperimentFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="Experiment file (TOML).", show_default=False)
]
DatasetFile = Annotated[
    Path, typer.Argument(metavar="DATASET", help="Dataset (netCDF).", show_default=False)
]
Seed = Annotated[
    int | None,
    typer.Option("--seed", metavar="N", help="Seed, instead of the one in the experiment file."),
]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="A value instead of the file's; may be given again.",
        autocompletion=keys,
    ),
]
WorkerCount = Annotated[
    int | None,
    typer.Option(
        "--workers", metavar="N", help="Processes on this machine.", show_default="all cores"
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="ADDRESS",
        help="Compute on the dask cluster of this scheduler, such as tcp://host:8786.",
        show_default=False,
    ),
]
Patience = Annotated[
    float | None,
    typer.Option(
        "--time-limit",
        "--patience",
        metavar="SECONDS",
        help="Longest time for a point; a process that hangs for longer is replaced.",
        show_default="any time",
    ),
]
BaseExperiment = Annotated[
    Path | None,
    typer.Option(
        "--experiment",
        metavar="FILE",
        help="Experiment file whose other values are kept.",
        show_default="a new one",
    ),
]
NewExperiment = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Experiment file to write.", show_default="none"),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]

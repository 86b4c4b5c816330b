"""The arguments and options that several verbs share."""

from pathlib import Path
from typing import Annotated

import typer

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
        "--set", metavar="KEY=VALUE", help="A value instead of the file's; may be given again."
    ),
]
Patience = Annotated[
    float | None,
    typer.Option(
        "--patience",
        metavar="SECONDS",
        help="Longest time for a point; a process that hangs for longer is replaced.",
        show_default="any time",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, not words.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]

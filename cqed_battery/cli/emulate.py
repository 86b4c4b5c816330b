"""The verb that makes data: emulate."""

from pathlib import Path
from typing import Annotated

import typer

from cqed_battery.cli.shared.progress_bar import Bar
from cqed_battery.cli.shared.verb import Answer, Given, verb
from cqed_battery.files.run_folder import prepare_file


@verb("Run and analyse", seed=True)
def emulate(
    given: Given,
    bar: Bar,
    out: Annotated[
        Path, typer.Option("--out", metavar="DATASET", help="Dataset to write (netCDF).")
    ],
) -> Answer:
    """Emulate the experiment and write its counts as a dataset."""
    import cqed_battery as cb

    prepare_file(out)
    cb.save_dataset(cb.emulate(given.experiment, progress=bar.report), out)
    return Answer(f"dataset: {out}", {"dataset": out})

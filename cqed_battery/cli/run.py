"""The verb that goes the whole way: run."""

from pathlib import Path
from typing import Annotated

import typer

from cqed_battery.cli.shared.fitted import FittedFile, refuse_existing, write_fitted
from cqed_battery.cli.shared.progress_bar import Bar
from cqed_battery.cli.shared.verb import Answer, Given, verb
from cqed_battery.cli.shared.verdict import verdict_answer
from cqed_battery.files.run_folder import keep_input


@verb("Run and analyse", seed=True)
def run(
    given: Given,
    bar: Bar,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Output folder.", show_default="runs/<name of FILE>"
        ),
    ] = None,
    fitted: FittedFile = None,
) -> Answer:
    """Emulate the experiment, analyse its counts, and write verdict and report.

    DIR receives experiment.toml (the resolved file), dataset.nc, results.json and report.html.
    """
    import cqed_battery as cb

    folder = Path("runs") / given.file.stem if out is None else out
    keep_input(given.file, folder, given.experiment.to_toml())
    refuse_existing(fitted)
    results = cb.run(given.experiment, folder, progress=bar.report)
    write_fitted(folder, results, fitted)
    return verdict_answer(results, folder)

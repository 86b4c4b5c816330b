"""The verb that learns from counts: analyse."""

from pathlib import Path
from typing import Annotated

import typer

from cqed_battery.cli.shared.fitted import FittedFile, refuse_existing, write_fitted
from cqed_battery.cli.shared.options import Changes
from cqed_battery.cli.shared.progress_bar import Bar
from cqed_battery.cli.shared.set_values import set_values
from cqed_battery.cli.shared.verb import Answer, verb
from cqed_battery.cli.shared.verdict import verdict_answer
from cqed_battery.errors import CqedBatteryError


@verb("Run and analyse")
def analyse(
    bar: Bar,
    dataset: Annotated[
        Path,
        typer.Argument(
            metavar="DATASET",
            help="Dataset (netCDF), or with --experiment a laboratory's data, as import reads it.",
            show_default=False,
        ),
    ],
    experiment: Annotated[
        Path | None,
        typer.Option("--experiment", metavar="FILE", help="Experiment file of these counts."),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", metavar="FILE", help="The laboratory's names (TOML)."),
    ] = None,
    calibration: Annotated[
        str,
        typer.Option(
            "--calibration",
            metavar="WORD",
            help="counts, or from-file: where a level has no calibration counts, take the"
            " experiment file's readout numbers.",
        ),
    ] = "counts",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Output folder.",
            show_default="the folder of DATASET; with --experiment runs/<name of DATASET>",
        ),
    ] = None,
    changes: Changes = None,
    fitted: FittedFile = None,
) -> Answer:
    """Analyse the counts of a saved dataset, and write results.json and report.html.

    With --experiment the counts are a laboratory's, a table or netCDF, and DIR
    also receives experiment.toml and dataset.nc. So it does with --set, which
    changes what is believed of the device and how counts are analysed, not what
    was measured; with a dataset it needs --out.
    """
    import cqed_battery as cb

    if changes and experiment is None and out is None:
        raise CqedBatteryError(
            "--set needs --out, a folder for the changed experiment and its results: name one"
        )
    refuse_existing(fitted)
    beside = dataset.parent if experiment is None else Path("runs") / dataset.stem
    folder = beside if out is None else out
    results = cb.analyse(
        dataset,
        experiment,
        changes=set_values(changes),
        mapping=mapping,
        calibration=calibration,
        out=folder,
        progress=bar.report,
        note=lambda line: bar.say(f"note: {line}."),
    )
    write_fitted(folder if experiment or changes else dataset, results, fitted)
    return verdict_answer(results, folder)

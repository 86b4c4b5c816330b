"""The verbs that learn from data: analyse and report."""

from pathlib import Path
from typing import Annotated

import typer

from cqed_battery.cli.bar import Bar
from cqed_battery.cli.errors import plain_errors
from cqed_battery.cli.folders import DATASET, REPORT, RESULTS, keep_dataset, prepare_folder
from cqed_battery.cli.options import DatasetFile, Quiet
from cqed_battery.cli.table import print_verdict

# Expected parts of the time: analysis, report.
_ANALYSE_SHARES = (0.8, 0.2)


def analyse(
    dataset: DatasetFile,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Output folder.", show_default="the folder of DATASET"
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Analyse the counts of a saved dataset, and write results.json and report.html."""
    with plain_errors():
        from cqed_battery.records import load_dataset

        tree = load_dataset(dataset)
        folder = prepare_folder(dataset.parent if out is None else out)
        keep_dataset(dataset, folder)
        with Bar(_ANALYSE_SHARES, quiet=quiet) as bar:
            from analysis.analyse import analyse as analyse_dataset
            from analysis.report import write_report
            from analysis.results import save_results

            results = analyse_dataset(tree, progress=bar.stage(0))
            save_results(results, folder / RESULTS)
            write_report(results, tree, folder / REPORT)
            bar.stage(1)(1, 1, "report")
        if not quiet:
            print_verdict(results)
            typer.echo(f"report: {folder / REPORT}")


def report(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="Folder of a run.", show_default=False),
    ],
    quiet: Quiet = False,
) -> None:
    """Write report.html anew from dataset.nc and results.json in DIR."""
    with plain_errors():
        from analysis.report import write_report
        from analysis.results import load_results
        from cqed_battery.records import load_dataset

        tree = load_dataset(folder / DATASET)
        write_report(load_results(folder / RESULTS), tree, folder / REPORT)
        if not quiet:
            typer.echo(f"report: {folder / REPORT}")

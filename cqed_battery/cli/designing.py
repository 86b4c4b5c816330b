"""The verb that looks for an operating point in a box: design."""

from pathlib import Path
from typing import Annotated, Any

import typer

from cqed_battery.cli.bar import Bar
from cqed_battery.cli.errors import plain_errors
from cqed_battery.cli.folders import REPORT, prepare_folder
from cqed_battery.cli.options import (
    AsJson,
    ExperimentFile,
    Patience,
    Quiet,
    Scheduler,
    Seed,
    WorkerCount,
)
from cqed_battery.cli.table import print_rows, print_sentence


def design(
    file: ExperimentFile,
    box: Annotated[
        Path,
        typer.Option(
            "--box", metavar="BOX", help="Box of what can be set (TOML).", show_default=False
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Output folder.",
            show_default="runs/<name of FILE>-design",
        ),
    ] = None,
    evaluations: Annotated[
        int, typer.Option("--evaluations", metavar="N", help="Points of the search.")
    ] = 2000,
    hours: Annotated[
        float | None,
        typer.Option("--hours", metavar="H", help="Hours in the laboratory, not those of BOX."),
    ] = None,
    objective: Annotated[
        str | None,
        typer.Option(
            "--objective",
            metavar="WORD",
            help="significance, sustained-gain, peak-gain or hours-to-5-sigma.",
        ),
    ] = None,
    side: Annotated[
        int, typer.Option("--map", metavar="N", help="Places along each side of the map; 0: none.")
    ] = 17,
    workers: WorkerCount = None,
    scheduler: Scheduler = None,
    patience: Patience = None,
    seed: Seed = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Search a box for the point where all three observations hold together.

    Each evaluated point is saved at once; the same command goes on where it was interrupted.
    The folder gets the points as experiment files, and report.html.
    """
    with plain_errors():
        import json

        from analysis.design_search.design import search_in
        from analysis.design_search.run import run_design
        from analysis.report.design.page import write_design_report
        from cqed_battery.compute.points import Workers
        from cqed_battery.experiment import Experiment

        fixed = Experiment.from_toml(file)
        search = search_in(
            fixed,
            box,
            evaluations=evaluations,
            objective=objective,
            hours=hours,
            side=side,
            seed=seed,
        )
        where = Workers(workers, scheduler, patience)
        folder = prepare_folder(Path("runs") / f"{file.stem}-design" if out is None else out)
        with Bar((1.0,), quiet=quiet or as_json) as bar:
            results = run_design(search, folder, workers=where, progress=bar.stage(0))
            write_design_report(folder)
        if as_json:
            typer.echo(json.dumps(results, indent=1))
        elif not quiet:
            _print(results, folder)


def _print(results: dict[str, Any], folder: Path) -> None:
    print_sentence(results["statement"])
    headers = ("point", "gain late", "mean", "peak", "F", "S", "sigmas J, gain, F", "hours")
    rows = [
        (str(rank), *(_number(entry[name], digits) for name, digits in _COLUMNS), *_last(entry))
        for rank, entry in enumerate(results["best"], 1)
    ]
    print_rows(headers, rows)
    for name in ("control", "robust", "screening"):
        print_sentence(f"{name}: {results[name]}")
    typer.echo(f"design: {folder}")
    typer.echo(f"report: {folder / REPORT}")


_COLUMNS = (
    ("late_gain", 3),
    ("mean_gain", 3),
    ("peak_gain", 3),
    ("fidelity", 4),
    ("heat", 3),
)


def _last(entry: dict[str, Any]) -> tuple[str, str]:
    names = ("heat_sigmas", "gain_sigmas", "vacuum_sigmas")
    return ", ".join(_number(entry[name], 1) for name in names), _number(entry["hours"], 2)


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"

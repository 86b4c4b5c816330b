"""The verb that tests the analysis on known truths: validate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cqed_battery.cli.bar import Bar
from cqed_battery.cli.errors import plain_errors
from cqed_battery.cli.options import AsJson, ExperimentFile, Patience, Quiet, Seed, WorkerCount
from cqed_battery.cli.table import print_rows, print_sentence

if TYPE_CHECKING:
    from analysis.validation import Study

JSON_FILE = "validation.json"


def validate(
    file: ExperimentFile,
    repeats: Annotated[
        int, typer.Option("--repeats", metavar="N", help="Runs of each scenario.")
    ] = 200,
    devices: Annotated[
        int, typer.Option("--devices", metavar="N", help="Random devices near the file's.")
    ] = 2,
    only: Annotated[
        str | None,
        typer.Option(
            "--only", metavar="NAME", help='One truth, such as "this device".', show_default="all"
        ),
    ] = None,
    estimator: Annotated[
        str | None,
        typer.Option(
            "--estimator",
            metavar="MODULE:FUNCTION",
            help="Your own: a function of a dataset that returns {quantity: {value, std}}.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Write validation.json and pictures.", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
    workers: WorkerCount = None,
    patience: Patience = None,
    seed: Seed = None,
    quiet: Quiet = False,
) -> None:
    """Analyse data of known truth many times, and print how well their intervals cover it.

    Truths: this device, random ones near it, three that the model gets wrong on purpose, and
    one without coupling. Numbers in brackets are Monte-Carlo errors of the last digits.
    """
    with plain_errors():
        from analysis.validation import validate as validate_analysis
        from cqed_battery.cli.folders import prepare_folder
        from cqed_battery.compute.points import Workers
        from cqed_battery.experiment import Experiment

        experiment = Experiment.from_toml(file)
        where = Workers(workers, None, patience)
        folder = None if out is None else prepare_folder(out)
        with Bar((1.0,), quiet=quiet or as_json) as bar:
            studies = validate_analysis(
                experiment,
                repeats=repeats,
                devices=devices,
                estimators=[] if estimator is None else [estimator],
                only=only,
                seed=seed,
                workers=where,
                progress=bar.stage(0),
            )
        if folder is not None:
            _write(studies, folder, quiet=quiet or as_json)
        _print(studies, as_json=as_json, quiet=quiet)


def _print(studies: list[Study], *, as_json: bool, quiet: bool) -> None:
    from analysis.validation import HEADERS, table_rows
    from analysis.validation import as_json as study_json

    if as_json:
        typer.echo(study_json(studies))
        return
    if quiet:
        return
    for study in studies:
        print_sentence(study.headline)
        for estimator, rows in table_rows(study).items():
            typer.echo(f"\n{estimator}")
            print_rows(HEADERS, rows)
        typer.echo()


def _write(studies: list[Study], folder: Path, *, quiet: bool) -> None:
    from analysis.report.curves import draw_curves
    from analysis.validation import as_json as study_json
    from analysis.validation import coverage_figure
    from cqed_battery.files.datasets import write_text

    write_text(folder / JSON_FILE, study_json(studies) + "\n")
    for study in studies:
        picture = folder / f"{study.scenario.name.replace(' ', '-')}.png"
        draw_curves(coverage_figure(study), picture)
        if not quiet:
            typer.echo(f"figure: {picture}")

"""The verb that tests the analysis on known truths: validate."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cqed_battery.cli.shared.options import Patience, Seed, WorkerCount
from cqed_battery.cli.shared.progress_bar import Bar
from cqed_battery.cli.shared.tables import sentence, table
from cqed_battery.cli.shared.verb import Answer, Given, verb
from cqed_battery.files.run_folder import claimed

if TYPE_CHECKING:
    from analysis.validation import Study

JSON_FILE = "validation.json"
OUTCOMES = "outcomes.jsonl"


@verb("How far to trust it")
def validate(
    given: Given,
    bar: Bar,
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
    draw: Annotated[
        str | None,
        typer.Option(
            "--draw",
            metavar="DRAW",
            help="Instead, a device off the file for every run: laboratory (as careful calibrations"
            " leave it), wide (three times as far), or devices (of any kind).",
            show_default=False,
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
            "--out",
            metavar="DIR",
            help="Write validation.json and pictures, and go on from what is there.",
            show_default=False,
        ),
    ] = None,
    workers: WorkerCount = None,
    patience: Patience = None,
    seed: Seed = None,
) -> Answer:
    """Analyse data of known truth many times, and print how well their intervals cover it.

    Truths: this device, random ones near it, three that the model gets wrong on purpose, and
    one without coupling; or, with --draw, a device off the file for every run, whose verdicts are
    compared with its truth. Numbers in brackets are Monte-Carlo errors of the last digits.
    """
    import cqed_battery as cb
    from analysis.validation import as_json
    from cqed_battery.compute.points import Workers

    where = Workers(workers, None, patience)
    with nullcontext() if out is None else claimed(out) as folder:
        studies = cb.validate(
            given.experiment,
            repeats=repeats,
            devices=devices,
            estimators=[] if estimator is None else [estimator],
            only=only,
            draw=draw,
            keep=None if folder is None else folder / OUTCOMES,
            seed=seed,
            workers=where,
            progress=bar.report,
        )
        text = as_json(studies)
        pictures = [] if folder is None else _write(studies, text, folder)
    return Answer(lambda: _words(studies, pictures), json.loads(text))


def _words(studies: list[Study], pictures: list[Path]) -> str:
    import analysis.validation as shown

    lines = [f"figure: {picture}" for picture in pictures]
    for study in studies:
        lines.append(sentence(study.headline))
        for estimator, rows in shown.table_rows(study).items():
            lines += [f"\n{estimator}", table(shown.HEADERS, rows)]
        if study.claims:
            lines += ["\nverdicts beside the truth"]
            lines += [table(shown.CLAIM_HEADERS, shown.claim_table(study))]
            lines += ["\nshare decided, by how many standard errors the truth is from the bar"]
            lines += [table(shown.power_headers(study), shown.power_table(study))]
        if study.errors:
            lines += ["\ncoverage by what is off"]
            lines += [table(shown.ERROR_HEADERS, shown.error_table(study))]
        lines.append("")
    return "\n".join(lines)


def _write(studies: list[Study], text: str, folder: Path) -> list[Path]:
    """Write the studies and a picture of each; return the pictures."""
    from analysis.report.figures.curves import draw_curves
    from analysis.validation import coverage_figure
    from cqed_battery.files.datasets import write_text

    write_text(folder / JSON_FILE, f"{text}\n")
    pictures = []
    for study in studies:
        pictures.append(folder / f"{study.scenario.name.replace(' ', '-')}.png")
        draw_curves(coverage_figure(study), pictures[-1])
    return pictures

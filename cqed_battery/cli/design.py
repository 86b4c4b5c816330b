"""The verb that looks for an operating point in a box: design."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cqed_battery.cli.shared.options import Patience, Scheduler, Seed, WorkerCount
from cqed_battery.cli.shared.progress_bar import Bar
from cqed_battery.cli.shared.tables import sentence, table
from cqed_battery.cli.shared.verb import Answer, Given, verb
from cqed_battery.files.run_folder import REPORT

_HEADERS = ("point", "gain late", "mean", "peak", "F", "S", "sigmas J, gain, F", "hours")
_DIGITS = {"late_gain": 3, "mean_gain": 3, "peak_gain": 3, "fidelity": 4, "heat": 3}
_SIGNIFICANCES = ("heat_sigmas", "gain_sigmas", "vacuum_sigmas")


@verb("Before the measurement")
def design(
    given: Given,
    bar: Bar,
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
        int,
        typer.Option(
            "--evaluations",
            metavar="N",
            help="Points that the search computes; those of the map and of the tolerances"
            " come on top.",
        ),
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
            help="significance, sustained-gain, peak-gain, ladder-gain, hours-to-5-sigma, power or"
            " efficiency.",
        ),
    ] = None,
    side: Annotated[
        int, typer.Option("--map", metavar="N", help="Places along each side of the map; 0: none.")
    ] = 17,
    workers: WorkerCount = None,
    scheduler: Scheduler = None,
    patience: Patience = None,
    seed: Seed = None,
) -> Answer:
    """Search a box for the point where all three observations hold together.

    Each evaluated point is saved at once; the same command goes on where it was interrupted.
    The folder gets the points as experiment files, report.html and where-it-holds.svg and .png.
    """
    import cqed_battery as cb
    from cqed_battery.compute.points import Workers

    folder = Path("runs") / f"{given.file.stem}-design" if out is None else out
    results = cb.design(
        given.experiment,
        box,
        folder,
        evaluations=evaluations,
        objective=objective,
        hours=hours,
        side=side,
        seed=seed,
        workers=Workers(workers, scheduler, patience),
        progress=bar.report,
    )
    return Answer(lambda: _words(results, folder), results)


def _words(results: Mapping[str, Any], folder: Path) -> str:
    ladder = results["objective"]["kind"] == "ladder-gain"
    rows = [
        (
            str(rank),
            *((_number(entry["ladder_end"], 3),) if ladder else ()),
            *(_number(entry[name], digits) for name, digits in _DIGITS.items()),
            ", ".join(_number(entry[name], 1) for name in _SIGNIFICANCES),
            _number(entry["hours"], 2),
        )
        for rank, entry in enumerate(results["best"], 1)
    ]
    said = [f"{name}: {results[name]}" for name in ("promise", "control", "robust", "screening")]
    return "\n".join(
        [
            sentence(results["statement"]),
            table((_HEADERS[0], *(("all levels",) if ladder else ()), *_HEADERS[1:]), rows),
            *map(sentence, said),
            f"design: {folder}",
            f"report: {folder / REPORT}",
        ]
    )


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"

"""The verb that maps many experiments: sweep."""

from pathlib import Path
from typing import Annotated

import typer

from cqed_battery.cli.answers import answer
from cqed_battery.cli.bar import Bar
from cqed_battery.cli.errors import plain_errors
from cqed_battery.cli.options import (
    AsJson,
    ExperimentFile,
    Patience,
    Quiet,
    Scheduler,
    Seed,
    WorkerCount,
)


def sweep(
    file: ExperimentFile,
    over: Annotated[
        list[str],
        typer.Option(
            "--over",
            metavar="KEY=VALUES",
            help="Key of FILE and its values, START:STOP:COUNT or A,B,C; may be given again.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="SWEEP",
            help="Dataset to write (netCDF).",
            show_default="runs/<name of FILE>/sweep.nc",
        ),
    ] = None,
    shots: Annotated[
        bool, typer.Option("--shots", help="Draw counts, too, not only the exact quantities.")
    ] = False,
    workers: WorkerCount = None,
    scheduler: Scheduler = None,
    patience: Patience = None,
    seed: Seed = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Map parameters of the experiment to one dataset, point by point.

    Each finished point is saved at once; the same command goes on where it was interrupted.
    """
    with plain_errors():
        from cqed_battery.compute.points import Workers
        from cqed_battery.experiment import Experiment
        from protocols.sweep import run_sweep
        from protocols.sweep.grid import parse_axis

        experiment = Experiment.from_toml(file)
        if seed is not None:
            experiment = experiment.replace({"seed": seed})
        target = Path("runs") / file.stem / "sweep.nc" if out is None else out
        axes = [parse_axis(text) for text in over]
        where = Workers(workers, scheduler, patience)
        with Bar((1.0,), quiet=quiet or as_json) as bar:
            draw = bar.stage(0)
            begun = False

            def report(done: int, total: int, what: str) -> None:
                nonlocal begun
                if done and not begun and not (quiet or as_json):
                    typer.echo(f"going on: {done} of {total} points were computed before")
                begun = True
                draw(done, total, what)

            computed = run_sweep(
                experiment, axes, target, shots=shots, workers=where, progress=report
            )
        words = f"sweep: {target}{'' if computed else ' (it was complete already)'}"
        values = {"sweep": target, "computed": computed}
        answer(words, values, as_json=as_json, quiet=quiet)

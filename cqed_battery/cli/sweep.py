"""The verb that maps many experiments: sweep."""

from pathlib import Path
from typing import Annotated

import typer

from cqed_battery.cli.shared.completion import keys
from cqed_battery.cli.shared.options import Patience, Scheduler, WorkerCount
from cqed_battery.cli.shared.progress_bar import Bar
from cqed_battery.cli.shared.verb import Answer, Given, verb


@verb("Before the measurement", seed=True)
def sweep(
    given: Given,
    bar: Bar,
    over: Annotated[
        list[str],
        typer.Option(
            "--over",
            metavar="KEY=VALUES",
            help="Key of FILE and its values, START:STOP:COUNT or A,B,C; may be given again.",
            show_default=False,
            autocompletion=keys,
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
) -> Answer:
    """Map parameters of the experiment to one dataset, point by point.

    Each finished point is saved at once; the same command goes on where it was interrupted.
    """
    import cqed_battery as cb
    from cqed_battery.compute.points import Workers

    target = Path("runs") / given.file.stem / "sweep.nc" if out is None else out
    begun = False

    def report(done: int, total: int, what: str) -> None:
        nonlocal begun
        if done and not begun:
            bar.say(f"going on: {done} of {total} points were computed before")
        begun = True
        bar.report(done, total, what)

    where = Workers(workers, scheduler, patience)
    computed = cb.sweep(given.experiment, over, target, shots=shots, workers=where, progress=report)
    words = f"sweep: {target}{'' if computed else ' (it was complete already)'}"
    return Answer(words, {"sweep": target, "computed": computed})

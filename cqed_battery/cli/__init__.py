"""The front door: parses what the user types, calls the three floors, prints what they answer."""

import _thread
import gc
import os
import sys
import threading
from typing import Annotated

import typer

from cqed_battery import __version__
from cqed_battery.cli import (
    beside,
    budget,
    converge,
    designing,
    exchange,
    explore,
    learn,
    measure,
    papers,
    planning,
    resetting,
    start,
    trust,
    vacuums,
)

__all__ = ["app", "main"]

app = typer.Typer(
    help="Emulate and analyse a quantum battery: a transmon charged through a resonator.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(measure.run)
app.command()(measure.emulate)
app.command()(learn.analyse)
app.command()(learn.report)
app.command()(exchange.export)
app.command()(converge.check)
app.command()(budget.budget_errors)
app.command()(budget.pulses)
app.command()(explore.sweep)
app.command()(designing.design)
app.command()(trust.validate)
app.command()(papers.paper)
app.command()(papers.claims)
app.command()(planning.plan)
app.command()(resetting.reset)
app.command()(vacuums.vacuum)
app.command()(beside.compare)
app.command()(start.init)
app.command()(start.schema)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cqed-battery {__version__}")
        raise typer.Exit


@app.callback()
def _cqed_battery(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Print the version and stop."
        ),
    ] = False,
) -> None:
    pass


_AGAIN_S = 0.02  # by then the callback is over
_OBJECTS_BETWEEN_COLLECTIONS = 20_000


def interrupt_again(unraisable: "sys.UnraisableHookArgs") -> None:
    """Repeat a Ctrl-C that fell into a callback of the garbage collection, which drops it."""
    if unraisable.exc_type is KeyboardInterrupt:
        threading.Timer(_AGAIN_S, _thread.interrupt_main).start()
    else:
        sys.__unraisablehook__(unraisable)


def main() -> None:
    """Run the command line; letters that the terminal cannot show become question marks.

    Linear algebra runs in one thread unless the user's environment says otherwise: the matrices
    are small, and threads would only wait for each other. Imports make so many lasting objects
    that looking for garbage among them as often as usual takes a tenth of a run.
    """
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    sys.unraisablehook = interrupt_again
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    app()

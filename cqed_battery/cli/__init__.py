"""The front door: parses what the user types, calls the verbs, prints what they answer.

Each module of this folder is a verb, named as it; what they share is in `shared`.
"""

import _thread
import gc
import os
import sys
import threading
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated

import typer

from cqed_battery import __version__
from cqed_battery.cli.shared.streams import keep_streams
from cqed_battery.cli.shared.verb import Verb

__all__ = ["app", "main"]

PANELS = (
    "Begin",
    "Run and analyse",
    "Before the measurement",
    "How far to trust it",
    "The seed papers",
)
"""The panels of `--help`, from top to bottom; verbs stand in them by the alphabet."""

app = typer.Typer(
    help="Emulate and analyse a quantum battery: a transmon charged through a resonator.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _verbs() -> list[Verb]:
    """Return every verb in the order of the help: the modules of this folder."""
    names = [module.name for module in iter_modules(__path__) if not module.ispkg]
    found: list[Verb] = [getattr(import_module(f"{__name__}.{name}"), name) for name in names]
    return sorted(found, key=lambda verb: PANELS.index(verb.panel))


for _verb in _verbs():
    app.command(rich_help_panel=_verb.panel)(_verb.command)


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
    """Run the command line, to its end also where nobody listens any more.

    Linear algebra runs in one thread unless the user's environment says otherwise: the matrices
    are small, and threads would only wait for each other. Imports make so many lasting objects
    that looking for garbage among them as often as usual takes a tenth of a run.
    """
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    sys.unraisablehook = interrupt_again
    keep_streams()
    app()

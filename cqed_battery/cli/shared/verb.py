"""What makes a function a verb: options that all have, the experiment file, errors, printing."""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import typer
from typer.models import OptionInfo, ParameterInfo

from cqed_battery.cli.shared.errors import plain_errors
from cqed_battery.cli.shared.options import AsJson, Changes, ExperimentFile, Quiet, Seed
from cqed_battery.cli.shared.progress_bar import Bar

if TYPE_CHECKING:
    from cqed_battery.experiment import Experiment

_NAMES_ELSEWHERE = {"count": "--workers", "time_limit_s": "--time-limit"}
"""Options whose argument in the Python interface belongs to `Workers`."""


@dataclass(frozen=True)
class Given:
    """The experiment that the user gave: its file, and its content with `--set` and `--seed`."""

    file: Path
    experiment: Experiment


@dataclass(frozen=True)
class Answer:
    """What a verb has to say: words for people, computed when wanted, and values for machines."""

    words: str | Callable[[], str]
    values: Any

    def print(self, *, as_json: bool, quiet: bool) -> None:
        """Print a JSON text, or else words unless the user wants none."""
        if as_json:
            typer.echo(json.dumps(self.values, indent=1, allow_nan=False, default=os.fspath))
        elif not quiet:
            typer.echo(self.words if isinstance(self.words, str) else self.words())


@dataclass(frozen=True)
class Verb:
    """A command as Typer takes it, and the panel of `--help` in which it stands."""

    command: Callable[..., None]
    panel: str


def verb(panel: str, *, seed: bool = False) -> Callable[[Callable[..., Answer]], Verb]:
    """Return the decorator that makes a verb of a function that reads, calls and answers.

    Parameters of the function are options. One of the type `Given` becomes the argument FILE and
    the option `--set`, one of the type `Bar` is the progress bar; `--json` and `--quiet` are
    added. Errors that a user can repair end in a sentence, in which options stand for arguments.

    Args:
        panel: of `--help`.
        seed: whether `--seed` takes the place of the seed in FILE.
    """

    def decorate(function: Callable[..., Answer]) -> Verb:
        """Return the verb of a function."""
        own = inspect.signature(function, eval_str=True).parameters.values()
        supplied = {p.annotation: p.name for p in own if p.annotation in (Given, Bar)}
        shown = [p.replace(kind=p.KEYWORD_ONLY) for p in own if p.name not in supplied.values()]
        if Given in supplied:
            shown.insert(0, _parameter("file", ExperimentFile))
            shown.append(_parameter("changes", Changes, None))
            shown += [_parameter("seed", Seed, None)] if seed else []
        shown += [_parameter("as_json", AsJson, False), _parameter("quiet", Quiet, False)]
        flags = _flags(shown)

        def command(**options: Any) -> None:
            """Read what FILE says, call the function, and print its answer."""
            as_json, quiet = options.pop("as_json"), options.pop("quiet")
            with plain_errors(flags):
                if Given in supplied:
                    chosen = options.pop("seed", None) if seed else None
                    given = _read(options.pop("file"), options.pop("changes"), chosen)
                    if not quiet:
                        _tell_needless(given.experiment)
                    options[supplied[Given]] = given
                with Bar(quiet=quiet or as_json) if Bar in supplied else nullcontext() as bar:
                    answer = function(**options, **({supplied[Bar]: bar} if bar else {}))
                answer.print(as_json=as_json, quiet=quiet)

        # A name that is taken in Python ends in an underscore there, and only there.
        command.__name__ = function.__name__.rstrip("_")
        command.__doc__ = _as_help(inspect.getdoc(function) or "")
        command.__annotations__ = {p.name: p.annotation for p in shown}
        vars(command)["__signature__"] = inspect.Signature(shown)
        return Verb(command, panel)

    return decorate


def _as_help(text: str) -> str:
    """Return a docstring as Typer prints it whole: a paragraph a line, [brackets] no markup."""
    paragraphs = (" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
    return "\n\n".join(paragraphs).replace("[", "\\[")


def _parameter(
    name: str, annotation: Any, default: Any = inspect.Parameter.empty
) -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=default, annotation=annotation)


def _flags(parameters: list[inspect.Parameter]) -> dict[str, str]:
    """Return the option of each argument, both as the user sees them.

    A file that may not be read is left to the verb, whose sentence names it; Typer draws a box.
    """
    infos = {p.name: next(iter(get_args(p.annotation)[1:]), None) for p in parameters}
    for info in infos.values():
        if isinstance(info, ParameterInfo):
            info.readable = False
    options = {name: info for name, info in infos.items() if isinstance(info, OptionInfo)}
    return _NAMES_ELSEWHERE | {name: str(info.default) for name, info in options.items()}


def _read(file: Path, changes: list[str] | None, seed: int | None) -> Given:
    from cqed_battery.cli.shared.set_values import with_changes
    from cqed_battery.experiment import Experiment

    return Given(file, with_changes(Experiment.from_toml(file), changes, seed))


def _tell_needless(experiment: Experiment) -> None:
    """Say of each key that was changed and plays no part where it would play one."""
    from cqed_battery.device.section import note_once
    from protocols.in_use import needless_keys

    for key, where in needless_keys(experiment).items():
        note_once(f"note: {key} plays no part here; it does with {where}.")

"""Command lines drawn from the verbs' own options."""

from random import Random

import typer
from click import Option

from cqed_battery.cli import app

WORDS = (
    *("", "x", "nan", "inf", "-1", "0", "1", "3", "1e9", "1e400", "99999999999999999999", "0.5"),
    *("e.toml", "box.toml", "counts.csv", "dataset.nc", "folder", "missing", "missing/deep/file"),
    *("/dev/null", ".", "..", "a" * 300, "é", "\ud800", "a\nb", "-", "--", "--help", "--no"),
    *("drive.rabi_rate_MHz=1:2:3", "drive.rabi_rate_MHz=1", "k=", "=", "drive.x=1:2:0", "seed=1,2"),
    *("drive.rabi_rate_MHz=1:2:99999999999", "drive.rabi_rate_MHz=nan", "seed=1:9:3:1"),
    *(
        "os:system",
        "math:sqrt",
        "module:",
        "counts",
        "from-file",
        "heat",
        "all",
        "global",
        "a\x00b",
    ),
)
_UNSAFE = {"claims": ("Q",), "paper": ("Q",), "validate": ("--repeats", "1"), "design": ()}
_COSTLY = {"--evaluations", "--repeats", "--devices", "--map", "--scheduler", "--workers"}


def draw_arguments(rng: Random) -> tuple[str, ...]:
    """Return a verb and random arguments; what would compute for minutes is refused first."""
    group = typer.main.get_command(app)
    verb = rng.choice(list(group.commands))
    if rng.random() < 0.05:
        return tuple(rng.choice(WORDS) for _ in range(rng.choice((1, 2, 4))))
    arguments = [verb, *_UNSAFE.get(verb, ())]
    for parameter in group.commands[verb].params:
        if isinstance(parameter, Option):
            name = rng.choice(parameter.opts)
            if not (parameter.required or rng.random() < 0.4) or name == "--help":
                continue
            arguments.append(name)
            if not parameter.is_flag:
                arguments.append("0" if name in _COSTLY else rng.choice(WORDS))
        elif verb not in ("claims", "paper"):
            arguments.append(_fitting(rng, parameter.metavar or ""))
    if verb in ("design", "validate") and not _COSTLY & set(arguments):
        arguments += ["--workers", "0"]
    return tuple(arguments)


def _fitting(rng: Random, metavar: str) -> str:
    """Return an argument that fits half of the time."""
    fitting = {"FILE": "e.toml", "DATASET": "dataset.nc", "DIR": "folder"}.get(metavar, "new")
    return fitting if rng.random() < 0.5 else rng.choice(WORDS)

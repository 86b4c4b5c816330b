"""A case: the files in its folder and the command that reads them, drawn from a number."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from .commandline import draw_arguments
from .control import draw_campaign, draw_list, draw_pulse, draw_sequence, draw_setup
from .imports import draw_device, draw_import
from .long import draw_search, draw_sweep, draw_validation
from .mutate import NUMBERS, TOKENS, mutate_bytes, mutate_text
from .netcdf import rebuilt
from .values import draw_changes, toml

BOX = """
[box]
"drive.rabi_rate_MHz" = [5, 100]
"coupler.g_on_MHz" = [5, 100]
"resonator.detuning_MHz" = [-50, 50]
[tolerance]
"drive.rabi_rate_MHz" = 0.5
[objective]
kind = "significance"
hours = 12.0
"""
MAPPING = """
[columns]
count = "count"
[units]
time = "ns"
[labels.arm]
open = "catalysed"
closed = "control"
[variables]
counts = "data"
"""
LAB = ("--experiment", "experiment.toml", "--out", "out", "-q")


@dataclass(frozen=True)
class Corpus:
    """Files of one small run, which most cases begin with."""

    table: str
    dataset: bytes
    results: str


@dataclass(frozen=True)
class Case:
    """Files by name and the arguments of the command, which runs in their folder."""

    kind: str
    files: dict[str, bytes]
    arguments: tuple[str, ...]


def draw_case(number: int, corpus: Corpus) -> Case:
    """Return the case of a number; the same one every time."""
    rng = Random(number)
    kind = rng.choices(list(KINDS), [weight for weight, _ in KINDS.values()])[0]
    files, arguments = KINDS[kind][1](rng, corpus)
    return Case(kind, files, arguments)


_Drawn = tuple[dict[str, bytes], tuple[str, ...]]


def _experiment_text(rng: Random, corpus: Corpus) -> _Drawn:
    text = mutate_text(rng, toml({}))
    verb = rng.choice((("reset", "e.toml"), ("emulate", "e.toml", "--out", "d.nc", "-q")))
    return {"e.toml": _encoded(rng, text)}, verb


def _experiment_values(rng: Random, corpus: Corpus) -> _Drawn:
    text = toml(draw_changes(rng))
    verb = rng.choices(
        (
            ("run", "e.toml", "--out", "out", "-q"),
            ("emulate", "e.toml", "--out", "d.nc", "-q"),
            ("reset", "e.toml", "--json"),
            ("vacuum", "e.toml", "--json"),
            ("pulses", "e.toml", "--json"),
            ("check", "e.toml", "--json"),
            ("budget-errors", "e.toml", "--json"),
            ("optimise", "e.toml", "--starts", "1", "--iterations", "2", "--json"),
            ("plan", "e.toml", "--claim", rng.choice(("heat", "gain", "vacuum", "all")), "--json"),
        ),
        (6, 4, 2, 2, 2, 1, 1, 1, 2),
    )[0]
    return {"e.toml": text.encode()}, verb


def _experiment_bomb(rng: Random, corpus: Corpus) -> _Drawn:
    many = rng.choice((10, 1_000, 100_000))
    text = rng.choice(
        (
            "x = " + "[" * many + "]" * many,
            "x = " + "{a = " * min(many, 50_000) + "1" + "}" * min(many, 50_000),
            "[" + ".".join("a" * 1 for _ in range(many)) + "]\n",
            "\n".join(f"[t{n}]" for n in range(many)),
            "\n".join(f"k{n} = {n}" for n in range(many)),
            'title = "' + "a" * 20 * many + '"',
            "charging.times_ns = [" + ", ".join(str(n) for n in range(many)) + "]",
            "seed = " + "1" * many,
            "#" * 20 * many,
        )
    )
    return {"e.toml": text.encode()}, ("reset", "e.toml")


def _table(rng: Random, corpus: Corpus) -> _Drawn:
    text = mutate_text(rng, corpus.table)
    return {"experiment.toml": toml({}).encode(), "counts.csv": _encoded(rng, text)}, (
        "analyse",
        "counts.csv",
        *LAB,
    )


def _cells(rng: Random, corpus: Corpus) -> _Drawn:
    return _with_table(_changed_rows(rng, corpus.table), {})


def _fits(rng: Random, corpus: Corpus) -> _Drawn:
    """Fit the whole device to counts that fit it badly, or to those of an extreme one."""
    if rng.random() < 0.5:
        return _with_table(_changed_rows(rng, corpus.table), {"analysis.global_fit": True})
    text = toml({**draw_changes(rng), "analysis.global_fit": True})
    return {"e.toml": text.encode()}, ("run", "e.toml", "--out", "out", "-q")


def _with_table(table: str, changes: dict[str, Any]) -> _Drawn:
    files = {"experiment.toml": toml(changes).encode(), "counts.csv": _utf8(table)}
    return files, ("analyse", "counts.csv", *LAB)


def _changed_rows(rng: Random, table: str) -> str:
    """Change fields of rows, or all counts of a kind of rows, and keep the table a table."""
    lines = [line for line in table.splitlines() if not line.startswith("#")]
    head, *rows = [line.split(",") for line in lines]
    what = rng.randrange(6)
    if what == 0:
        column, value = rng.randrange(len(head)), rng.choice(NUMBERS + TOKENS)
        for row in rng.sample(rows, rng.choice((1, 1, 5, len(rows)))):
            row[column] = value
    elif what == 1:
        count, arm = head.index("count"), rng.choice(("catalysed", "calibration", "vacuum", ""))
        value = rng.choice(("0", "1", "1000000000", "1000000000000"))
        for row in rows:
            if row[0].startswith(arm):
                row[count] = value
    elif what == 2:
        rows = rng.sample(rows, rng.randint(1, len(rows) - 1))
    elif what == 3:
        column = rng.choice(("basis", "time_ns", "outcome", "pulse", "arm", "prepared"))
        place = head.index(column)
        gone = rng.choice([row[place] for row in rows])
        rows = [row for row in rows if row[place] != gone or not gone] or rows[:1]
    elif what == 4:
        count = head.index("count")
        for row in rows:
            row[count] = str(rng.choice((0, 1, 1, 2, 3, 10**9)))
    else:
        time, scale = head.index("time_ns"), rng.choice((0.0, 1e-9, 1e9, -1.0, 1e300))
        for row in rows:
            row[time] = str(float(row[time]) * scale) if row[time] else ""
    return "\n".join(",".join(row) for row in (head, *rows)) + "\n"


def _mapping(rng: Random, corpus: Corpus) -> _Drawn:
    files = {
        "experiment.toml": toml({}).encode(),
        "counts.csv": corpus.table.encode(),
        "m.toml": _encoded(rng, mutate_text(rng, MAPPING)),
    }
    return files, ("analyse", "counts.csv", "--mapping", "m.toml", *LAB)


def _netcdf_bytes(rng: Random, corpus: Corpus) -> _Drawn:
    return _with_dataset(rng, mutate_bytes(rng, corpus.dataset))


def _netcdf_content(rng: Random, corpus: Corpus) -> _Drawn:
    return _with_dataset(rng, rebuilt(rng, corpus.dataset, toml))


def _not_netcdf(rng: Random, corpus: Corpus) -> _Drawn:
    content = rng.choice(
        (
            b"",
            b"\x89HDF",
            b"\x89HDF\r\n\x1a\n" + rng.randbytes(400),
            b"CDF\x01" + rng.randbytes(200),
            b"CDF\x02" + b"\xff" * 100,
            b"CDF\x01" + b"\0" * 100,
            b"CDF\x05" + rng.randbytes(50),
            rng.randbytes(2000),
            b"PK\x03\x04" + rng.randbytes(100),
            corpus.table.encode(),
        )
    )
    return _with_dataset(rng, content)


def _with_dataset(rng: Random, content: bytes) -> _Drawn:
    experiment = toml({}).encode()
    if rng.random() < 0.3:
        files = {"experiment.toml": experiment, "dataset.nc": content}
        return files, ("analyse", "dataset.nc", *LAB)
    if rng.random() < 0.6:
        return {"dataset.nc": content}, ("export", "dataset.nc", "t.csv", "-q")
    return {"dataset.nc": content}, ("analyse", "dataset.nc", "--out", "out", "-q")


def _results(rng: Random, corpus: Corpus) -> _Drawn:
    text = mutate_text(rng, corpus.results)
    if rng.random() < 0.1:
        text = rng.choice(("[" * 100_000, "1" * 10_000, "null", '{"schema": 1}', "[1]", "NaN"))
    files = {"run/dataset.nc": corpus.dataset, "run/results.json": _encoded(rng, text)}
    return files, ("report", "run", "-q")


def _box(rng: Random, corpus: Corpus) -> _Drawn:
    files = {"e.toml": toml({}).encode(), "box.toml": _encoded(rng, mutate_text(rng, BOX))}
    return files, ("design", "e.toml", "--box", "box.toml", "--evaluations", "0")


def _command_line(rng: Random, corpus: Corpus) -> _Drawn:
    files = {
        "e.toml": toml({}).encode(),
        "box.toml": BOX.encode(),
        "counts.csv": corpus.table.encode(),
        "dataset.nc": corpus.dataset,
        "folder/keep": b"",
    }
    return files, draw_arguments(rng)


def _encoded(rng: Random, text: str) -> bytes:
    """Write a text in the encoding that is expected, or now and then in another."""
    if rng.random() < 0.04:
        return text.encode(rng.choice(("utf-16", "latin-1", "utf-8-sig")), errors="replace")
    return _utf8(text)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogatepass")


KINDS: dict[str, tuple[float, Callable[[Random, Corpus], _Drawn]]] = {
    "experiment files, torn": (10, _experiment_text),
    "experiment files, extreme values": (5, _experiment_values),
    "experiment files, bombs": (3, _experiment_bomb),
    "counts tables, torn": (8, _table),
    "counts tables, extreme cells": (7, _cells),
    "mapping files": (7, _mapping),
    "netCDF, torn": (9, _netcdf_bytes),
    "netCDF, other content": (7, _netcdf_content),
    "no netCDF": (3, _not_netcdf),
    "imports": (8, lambda rng, corpus: draw_import(rng, corpus.table)),
    "device files": (2, lambda rng, _: draw_device(rng)),
    "results files": (3, _results),
    "sequences": (3, lambda rng, _: draw_sequence(rng)),
    "setups of instruments": (3, lambda rng, _: draw_setup(rng)),
    "tables of pulses": (2, lambda rng, _: draw_pulse(rng)),
    "netCDF, campaigns": (1, lambda rng, corpus: draw_campaign(rng, corpus.dataset)),
    "netCDF, lists of runs": (1, lambda rng, c: draw_list(rng, c.dataset, c.results)),
    "boxes": (8, _box),
    "command lines": (6, _command_line),
    "global fits": (2, _fits),
    "searches, extreme boxes": (0.4, lambda rng, _: draw_search(rng)),
    "sweeps": (1.2, lambda rng, _: draw_sweep(rng)),
    "validations": (0.4, lambda rng, _: draw_validation(rng)),
}
"""What is drawn: how often out of the sum of these, and how."""

assert math.isclose(sum(weight for weight, _ in KINDS.values()), 100)

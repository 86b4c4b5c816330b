"""Files of other programs, torn and changed, as the verb import meets them."""

import io
import json
from random import Random

import h5py
import numpy as np

from .mutate import mutate_bytes, mutate_text

MAPPING = """
[columns]
population = "P1"
I = "in_phase"
[constants]
shots = 1000
arm = "catalysed"
[units]
time = "us"
population = "percent"
[wide.up]
outcome = 1
basis = "z"
[data]
kind = "populations"
group = "run"
excited = -1
"""
_KINDS = ("counts", "shots", "populations", "expectations", "iq", "soft-iq", "averaged-iq", "other")
_MOST_ROWS = 60  # of the table, so that a case is judged quickly


def draw_import(rng: Random, table: str) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return the files of a case and its command."""
    rows = [line.split(",") for line in table.splitlines() if not line.startswith("#")]
    name, make = rng.choice(tuple(_SHAPES.items()))
    content = make(rng, rows[0], rows[1:_MOST_ROWS])
    torn = mutate_bytes(rng, content) if rng.random() < 0.7 else content
    files = {name: torn}
    out = ("--dry-run",) if rng.random() < 0.5 else ("--out", "c.nc")
    kind = ("--as", rng.choice(_KINDS)) if rng.random() < 0.4 else ()
    mapping: tuple[str, ...] = ()
    if rng.random() < 0.3:
        files["m.toml"] = mutate_text(rng, MAPPING).encode("utf-8", errors="surrogatepass")
        mapping = ("--mapping", "m.toml")
    return files, ("import", name, *out, *kind, *mapping)


def _table(rng: Random, head: list[str], rows: list[list[str]]) -> bytes:
    """Columns under the names of another kind of data, or side by side."""
    names = dict(zip(("outcome", "count"), rng.choice(_NAMES), strict=True))
    lines = [[names.get(name, name) for name in head], *rows]
    separator = rng.choice((",", ";", "\t"))
    text = "\n".join(separator.join(line) for line in lines)
    return mutate_text(rng, text).encode("utf-8", errors="surrogatepass")


_NAMES = (
    ("outcome", "count"),
    ("population", "shots"),
    ("expectation", "std"),
    ("I", "Q"),
    ("count_0", "count_1"),
)


def _json(rng: Random, head: list[str], rows: list[list[str]]) -> bytes:
    records = [dict(zip(head, row, strict=True)) for row in rows]
    for record in records:
        record["counts"] = {rng.choice(("0", "0x1", "1")): record.pop("count")}
    listed = rng.choice((records, {"results": [{"data": r, "header": r} for r in records]}))
    return mutate_text(rng, json.dumps(listed)).encode("utf-8", errors="surrogatepass")


def _npz(rng: Random, head: list[str], rows: list[list[str]]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **{name: np.array(column) for name, column in _columns(head, rows)})
    return buffer.getvalue()


def _plain(rng: Random, head: list[str], rows: list[list[str]]) -> bytes:
    return _hdf5({f"run/{name}": list(column) for name, column in _columns(head, rows)}, {})


def _labber(rng: Random, head: list[str], rows: list[list[str]]) -> bytes:
    text = h5py.string_dtype()
    names = np.array([(name, "") for name in head], dtype=[("name", text), ("info", text)])
    shape = (len(rows), len(head), rng.choice((1, 2)))
    return _hdf5({"Data/Data": np.ones(shape), "Data/Channel names": names}, {})


def _pycqed(rng: Random, head: list[str], rows: list[list[str]]) -> bytes:
    data = {"Experimental Data/Data": np.ones((len(rows), len(head)))}
    return _hdf5(data, {"column_names": np.array([f"{name} (V)" for name in head], dtype="S")})


def _hdf5(data: dict[str, object], attributes: dict[str, object]) -> bytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name, values in data.items():
            file[name] = values
            file[name].attrs.update(attributes)
    return buffer.getvalue()


def _columns(head: list[str], rows: list[list[str]]) -> zip:
    return zip(head, zip(*rows, strict=True), strict=True)


_SHAPES = {
    "t.csv": _table,
    "t.json": _json,
    "t.npz": _npz,
    "plain.h5": _plain,
    "labber.h5": _labber,
    "pycqed.h5": _pycqed,
}

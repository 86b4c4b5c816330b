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
axis = "time"
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
    names["time_ns"] = rng.choice(("time_ns", "time_ns", "amplitude", "detuning_MHz"))
    lines = [[names.get(name, name) for name in head], *rows]
    for _ in range(rng.choice((0, 0, 1, 12))):  # settings that were not measured, or half of one
        line = rng.choice(lines[1:])
        line[rng.randrange(len(line))] = rng.choice(("", "NaN", "nan", "None"))
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


def _qibocal(rng: Random, head: list[str], rows: list[list[str]]) -> bytes:
    """Records by qubit, as a task of Qibocal keeps them."""
    record = np.ones(len(rows), dtype=[(name, float) for name in head])
    buffer = io.BytesIO()
    np.savez(buffer, **dict.fromkeys(rng.choice((("0",), ('"q0"', "[0, 1]"))), record))
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
    "data.npz": _qibocal,
    "plain.h5": _plain,
    "labber.h5": _labber,
    "pycqed.h5": _pycqed,
}


def draw_device(rng: Random) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return a calibration file of another stack, torn or changed, and its command."""
    stack, (name, content) = rng.choice(tuple(_DEVICES.items()))
    torn = mutate_bytes(rng, content) if name.endswith("h5") else _changed(rng, content)
    qubit = ("--qubit", rng.choice(("0", "q0", "1", "")))
    return {name: torn}, ("device", name, "--from", stack, *qubit, "-q")


def _changed(rng: Random, content: bytes) -> bytes:
    return mutate_text(rng, content.decode()).encode("utf-8", errors="surrogatepass")


def _space() -> bytes:
    """A space of scqubits: a transmon, an oscillator, and how they are coupled."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs["__type"] = "HilbertSpace"
        parts = file.create_group("__lists/subsystem_list/__objects")
        transmon = {"__type": "Transmon", "EJ": 15.0, "EC": 0.3, "ng": 0.0, "ncut": 5}
        parts.create_group("0").attrs.update(transmon)
        parts.create_group("1").attrs.update({"__type": "Oscillator", "E_osc": 5.0})
        term = file.create_group("__lists/interaction_list/__objects/0")
        term.attrs.update({"g_strength": 0.05, "add_hc": True})
        for place, matrix in enumerate((np.diag(np.arange(-5, 6)), np.eye(3, k=-1))):
            part = term.create_group(f"__lists/operator_list/__lists/{place}")
            part.attrs.update({"0": place, "1": matrix})
    return buffer.getvalue()


_QUBIT = {"f_01": 4.9e9, "anharmonicity": -2e8, "T1": 4e-5, "T2ramsey": 1e-5}
_QIBO = {"qubit": {"frequency_01": 4.9e9}, "t1": [4e4, 1e3], "t2": [1e4, 1e2]}
_IBM = [{"name": "T1", "unit": "us", "value": 40.0}]
_DEVICES = {
    "qibo": ("calibration.json", json.dumps({"single_qubits": {"0": _QIBO}}).encode()),
    "ibm": ("properties.json", json.dumps({"qubits": [_IBM]}).encode()),
    "quam": ("state.json", json.dumps({"qubits": {"q0": _QUBIT}}).encode()),
    "scqubits": ("space.h5", _space()),
}

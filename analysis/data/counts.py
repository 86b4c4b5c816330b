"""Counts as a laboratory hands them in: the common ground of tables and netCDF files."""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from cqed_battery.errors import join_words, show_value
from cqed_battery.experiment import Experiment
from cqed_battery.experiment.axis import AXES, ChargingAxis
from cqed_battery.files.datasets import ARMS, COMPONENTS, COUNT_DIMS, DatasetError
from cqed_battery.files.datasets import LARGEST_COUNT as LARGEST_COUNT
from cqed_battery.operators import FloatArray, IntArray
from cqed_battery.units import mhz_from_ghz, ns_from_seconds, ns_from_us
from protocols.resonator import PULSES
from protocols.stages.extraction import READINGS
from protocols.stages.qutrit import ROTATIONS

SAME_TIME_NS = 1e-6
"""Times closer than this, in ns, are one, where no clock is known."""
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(e[+-]?\d+)?", re.IGNORECASE)
_OF_A_SAMPLE = 0.1  # of a waveform generator's sample: nobody plays two pulses that close
_OF_A_STEP = 0.25  # of the closest planned times, which must stay apart

SHORTEST_NS = 1.0
"""Times that all are shorter than this, in ns, have another unit: no pulse rises so fast."""

LABELS = {
    "arm": ARMS,
    "basis": COMPONENTS,
    "outcome": ("0", "1", "2"),
    "prepared": ("0", "1"),
    "pulse": PULSES,
    "reading": READINGS,
    "rotation": tuple(ROTATIONS),
}
"""The labels of each dim, in the order of our arrays."""

NANOSECONDS: dict[str, Callable[[float], float]] = {
    "ns": float,
    "us": ns_from_us,
    "s": ns_from_seconds,
}
"""How to turn one time of each known unit into ns."""

OTHER_UNITS: dict[str, dict[str, Callable[[float], float]]] = {
    "amplitude": {"1": float, "percent": lambda value: value / 100},
    "detuning": {
        "MHz": float,
        "Hz": lambda value: value / 1e6,
        "kHz": lambda value: value / 1e3,
        "GHz": mhz_from_ghz,
    },
}
"""How to turn one value of another swept axis into its own unit, by dim; that unit comes first."""

_SAME_OTHER = {"amplitude": 1e-6, "detuning": 1e-6}
_ROUNDED = 1e-3  # amplitudes and MHz as written with three decimals

VARIABLES = COUNT_DIMS
"""The variables of a dataset and their dims."""

ARM_OF = {"calibration_counts": "calibration", "vacuum_counts": "vacuum"}
"""What a table writes as the arm of variables that have none."""

MEASURED = {dims[2]: name for name, dims in VARIABLES.items() if dims[0] == "arm"}
"""What is measured after charging, a label or column, and the variable that holds its counts."""


def collected(
    source: str,
    sums: Mapping[str, IntArray],
    times: Mapping[str, FloatArray],
    arms: IntArray,
    notes: Iterable[str],
    axis: ChargingAxis = AXES["time"],
) -> xr.Dataset:
    """Return what was counted as a dataset, before it is held against an experiment file.

    It is our own dataset with an outcome 2, any level above 1. A setting that was not measured has
    no counts; the exchange times may be none.

    Args:
        source: name of the file, for messages; the attribute `source`.
        sums: counts by variable of `VARIABLES`, axes in the order of `LABELS`: (2, T, 3, 3),
            (2, 3), (2, K, 3), (2, E, 2, 3) and (2, Q, 9, 3).
        times: charging (T,), exchange (K,), extraction (E,) and qutrit times (Q,) in ns by dim,
            increasing.
        arms: places of the arms that occur.
        notes: sentences on what was done to the rows; the attribute `notes`.
        axis: what the charging settings sweep, which has the dim `time` here all the same; its name
            is the attribute `axis`.
    """
    variables = {name: (dims, sums[name]) for name, dims in VARIABLES.items()}
    coords = {**{dim: list(labels) for dim, labels in LABELS.items()}, **times}
    attrs = {"source": source, "notes": tuple(notes), "axis": axis.name}
    found = xr.Dataset(variables, coords, attrs)
    return found.isel(arm=np.unique(arms))


def same_time_ns(experiment: Experiment) -> float:
    """Return how close two times are that the experiment's clock cannot tell apart, in ns.

    A tenth of a sample of the waveform generator, so that times rounded to 3 decimals or kept in
    single precision are what they were before; never as much as planned times lie apart.

    Args:
        experiment: with the clock and the planned charging times.
    """
    steps = np.diff(experiment.charging.values())
    closest = float(steps.min()) if steps.size and experiment.axis.dim == "time" else np.inf
    return max(SAME_TIME_NS, min(_OF_A_SAMPLE / experiment.drive.clock_GHz, _OF_A_STEP * closest))


def same_value(experiment: Experiment) -> float:
    """Return how close two values of the swept axis are that count as one.

    Args:
        experiment: with that axis; times by `same_time_ns`.
    """
    if experiment.axis.dim == "time":
        return same_time_ns(experiment)
    steps = np.diff(experiment.axis_values)
    closest = float(steps.min()) if steps.size else np.inf
    return max(_SAME_OTHER[experiment.axis.dim], min(_ROUNDED, _OF_A_STEP * closest))


def in_own_unit(values: FloatArray, unit: str, axis: ChargingAxis) -> FloatArray:
    """Turn values of a swept axis from a known unit into its own.

    Args:
        values: (N,).
        unit: of `NANOSECONDS` for times, else of `OTHER_UNITS`.
        axis: what is swept.
    """
    if axis.dim == "time":
        return nanoseconds(values, unit)
    if unit == axis.units:
        return values
    turn = OTHER_UNITS[axis.dim][unit]
    return np.round([turn(float(value)) for value in values], 9)


def readable(path: Path, what: str) -> Path:
    """Return the path of a file if there is one; `what` names its kind in messages.

    Args:
        path: of the file.
        what: such as "mapping file".

    Raises:
        DatasetError: the file is missing or is a folder.
    """
    if not path.is_file():
        state = "is a directory" if path.is_dir() else "does not exist"
        raise DatasetError(f"{path} {state}; give the path of a {what}")
    return path


def read_utf8(path: Path, what: str) -> str:
    """Read a text file, with or without a byte-order mark; `what` names its kind in messages.

    Args:
        path: of the file.
        what: such as "mapping file".

    Raises:
        DatasetError: the file is missing, is a folder, cannot be read or is not UTF-8.
    """
    try:
        return readable(path, what).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DatasetError(
            f"{path} is not a text file in UTF-8 (byte {error.start + 1}), and of no format that is"
            f" read; save the {what} as UTF-8"
        ) from None


def spelled(label: object) -> str:
    """Write a label as text: whole numbers without a point, no blanks around, small letters.

    What went through pandas or a spreadsheet stays what it was: "1.0" and "True" are 1.
    """
    if isinstance(label, bytes):
        label = label.decode("utf-8", errors="replace")
    text = str(label).strip().lower()
    number = {"true": 1.0, "false": 0.0}.get(text, real_number_in(text))
    return str(int(number)) if number.is_integer() else text


def real_number_in(text: str) -> float:
    """Return the number that a text writes, with a decimal point or comma; NaN where it is none.

    Args:
        text: a field of a table, such as "33.3", "33,3" or "3.3e-8".
    """
    if "," in text and _DECIMAL_COMMA.fullmatch(text.strip()):
        text = text.replace(",", ".")
    try:
        return float("nan") if "_" in text else float(text)
    except ValueError:
        return float("nan")


def positions(
    labels: Iterable[object], names: Mapping[str, str], known: tuple[str, ...]
) -> tuple[IntArray, object | None]:
    """Return each label's place in `known`, and the first label that has none.

    Args:
        labels: as the laboratory writes them.
        names: our label for each of theirs; others stand for themselves.
        known: our labels in order.
    """
    labels = list(labels)
    places = {name: place for place, name in enumerate(known)}
    places |= {theirs: places[ours] for theirs, ours in names.items() if ours in places}
    cache = {label: places.get(spelled(label), -1) for label in set(labels)}
    found = np.array([cache[label] for label in labels], dtype=np.int64)
    strange = np.flatnonzero(found < 0)
    return found, labels[strange[0]] if strange.size else None


def unknown_label(dim: str, label: object, known: tuple[str, ...], where: str) -> DatasetError:
    """Return the error that says which labels there are and how to name others."""
    shown = show_value(label) if isinstance(label, str | int | float) else show_value(str(label))
    return DatasetError(
        f"'{dim}' {where} must be {join_words(known, 'or')}, but is {shown}; other names go"
        f" under [labels.{dim}] in a `mapping` file"
    )


def nanoseconds(times: FloatArray, unit: str) -> FloatArray:
    """Turn times of a known unit into ns; converted ones lose the last, rounded digits."""
    if unit == "ns":
        return times
    return np.round([NANOSECONDS[unit](float(time)) for time in times], 9)


def declared_unit(given: str | None, declared: str | None, dim: str, name: str, source: str) -> str:
    """Return the unit of times: what a mapping gives, else what the file declares, else our own.

    Args:
        given: by the mapping, None where it says nothing.
        declared: by the file, None where it says nothing.
        dim: time, exchange_time, amplitude or detuning.
        name: of the column or coordinate, for the message.
        source: name of the file, for the message.

    Raises:
        DatasetError: the unit is no known one.
    """
    known = OTHER_UNITS.get(dim, NANOSECONDS)
    unit = given or declared or next(iter(known))
    if unit not in known:
        raise DatasetError(
            f"the unit of '{name}' in {source} must be {join_words(tuple(known), 'or')}, but"
            f" is {show_value(unit)}; say which under [units] {dim} in a `mapping` file"
        )
    return unit


def distinct_times(times: FloatArray, same: float = SAME_TIME_NS) -> tuple[FloatArray, IntArray]:
    """Return the different times in increasing order, and the place of each given one.

    Args:
        times: in ns, (N,).
        same: times that follow within this, in ns, are one.
    """
    values, inverse = np.unique(times, return_inverse=True)
    new = np.diff(values, prepend=-np.inf) > same
    return values[new], np.asarray((np.cumsum(new) - 1)[inverse], dtype=np.int64)


def repeated(keys: tuple[IntArray, ...], shape: tuple[int, ...]) -> int:
    """Return how many of the rows with these indices belong to a cell that has another row."""
    flat = np.ravel_multi_index(keys, shape)
    return len(flat) - len(np.unique(flat))

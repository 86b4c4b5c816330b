"""A trace from a file to fitted parameters, and to keys of an experiment."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.characterisation.carried import CharacterisationError, Characterised, carry, finite
from analysis.characterisation.traces import TRACES, Fitted
from analysis.characterisation.traces.trace import by_name
from analysis.data.counts import NANOSECONDS
from analysis.data.mapping import LabNames
from analysis.data.sources import content_of
from analysis.data.tables.columns import Columns, numbers
from analysis.data.tables.gridded import gridded_columns
from cqed_battery.errors import join_words, quote_name, show_value
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from cqed_battery.units import ghz_from_hz, ghz_from_mhz

_GHZ = {"GHz": float, "MHz": ghz_from_mhz, "Hz": ghz_from_hz}
_UNITS: dict[str, dict[str, Any]] = {"time": dict(NANOSECONDS), "frequency": _GHZ}
_SHORTEST_SPAN = {"time": 1.0, "frequency": 1e-6}  # ns and GHz: less has another unit


@dataclass(frozen=True)
class TraceColumns:
    """Which columns of a file are the trace; by default the first two, of single shots three.

    y: the signal, or I where `q` names the quadrature. group: of the file, or a qubit.
    """

    x: str | None = None
    y: str | None = None
    std: str | None = None
    unit: str | None = None
    q: str | None = None
    group: str | None = None


def fit_trace(
    data: Any, trace: str, experiment: Experiment, columns: TraceColumns | None = None
) -> tuple[list[Fitted], Characterised]:
    """Return what a trace tells: the fitted parameters, and the experiment that they change.

    Args:
        data: a file or object as `content_of` takes it.
        trace: its name, a key of `TRACES`.
        experiment: which it changes.
        columns: names of its columns, and the unit of the abscissa.

    Raises:
        CharacterisationError: a column is missing or holds no numbers, or no curve fits.
        DatasetError: the file cannot be read.
    """
    wanted, method = columns or TraceColumns(), TRACES[trace]
    content = content_of(data, LabNames().in_group(wanted.group))
    rows = content if isinstance(content, Columns) else gridded_columns(content, "the dataset")
    needed = 1 + method.signals
    if len(rows.fields) < needed:
        raise CharacterisationError(
            f"{rows.source} must have at least {needed} columns for this trace, but has"
            f" {rows.names()}"
        )
    first, second, *more = list(rows.fields)
    x = _column(rows, wanted.x or first, "x")
    y = _column(rows, wanted.y or second, "y")
    quadrature = wanted.q or (more[0] if method.signals > 1 else None)
    if quadrature is not None:
        points = np.stack([y, _column(rows, quadrature, "q")], axis=-1)
        y = points if method.signals > 1 else _projected(points)
    std = None if wanted.std is None else _column(rows, wanted.std, "std")
    if std is not None and (std <= 0).any():
        raise CharacterisationError(f"standard errors in {rows.source} must be above 0")
    if not np.ptp(x) > 0 or not np.ptp(y) > 0:
        raise CharacterisationError(f"the trace in {rows.source} does not vary; check its columns")
    x = _converted(rows, wanted.x or first, wanted.unit, method.axis, x)
    order = np.argsort(x, kind="stable")
    fitted = method.fit(x[order], y[order], None if std is None else std[order])
    return fitted, carry(experiment, method.carried(by_name(fitted), experiment))


def _projected(points: FloatArray) -> FloatArray:
    """Return IQ points, (N, 2), on the line along which they vary most, (N,)."""
    centred = points - points.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    return np.asarray(centred @ directions[0])


def _column(rows: Columns, name: str, role: str) -> FloatArray:
    if name not in rows.fields:
        raise CharacterisationError(
            f"`{role}` must be a column of {rows.source}, {rows.names()}, but is {show_value(name)}"
        )
    found = numbers(rows.fields[name])
    if not finite(found):
        raise CharacterisationError(
            f"column {quote_name(name)} of {rows.source} must hold finite numbers"
        )
    return found


def _converted(
    rows: Columns, name: str, unit: str | None, axis: str, values: FloatArray
) -> FloatArray:
    """Return the abscissa in ns or GHz, by the given unit, the file's or the column's name."""
    if axis not in _UNITS:
        return values
    known = _UNITS[axis]
    suffix = name.rpartition("_")[2]
    found = unit or rows.units.get(name) or (suffix if suffix in known else None)
    if found not in known:
        said = "not told by the file" if found is None else f"{show_value(found)}"
        raise CharacterisationError(
            f"the unit of {quote_name(name)} in {rows.source}, a {axis}, must be"
            f" {join_words(tuple(known), 'or')}, but is {said}; say it by `unit`"
        )
    converted = np.array([known[found](value) for value in values.tolist()], dtype=float)
    if np.ptp(converted) < _SHORTEST_SPAN[axis]:
        raise CharacterisationError(
            f"{quote_name(name)} in {rows.source} spans {np.ptp(values):.3g} {found}, too"
            " little for a trace; say another unit by `unit`"
        )
    return converted

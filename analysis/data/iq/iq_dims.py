"""IQ points of single shots as arrays with dims, however many: told apart a time at a time.

iq (arm, time, basis, shot, quadrature), calibration_iq (prepared, calibration_shot, quadrature):
the variables that the emulator saves. Shots that were not taken are NaN.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from analysis.data.counts import MEASURED, VARIABLES
from analysis.data.dims import dim_of, swept_axis
from analysis.data.iq.iq_line import line_note, trained_line
from analysis.data.iq.soft_readout import train_soft
from analysis.data.mapping import LabNames
from analysis.data.our_names import AFTER_COLUMNS
from analysis.data.tables.gridded import IQ_VARIABLES
from cqed_battery.errors import quote_name, show_names
from cqed_battery.experiment.axis import ChargingAxis
from cqed_battery.files.datasets import DatasetError
from cqed_battery.operators import FloatArray, IntArray

Count: TypeAlias = Callable[[FloatArray], IntArray]
_QUADRATURE = "quadrature"
_KINDS = ("iq", "soft-iq")
_OF_COUNTS = ("counts", "calibration_counts")  # what is made of the two


def outcomes_of_iq(dataset: xr.Dataset, source: str, names: LabNames) -> xr.Dataset:
    """Return a dataset with counts in place of its IQ points; others are returned as they are.

    Args:
        dataset: of a laboratory.
        source: names it in messages.
        names: the laboratory's names; the kind "iq" asks for points also where there are counts.

    Raises:
        DatasetError: the points lack a dim, or their calibration trains no line.
    """
    held = names.variables.get(_OF_COUNTS[0], _OF_COUNTS[0]) in dataset.data_vars
    if names.data.kind not in _KINDS and (held or IQ_VARIABLES[0] not in dataset.data_vars):
        return dataset
    if missing := [name for name in IQ_VARIABLES if name not in dataset.data_vars]:
        raise DatasetError(
            f"{source} has no variable {quote_name(missing[0])}; IQ points need"
            f" {IQ_VARIABLES[0]} (arm, time, basis, shot, quadrature) and {IQ_VARIABLES[1]}"
            " (prepared, calibration_shot, quadrature)"
        )
    _refuse_mixed(dataset, source, names)
    axis = swept_axis(dataset, names)
    points = [_ordered(dataset[name], kept, source) for name, kept in _kept_dims(names, axis)]
    zero, one = (cloud[~np.isnan(cloud).any(axis=-1)] for cloud in points[1].values)
    count = _hard(zero, one, source)
    if names.data.kind == "soft-iq":
        count = train_soft(zero, one, source).counts
    found = dataset.drop_vars([*IQ_VARIABLES, *(n for n in _OF_COUNTS if n in dataset)])
    for name, array in zip(_OF_COUNTS, points, strict=True):
        dims = array.dims[:-2]
        counts = (*dims, "outcome"), _counts(array.values, count)
        coords = {dim: array[dim] for dim in dims if dim in array.coords}
        found[names.variables.get(name, name)] = xr.DataArray(counts[1], coords, counts[0])
    note = line_note(*(np.repeat([0, 1], count(cloud)) for cloud in (zero, one)))
    return found.assign_attrs(notes="\n".join(filter(None, [_notes(dataset), note])))


def _refuse_mixed(dataset: xr.Dataset, source: str, names: LabNames) -> None:
    """Refuse counts told by a line beside points that have none: the two need other errors."""
    known = ("vacuum_counts", *(MEASURED[key] for key in AFTER_COLUMNS))
    told = [names.variables.get(name, name) for name in known]
    held = [name for name in told if name in dataset.data_vars]
    if names.data.kind == "soft-iq" and held:
        raise DatasetError(
            f"{quote_name(held[0])} of {source} was told apart by a line, which the readout of kind"
            ' "soft-iq" is not; say kind = "iq" under [data] in a `mapping` file, or leave that'
            " variable out"
        )


def _kept_dims(names: LabNames, axis: ChargingAxis) -> list[tuple[str, list[str]]]:
    """Return the variables of points and the dims of theirs that counts keep."""
    return [
        (points, [names.dims.get(dim, dim) for dim in _dims(counts, axis)])
        for points, counts in zip(IQ_VARIABLES, _OF_COUNTS, strict=True)
    ]


def _dims(counts: str, axis: ChargingAxis) -> list[str]:
    return [dim_of(dim, axis) for dim in VARIABLES[counts][:-1]]


def _ordered(points: xr.DataArray, kept: list[str], source: str) -> xr.DataArray:
    """Return points with their shots and quadratures last."""
    shots = [str(dim) for dim in points.dims if dim not in (*kept, _QUADRATURE)]
    if len(shots) != 1 or not {*kept, _QUADRATURE} <= set(points.dims):
        raise DatasetError(
            f"'{points.name}' in {source} must have the dims {', '.join(kept)}, one of shots and"
            f" {_QUADRATURE}, but has {show_names(points.dims)}; other names go under"
            " [dims] in a `mapping` file"
        )
    if points.sizes[_QUADRATURE] != 2:
        raise DatasetError(
            f"'{points.name}' in {source} must have 2 quadratures, I and Q, but has"
            f" {points.sizes[_QUADRATURE]}"
        )
    return points.transpose(*kept, shots[0], _QUADRATURE)


def _hard(zero: FloatArray, one: FloatArray, source: str) -> Count:
    """Return what counts the outcomes of a setting by a line trained on calibration shots."""
    line = trained_line(zero, one, source)
    return lambda points: np.bincount(line.reads_1(points), minlength=2)


def _counts(points: NDArray[Any], count: Count) -> IntArray:
    """Return counts of outcomes 0 and 1, (..., 2), of points (..., shots, 2)."""
    found = np.zeros((*points.shape[:-2], 2), dtype=np.int64)
    for index in np.ndindex(points.shape[:-2]):
        taken = points[index][~np.isnan(points[index]).any(axis=-1)]
        found[index] = count(taken) if len(taken) else 0
    return found


def _notes(dataset: xr.Dataset) -> str:
    noted = dataset.attrs.get("notes", "")
    return noted if isinstance(noted, str) else ""

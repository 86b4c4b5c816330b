"""A laboratory's counts as arrays with named dims (xarray), under our names or its own.

The variables are those of our own dataset: counts (arm, time, basis, outcome),
calibration_counts (prepared, outcome), vacuum_counts (pulse, exchange_time, outcome),
extraction_counts (arm, extraction_time, reading, outcome) and qutrit_counts (arm, qutrit_time,
rotation, outcome); all but the first may be absent. Dims may come in any order. Labels are
coordinates; outcome and prepared need none if they count from 0. Times are in ns, or in the
coordinate's attribute `units` (ns, us or s). What was not measured is 0 or NaN in every outcome.
"""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from analysis.data.counts import (
    LABELS,
    LARGEST_COUNT,
    MEASURED,
    SAME_TIME_NS,
    VARIABLES,
    collected,
    declared_unit,
    distinct_times,
    in_own_unit,
    nanoseconds,
    positions,
    unknown_label,
)
from analysis.data.mapping import LabNames
from analysis.data.our_names import OWN_UNITS, TIME_DIMS
from cqed_battery.errors import quote_name, show_names
from cqed_battery.experiment.axis import AXES, ChargingAxis
from cqed_battery.files.datasets import DatasetError
from cqed_battery.operators import FloatArray, IntArray

_COUNTED_FROM_0 = ("outcome", "prepared")
_ORIGIN = ("kind", "seed")
_NEEDED = "counts"  # the variable that must not be absent


def from_dataset(
    dataset: xr.Dataset, source: str, names: LabNames, same: float = SAME_TIME_NS
) -> xr.Dataset:
    """Take the counts from an xarray Dataset, as `collected` returns them.

    Args:
        dataset: with the dims of counts.
        source: names it in messages.
        names: the laboratory's names.
        same: times within this, in ns, are one.

    Raises:
        DatasetError: a variable, dim, label or value is refused.
    """
    reader = _Reader(dataset, source, names, same)
    sums = {name: reader.summed(name) for name in VARIABLES}
    held = [name for name in MEASURED.values() if reader.has(name)]
    arms = np.concatenate([reader.places(name, "arm") for name in held])
    found = collected(source, sums, reader.grids, arms, reader.notes, reader.axis)
    return found.assign_attrs({key: dataset.attrs[key] for key in _ORIGIN if key in dataset.attrs})


def _notes(dataset: xr.Dataset) -> list[str]:
    """Return what an earlier import has noted on these counts."""
    noted = dataset.attrs.get("notes", "")
    return noted.splitlines() if isinstance(noted, str) else []


def swept_axis(dataset: xr.Dataset, names: LabNames) -> ChargingAxis:
    """Return what the charging settings of a dataset sweep: as the names say, or its dims.

    Args:
        dataset: of a laboratory.
        names: the laboratory's names.
    """
    if names.data.axis is not None:
        return AXES[names.data.axis]
    held = (axis for axis in AXES.values() if names.dims.get(axis.dim, axis.dim) in dataset.dims)
    return next(held, AXES["time"])


def dim_of(dim: str, axis: ChargingAxis) -> str:
    """Return a dim of `VARIABLES`, that of the swept axis in the place of time.

    Args:
        dim: of a variable.
        axis: what the charging settings sweep.
    """
    return axis.dim if dim == "time" else dim


def _other_axis(variable: xr.DataArray, axis: ChargingAxis) -> str:
    """Say which other axis a variable has, where the swept one is missing."""
    held = (other for other in AXES.values() if other.dim != axis.dim)
    other = next((each for each in held if each.dim in variable.dims), None)
    if axis.dim in variable.dims or other is None:
        return ""
    return (
        f"; {quote_name(other.dim)} is read where the experiment file says charging.axis ="
        f' "{other.name}"'
    )


class _Reader:
    """Looks up our names in a laboratory's dataset; notes its times, and what it added up."""

    def __init__(self, dataset: xr.Dataset, source: str, names: LabNames, same: float) -> None:
        self.notes = _notes(dataset)
        self.grids = {dim: np.zeros(0) for dim in TIME_DIMS}
        self._dataset, self._source, self._names = dataset, source, names
        self._same = same
        self.axis = swept_axis(dataset, names)

    def summed(self, name: str) -> IntArray:
        """Return counts under our labels, outcome last; keep their times in ns in `grids`.

        Labels that occur twice are added up. A variable that is absent has counted nothing.
        """
        if not self.has(name):
            if name == _NEEDED:
                held = show_names(self._dataset.data_vars)
                raise DatasetError(
                    f"{self._source} has no variable {quote_name(self._theirs(name))}; its"
                    f" variables are {held}; other names go under [variables] in a `mapping` file"
                )
            return np.zeros([len(LABELS.get(dim, ())) for dim in VARIABLES[name]], dtype=np.int64)
        values, places, sizes = self._values(name), [], []
        for dim in VARIABLES[name]:
            if dim in TIME_DIMS:
                swept = self._times(name, dim_of(dim, self.axis))
                self.grids[dim], found = distinct_times(swept, self._same)
            else:
                found = self.places(name, dim)
            again = len(found) - len(np.unique(found))
            if again:
                self.notes.append(f"{again} repeated labels of '{dim}' in '{name}' were added up")
            places.append(found)
            sizes.append(len(LABELS[dim] if dim in LABELS else self.grids[dim]))
        total = np.zeros(sizes, dtype=np.int64)
        np.add.at(total, np.ix_(*places), values)
        return total

    def has(self, name: str) -> bool:
        """Say whether the dataset has one of our variables."""
        return self._theirs(name) in self._dataset.data_vars

    def places(self, name: str, dim: str) -> IntArray:
        """Return the place of each label of a dim among the known ones."""
        labels = self._coordinate(name, dim).values.tolist()
        found, strange = positions(labels, self._names.labels.get(dim, {}), LABELS[dim])
        if strange is not None:
            raise unknown_label(dim, strange, LABELS[dim], f"of '{name}' in {self._source}")
        return found

    def _times(self, name: str, dim: str) -> FloatArray:
        coordinate = self._coordinate(name, dim)
        units = self._names.units
        declared = coordinate.attrs.get("units")
        if dim in TIME_DIMS and dim not in OWN_UNITS:
            declared = declared or units.get("time")
        unit = declared_unit(
            units.get(dim),
            declared,
            dim,
            str(coordinate.name),
            self._source,
        )
        if coordinate.dtype.kind not in "iuf" or not np.isfinite(coordinate.values).all():
            raise DatasetError(
                f"'{coordinate.name}' in {self._source} must hold finite numbers, the {dim}s"
            )
        values = np.asarray(coordinate.values, dtype=float)
        return (
            nanoseconds(values, unit) if dim in TIME_DIMS else in_own_unit(values, unit, self.axis)
        )

    def _coordinate(self, name: str, dim: str) -> xr.DataArray:
        """Return the labels of our dim `dim`, which may have another name, or none."""
        theirs = self._names.dims.get(dim, dim)
        wanted = self._names.coords.get(dim, theirs)
        if wanted not in self._dataset.variables and dim in _COUNTED_FROM_0:
            return xr.DataArray(np.arange(self._dataset.sizes[theirs]), dims=theirs, name=theirs)
        if wanted not in self._dataset.variables or self._dataset[wanted].dims != (theirs,):
            raise DatasetError(
                f"'{name}' in {self._source} needs a coordinate '{wanted}' along its dim"
                f" {quote_name(theirs)}; other names go under [coords] in a `mapping` file"
            )
        return self._dataset[wanted]

    def _values(self, name: str) -> IntArray:
        """Return a variable as whole numbers, its dims in our order; NaN is 0."""
        ours = [dim_of(dim, self.axis) for dim in VARIABLES[name]]
        dims = [self._names.dims.get(dim, dim) for dim in ours]
        variable = self._dataset[self._theirs(name)]
        if set(variable.dims) != set(dims):
            raise DatasetError(
                f"{quote_name(self._theirs(name))} in {self._source} must have the dims"
                f" {', '.join(dims)}, but has {show_names(variable.dims)}; other names go under"
                f" [dims] in a `mapping` file{_other_axis(variable, self.axis)}"
            )
        values = np.asarray(variable.transpose(*dims).values)
        self._check_half_cells(name, values)
        filled = np.nan_to_num(values, nan=0.0, posinf=-1.0) if values.dtype.kind == "f" else values
        whole = filled.dtype.kind in "iuf" and (filled == np.floor(filled)).all()
        if not whole or (filled < 0).any() or (filled > LARGEST_COUNT).any():
            raise DatasetError(
                f"{quote_name(self._theirs(name))} in {self._source} must hold whole numbers >="
                f" 0 and <= {LARGEST_COUNT:.0e}, the counts themselves"
            )
        return filled.astype(np.int64)

    def _check_half_cells(self, name: str, values: NDArray[Any]) -> None:
        """Refuse settings of which one outcome is NaN and another was counted."""
        if values.dtype.kind != "f":
            return
        absent = np.isnan(values)
        half = np.argwhere(absent.any(axis=-1) & (np.nan_to_num(values) > 0).any(axis=-1))
        if len(half):
            dims = VARIABLES[name][:-1]
            place = ", ".join(f"{dim} {n}" for dim, n in zip(dims, half[0].tolist(), strict=True))
            raise DatasetError(
                f"{quote_name(self._theirs(name))} in {self._source} has {len(half)} settings"
                f" with counts of one outcome and NaN for another, the first one at {place} (from"
                " 0); write 0 for an outcome that did not occur, or NaN for all outcomes of what"
                " was not measured"
            )

    def _theirs(self, name: str) -> str:
        return self._names.variables.get(name, name)

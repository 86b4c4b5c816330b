"""An xarray Dataset as it is, or its grid as rows, as QCoDeS and Quantify lay data out."""

import xarray as xr

from analysis.data.counts import VARIABLES
from analysis.data.mapping import LabNames
from analysis.data.tables.columns import Columns, Values
from cqed_battery.errors import quote_name
from cqed_battery.files.datasets import DatasetError

IQ_VARIABLES = ("iq", "calibration_iq")
_QUANTIFY = ("x0", "y0")  # its first settable and gettable
_MOST_ROWS = 20_000_000


def of_gridded(dataset: xr.Dataset, source: str, names: LabNames) -> Columns | xr.Dataset:
    """Return a dataset as it is where it holds counts with dims, else its grid as rows.

    Args:
        dataset: of a laboratory.
        source: names it in messages.
        names: the laboratory's names; columns, a kind or wide columns ask for rows.

    Raises:
        DatasetError: the grid has too many points.
    """
    counted = [names.variables.get(name, name) for name in (*VARIABLES, *IQ_VARIABLES)]
    if any(name in dataset.data_vars and dataset[name].ndim > 1 for name in counted):
        return dataset
    asked = names.columns or names.wide or names.data.kind or names.constants
    if not asked and not all(name in dataset.variables for name in _QUANTIFY):
        return dataset
    return gridded_columns(dataset, source)


def gridded_columns(dataset: xr.Dataset, source: str) -> Columns:
    """Return every point of a grid as a row; variables on another grid are left out, with a note.

    Args:
        dataset: its largest variable has the grid; variables on part of its dims are repeated.
        source: names it in messages.

    Raises:
        DatasetError: it has no variable, or too many points.
    """
    if not dataset.data_vars:
        raise DatasetError(f"{source} has no variables in this group{_groups(dataset)}")
    grid = max(dataset.data_vars.values(), key=lambda variable: variable.size)
    if grid.size > _MOST_ROWS:
        raise DatasetError(
            f"{quote_name(str(grid.name))} in {source} has {grid.size:.1e} points, but at most"
            f" {_MOST_ROWS:.0e} are read as rows; keep single shots as `iq` with the dims arm,"
            " time, basis, shot and quadrature"
        )
    ordered = [*dataset.coords, *dataset.data_vars]
    inside = [name for name in ordered if set(dataset[name].dims) <= set(grid.dims)]
    outside = [str(name) for name in dataset.variables if name not in inside]
    fields: dict[str, Values] = {}
    for name in inside:
        values = dataset[name].broadcast_like(grid).transpose(*grid.dims).values.ravel()
        fields[str(name)] = values if values.dtype.kind in "iufb" else values.tolist()
    declared = {str(name): str(dataset[name].attrs.get("units", "")) for name in inside}
    units = {name: unit for name, unit in declared.items() if unit}
    notes = (f"variables on another grid left out: {', '.join(outside)}",) if outside else ()
    return Columns(source, fields, units=units, notes=notes)


def _groups(dataset: xr.Dataset) -> str:
    groups = dataset.attrs.get("groups")
    return f"; its groups are {groups}, say which under [data] group" if groups else ""

"""From a laboratory's file to counts under our names, with a look at it first."""

from collections.abc import Mapping
from os import PathLike
from typing import Any

import xarray as xr

from analysis.data.mapping import LabNames, as_names
from analysis.data.our_names import TIME_DIMS
from analysis.data.sources import content_of, counts_of_content
from analysis.data.summary import Summary, fields_of, groups_of, missing_of
from analysis.data.tables.columns import Columns
from cqed_battery.experiment.axis import AXES
from cqed_battery.files.datasets import DatasetError
from cqed_battery.files.labels import labelled


def look(data: Any, names: LabNames) -> tuple[Summary, xr.Dataset | None]:
    """Return what is understood of a laboratory's data, and its counts where it can be read.

    Args:
        data: as `content_of` takes it.
        names: the laboratory's names, and the kind of its values.

    Raises:
        DatasetError: the file itself cannot be read.
    """
    content = content_of(data, names)
    fields = fields_of(content, names)
    try:
        found = counts_of_content(content, data, names)
    except DatasetError as error:
        notes = content.notes if isinstance(content, Columns) else ()
        return Summary(fields, notes=notes, missing=(str(error),)), None
    summary = Summary(fields, groups_of(found), found.attrs["notes"], missing_of(found))
    return summary, found


def imported(
    data: Any,
    kind: str | None = None,
    mapping: LabNames | Mapping[str, Any] | str | PathLike[str] | None = None,
) -> tuple[Summary, xr.Dataset]:
    """Return what is understood of a laboratory's data, and its counts as a dataset to be saved.

    Args:
        data: as `content_of` takes it.
        kind: of its values, a key of `KINDS`; by default what the mapping or the columns tell.
        mapping: the laboratory's names, or their file.

    Raises:
        DatasetError: the data are refused.
    """
    names = as_names(mapping).of_kind(kind)
    summary, found = look(data, names)
    if found is None:
        raise DatasetError(summary.missing[0])
    counted = [str(name) for name, variable in found.data_vars.items() if variable.sum() > 0]
    kept = found[counted].assign_attrs(
        notes="\n".join(found.attrs["notes"]), kind=found.attrs.get("kind", "laboratory")
    )
    axis = AXES[str(kept.attrs.pop("axis"))]
    for dim in TIME_DIMS:
        if dim in kept.coords:
            kept[dim].attrs["units"] = axis.units if dim == "time" else "ns"
    if axis.dim != "time" and "time" in kept.dims:
        kept = kept.rename(time=axis.dim)
    return summary, labelled(kept)

"""Words for the variables of datasets, so that every one carries `long_name` and `units`.

Plots of xarray, QCoDeS and Quantify read these two attributes. Labels such as arms have the
empty unit, numbers without a dimension the unit "1".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqed_battery.units import KEY_UNITS

if TYPE_CHECKING:
    import xarray as xr

_WORDS = {
    "arm": "arm: coupling open while charging, or closed",
    "basis": "measured axis of the Bloch vector",
    "component": "component of the Bloch vector",
    "outcome": "outcome of the readout",
    "prepared": "prepared level",
    "pulse": "pulse on the battery before the resonator is measured",
    "exchange_time": "time of exchange with the resonator",
    "extraction_time": "charging time before extraction",
    "reading": "reading of the energy, before or after the extraction pulse",
    "qutrit_time": "charging time before three levels are measured",
    "rotation": "rotations on 1-2 and 0-1 before the readout of three levels",
    "quadrature": "quadrature of the readout signal",
    "counts": "tomography counts; each axis is P(1) - P(0)",
    "calibration_counts": "readout calibration counts",
    "vacuum_counts": "counts of the resonator measurement",
    "extraction_counts": "counts of the energy before and after extraction",
    "qutrit_counts": "counts of three levels",
    "leaked_counts": "tomography counts of outcome 2",
    "leaked_calibration_counts": "readout calibration counts of outcome 2",
    "leaked_vacuum_counts": "counts of the resonator measurement, of outcome 2",
}


def labelled(dataset: xr.Dataset) -> xr.Dataset:
    """Return the dataset, `long_name` and `units` added where they are missing or empty.

    Args:
        dataset: is not changed.

    >>> import xarray as xr
    >>> words = labelled(xr.Dataset(coords={"arm": ["control"]}))["arm"].attrs
    >>> words["long_name"], words["units"]
    ('arm: coupling open while charging, or closed', '')
    """
    found = dataset.copy()
    for name, variable in found.variables.items():
        words = words_for(str(name), variable.dtype.kind)
        own = {key: value for key, value in variable.attrs.items() if key not in words or value}
        variable.attrs = words | own
    return found


def words_for(name: str, kind: str) -> dict[str, Any]:
    """Return `long_name` and `units` of a variable with this name and kind of dtype.

    The name of a key of the experiment file ends in its unit.

    Args:
        name: of the variable.
        kind: numpy's letter for its dtype, such as "f".
    """
    unit = next((unit for unit in KEY_UNITS if name.endswith(f"_{unit}")), "1")
    long_name = _WORDS.get(name, name.replace("_", " "))
    return {"units": unit if kind in "iufb" else "", "long_name": long_name}

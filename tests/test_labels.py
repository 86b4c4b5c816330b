"""Files that others open: plain xarray reads every group, each variable with name and unit."""

from pathlib import Path

import h5netcdf
import lab_tables
import pytest
import xarray as xr
from commands import call
from points import InThisProcess

from analysis.data.tables.table import table_text
from analysis.design_search.point.point_result import FIELDS
from analysis.design_search.point.point_result import UNITS as POINT_UNITS
from analysis.papers.figure import curve
from cqed_battery import Experiment, save_dataset
from cqed_battery.files.labels import labelled
from protocols import emulate, run_sweep
from protocols.sweep.grid import parse_axis

QUICK = {
    "charging.points": 4,
    "charging.stop_ns": 6.0,
    "tomography.shots": 20,
    "vacuum.points": 4,
    "vacuum.shots": 20,
    "readout.calibration_shots": 50,
    "reset.shots": 50,
}
IQ = {"readout.model": "dispersive", "dispersive.save_iq": True}


def opened(path: Path) -> dict[str, xr.Dataset]:
    """Every group of a file, each opened by itself as a stranger would."""
    with h5netcdf.File(path) as file:
        groups = ["/", *(f"/{name}" for name in file.groups)]
    found = {}
    for group in groups:
        with xr.open_dataset(path, group=group) as dataset:
            found[group] = dataset.load()
    return found


def unnamed(dataset: xr.Dataset) -> list[str]:
    """Variables without `long_name`, or numbers without `units`; labels have the empty unit."""
    return [
        str(name)
        for name, variable in dataset.variables.items()
        if not variable.attrs.get("long_name")
        or (not variable.attrs.get("units")) != (variable.dtype.kind not in "iufb")
        or "units" not in variable.attrs
    ]


def emulated(folder: Path, changes: dict[str, object]) -> Path:
    path = folder / "dataset.nc"
    save_dataset(emulate(Experiment().replace(QUICK | changes)), path)
    return path


@pytest.mark.parametrize("changes", [{}, IQ], ids=["plain", "IQ"])
def test_an_emulated_run_is_open_to_others(changes, tmp_path):
    """Counts, IQ points and truth carry name and unit, and times stay numbers in ns."""
    groups = opened(emulated(tmp_path, changes))
    assert set(groups) == {"/", "/truth"}
    assert {name: unnamed(dataset) for name, dataset in groups.items()} == {"/": [], "/truth": []}
    root = groups["/"]
    assert ("iq" in root) == bool(changes)
    assert root["time"].dtype == float
    assert root["time"].attrs == {"units": "ns", "long_name": "charging time"}
    assert root["exchange_time"].attrs["units"] == "ns"
    truth = groups["/truth"]
    assert {"arm", "time", "component"} <= set(truth.xindexes)  # of its own, not the root's
    assert truth.sel(arm="control", time=6.0)["bloch"].shape == (3,)
    assert truth["heat_current"].attrs["units"] == "hbar w_q/ns"


def test_laboratory_counts_are_open_to_others(tmp_path):
    """So are the counts that were read from a table."""
    tree = lab_tables.read(tmp_path, table_text(lab_tables.tree()).splitlines())
    save_dataset(tree, tmp_path / "dataset.nc")
    (root,) = opened(tmp_path / "dataset.nc").values()
    assert unnamed(root) == []
    assert set(root.data_vars) == {"counts", "calibration_counts", "vacuum_counts"}


def test_a_sweep_is_open_to_others(tmp_path):
    """Swept keys carry their unit; swept words none."""
    path = tmp_path / "sweep.nc"
    axes = [parse_axis("coupler.g_on_MHz=30,40"), parse_axis("tomography.pulse=none,drag")]
    run_sweep(Experiment().replace(QUICK), axes, path, shots=True, workers=InThisProcess())
    (root,) = opened(path).values()
    assert unnamed(root) == []
    assert root["coupler_g_on_MHz"].attrs == {"units": "MHz", "long_name": "coupler.g_on_MHz"}
    assert root["tomography_pulse"].attrs["units"] == ""


def test_figures_are_open_to_others(tmp_path):
    """The curves of a paper carry their label and the unit in their axis's brackets."""
    call("paper", "W", "--figure", "2a", "--out", tmp_path)
    (root,) = opened(tmp_path / "W-2a.nc").values()
    assert unnamed(root) == []


@pytest.mark.parametrize(
    ("axis", "units"), [("energy [omega]", "omega"), ("J (hbar w_q/ns)", "hbar w_q/ns"), ("F", "1")]
)
def test_a_curve_is_called_as_it_is_drawn(axis, units):
    """Its name is that in the key, its unit that of its axis, unless it has its own."""
    bare = curve(xr.DataArray([1.0]), label="with catalyst", axis=axis).attrs
    assert (bare["long_name"], bare["units"]) == ("with catalyst", units)
    own = xr.DataArray([1.0], attrs={"long_name": "mine", "units": "K"})
    assert curve(own, label="x", axis=axis).attrs.items() >= own.attrs.items()


def test_names_that_are_there_stay():
    """A variable's own words are kept, what is missing is added, the given dataset stays."""
    own = xr.Variable("time", [1.0], {"units": "us", "long_name": "mine"})
    given = xr.Dataset({"drive_rabi_rate_MHz": ("time", [2.0])}, coords={"time": own})
    found = labelled(given)
    assert found["time"].attrs == {"units": "us", "long_name": "mine"}
    expected = {"units": "MHz", "long_name": "drive rabi rate MHz"}
    assert found["drive_rabi_rate_MHz"].attrs == expected
    assert given["drive_rabi_rate_MHz"].attrs == {}


def test_units_of_a_search_are_of_its_fields():
    """Energies, times and hours of a searched point have units; every such name is a field."""
    assert set(POINT_UNITS) <= set(FIELDS)
    assert POINT_UNITS["late_gain"] == POINT_UNITS["heat"] == "hbar w_q"

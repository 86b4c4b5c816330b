"""Sweeps: what is in the dataset, what is refused, and that nothing else changes a number."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from commands import call, refused
from points import TINY, InThisProcess

from cqed_battery.compute.saved_points import SavedPoints
from cqed_battery.dynamics import convergence
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment, ExperimentError
from protocols.emulation.emulate import emulate
from protocols.prediction.predict import predict
from protocols.prediction.truth import UNITS, truth_dataset
from protocols.sweep import dataset as sweep_dataset
from protocols.sweep import run_sweep
from protocols.sweep.grid import MOST_POINTS, Axis, Grid, parse_axis
from protocols.sweep.point import SweepError, point_seed, sweep_point

EXPERIMENT = Experiment.from_text(TINY)
LINEWIDTH, COUPLING = "resonator.linewidth_MHz", "coupler.g_on_MHz"


def swept(out: Path, *over: str, experiment: Experiment = EXPERIMENT, **options: Any) -> xr.Dataset:
    """Run a sweep in this process and read its dataset."""
    axes = [parse_axis(text) for text in over]
    run_sweep(experiment, axes, out, workers=InThisProcess(), **options)
    with xr.open_dataset(out, engine="h5netcdf") as dataset:
        return dataset.load()


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    """A sweep over two parameters."""
    out = tmp_path_factory.mktemp("plane") / "sweep.nc"
    return swept(out, f"{LINEWIDTH}=1:5:3", f"{COUPLING}=20,40")


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    """A sweep with shots."""
    return swept(tmp_path_factory.mktemp("counted") / "sweep.nc", f"{LINEWIDTH}=1,2", shots=True)


def test_each_point_is_what_predict_says(plane: xr.Dataset) -> None:
    """Every quantity at every point is that of the experiment with the values replaced."""
    for linewidth in (1.0, 3.0, 5.0):
        for coupling in (20.0, 40.0):
            changed = EXPERIMENT.replace({LINEWIDTH: linewidth, COUPLING: coupling})
            truth = truth_dataset(changed, predict(changed))
            point = plane.sel(resonator_linewidth_MHz=linewidth, coupler_g_on_MHz=coupling)
            for name in UNITS:
                np.testing.assert_array_equal(point[name], truth[name], err_msg=name)
            assert point["residual_excitation"] == truth.attrs["residual_excitation"]
            assert point["kept_transmon_levels"] == truth.attrs["transmon_levels"] == 2
            assert point["kept_fock_levels"] == truth.attrs["fock_levels"]


def test_dims_units_and_attributes(plane: xr.Dataset) -> None:
    """Dims are the swept keys and those of the quantity; every number has its unit."""
    lead = ("resonator_linewidth_MHz", "coupler_g_on_MHz")
    assert plane["bloch"].dims == (*lead, "arm", "time", "component")
    assert plane["heat_current"].dims == (*lead, "arm", "time")
    assert plane["kept_fock_levels"].dims == lead
    assert {name: plane[name].attrs["units"] for name in UNITS} == UNITS
    assert all(plane[name].attrs["units"] for name in plane.data_vars)
    assert plane[lead[0]].attrs == {"units": "MHz", "long_name": LINEWIDTH}
    assert plane["time"].attrs["units"] == "ns"
    assert plane["time"].values.tolist() == EXPERIMENT.charging.grid_ns().tolist()
    assert plane["arm"].values.tolist() == ["catalysed", "control"]
    assert plane.attrs["kind"] == "sweep"
    assert "numpy" in json.loads(plane.attrs["versions"])
    assert Experiment.from_text(plane.attrs["experiment"]) == EXPERIMENT


def test_nothing_is_left_beside_the_dataset(tmp_path: Path) -> None:
    """Once the dataset is written, the saved points are gone."""
    swept(tmp_path / "below" / "sweep.nc", f"{LINEWIDTH}=1")
    assert [file.name for file in (tmp_path / "below").iterdir()] == ["sweep.nc"]


def test_small_blocks_write_the_same(
    plane: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dataset is written block by block; their size changes nothing."""
    for size in (1, 2500, 6000):
        monkeypatch.setattr(sweep_dataset, "_BLOCK_BYTES", size)
        again = swept(tmp_path / f"{size}.nc", f"{LINEWIDTH}=1:5:3", f"{COUPLING}=20,40")
        xr.testing.assert_identical(again, plane)


@pytest.mark.parametrize("shape", [(1,), (7,), (2, 5), (3, 1, 4), (2, 3, 4, 2)])
@pytest.mark.parametrize("most", [1, 2, 3, 8, 100])
def test_blocks_tile_the_grid(shape: tuple[int, ...], most: int) -> None:
    """Blocks are small, and each point lies in one, at its place in the order."""
    numbers = np.full(shape, -1)
    count = int(np.prod(shape))
    for index, part in sweep_dataset._blocks(shape, most):
        assert 1 <= part.stop - part.start <= most
        assert (numbers[index] == -1).all()
        numbers[index] = np.arange(count)[part].reshape(numbers[index].shape)
    np.testing.assert_array_equal(numbers, np.arange(count).reshape(shape))


def test_swept_charging_times(tmp_path: Path) -> None:
    """Times that differ from point to point are a variable, not a coordinate."""
    found = swept(tmp_path / "sweep.nc", "charging.stop_ns=4:8:2")
    assert "time" not in found.coords
    assert found["swept_time"].dims == ("charging_stop_ns", "time")
    assert found["swept_time"].attrs["units"] == "ns"
    np.testing.assert_array_equal(found["swept_time"], [[0, 2, 4], [0, 4, 8]])


@pytest.mark.parametrize(
    ("over", "values"),
    [
        ("transmon.levels=2,3", [2, 3]),
        ("transmon.levels=2:4:3", [2, 3, 4]),
        (f"{COUPLING}=20:40:2", [20.0, 40.0]),
        ("resonator.fock_levels=auto,6", ["auto", "6"]),
        ("tomography.pulse=none,drag", ["none", "drag"]),
        ("control.enabled=true", [True]),
        ("transmon.t1_us=10,inf", [10.0, np.inf]),
        ("seed=1,2", [1, 2]),
    ],
)
def test_kinds_of_values(over: str, values: list[Any], tmp_path: Path) -> None:
    """Numbers, words and truth values can be swept and are read back as such."""
    found = swept(tmp_path / "sweep.nc", over)
    coordinate = found[over.partition("=")[0].replace(".", "_")]
    assert coordinate.values.tolist() == values
    assert type(coordinate.values.tolist()[0]) is type(values[0])
    assert bool(coordinate.attrs["units"]) == (not isinstance(values[0], str))


def test_counts_are_those_of_the_emulated_run(counted: xr.Dataset) -> None:
    """With shots each point is an emulated run with its own seed, which is recorded."""
    seeds = counted["point_seed"].values.tolist()
    assert len(set(seeds)) == 2
    for linewidth, seed in zip((1.0, 2.0), seeds, strict=True):
        tree = emulate(EXPERIMENT.replace({LINEWIDTH: linewidth, "seed": seed}))
        point = counted.sel(resonator_linewidth_MHz=linewidth)
        for name in ("counts", "calibration_counts", "vacuum_counts"):
            np.testing.assert_array_equal(point[name], tree[name])
            assert point[name].dims == tree[name].dims
            assert point[name].attrs["units"] == "counts"
        np.testing.assert_array_equal(point["energy"], tree["truth"]["energy"])
    assert counted["exchange_time"].attrs["units"] == "ns"


def test_counts_do_not_depend_on_the_other_points(counted: xr.Dataset, tmp_path: Path) -> None:
    """A point has the same counts in whatever sweep it stands; another seed gives others."""
    alone = swept(tmp_path / "alone.nc", f"{LINEWIDTH}=2", shots=True)
    np.testing.assert_array_equal(alone["counts"][0], counted["counts"][1])
    other = EXPERIMENT.replace({"seed": 8})
    again = swept(tmp_path / "other.nc", f"{LINEWIDTH}=2", experiment=other, shots=True)
    assert (again["counts"] != alone["counts"]).any()


def test_seed_of_a_point() -> None:
    """The values decide the seed, not the order in which their keys are given."""
    seeds = {
        point_seed(EXPERIMENT, {LINEWIDTH: linewidth, COUPLING: coupling})
        for linewidth in (1.0, 2.0)
        for coupling in (1.0, 2.0)
    }
    assert len(seeds) == 4
    assert point_seed(EXPERIMENT, {COUPLING: 2.0, LINEWIDTH: 1.0}) == point_seed(
        EXPERIMENT, {LINEWIDTH: 1.0, COUPLING: 2.0}
    )


def test_exact_points_leave_the_vacuum_measurement_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without shots, nothing is computed that only counts need."""
    import protocols.prediction.predict

    def fail(*_: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(protocols.prediction.predict, "measurement_of", fail)
    assert sweep_point(TINY, {LINEWIDTH: 1.0}, shots=False).data


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("coupler.g_on_MHz", "--over must be KEY=START:STOP:COUNT or KEY=A,B,C"),
        ("=1:2:3", "--over must be KEY="),
        ("coupler.g_on_MHz=", "--over must be KEY="),
        ("coupler.g_on_MHz=1:2", "must be START:STOP:COUNT"),
        ("coupler.g_on_MHz=1:2:3:4", "must be START:STOP:COUNT"),
        ("coupler.g_on_MHz=a:2:3", "must be START:STOP:COUNT"),
        ("coupler.g_on_MHz=1:2:2.5", "must be START:STOP:COUNT"),
        ("coupler.g_on_MHz=1:2:0", "in 1 to 1000000 values"),
        ("coupler.g_on_MHz=1:2:1000001", "in 1 to 1000000 values"),
        ("coupler.g_on_MHz=1:inf:3", "between finite numbers"),
        (f"coupler.g_on_MHz=1:1{'0' * 400}:3", "between finite numbers"),
        ("coupler.g_on_MHz=1:1:3", "must have each value once"),
        ("coupler.g_on_MHz=1,2,1", "must have each value once"),
        ("coupler.g_of_MHz=1:2:3", "did you mean"),
        ("coupling=1:2:3", "coupling is not a known key"),
        ("coupler=1:2:3", "coupler must be a section"),
        ("coupler.=1:2:3", "coupler"),
        ("coupler.g_on_MHz.x=1,2", "coupler"),
        ("coupler.g_on_MHz=fast,slow", "coupler.g_on_MHz must be a number"),
        ("coupler.g_on_MHz=1,,2", "coupler.g_on_MHz must be a number"),
        ("coupler.g_on_MHz=-1:5:3", "coupler.g_on_MHz must be a number >= 0"),
        ("coupler.g_on_MHz=1:5001:3", "coupler.g_on_MHz must be a number"),
        ("coupler.g_on_MHz=nan,1", "coupler.g_on_MHz must be a number"),
        ("transmon.levels=2:3:3", "transmon.levels must be"),
        ("charging.points=3,4", "as many times and arms"),
        ("control.enabled=true,false", "as many times and arms"),
    ],
)
def test_refused_before_anything_is_computed(text: str, sentence: str, tmp_path: Path) -> None:
    """A malformed axis, an unknown key and a bad value end in one sentence; nothing is written."""
    file = tmp_path / "tiny.toml"
    file.write_text(TINY, encoding="utf-8")
    line = refused("sweep", file, "--over", text, "--out", tmp_path / "out" / "sweep.nc")
    assert line.startswith("error: ")
    assert sentence in line
    assert [found.name for found in tmp_path.iterdir()] == ["tiny.toml"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--over", "seed=1", "--over", "seed=2"), "names seed twice"),
        (("--over", "seed=1:1000:1000", "--over", "drive.phase_rad=0:1:1001"), "1000 x 1001"),
        (("--over", "seed=1", "--workers", "0"), "--workers must be"),
        (("--over", "seed=1", "--seed", "-1"), "seed must be"),
        (
            ("--over", "drive.frequency_GHz=5:6.5:2", "--over", "transmon.frequency_GHz=5:4:2"),
            "drive.frequency_GHz must lie within 2 GHz",
        ),
    ],
)
def test_refused_together(arguments: tuple[str, ...], sentence: str, tmp_path: Path) -> None:
    """What is wrong with the axes together, or with an option, is found before computing, too."""
    file = tmp_path / "tiny.toml"
    file.write_text(TINY, encoding="utf-8")
    assert sentence in refused("sweep", file, "--out", tmp_path / "sweep.nc", *arguments)
    assert [found.name for found in tmp_path.iterdir()] == ["tiny.toml"]


def test_help() -> None:
    """The verb explains itself, with every option."""
    text = call("sweep", "--help").stdout
    for option in ("--over", "--out", "--shots", "--workers", "--scheduler", "--seed", "--quiet"):
        assert option in text


def test_over_is_needed(tmp_path: Path) -> None:
    """A sweep over nothing is refused."""
    (tmp_path / "tiny.toml").write_text(TINY, encoding="utf-8")
    assert call("sweep", tmp_path / "tiny.toml").exit_code == 2
    with pytest.raises(SweepError, match="at least one `over`"):
        run_sweep(EXPERIMENT, [], tmp_path / "sweep.nc")


def test_shots_keep_the_shape_of_counts(tmp_path: Path) -> None:
    """With shots the settings of the vacuum measurement must stay as many; without, they may go."""
    with pytest.raises(SweepError, match="because a dataset has one shape"):
        swept(tmp_path / "sweep.nc", "vacuum.points=3,4", shots=True)
    assert "energy" in swept(tmp_path / "sweep.nc", "vacuum.points=3,4")


def test_refused_by_a_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A point that only its computation can refuse is named with the reason; others are kept."""
    monkeypatch.setattr(convergence, "_MOST_FOCK_LEVELS", 5)
    axes = [Axis("control.enabled", (False,)), Axis("drive.rabi_rate_MHz", (10.0, 80.0))]
    sentence = r"^at control\.enabled = false and drive\.rabi_rate_MHz = 80\.0, .*Fock levels"
    with pytest.raises(SweepError, match=sentence) as caught:
        run_sweep(EXPERIMENT, axes, tmp_path / "sweep.nc", workers=InThisProcess())
    assert caught.value.__notes__[0].startswith("1 of 2 points are saved in")
    assert [file.name for file in tmp_path.iterdir()] == ["sweep.nc.parts"]


def test_a_large_grid_is_checked_in_part() -> None:
    """The check before computing looks along the axes and into the corners, not everywhere."""
    axes = [Axis(key, tuple(range(300))) for key in ("a", "b")]
    sample = Grid([*axes, Axis("c", (1.0,))]).sample(100)
    assert len(sample) <= 2 * 100 + 4
    assert {0, 299, 300 * 299, 300 * 300 - 1} <= set(sample)
    many = Grid([Axis("a", tuple(range(MOST_POINTS)))]).sample(1000)
    assert len(many) == 1000


def test_order_of_points() -> None:
    """The last axis runs fastest."""
    grid = Grid([Axis("a", (1, 2)), Axis("b", ("x", "y", "z"))])
    assert [grid.changes(number) for number in (0, 1, 3, 5)] == [
        {"a": 1, "b": "x"},
        {"a": 1, "b": "y"},
        {"a": 2, "b": "x"},
        {"a": 2, "b": "z"},
    ]


def test_bad_values_deep_in_the_grid(tmp_path: Path) -> None:
    """A value that the check in part does not meet is refused by the worker, in its words."""
    values = (*(1.0 + k / 2000 for k in range(1500)), -1.0, 3.0)
    with pytest.raises(CqedBatteryError, match=r"linewidth_MHz = -1\.0, .* must be a number >= 0"):
        sweep_point(TINY, {LINEWIDTH: -1.0}, shots=False)
    with pytest.raises(ExperimentError, match="must be a number >= 0"):
        swept(tmp_path / "sweep.nc", f"{LINEWIDTH}={','.join(map(str, values[-3:]))}")


def test_a_finished_sweep_is_not_computed_again(tmp_path: Path) -> None:
    """The same command finds its result complete; another result is not written over."""
    file, out = tmp_path / "tiny.toml", tmp_path / "sweep.nc"
    file.write_text(TINY, encoding="utf-8")
    swept(out, f"{LINEWIDTH}=1,2")
    before = out.read_bytes()
    again = call("sweep", file, "--over", f"{LINEWIDTH}=1,2", "--out", out)
    assert (again.exit_code, again.stdout) == (0, f"sweep: {out} (it was complete already)\n")
    assert "another --out" in refused("sweep", file, "--over", f"{LINEWIDTH}=1", "--out", out)
    shots = ("--over", f"{LINEWIDTH}=1,2", "--shots")
    assert "another --out" in refused("sweep", file, *shots, "--out", out)
    assert out.read_bytes() == before
    for wrong in (tmp_path, file):
        assert "another --out" in refused("sweep", file, "--over", "seed=1", "--out", wrong)


@pytest.mark.parametrize("same", [True, False])
def test_a_sweep_that_was_written_meanwhile(
    same: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that another process ends before the points are claimed stays as it is."""
    out, other = tmp_path / "sweep.nc", tmp_path / "other.nc"
    swept(other, f"{COUPLING}=20,30" if same else f"{COUPLING}=20,40")
    axis = parse_axis(f"{COUPLING}=20,30")

    class Late(SavedPoints):
        def __init__(self, *given: Any, **options: Any) -> None:
            other.replace(out)
            super().__init__(*given, **options)

    monkeypatch.setattr("protocols.sweep.run.SavedPoints", Late)
    if same:
        assert not run_sweep(EXPERIMENT, [axis], out, workers=InThisProcess())
    else:
        with pytest.raises(SweepError, match="is not the result of this sweep"):
            run_sweep(EXPERIMENT, [axis], out, workers=InThisProcess())
    assert list(tmp_path.iterdir()) == [out]

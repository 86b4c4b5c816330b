"""Defects that the fuzzer found, each with the input that showed it: now a result or a sentence."""

import gc
import json
import struct
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
from commands import call, refused
from points import TINY

from analysis.estimators.ergotropy.interval import profile_interval
from analysis.results import ResultsError, load_results
from cqed_battery.dynamics.convergence import ConvergenceError
from cqed_battery.experiment import Experiment, ExperimentError
from cqed_battery.files import foreign_netcdf
from cqed_battery.files.datasets import DatasetError, check_dataset, load_dataset, save_dataset
from protocols.emulation import sampling
from protocols.emulation.emulate import emulate
from protocols.prediction.predict import predict

SMALL = TINY.replace("points = 3\n[tomo", "points = 5\n[tomo") + "[analysis]\nglobal_fit = false\n"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of a small run."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "small.toml").write_text(SMALL, encoding="utf-8")
    assert call("run", folder / "small.toml", "--out", folder / "out", "-q").exit_code == 0
    return folder / "out"


@pytest.fixture
def dataset(run: Path, tmp_path: Path) -> Path:
    """A copy of the run's dataset, to be damaged."""
    copy = tmp_path / "dataset.nc"
    copy.write_bytes((run / "dataset.nc").read_bytes())
    return copy


def test_netcdf_whose_coordinate_is_gone(dataset: Path) -> None:
    """A dim that refers to nothing any more is a sentence."""
    with h5py.File(dataset, "r+") as file:
        del file["time"]
    assert "cannot be read as a netCDF dataset" in refused("analyse", dataset)


@pytest.mark.parametrize("error", [AttributeError, IndexError, MemoryError, struct.error])
def test_whatever_a_torn_file_does_to_its_reader(
    error: type[Exception], dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any error inside xarray or h5netcdf, such as 'NoneType' has no 'split', is a sentence."""

    def fail(*_: object, **__: object) -> None:
        raise error("'NoneType' object has no attribute 'split'")

    monkeypatch.setattr(xr, "open_datatree", fail)
    assert "cannot be read as a netCDF dataset ('NoneType'" in refused("analyse", dataset)


@pytest.mark.parametrize("arguments", [[], ["--experiment", "small.toml"]])
def test_netcdf_that_declares_more_than_memory(
    arguments: list[str], dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of some kilobytes that declares 10^11 rows is refused before they are read."""
    monkeypatch.chdir(tmp_path)
    Path("small.toml").write_text(SMALL, encoding="utf-8")
    with h5py.File(dataset, "r+") as file:
        file.create_dataset("many", shape=(10**11,), dtype="i8", chunks=(64,)).make_scale("many")
    said = refused("analyse", dataset, *arguments)
    assert "'many' in" in said
    assert "declares 8.0e+11 bytes, but at most 2.7e+08 are read at once" in said


def test_a_torn_file_leaves_no_word_from_its_reader(dataset: Path) -> None:
    """Attributes that cannot be read are one sentence; no half-opened file complains later."""
    content = bytearray(dataset.read_bytes())
    content[content.find(b"OHDR") + 20] ^= 0xFF
    dataset.write_bytes(content)
    with pytest.raises(DatasetError, match="cannot be read as a netCDF dataset"):
        load_dataset(dataset)
    gc.collect()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema": "x"}, "has schema x, but this version reads schema 1"),
        ({"schema": float("nan")}, "has schema nan, but"),
        ({"schema": [1, 1]}, r"has schema \[1 1\], but|has schema \[1, 1\], but"),
        ({"seed": ""}, "the attribute 'seed' of .* must be a whole number, but is "),
        ({"experiment": 5}, "has no attribute 'experiment' with the experiment file's text"),
    ],
)
def test_attributes_of_another_kind(changes: dict[str, object], said: str, run: Path) -> None:
    """An attribute that is not what it should be is a sentence, not a ValueError of int()."""
    tree = load_dataset(run / "dataset.nc")
    tree.attrs.update(changes)
    with pytest.raises(DatasetError, match=said):
        check_dataset(tree)


def test_vacuum_counts_with_other_dims_are_not_exported(dataset: Path, tmp_path: Path) -> None:
    """An optional variable is checked like the others before it is written as a table."""
    with xr.open_dataset(dataset, engine="h5netcdf") as opened:
        changed = opened.load().rename({"pulse": "other"})
    changed.to_netcdf(dataset, engine="h5netcdf")
    assert "'vacuum_counts' in" in refused("export", dataset, tmp_path / "table.csv")


@pytest.mark.parametrize("number", [-1, 2 * 10**12, 2**63 - 1])
def test_counts_that_cannot_be_added_up(number: int, run: Path) -> None:
    """Counts whose sums would leave 64-bit numbers are refused, not added up to nonsense."""
    tree = load_dataset(run / "dataset.nc")
    tree["counts"].values[0] = number
    with pytest.raises(DatasetError, match=r"'counts' in .* must hold whole numbers >= 0 and <="):
        check_dataset(tree)


def test_counts_without_a_cell(run: Path) -> None:
    """A variable of size 0 is a sentence, not an error of numpy's minimum."""
    tree = load_dataset(run / "dataset.nc").to_dataset().isel(time=slice(0, 0))
    with pytest.raises(DatasetError, match="must hold whole numbers"):
        check_dataset(xr.DataTree(tree))


def test_a_lifetime_that_overflows() -> None:
    """T1 = 1e-300 us overflowed a rate; it is refused, and 1 ps still works."""
    with pytest.raises(ExperimentError, match=r"transmon\.t1_us must be at least 1e-06 us"):
        Experiment().replace({"transmon.t1_us": 1e-300})
    Experiment().replace({"transmon.t1_us": 1e-6})


def test_an_uncertainty_whose_square_overflows() -> None:
    """A Rabi rate known to 1e300 of itself overflowed a variance; 1000 is as good as unknown."""
    key = "priors.rabi_rate"
    with pytest.raises(ExperimentError, match=r"rabi_rate must be a number >= 0 and <= 1000"):
        Experiment().replace({key: 1e300})
    Experiment().replace({key: 1000.0})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 100_000, "nested too deeply"),
        ("1" * 10_000, "cannot be read as results"),
        ('{"schema": 1, "times": [1e308]}', "the number 1e308 in it is too large"),
        ('{"schema": 1, "times": [NaN]}', "the number NaN in it is not finite"),
        ('{"schema": 1, "times": [1e999]}', "the number 1e999 in it is not finite"),
        ('{"schema": 1, "times": [1' + "0" * 400 + "]}", r"the number 10{23}\.\.\. in it"),
    ],
)
def test_results_that_no_reader_takes(text: str, said: str, tmp_path: Path) -> None:
    """Deep nesting, endless digits and numbers that are none are sentences."""
    path = tmp_path / "results.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ResultsError, match=said):
        load_results(path)


@pytest.mark.parametrize("gone", ["times", "arms", "verdict", "sign_convention"])
def test_a_report_of_results_with_a_hole(gone: str, run: Path, tmp_path: Path) -> None:
    """Results that lack a part are a sentence that says how to write them anew."""
    (tmp_path / "dataset.nc").write_bytes((run / "dataset.nc").read_bytes())
    results = json.loads((run / "results.json").read_text(encoding="utf-8"))
    del results[gone]
    (tmp_path / "results.json").write_text(json.dumps(results), encoding="utf-8")
    said = refused("report", tmp_path)
    assert "lacks or distorts what the report needs" in said
    assert "writes it anew" in said


def test_a_bound_that_no_float_holds(tmp_path: Path) -> None:
    """A bound of four hundred digits is refused like any other bad bound."""
    (tmp_path / "e.toml").write_text(SMALL, encoding="utf-8")
    box = tmp_path / "box.toml"
    box.write_text(f'[box]\n"drive.rabi_rate_MHz" = [5, {"1" * 400}]\n', encoding="utf-8")
    assert "must be two numbers" in refused("design", tmp_path / "e.toml", "--box", box)


def test_what_does_not_fit_into_memory_is_a_sentence(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A MemoryError anywhere ends the command with code 2 and a way out."""

    def outgrow(*_: object, **__: object) -> None:
        raise MemoryError

    import analysis.pipeline

    monkeypatch.setattr(analysis.pipeline, "analyse", outgrow)
    assert "does not fit into the memory" in refused("analyse", run / "dataset.nc", "-q")


def test_shots_larger_than_the_bound_stay_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """IQ points of more bytes than are read at once are read slice by slice, and are the same."""
    changes = {"readout.model": "dispersive", "dispersive.save_iq": True}
    tree = emulate(Experiment.from_text(SMALL).replace(changes))
    save_dataset(tree, tmp_path / "iq.nc")
    monkeypatch.setattr(foreign_netcdf, "MOST_BYTES", tree["iq"].nbytes - 1)
    held = load_dataset(tmp_path / "iq.nc")
    assert not held["iq"].variable._in_memory
    np.testing.assert_array_equal(held["iq"][0, 1], tree["iq"][0, 1])
    held.close()


def test_a_billion_shots_take_no_longer_than_a_million(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any number of shots follows the same law at once, in the counts and in the reset."""
    monkeypatch.setattr(sampling, "_MOST_RESETS", 1000)
    most = dict.fromkeys(("tomography.shots", "vacuum.shots", "reset.shots"), 10**9)
    few, many = (
        emulate(Experiment.from_text(SMALL).replace(changes))
        for changes in (dict.fromkeys(most, 10**4), most)
    )
    shots = many["counts"].sum("outcome")
    assert (shots == 10**9).all()
    share = many["counts"].sel(outcome=1) / 10**9 - few["counts"].sel(outcome=1) / 10**4
    assert float(abs(share).max()) < 5 * np.sqrt(0.25 / 10**4)


def test_resets_beyond_those_that_aer_runs_follow_its_law(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one repetition run and the others drawn, what is left agrees with Aer's own."""
    shots = 10**4
    experiment = Experiment().replace(
        {"readout.p1_given_0": 0.1, "readout.p0_given_1": 0.2, "reset.shots": shots}
    )
    reset = sampling.sampled_levels(experiment)[0]
    monkeypatch.setattr(sampling, "_MOST_RESETS", 1)
    other = sampling.sampled_levels(experiment)[0]
    assert other != reset
    assert abs(reset - other) < 5 * np.sqrt(2 * reset * (1 - reset) / shots)


def test_a_billion_shots_through_the_dispersive_readout() -> None:
    """Counts follow the dispersive readout's law at once; a point is drawn only to be kept."""
    changes = {"readout.model": "dispersive", "tomography.shots": 10**9}
    changes |= {"readout.calibration_shots": 10**9}
    found = emulate(Experiment.from_text(SMALL).replace(changes))
    assert (found["counts"].sum("outcome") == 10**9).all()
    assert (found["calibration_counts"].sum("outcome") == 10**9).all()


@pytest.mark.parametrize(
    "changes", [{"resonator.temperature_mK": 1e6}, {"reset.resonator_photons": 1e9}]
)
def test_a_resonator_too_warm_for_any_fock_space(changes: dict[str, float]) -> None:
    """What would need more than 400 levels from the start is refused at once, not after hours."""
    with pytest.raises(ConvergenceError, match=r"begins with .* thermal photons"):
        predict(Experiment.from_text(SMALL).replace(changes))


def test_a_billion_shots_beside_three() -> None:
    """Variances that differ by 10^17, or are nearly all shared, leave an interval."""
    bloch = np.array([[0.1, -0.9999, 0.3]])
    unequal = np.diag([0.3, 1e-18, 0.5])[None]
    shared = np.full((1, 3, 3), 0.01) + 1e-19 * np.eye(3)
    for covariance in (unequal, shared):
        low, high = profile_interval(bloch, covariance)
        assert 0.0 <= low[0] <= high[0] <= 1.0


def test_a_nested_value_on_the_command_line(tmp_path: Path) -> None:
    """Brackets within brackets after --set are refused as any other wrong value is."""
    (tmp_path / "e.toml").write_text(TINY, encoding="utf-8")
    for value in ("[" * 5000, "{a = " * 5000, f"{{{'a.' * 20_000}a = 1}}"):
        said = refused("run", tmp_path / "e.toml", "--set", f"seed={value}")
        assert said.startswith("error: ")
        assert "seed must be" in said
        assert len(said) < 1500

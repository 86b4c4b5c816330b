"""A disk that is full: one sentence, whole files or none, and what was finished is kept."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from commands import call
from points import TINY, InThisProcess

from cqed_battery.compute.saved_points import SavedPoints
from cqed_battery.experiment import Experiment
from protocols.sweep import run_sweep
from protocols.sweep.grid import parse_axis
from protocols.sweep.point import Point

resource = pytest.importorskip("resource")
SMALL = TINY.replace("points = 3\n[tomo", "points = 5\n[tomo") + "[analysis]\nglobal_fit = false\n"
SIZES = (0, 1_000, 20_000, 30_000, 60_000)
WHOLE = {"experiment.toml", "dataset.nc", "results.json", "report.html", "table.csv", "d.nc"}


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an experiment and the files of its run."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "small.toml").write_text(SMALL, encoding="utf-8")
    assert call("run", folder / "small.toml", "--out", folder / "out", "-q").exit_code == 0
    return folder


def commands(run: Path, out: Path) -> dict[str, list[str]]:
    dataset, file = str(run / "out/dataset.nc"), str(run / "small.toml")
    return {
        "run": ["run", file, "--out", str(out), "-q"],
        "emulate": ["emulate", file, "--out", str(out / "d.nc"), "-q"],
        "analyse": ["analyse", dataset, "--out", str(out), "-q"],
        "export": ["export", dataset, str(out / "table.csv"), "-q"],
    }


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("verb", ["run", "emulate", "analyse", "export"])
def test_a_full_disk_is_a_sentence(verb: str, size: int, run: Path, tmp_path: Path) -> None:
    """Every file is whole or absent, and the command names the one that had no room."""
    command = commands(run, tmp_path)[verb]
    with largest_file(size):
        answer = call(*command)
    left = {file.name for file in tmp_path.rglob("*") if file.is_file()}
    assert left <= WHOLE
    for name in left & {"dataset.nc", "results.json"}:
        assert (tmp_path / name).read_bytes() == (run / "out" / name).read_bytes()
    if answer.exit_code == 0:
        return
    first, *notes = answer.stderr.splitlines()
    assert answer.exit_code == 2
    assert first.startswith(f"error: {tmp_path}")
    assert first.endswith("could not be read or written: File too large.")
    assert all(note.startswith("The dataset of this run is kept in") for note in notes)


def test_a_full_disk_does_not_take_the_program_down(run: Path, tmp_path: Path) -> None:
    """HDF5 ended the process by a segmentation fault when a dataset found no room."""
    code = (
        "import resource, sys; from cqed_battery.cli import main;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, -1)); sys.argv[0] = 'cqed-battery';"
        "main()"
    )
    command = [sys.executable, "-c", code, *commands(run, tmp_path)["emulate"]]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert (answer.returncode, answer.stderr.count("\n")) == (2, 1)


def test_a_point_that_finds_no_room_is_an_error(tmp_path: Path) -> None:
    """A point that the disk takes in part only is not taken for a finished one."""
    path, identity = tmp_path / "parts", {"versions": {}}
    layout = (
        '{"versions": {}, "variables": [{"name": "a", "dtype": "<f8", "shape": [100], "dims": []}]}'
    )
    saved = SavedPoints(path, identity, 99)
    saved.save(0, Point(layout, bytes(800)))
    size = path.with_name("parts-wal").stat().st_size
    with largest_file(size + 1000), pytest.raises(OSError, match="disk") as caught:
        saved.save(1, Point(layout, bytes(800)))
    assert caught.value.filename == str(path)
    assert saved.finished() == {0}
    saved.save(50, Point(layout, bytes(800)))  # there is room again
    saved.__exit__()
    with SavedPoints(path, identity, 99) as saved:
        assert saved.finished() == {0, 50}


def test_a_sweep_that_finds_no_room_goes_on_later(run: Path, tmp_path: Path) -> None:
    """Its points are kept, and the same command then writes what an undisturbed one writes."""
    experiment = Experiment.from_text(SMALL)
    axes, out = [parse_axis("coupler.g_on_MHz=20:40:3")], tmp_path / "sweep.nc"
    with largest_file(60_000), pytest.raises(OSError, match="File too large"):
        run_sweep(experiment, axes, out, workers=InThisProcess())
    assert [file.name for file in tmp_path.iterdir()] == ["sweep.nc.parts"]
    run_sweep(experiment, axes, out, workers=InThisProcess())
    run_sweep(experiment, axes, tmp_path / "other.nc", workers=InThisProcess())
    assert out.read_bytes() == (tmp_path / "other.nc").read_bytes()
    assert not out.with_name("sweep.nc.parts").exists()

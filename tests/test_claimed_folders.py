"""Two runs into one folder: the second is refused, and a killed one leaves no claim behind."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import call, refused
from points import TINY

from analysis import load_results, save_results
from analysis.results import ResultsError
from cqed_battery.errors import CqedBatteryError
from cqed_battery.files.datasets import load_dataset
from cqed_battery.files.run_folder import claimed

SMALL = TINY.replace("points = 3\n[tomo", "points = 5\n[tomo") + "[analysis]\nglobal_fit = false\n"
BOX = '[box]\n"drive.rabi_rate_MHz" = [5, 20]\n'
COMMAND = (sys.executable, "-m", "cqed_battery")
HOLD = """
import sys, time
from pathlib import Path
from cqed_battery.files.run_folder import claimed
with claimed(Path(sys.argv[1])):
    print("claimed", flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An experiment file, a box and a finished run."""
    place = tmp_path_factory.mktemp("claimed")
    (place / "small.toml").write_text(SMALL, encoding="utf-8")
    (place / "box.toml").write_text(BOX, encoding="utf-8")
    assert call("run", place / "small.toml", "--out", place / "out", "-q").exit_code == 0
    return place


def commands(folder: Path) -> dict[str, list[object]]:
    """The verbs that write several files into a folder, or add to those of a run."""
    file, out = folder / "small.toml", folder / "out"
    return {
        "run": ["run", file, "--out", out],
        "analyse": ["analyse", out / "dataset.nc"],
        "analyse anew": ["analyse", out / "dataset.nc", "--set", "seed=3", "--out", out],
        "report": ["report", out],
        "design": ["design", file, "--box", folder / "box.toml", "--map", 0, "--out", out],
        "validate": ["validate", file, "--repeats", 1, "--only", "this device", "--out", out],
        "budget": ["budget-errors", file, "--out", out],
        "plan": ["plan", file, "--claim", "heat-current-negative", "--into", out],
        "paper": ["paper", "Z1", "--figure", "2a", "--out", out],
    }


def content(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("verb", commands(Path()))
def test_a_folder_in_use_is_refused(verb: str, folder: Path) -> None:
    """While another run is at work in the folder, a verb writes nothing there and says so."""
    before = content(folder)
    with claimed(folder / "out"):
        said = refused(*commands(folder)[verb], "-q")
    assert f"another run is at work in {folder / 'out'}" in said
    assert content(folder) == before


@pytest.mark.study
def test_two_runs_at_once(folder: Path, tmp_path: Path) -> None:
    """Files in the folder are those of one run, and the other one says that it was refused."""
    runs = [
        subprocess.Popen(
            [*COMMAND, "run", str(folder / "small.toml"), "--seed", str(seed), "--out", "both"],
            cwd=tmp_path,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        for seed in (1, 2)
    ]
    said = [run.communicate(timeout=900)[1] for run in runs]
    codes = [run.returncode for run in runs]
    both = tmp_path / "both"
    seeds = {
        load_dataset(both / "dataset.nc").attrs["seed"],
        load_results(both / "results.json")["seed"],
    }
    names = {file.name for file in both.iterdir()}
    assert names == {"dataset.nc", "experiment.toml", "report.html", "results.json"}
    assert len(seeds) == 1
    if sorted(codes) == [0, 2]:  # else one was over before the other began
        assert "another run is at work in both" in said[codes.index(2)]
        assert seeds == {codes.index(0) + 1}
    else:
        assert codes == [0, 0]


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has claimed the folder `out`."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "out")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "claimed\n"
        yield process
        process.kill()


def test_a_killed_process_leaves_no_claim(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    """The claim holds as long as its process lives, and no longer."""
    with pytest.raises(CqedBatteryError, match="another run is at work"), claimed(tmp_path / "out"):
        pass
    holder.kill()
    holder.wait()
    with claimed(tmp_path / "out"):
        assert list((tmp_path / "out").iterdir()) == []


def test_a_refusal_leaves_no_folder(tmp_path: Path) -> None:
    """Folders that were made for a run that wrote nothing are gone again."""
    refused("analyse", tmp_path / "no" / "where" / "dataset.nc", "-q")
    refused("report", tmp_path / "nowhere", "-q")
    assert list(tmp_path.iterdir()) == []


def test_results_are_not_overwritten_in_silence(folder: Path, tmp_path: Path) -> None:
    """`save_results` refuses a file that exists unless it is told to overwrite it."""
    file, results = tmp_path / "results.json", load_results(folder / "out" / "results.json")
    save_results(results, file)
    changed = {**results.to_dict(), "title": "changed"}
    with pytest.raises(ResultsError, match=r"`path` must be a new file.*overwrite=True"):
        save_results(changed, file)
    assert json.loads(file.read_text(encoding="utf-8"))["title"] == results["title"]
    save_results(changed, file, overwrite=True)
    assert json.loads(file.read_text(encoding="utf-8"))["title"] == "changed"

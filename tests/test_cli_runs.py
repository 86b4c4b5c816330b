"""The command line at work, from an experiment file to the report, on a small experiment."""

import json
from pathlib import Path

import pytest
from commands import OBSERVATIONS, SMALL, call, refused
from typer.testing import Result


@pytest.fixture
def experiment_file(tmp_path: Path) -> Path:
    file = tmp_path / "small.toml"
    file.write_text(SMALL, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """A run of the small experiment: its folder, and what was printed."""
    root = tmp_path_factory.mktemp("finished")
    (root / "small.toml").write_text(SMALL, encoding="utf-8")
    result = call("run", root / "small.toml", "--out", root / "run")
    assert result.exit_code == 0, result.stderr
    return root / "run", result


def test_run_writes_four_files(finished: tuple[Path, Result]) -> None:
    """A run leaves the resolved experiment, the data, the results and the report, and no more."""
    from cqed_battery.experiment import Experiment

    folder, _ = finished
    assert {file.name for file in folder.iterdir()} == {
        "experiment.toml",
        "dataset.nc",
        "results.json",
        "report.html",
    }
    assert Experiment.from_toml(folder / "experiment.toml") == Experiment.from_text(SMALL)
    assert "</html>" in (folder / "report.html").read_text(encoding="utf-8")


def test_run_prints_the_verdict(finished: tuple[Path, Result]) -> None:
    """The table fits 80 columns without colour, each sentence is whole, the path comes last."""
    folder, result = finished
    lines = result.stdout.splitlines()
    assert max(len(line) for line in lines[:-1]) <= 80
    assert lines[-1] == f"report: {folder / 'report.html'}"
    assert "\x1b" not in result.output
    assert result.stderr == ""
    words = " ".join(result.stdout.split())
    verdict = json.loads((folder / "results.json").read_text(encoding="utf-8"))["verdict"]
    for name in OBSERVATIONS:
        assert " ".join(verdict[name]["statement"].split()) in words
        assert " ".join(verdict[name]["expected"].split()) in words


def test_analyse_repeats_the_analysis(finished: tuple[Path, Result], tmp_path: Path) -> None:
    """analyse finds in the saved counts what run found, and prints the same."""
    folder, before = finished
    result = call("analyse", folder / "dataset.nc", "--out", tmp_path)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[:-1] == before.stdout.splitlines()[:-1]
    assert (tmp_path / "results.json").read_bytes() == (folder / "results.json").read_bytes()
    assert (tmp_path / "report.html").is_file()


def test_analyse_spares_another_run(finished: tuple[Path, Result], tmp_path: Path) -> None:
    """Results are not put beside a dataset that they do not belong to."""
    (tmp_path / "dataset.nc").write_text("another", encoding="utf-8")
    assert "another run" in refused("analyse", finished[0] / "dataset.nc", "--out", tmp_path)


def test_report_is_written_anew(finished: tuple[Path, Result]) -> None:
    """report needs the folder of a run and nothing else."""
    folder, _ = finished
    (folder / "report.html").unlink()
    assert call("report", folder).stdout == f"report: {folder / 'report.html'}\n"
    assert (folder / "report.html").is_file()


def test_readme_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python example of the README runs as it stands, here on the small experiment."""
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    example = readme.partition("```python\n")[2].partition("```")[0]
    monkeypatch.chdir(tmp_path)
    Path("examples").mkdir()
    Path("examples/proposed.toml").write_text(SMALL, encoding="utf-8")
    exec(compile(example, "README.md", "exec"), {})
    assert {file.name for file in Path("runs/weaker").iterdir()} == {
        "dataset.nc",
        "results.json",
        "report.html",
    }


def test_seed_decides_the_counts(experiment_file: Path, tmp_path: Path) -> None:
    """--seed takes the place of the seed in the file: the same gives the same counts."""
    from cqed_battery.files.datasets import load_dataset

    counts = []
    for number, seed in enumerate((7, 8, 8)):
        data = tmp_path / f"{number}.nc"
        result = call("emulate", experiment_file, "--out", data, "--seed", seed, "--quiet")
        assert (result.exit_code, result.output) == (0, "")
        counts.append(load_dataset(data)["counts"].values.tobytes())
    assert counts[0] != counts[1] == counts[2]


def test_failed_analysis_loses_nothing(
    experiment_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the analysis fails, the new data are kept, and so is everything from before."""
    import analysis.pipeline
    from cqed_battery.errors import CqedBatteryError
    from cqed_battery.files.datasets import load_dataset

    def fail(*_: object, **__: object) -> None:
        raise CqedBatteryError("the analysis gave up")

    monkeypatch.setattr(analysis.pipeline, "analyse", fail)
    out = tmp_path / "out"
    result = call("run", experiment_file, "--out", out)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[0] == "error: the analysis gave up"
    first = (out / "dataset.nc").read_bytes()
    result = call("run", experiment_file, "--out", out, "--seed", 8)
    assert str(out / "unfinished-1" / "dataset.nc") in result.stderr
    assert (out / "dataset.nc").read_bytes() == first
    assert load_dataset(out / "unfinished-1" / "dataset.nc").attrs["seed"] == 8

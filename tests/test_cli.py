"""The command line: what it writes, what it prints, how it refuses."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cqed_battery import __version__
from cqed_battery.cli import app, folders, measure
from cqed_battery.cli.bar import Bar
from cqed_battery.cli.table import numbers, print_verdict

VERBS = ("run", "emulate", "analyse", "report", "init")
OBSERVATIONS = ("heat_current_negative", "ergotropy_gain", "vacuum_recovered", "all_three")
SMALL = """
title = "small"
seed = 7
[transmon]
t1_us = 20.0
[coupler]
g_on_MHz = 60.0
[drive]
rabi_rate_MHz = 25.0
[reset]
shots = 1000
[charging]
stop_ns = 24.0
points = 9
[tomography]
shots = 200
[readout]
calibration_shots = 500
[vacuum]
shots = 200
points = 9
"""
HEAVY = ("numpy", "scipy", "pandas", "xarray", "qiskit", "pydantic", "matplotlib", "rich.progress")


def call(*arguments: object) -> Result:
    """Run the command in this process and check that no error slipped through as a traceback."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def refused(*arguments: object) -> str:
    """Run a command that must be refused with one line on stderr; return the line."""
    result = call(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    return result.stderr


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


def test_version() -> None:
    """--version prints the version of the package."""
    assert call("--version").stdout == f"cqed-battery {__version__}\n"


def test_help_names_every_verb() -> None:
    """--help lists the verbs and ends well."""
    result = call("--help")
    assert result.exit_code == 0
    assert all(verb in result.stdout for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_help(verb: str) -> None:
    """Every verb explains itself and can be made quiet."""
    result = call(verb, "--help")
    assert result.exit_code == 0
    assert "--quiet" in result.stdout


def test_front_door_imports_nothing_heavy() -> None:
    """Importing the command line, as --help does, loads none of the numerical libraries."""
    code = f"import sys, cqed_battery.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (answer.stdout.strip(), answer.stderr) == ("[]", "")


def test_wrong_usage_ends_with_two() -> None:
    """An unknown verb and a missing argument are refused with exit code 2."""
    assert call("charge").exit_code == 2
    assert call("run").exit_code == 2


def test_init_writes_the_default_experiment(tmp_path: Path) -> None:
    """init writes a commented file that is read back as the default experiment."""
    from cqed_battery.experiment import Experiment

    file = tmp_path / "mine.toml"
    assert str(file) in call("init", file).stdout
    assert "#" in file.read_text(encoding="utf-8")
    assert Experiment.from_toml(file) == Experiment()


def test_init_refuses_to_overwrite(tmp_path: Path) -> None:
    """init leaves an existing file alone, unless it is forced."""
    file = tmp_path / "mine.toml"
    file.write_text("precious", encoding="utf-8")
    assert "--force" in refused("init", file)
    assert file.read_text(encoding="utf-8") == "precious"
    assert call("init", file, "--force").exit_code == 0
    assert "[transmon]" in file.read_text(encoding="utf-8")


def test_init_takes_a_default_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an argument init writes experiment.toml here; quiet, it says nothing."""
    monkeypatch.chdir(tmp_path)
    assert call("init", "--quiet").output == ""
    assert (tmp_path / "experiment.toml").is_file()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[transmon]\nfrequency_GHz = 5.0\nlevls = 3\n", ("levls", "levels")),
        ('[drive]\nrabi_rate_MHz = "fast"\n', ("rabi_rate_MHz", "fast")),
        ("[resonator]\nlinewidth_MHz = -1.0\n", ("linewidth_MHz", "-1")),
        ("[transmon\n", ("small.toml",)),
    ],
)
@pytest.mark.parametrize("verb", ["run", "emulate"])
def test_bad_experiment_file(
    verb: str, text: str, words: tuple[str, ...], experiment_file: Path, tmp_path: Path
) -> None:
    """A refused file ends in one sentence that names the key, and nothing is written."""
    experiment_file.write_text(text, encoding="utf-8")
    line = refused(verb, experiment_file, "--out", tmp_path / "out")
    assert all(word in line for word in words)
    assert not (tmp_path / "out").exists()


def test_a_process_shows_no_traceback(experiment_file: Path) -> None:
    """The installed command, too, ends in one line on stderr."""
    experiment_file.write_text("[transmon]\nlevls = 3\n", encoding="utf-8")
    code = "import sys; from cqed_battery.cli import main; sys.argv[0] = 'cqed-battery'; main()"
    answer = subprocess.run(
        [sys.executable, "-c", code, "run", str(experiment_file)], capture_output=True, text=True
    )
    assert answer.returncode == 2
    assert answer.stderr.startswith("error: ")
    assert answer.stderr.count("\n") == 1
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("verb", ["run", "emulate", "analyse", "report"])
def test_missing_input(verb: str, tmp_path: Path) -> None:
    """A file that is not there is named."""
    out = () if verb == "report" else ("--out", tmp_path / "out")
    assert "nowhere" in refused(verb, tmp_path / "nowhere", *out)


@pytest.mark.parametrize("verb", ["run", "analyse"])
def test_folder_as_input(verb: str, tmp_path: Path) -> None:
    """A folder in the place of a file is refused."""
    assert str(tmp_path) in refused(verb, tmp_path)


def test_not_a_dataset(tmp_path: Path) -> None:
    """A file that is no netCDF is refused and stays as it was."""
    file = tmp_path / "dataset.nc"
    file.write_text("not netCDF", encoding="utf-8")
    assert "dataset.nc" in refused("analyse", file)
    assert file.read_text(encoding="utf-8") == "not netCDF"


def test_file_as_output_folder(experiment_file: Path, tmp_path: Path) -> None:
    """--out of run must be a folder."""
    (tmp_path / "out").write_text("precious", encoding="utf-8")
    assert "is a file" in refused("run", experiment_file, "--out", tmp_path / "out")
    assert "below" in refused("run", experiment_file, "--out", tmp_path / "out" / "below")
    assert (tmp_path / "out").read_text(encoding="utf-8") == "precious"


def test_folder_as_output_file(experiment_file: Path, tmp_path: Path) -> None:
    """A folder in the place of an output file is refused."""
    assert "is a folder" in refused("emulate", experiment_file, "--out", tmp_path)
    assert "is a folder" in refused("init", tmp_path, "--force")


def test_negative_seed(experiment_file: Path, tmp_path: Path) -> None:
    """A seed on the command line meets the same limits as one in the file."""
    assert "seed" in refused("run", experiment_file, "--out", tmp_path / "out", "--seed", "-1")


def test_own_experiment_file_is_kept(tmp_path: Path) -> None:
    """run does not write the resolved file over the commented one that the user wrote."""
    file = tmp_path / "experiment.toml"
    file.write_text(SMALL, encoding="utf-8")
    assert "--out" in refused("run", file, "--out", tmp_path)
    assert file.read_text(encoding="utf-8") == SMALL


def test_interruption(
    experiment_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C ends with 130 and a sentence."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(measure, "_run", interrupt)
    result = call("run", experiment_file, "--out", tmp_path / "out")
    assert result.exit_code == 130
    assert result.stderr.startswith("Interrupted")
    assert result.stderr.count("\n") == 1


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
    from cqed_battery.records import load_dataset

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
    import analysis.analyse
    from cqed_battery.checks import CqedBatteryError
    from cqed_battery.records import load_dataset

    def fail(*_: object, **__: object) -> None:
        raise CqedBatteryError("the analysis gave up")

    monkeypatch.setattr(analysis.analyse, "analyse", fail)
    out = tmp_path / "out"
    result = call("run", experiment_file, "--out", out)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[0] == "error: the analysis gave up"
    first = (out / "dataset.nc").read_bytes()
    result = call("run", experiment_file, "--out", out, "--seed", 8)
    assert str(out / "unfinished-1" / "dataset.nc") in result.stderr
    assert (out / "dataset.nc").read_bytes() == first
    assert load_dataset(out / "unfinished-1" / "dataset.nc").attrs["seed"] == 8


def test_new_run_takes_the_place_of_the_old(tmp_path: Path) -> None:
    """Finished files replace those of before, and the workplace is gone."""
    for name in ("experiment.toml", "dataset.nc", "results.json", "report.html"):
        (tmp_path / name).write_text("old", encoding="utf-8")
    workplace = folders.find_workplace(tmp_path)
    assert workplace == tmp_path / "unfinished-1"
    assert folders.find_workplace(tmp_path) == tmp_path / "unfinished-2"
    for file in tmp_path.glob("*.*"):
        (workplace / file.name).write_text("new", encoding="utf-8")
    folders.publish(workplace, tmp_path)
    assert {file.read_text(encoding="utf-8") for file in tmp_path.glob("*.*")} == {"new"}
    assert not workplace.exists()


@pytest.mark.parametrize(
    ("entry", "shown"),
    [
        ((-0.12345, -0.14567, -0.10123, 8.123), ("-0.123", "-0.146 to -0.101", "+8.1")),
        ((12.3456, 8.0, 16.0, -2.0), ("12.3", "8.0 to 16.0", "-2.0")),
        ((1.0, 1.0, 1.0, None), ("1.0000", "1.0000 to 1.0000", "-")),
        ((None, None, None, None), ("-", "-", "-")),
    ],
)
def test_numbers(entry: tuple[float | None, ...], shown: tuple[str, str, str]) -> None:
    """The interval sets the digits, and a missing number is a dash."""
    keys = ("value", "ci_low", "ci_high", "significance")
    assert numbers(dict(zip(keys, entry, strict=True))) == shown


def test_doubtful_checks_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """A check that warns or fails is said below the verdict, one that passes is not."""
    entry: dict[str, Any] = {"outcome": "undecided", "statement": "Not known [yet]."}
    entry |= {"expected": "all of it."} | dict.fromkeys(
        ("value", "ci_low", "ci_high", "significance")
    )
    checks = {
        "levels": {"outcome": "warn", "statement": "Three levels may be too few."},
        "leakage": {"outcome": "pass", "statement": "All is well."},
    }
    print_verdict({"verdict": dict.fromkeys(OBSERVATIONS, entry), "checks": checks})
    printed = capsys.readouterr().out
    assert "warn, levels: Three levels may be too few." in printed
    assert "All is well" not in printed
    assert printed.count("Not known [yet].") == len(OBSERVATIONS)


def test_bar_counts_over_all_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stages share one K, and k never goes back."""
    drawn: list[int] = []
    bar = Bar((0.6, 0.3, 0.1), quiet=True)
    monkeypatch.setattr(bar, "_draw", lambda done, what: drawn.append(done))
    for number, total in enumerate((60, 5, 1)):
        report = bar.stage(number)
        for done in range(total):
            report(done + 1, total, "work")
    assert bar._total == 100
    assert drawn[59::5] == [60, 90]
    assert drawn == sorted(drawn)
    assert drawn[-1] == 100

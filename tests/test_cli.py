"""The command line: what it offers, what it prints, how it refuses."""

import signal
import subprocess
import sys
import time
import weakref
from pathlib import Path
from typing import Any

import pytest
from commands import OBSERVATIONS, SMALL, call, refused

from cqed_battery import __version__
from cqed_battery.cli import interrupt_again
from cqed_battery.cli.shared.verdict import numbers, verdict_words
from cqed_battery.files import run_folder
from cqed_battery.progress import stages

VERBS = ("run", "emulate", "analyse", "report", "init")
HEAVY = ("numpy", "scipy", "pandas", "xarray", "qiskit", "pydantic", "matplotlib", "rich.progress")


@pytest.fixture
def experiment_file(tmp_path: Path) -> Path:
    file = tmp_path / "small.toml"
    file.write_text(SMALL, encoding="utf-8")
    return file


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

    monkeypatch.setattr("protocols.emulation.emulate.simulate", interrupt)
    result = call("run", experiment_file, "--out", tmp_path / "out")
    assert result.exit_code == 130
    assert result.stderr.startswith("Interrupted")
    assert result.stderr.count("\n") == 1


def test_new_run_takes_the_place_of_the_old(tmp_path: Path) -> None:
    """Finished files replace those of before, and the workplace is gone."""
    for name in ("experiment.toml", "dataset.nc", "results.json", "report.html"):
        (tmp_path / name).write_text("old", encoding="utf-8")
    workplace = run_folder.find_workplace(tmp_path)
    assert workplace == tmp_path / "unfinished-1"
    assert run_folder.find_workplace(tmp_path) == tmp_path / "unfinished-2"
    for file in tmp_path.glob("*.*"):
        (workplace / file.name).write_text("new", encoding="utf-8")
    run_folder.publish(workplace, tmp_path)
    assert {file.read_text(encoding="utf-8") for file in tmp_path.glob("*.*")} == {"new"}
    assert not workplace.exists()


@pytest.mark.parametrize(
    ("entry", "shown"),
    [
        ((-0.12345, -0.14567, -0.10123, 8.123), ("-0.123", "-0.146 to -0.101", "+8.1")),
        ((12.3456, 8.0, 16.0, -2.0), ("12.3", "8.0 to 16.0", "-2.0")),
        ((1.0, 1.0, 1.0, None), ("1.0000", "1.0000 to 1.0000", "-")),
        ((None, None, None, None), ("-", "-", "-")),
        ((-0.338, -30.0, 29.0, 0.0), ("0", "-30 to 29", "+0.0")),
    ],
)
def test_numbers(entry: tuple[float | None, ...], shown: tuple[str, str, str]) -> None:
    """The interval sets the digits, and a missing number is a dash."""
    keys = ("value", "ci_low", "ci_high", "significance")
    assert numbers(dict(zip(keys, entry, strict=True))) == shown


def test_doubtful_checks_are_printed() -> None:
    """A check that warns or fails is said below the verdict, one that passes is not."""
    entry: dict[str, Any] = {"outcome": "undecided", "statement": "Not known [yet]."}
    entry |= {"expected": "all of it."} | dict.fromkeys(
        ("value", "ci_low", "ci_high", "significance")
    )
    checks = {
        "levels": {"outcome": "warn", "statement": "Three levels may be too few."},
        "leakage": {"outcome": "pass", "statement": "All is well."},
    }
    printed = verdict_words({"verdict": dict.fromkeys(OBSERVATIONS, entry), "checks": checks})
    assert "warn, levels: Three levels may be too few." in printed
    assert "All is well" not in printed
    assert printed.count("Not known [yet].") == len(OBSERVATIONS)


def test_progress_counts_over_all_stages() -> None:
    """The stages share one K, and k never goes back."""
    drawn: list[int] = []
    whole: set[int] = set()

    def draw(done: int, total: int, _: str) -> None:
        drawn.append(done)
        whole.add(total)

    parts = stages(draw, (0.6, 0.3, 0.1))
    for report, total in zip(parts, (60, 5, 1), strict=True):
        for done in range(total):
            report(done + 1, total, "work")
    assert whole == {100}
    assert drawn[59::5] == [60, 90]
    assert drawn == sorted(drawn)
    assert drawn[-1] == 100


@pytest.mark.study
def test_an_interruption_in_a_callback_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the garbage collection calls back: Python drops it, and it is repeated."""

    class Thing:
        pass

    def press(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "unraisablehook", interrupt_again)
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    thing = Thing()
    watched, repeated = weakref.ref(thing, press), False
    try:
        del thing
        time.sleep(10)
    except KeyboardInterrupt:
        repeated = True
    finally:
        signal.signal(signal.SIGINT, handler)
    assert (watched(), repeated) == (None, True)

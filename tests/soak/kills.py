"""kill -9 at random moments: files are whole or absent, and running again ends the same."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import h5py
from fuzz.values import toml

BOX = '[box]\n"drive.rabi_rate_MHz" = [5, 40]\n"coupler.g_on_MHz" = [10, 40]\n'
_ONE = ("--workers", "1", "--out", "out", "-q")
VERBS = {
    "run": (["run", "e.toml", "--out", "out", "-q"], 6.0),
    "sweep": (
        ["sweep", "e.toml", "--over", "coupler.g_on_MHz=20:40:20", *_ONE[:3], "out/sweep.nc", "-q"],
        5.0,
    ),
    "design": (
        ["design", "e.toml", "--box", "box.toml", "--evaluations", "8", "--map", "0", *_ONE],
        8.0,
    ),
    "validate": (
        ["validate", "e.toml", "--repeats", "4", "--devices", "0", *_ONE],
        30.0,
    ),
    "optimise": (["optimise", "e.toml", "--starts", "2", "--out", "out", "-q"], 6.0),
}
"""Commands, and about how many seconds each takes."""
SAME = ("experiment.toml", "dataset.nc", "results.json", "sweep.nc", "design.json")
SAME += ("points.nc", "validation.json", "report.html", "optimum.json", "pulse.svg")
_PATIENCE_S = 600


@dataclass(frozen=True)
class Killed:
    """What became of a command that was killed: how often, how far, and what was wrong."""

    verb: str
    kills: int
    completed: int
    torn: tuple[str, ...]
    different: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether no file was torn and every result the same."""
        return not self.torn and not self.different


def kill_often(verb: str, kills: int, every: int, folder: Path, rng: Random) -> Killed:
    """Kill a command at random moments; after every few kills let it finish and compare.

    Args:
        verb: a key of `VERBS`.
        kills: how many times.
        every: kills between two completed commands; the last is always completed.
        folder: an empty one.
        rng: of the moments.
    """
    arguments, length = VERBS[verb]
    reference = _prepared(folder / "undisturbed")
    _finish(arguments, reference)
    wanted = _contents(reference / "out")
    torn, different, completed, round_ = [], [], 0, 0
    here = _prepared(folder / f"killed-{round_}")
    for number in range(1, kills + 1):
        _kill(arguments, here, rng.uniform(0.0, 1.1 * length))
        torn += [f"kill {number}: {name}" for name in _torn(here / "out")]
        if number % every == 0 or number == kills:
            _finish(arguments, here)
            found = _contents(here / "out")
            different += [name for name in wanted if found.get(name) != wanted[name]]
            completed, round_ = completed + 1, round_ + 1
            here = _prepared(folder / f"killed-{round_}")
    return Killed(verb, kills, completed, tuple(torn), tuple(different))


def _prepared(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "e.toml").write_text(toml({}), encoding="utf-8")
    (folder / "box.toml").write_text(BOX, encoding="utf-8")
    return folder


def _begin(arguments: list[str], folder: Path) -> subprocess.Popen[bytes]:
    code = "import sys; from cqed_battery.cli import main; sys.argv[0] = 'cqed-battery'; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _kill(arguments: list[str], folder: Path, after_s: float) -> None:
    process = _begin(arguments, folder)
    try:
        process.communicate(timeout=after_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # its workers are of the same group
        process.communicate()
    time.sleep(0.2)


def _finish(arguments: list[str], folder: Path) -> None:
    process = _begin(arguments, folder)
    _, said = process.communicate(timeout=_PATIENCE_S)
    if process.returncode:
        raise AssertionError(f"{arguments[0]} ended with {process.returncode}: {said.decode()}")


def _contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in SAME if (folder / name).is_file()}


def _torn(folder: Path) -> list[str]:
    """Return the files that are neither whole nor hidden parts nor the points of a sweep."""
    names = []
    for path in folder.rglob("*"):
        points = ".parts" in path.name or path.name in ("points", "points-wal")
        if not path.is_file() or path.name.startswith(".") or points:
            continue
        try:
            _CHECKS.get(path.suffix, _not_empty)(path)
        except (OSError, ValueError, KeyError) as error:
            names.append(f"{path.name} ({error})")
    return names


def _not_empty(path: Path) -> None:
    if path.suffix in (".html", ".svg") and not path.read_text(encoding="utf-8").rstrip().endswith(
        ("</html>", "</svg>")
    ):
        raise ValueError("it has no end")
    if path.stat().st_size == 0 and path.suffix != ".lock":
        raise ValueError("it is empty")


def _netcdf(path: Path) -> None:
    with h5py.File(path, "r") as file:
        file.visititems(lambda name, item: None)


def _json(path: Path) -> None:
    json.loads(path.read_text(encoding="utf-8"))


_CHECKS: dict[str, Callable[[Path], None]] = {".nc": _netcdf, ".json": _json}

"""A folder or file that may not be written or read: one sentence, and nothing is changed."""

import ctypes
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from commands import call, refused
from points import TINY, Here

from cqed_battery.compute.points import Workers

SMALL = TINY.replace("points = 3\n[tomo", "points = 5\n[tomo") + "[analysis]\nglobal_fit = false\n"
BOX = """
[box]
"drive.rabi_rate_MHz" = [5, 20]
[tolerance]
"drive.rabi_rate_MHz" = 0.5
"""
ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
WRITE_ANYTHING, READ_ANYTHING = 1 << 1, 1 << 2  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH
VERSION_3 = 0x20080522  # of capget and capset, see capabilities(7)

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or (ROOT and sys.platform != "linux"),
    reason="no file mode holds this user back",
)


def held_back(work: Callable[[], str], rights: int) -> str:
    """Return what a piece of work says whom file modes hold back, also where root runs the tests.

    Linux keeps root's rights over files apart from its number, thread by thread. A thread that has
    given them up still owns the clone, in whatever folder that lies, and nothing lasts.
    """

    def restricted() -> str:
        if ROOT:
            libc = ctypes.CDLL(None, use_errno=True)
            header, sets = (ctypes.c_uint32 * 2)(VERSION_3, 0), (ctypes.c_uint32 * 6)()
            assert libc.capget(header, sets) == 0
            sets[0], sets[1] = sets[0] & ~rights, sets[1] & ~rights  # effective and permitted
            assert libc.capset(header, sets) == 0, os.strerror(ctypes.get_errno())
        return work()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(restricted).result()


@contextmanager
def here(self: Workers, most: int) -> Iterator[Here]:
    """Compute in this process: the rights of another one are not those of the test."""
    yield Here()


def commands(folder: Path) -> dict[str, list[object]]:
    """The verbs that write, each into a folder that may not be written."""
    file, closed = folder / "small.toml", folder / "closed"
    dataset = folder / "out/dataset.nc"
    box = ["--box", folder / "box.toml", "--evaluations", 4, "--map", 0]
    return {
        "run": ["run", file, "--out", closed / "new"],
        "run into it": ["run", file, "--out", closed],
        "emulate": ["emulate", file, "--out", closed / "d.nc"],
        "sweep": ["sweep", file, "--over", "seed=1,2", "--out", closed / "s.nc"],
        "design": ["design", file, *box, "--out", closed / "design"],
        "validate": ["validate", file, "--repeats", 1, "--only", "device", "--out", closed / "v"],
        "analyse": ["analyse", dataset, "--out", closed / "a"],
        "export": ["export", dataset, closed / "t.csv"],
        "report": ["report", closed],
        "init": ["init", closed / "e.toml"],
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Inputs, and a folder `closed` with a run that may not be changed."""
    place = tmp_path_factory.mktemp("rights")
    (place / "small.toml").write_text(SMALL, encoding="utf-8")
    (place / "box.toml").write_text(BOX, encoding="utf-8")
    assert call("run", place / "small.toml", "--out", place / "out", "-q").exit_code == 0
    shutil.copytree(place / "out", place / "closed")
    (place / "closed").chmod(0o555)
    yield place
    (place / "closed").chmod(0o755)


def content(folder: Path) -> dict[str, bytes]:
    return {str(f): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}


@pytest.mark.parametrize("verb", commands(Path()))
def test_a_folder_that_may_not_be_written(
    verb: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence names the folder or a file in it, and nothing is changed or left behind."""
    monkeypatch.setattr(Workers, "pool", here)
    before = content(folder)
    said = held_back(lambda: refused(*commands(folder)[verb], "-q"), WRITE_ANYTHING)
    assert said.startswith("error: ")
    assert str(folder / "closed") in said
    assert "ermission denied" in said or "no permission to write here" in said
    assert content(folder) == before
    assert {file.name for file in folder.iterdir()} == {"small.toml", "box.toml", "out", "closed"}


@pytest.mark.parametrize("name", ["small.toml", "out/dataset.nc", "out/results.json", "box.toml"])
def test_a_file_that_may_not_be_read(name: str, folder: Path, tmp_path: Path) -> None:
    """The sentence names the file."""
    verb = {
        "small.toml": ["run", folder / name, "--out", tmp_path / "new"],
        "out/dataset.nc": ["analyse", folder / name, "--out", tmp_path / "new"],
        "out/results.json": ["report", folder / "out"],
        "box.toml": ["design", folder / "small.toml", "--box", folder / name],
    }[name]
    (folder / name).chmod(0o000)
    try:
        said = held_back(lambda: refused(*verb, "-q"), WRITE_ANYTHING | READ_ANYTHING)
    finally:
        (folder / name).chmod(0o644)
    assert str(folder / name) in said
    assert "ermission denied" in said

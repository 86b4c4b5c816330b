"""A folder or file that may not be written or read: one sentence, and nothing is changed."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from commands import call, refused
from points import TINY, Here

import analysis.design_search.design  # noqa: F401
import protocols.sweep.run  # noqa: F401  # loaded before a user without rights asks for it
from cqed_battery.compute.points import Workers

SMALL = TINY.replace("points = 3\n[tomo", "points = 5\n[tomo") + "[analysis]\nglobal_fit = false\n"
BOX = """
[box]
"drive.rabi_rate_MHz" = [5, 20]
[tolerance]
"drive.rabi_rate_MHz" = 0.5
"""
NOBODY = 65534


@contextmanager
def as_nobody() -> Iterator[None]:
    """Act as a user without rights where the tests run as root, whom no file mode holds back."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


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
def folder() -> Iterator[Path]:
    """Inputs that anybody may read, and a folder `closed` with a run that nobody may change."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    (place / "small.toml").write_text(SMALL, encoding="utf-8")
    (place / "box.toml").write_text(BOX, encoding="utf-8")
    assert call("run", place / "small.toml", "--out", place / "out", "-q").exit_code == 0
    assert call("report", place / "out", "-q").exit_code == 0  # imports what it needs
    shutil.copytree(place / "out", place / "closed")
    (place / "closed").chmod(0o555)
    yield place
    (place / "closed").chmod(0o755)
    shutil.rmtree(place)


def content(folder: Path) -> dict[str, bytes]:
    return {str(f): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="users have no numbers here")
@pytest.mark.parametrize("verb", commands(Path()))
def test_a_folder_that_may_not_be_written(
    verb: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence names the folder or a file in it, and nothing is changed or left behind."""
    monkeypatch.setattr(Workers, "pool", here)
    before = content(folder)
    with as_nobody():
        said = refused(*commands(folder)[verb], "-q")
    assert said.startswith("error: ")
    assert str(folder / "closed") in said
    assert "ermission denied" in said
    assert content(folder) == before
    assert {file.name for file in folder.iterdir()} == {"small.toml", "box.toml", "out", "closed"}


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="users have no numbers here")
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
        with as_nobody():
            said = refused(*verb, "-q")
    finally:
        (folder / name).chmod(0o644)
    assert str(folder / name) in said
    assert "ermission denied" in said

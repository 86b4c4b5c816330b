"""Torn heaps of HDF5 files, which its library would follow for ever, are seen before."""

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from points import TINY

from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import save_dataset
from cqed_battery.files.hdf5_check import torn_heap
from protocols.emulation.emulate import emulate


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small dataset as bytes."""
    path = tmp_path_factory.mktemp("heaps") / "dataset.nc"
    save_dataset(emulate(Experiment.from_text(TINY)), path)
    return path.read_bytes()


def objects(content: bytes) -> list[tuple[int, int, int]]:
    """Return place, number and length of each object of the first heap."""
    start = content.index(b"GCOL")
    (size,) = struct.unpack_from("<Q", content, start + 8)
    place, found = start + 16, []
    while place + 16 <= start + size:
        number, _, _, length = struct.unpack_from("<HHIQ", content, place)
        found.append((place, number, length))
        place += 16 + (length + 7) // 8 * 8 if number else length
    return found


def written(folder: Path, content: bytes, *changes: tuple[int, str, int]) -> Path:
    """Write a dataset with numbers changed: place, format and value."""
    changed = bytearray(content)
    for place, form, value in changes:
        struct.pack_into(form, changed, place, value)
    path = folder / "dataset.nc"
    path.write_bytes(changed)
    return path


def freed(folder: Path, content: bytes, length: int) -> Path:
    """Write a dataset whose second object became free space of that length."""
    place = objects(content)[1][0]
    return written(folder, content, (place, "<H", 0), (place + 8, "<Q", length))


def test_a_sound_file_has_sound_heaps(content: bytes, tmp_path: Path) -> None:
    """Nothing is said of a dataset, nor of files that are no HDF5."""
    assert len(objects(content)) > 2
    assert torn_heap(written(tmp_path, content)) == ""
    for other in (b"", b"CDF\x01", b"x" * 4000):
        assert torn_heap(written(tmp_path, other)) == ""


@pytest.mark.parametrize("length", [0, 2**63, 2**64 - 1])
def test_free_space_of_an_impossible_length(length: int, content: bytes, tmp_path: Path) -> None:
    """Free space that never ends, or ends beyond the heap, is seen."""
    path = freed(tmp_path, content, length)
    assert torn_heap(path) == f"the heap at byte {content.index(b'GCOL')} is damaged"


def test_an_object_or_heap_beyond_its_end(content: bytes, tmp_path: Path) -> None:
    """An object longer than its heap, and a heap longer than its file, are seen."""
    place, start = objects(content)[0][0], content.index(b"GCOL")
    assert "damaged" in torn_heap(written(tmp_path, content, (place + 8, "<Q", 2**40)))
    assert "damaged" in torn_heap(written(tmp_path, content, (start + 8, "<Q", 2**40)))


def test_other_lengths_are_refused(content: bytes, tmp_path: Path) -> None:
    """Whoever says that lengths have 4 bytes is not read with 8."""
    where = 14 if content[8] < 2 else 10
    path = tmp_path / "dataset.nc"
    path.write_bytes(content[:where] + b"\x04" + content[where + 1 :])
    assert torn_heap(path) == "lengths in it are not of 8 bytes"


def test_a_file_that_hung_the_reader_is_a_sentence(content: bytes, tmp_path: Path) -> None:
    """The command ends at once, where the library would have gone on for ever."""
    path = freed(tmp_path, content, 0)
    code = "import sys; from cqed_battery.cli import main; sys.argv[0] = 'cqed-battery'; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "analyse", str(path)],
        capture_output=True,
        text=True,
        timeout=900,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {path} cannot be read as a netCDF dataset (the heap at")
    assert done.stderr.count("\n") == 1

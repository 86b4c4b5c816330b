"""Points that are saved under way: torn, damaged, foreign ones are found out; whole ones count."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from points import TINY, InThisProcess

from cqed_battery.compute.saved_points import SavedPoints
from cqed_battery.compute.workers import BadResult, WorkError
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from protocols.sweep import run as sweep
from protocols.sweep import run_sweep
from protocols.sweep.grid import parse_axis
from protocols.sweep.point import Point, SweepError

EXPERIMENT = Experiment.from_text(TINY)
FEW = ("resonator.linewidth_MHz=1:4:4",)
LAYOUT = '{"versions": {}, "variables": [{"name": "a", "dtype": "<f8", "shape": [2], "dims": []}]}'


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The dataset of a small sweep that nothing disturbs."""
    return few_points(tmp_path_factory.mktemp("few") / "sweep.nc").read_bytes()


def few_points(out: Path) -> Path:
    """Run the small sweep in this process."""
    run_sweep(EXPERIMENT, [parse_axis(text) for text in FEW], out, workers=InThisProcess())
    return out


@pytest.mark.parametrize(
    ("point", "sentence"),
    [
        (None, "as NoneType, which is not a point's values"),
        (Point("no layout", b""), "with a layout that cannot be read"),
        (Point(LAYOUT, bytes(15)), "with 15 bytes, not the 16 of its layout"),
        (Point(LAYOUT, bytes(6) + b"\xf0\x7f" + bytes(8)), "a value of a that is not finite"),
    ],
)
def test_garbage_is_not_stored(point: object, sentence: str, tmp_path: Path) -> None:
    """What is no point, or has another size or a nan, is refused; its neighbours stay whole."""
    with SavedPoints(tmp_path / "parts", {"versions": {}}, 3, finite=True) as saved:
        saved.save(1, Point(LAYOUT, bytes(16)))
        with pytest.raises(BadResult, match=sentence):
            saved.save(0, point)  # type: ignore[arg-type]
        assert saved.finished() == {1}


def test_a_point_that_comes_back_as_garbage_is_named(
    few: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value that is not finite ends the sweep with the point's place, the others being kept."""
    compute = sweep.sweep_point

    def spoil(text: str, changes: dict[str, float], shots: bool) -> Point:
        point = compute(text, changes, shots)  # type: ignore[arg-type]
        if changes["resonator.linewidth_MHz"] != 3.0:
            return point
        return Point(point.layout, bytes(6) + b"\xf8\x7f" + point.data[8:])

    out = tmp_path / "sweep.nc"
    with monkeypatch.context() as patch:
        patch.setattr(sweep, "sweep_point", spoil)
        with pytest.raises(WorkError, match=r"linewidth_MHz = 3\.0 came back") as caught:
            few_points(out)
    assert caught.value.__notes__[0].startswith("2 of 4 points are saved")
    assert few_points(out).read_bytes() == few


def test_only_missing_points_are_computed(
    few: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an interruption, the points that were saved are not computed again."""
    computed: list[object] = []
    compute = sweep.sweep_point

    def interrupted(text: str, changes: dict[str, object], shots: bool) -> Point:
        if len(computed) == 3:
            raise KeyboardInterrupt
        computed.append(changes)
        return compute(text, changes, shots)  # type: ignore[arg-type]

    monkeypatch.setattr(sweep, "sweep_point", interrupted)
    with pytest.raises(KeyboardInterrupt, match="points are saved") as caught:
        few_points(tmp_path / "sweep.nc")
    assert caught.value.__notes__[0].startswith("3 of 4 points are saved")
    del computed[:]
    assert few_points(tmp_path / "sweep.nc").read_bytes() == few
    assert computed == [{"resonator.linewidth_MHz": 4.0}]


@pytest.fixture
def interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The saved points of the small sweep, three of four, and a sentence on more than these."""
    with monkeypatch.context() as patch:
        compute, left = sweep.sweep_point, iter((True, True, True))

        def interrupt(*arguments: object) -> Point:
            if not next(left, False):
                raise KeyboardInterrupt
            return compute(*arguments)  # type: ignore[arg-type]

        patch.setattr(sweep, "sweep_point", interrupt)
        with pytest.raises(KeyboardInterrupt, match="points are saved"):
            few_points(tmp_path / "sweep.nc")
    return tmp_path / "sweep.nc.parts"


def resumed(parts: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, bytes]:
    """Go on with the small sweep: how many points are computed, and the dataset."""
    computed: list[object] = []
    compute = sweep.sweep_point

    def counted(*arguments: object) -> Point:
        computed.append(arguments)
        return compute(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(sweep, "sweep_point", counted)
    out = few_points(parts.with_name("sweep.nc"))
    return len(computed), out.read_bytes()


def flipped(file: Path, place: int) -> None:
    """Change a bit of a byte of a file."""
    content = bytearray(file.read_bytes())
    content[place] ^= 0x10
    file.write_bytes(content)


def test_a_damaged_point_is_computed_again(
    interrupted: Path, few: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A point whose bytes changed on the disk is computed again, and no other."""
    with closing(sqlite3.connect(interrupted)) as database:
        (record,) = database.execute("SELECT record FROM points WHERE number = 1").fetchone()
    flipped(interrupted, interrupted.read_bytes().index(record[:200]) + 20)
    assert resumed(interrupted, monkeypatch) == (2, few)


def test_points_that_changed_places(
    interrupted: Path, few: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A point counts at its own place only."""
    with closing(sqlite3.connect(interrupted)) as database:
        for old, new in ((0, 9), (1, 0), (9, 1)):
            database.execute("UPDATE points SET number = ? WHERE number = ?", (new, old))
        database.commit()
    assert resumed(interrupted, monkeypatch) == (3, few)


def test_whatever_changes_on_the_disk(tmp_path: Path) -> None:
    """With any byte of the file changed, or its end gone, points are right or it is a sentence."""
    path, identity = tmp_path / "parts", {"versions": {}}
    with SavedPoints(path, identity, 9) as saved:
        for number in range(9):
            saved.save(number, Point(LAYOUT, bytes([number]) * 16))
    content, refused, computed_again, unnamed = path.read_bytes(), 0, 0, 0
    for place in [*range(0, 200, 3), *range(200, len(content), 17)]:
        path.write_bytes(content)
        if place % 2:
            path.write_bytes(content[:place])
        else:
            flipped(path, place)
        try:
            with SavedPoints(path, identity, 9) as saved:
                found = saved.finished()
                computed_again += len(found) < 9
                for number in found:
                    assert saved.read(number, number + 1).tobytes() == bytes([number]) * 16
                if len(found) < 9:
                    saved.save(min({*range(9)} - found), Point(LAYOUT, bytes(16)))
        except (SweepError, OSError) as error:
            refused += str(path) in str(error)
            unnamed += str(path) not in str(error)
    assert unnamed == 0
    assert refused > 20
    assert computed_again > 20


@pytest.mark.parametrize("content", [b"precious", b"\xff" * 5000, b"SQLite format 3\x00", b"{}"])
def test_a_file_that_holds_something_else(content: bytes, tmp_path: Path) -> None:
    """Something else under the name of the file of points is not touched."""
    parts = tmp_path / "sweep.nc.parts"
    parts.write_bytes(content)
    with pytest.raises(SweepError, match="give another `out`"):
        few_points(tmp_path / "sweep.nc")
    assert parts.read_bytes() == content
    assert [file.name for file in tmp_path.iterdir()] == ["sweep.nc.parts"]


def test_a_database_that_holds_something_else(tmp_path: Path) -> None:
    """Another program's database is not touched."""
    parts = tmp_path / "sweep.nc.parts"
    with closing(sqlite3.connect(parts)) as database:
        database.execute("CREATE TABLE precious (value TEXT)")
    before = parts.read_bytes()
    with pytest.raises(SweepError, match="holds the points of another sweep"):
        few_points(tmp_path / "sweep.nc")
    assert parts.read_bytes() == before


def test_points_of_an_earlier_version_are_refused(tmp_path: Path) -> None:
    """A folder of points, as earlier versions kept them, stays as it is."""
    parts = tmp_path / "sweep.nc.parts"
    parts.mkdir()
    (parts / "points.bin").write_bytes(b"points")
    with pytest.raises(SweepError, match="or the software changed; finish that one, remove it"):
        few_points(tmp_path / "sweep.nc")
    assert (parts / "points.bin").read_bytes() == b"points"


def test_another_seed_is_another_sweep(interrupted: Path) -> None:
    """Points of one experiment are not mixed with those of another."""
    other = EXPERIMENT.replace({"seed": 8})
    axes, out = [parse_axis(text) for text in FEW], interrupted.with_name("sweep.nc")
    with pytest.raises(SweepError, match="give another `out`"):
        run_sweep(other, axes, out, workers=InThisProcess())


def test_two_processes_on_one_sweep(interrupted: Path) -> None:
    """A sweep that is under way is not begun a second time, here or in another process."""
    code = (
        "import sqlite3, sys; database = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "database.execute('BEGIN EXCLUSIVE'); print('locked', flush=True); input()"
    )
    command = [sys.executable, "-c", code, str(interrupted)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"locked\n"
        with pytest.raises(SweepError, match="another process is at work on this sweep"):
            few_points(interrupted.with_name("sweep.nc"))
        other.communicate(b"\n")
    few_points(interrupted.with_name("sweep.nc"))
    assert not interrupted.exists()


def test_a_lock_lasts_as_long_as_the_points_are_open(tmp_path: Path) -> None:
    """Two searches or sweeps never write into one file, from the first moment to the last."""
    path, identity = tmp_path / "parts", {"versions": {}}
    with SavedPoints(path, identity, 3) as saved:
        with pytest.raises(SweepError, match="another process is at work"):
            SavedPoints(path, identity, 3)
        saved.save(0, Point(LAYOUT, bytes(16)))
        with pytest.raises(SweepError, match="another process is at work"):
            SavedPoints(path, identity, 3)
    with SavedPoints(path, identity, 3) as saved:
        assert saved.finished() == {0}


def test_points_of_a_killed_process(tmp_path: Path) -> None:
    """All points that were saved are there, though the file was never closed."""
    path = tmp_path / "parts"
    code = (
        "import os, sys; from pathlib import Path;"
        "from cqed_battery.compute.saved_points import Point, SavedPoints;"
        "saved = SavedPoints(Path(sys.argv[1]), {'versions': {}}, 999);"
        "[saved.save(n, Point(sys.argv[2], bytes(16))) for n in range(700)];"
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(path), LAYOUT], check=False)
    assert path.with_name("parts-wal").exists()
    with SavedPoints(path, {"versions": {}}, 999) as saved:
        assert saved.finished() == set(range(700))
    assert [file.name for file in tmp_path.iterdir()] == ["parts"]


def test_workers_with_other_versions(tmp_path: Path) -> None:
    """Points from workers with other versions of the software are refused, not mixed in."""
    layout = '{"variables": [], "versions": {"numpy": "%s"}}'
    with SavedPoints(tmp_path / "parts", {"versions": {"numpy": "2.4.6"}}, 2) as saved:
        with pytest.raises(SweepError, match=r"numpy 2\.4\.6 and 2\.0\.0"):
            saved.save(0, Point(layout % "2.0.0", b""))
        saved.save(0, Point(layout % "2.4.6", b""))
        with pytest.raises(SweepError, match=r"numpy 2\.4\.6 and 2\.0\.0"):
            saved.save(1, Point(layout % "2.0.0", b""))
        with pytest.raises(SweepError, match="one shape"):
            saved.save(1, Point(LAYOUT.replace("{}", '{"numpy": "2.4.6"}'), bytes(16)))


def test_a_disk_that_is_full_keeps_the_points(
    interrupted: Path, few: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the dataset cannot be written, the points stay, and the same command writes it."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(sweep, "write_atomically", full)
        with pytest.raises(OSError, match="No space left"):
            few_points(interrupted.with_name("sweep.nc"))
    assert resumed(interrupted, monkeypatch) == (0, few)


def test_every_error_of_a_sweep_is_one_a_user_sees() -> None:
    """A sweep's own error ends a command with a sentence, as all others do."""
    assert issubclass(SweepError, CqedBatteryError)

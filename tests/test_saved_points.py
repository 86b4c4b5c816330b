"""Points that are saved under way: torn, damaged, foreign ones are found out; whole ones count."""

from pathlib import Path

import pytest
from points import TINY, InThisProcess

from cqed_battery.compute.saved_points import SavedPoints, lock_file
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
    saved = SavedPoints(tmp_path / "parts", {"versions": {}}, 3, finite=True)
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


@pytest.mark.parametrize("where", [0, 7, 8, 40, -1, -9, "cut"])
def test_a_torn_point_is_computed_again(
    where: int | str, interrupted: Path, few: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A point whose bytes changed, or are not all there, is computed again, and no other."""
    file = interrupted / "points.bin"
    content = bytearray(file.read_bytes())
    if isinstance(where, int):
        content[where] ^= 0x10
    else:
        del content[-10:]
    file.write_bytes(content)
    assert resumed(interrupted, monkeypatch) == (2, few)


@pytest.mark.parametrize("name", ["layout.json", "points.bin"])
@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"{}", b'{"variables": [{}]}'])
def test_damaged_files_are_replaced(
    name: str, content: bytes | None, interrupted: Path, few: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a layout or without points, all points are computed again."""
    (interrupted / name).unlink()
    if content is not None:
        (interrupted / name).write_bytes(content)
    assert resumed(interrupted, monkeypatch) == (4, few)


def test_points_that_changed_places(
    interrupted: Path, few: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A point counts at its own place only."""
    file = interrupted / "points.bin"
    content = file.read_bytes()
    size = len(content) // 3
    file.write_bytes(content[size : 2 * size] + content[:size] + content[2 * size :])
    assert resumed(interrupted, monkeypatch) == (3, few)


@pytest.mark.parametrize("label", [None, b"", b"\xff", b'{"experiment": ""}'])
def test_points_of_another_sweep_are_refused(label: bytes | None, interrupted: Path) -> None:
    """Points that are not known to be of this sweep stay where they are, and a sentence says so."""
    (interrupted / "sweep.json").unlink()
    if label is not None:
        (interrupted / "sweep.json").write_bytes(label)
    before = (interrupted / "points.bin").read_bytes()
    with pytest.raises(SweepError, match="holds the points of another sweep"):
        few_points(interrupted.with_name("sweep.nc"))
    assert (interrupted / "points.bin").read_bytes() == before


def test_another_seed_is_another_sweep(interrupted: Path) -> None:
    """Points of one experiment are not mixed with those of another."""
    other = EXPERIMENT.replace({"seed": 8})
    axes, out = [parse_axis(text) for text in FEW], interrupted.with_name("sweep.nc")
    with pytest.raises(SweepError, match="give another --out"):
        run_sweep(other, axes, out, workers=InThisProcess())


def test_a_file_in_the_place_of_the_points(tmp_path: Path) -> None:
    """Something else under the name of the folder of points is not touched."""
    (tmp_path / "sweep.nc.parts").write_text("precious", encoding="utf-8")
    with pytest.raises(SweepError, match="give another --out"):
        few_points(tmp_path / "sweep.nc")
    assert (tmp_path / "sweep.nc.parts").read_text(encoding="utf-8") == "precious"


def test_two_processes_on_one_sweep(interrupted: Path) -> None:
    """A sweep that is under way is not begun a second time."""
    with (interrupted / "sweep.json").open("rb") as file:
        lock_file(file)
        with pytest.raises(SweepError, match="another process is at work on this sweep"):
            few_points(interrupted.with_name("sweep.nc"))
    few_points(interrupted.with_name("sweep.nc"))
    assert not interrupted.exists()


def test_workers_with_other_versions(tmp_path: Path) -> None:
    """Points from workers with other versions of the software are refused, not mixed in."""
    saved = SavedPoints(tmp_path / "parts", {"versions": {"numpy": "2.4.6"}}, 2)
    layout = '{"variables": [], "versions": {"numpy": "%s"}}'
    with pytest.raises(SweepError, match=r"numpy 2\.4\.6 and 2\.0\.0"):
        saved.save(0, Point(layout % "2.0.0", b""))
    saved.save(0, Point(layout % "2.4.6", b""))
    with pytest.raises(SweepError, match=r"numpy 2\.4\.6 and 2\.0\.0"):
        saved.save(1, Point(layout % "2.0.0", b""))
    with pytest.raises(SweepError, match="one shape"):
        saved.save(1, Point(layout.replace("[]", "[1]") % "2.4.6", b""))


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

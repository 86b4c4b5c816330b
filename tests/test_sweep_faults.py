"""Sweeps that are disturbed: killed workers, Ctrl-C, damaged files. The result stays the same."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from points import TINY, InThisProcess

from cqed_battery.checks import CqedBatteryError
from cqed_battery.executors import Workers
from cqed_battery.experiment import Experiment
from cqed_battery.lanes import BadResult, WorkError
from protocols.sweep import run as sweep
from protocols.sweep import run_sweep
from protocols.sweep.grid import Axis, parse_axis
from protocols.sweep.point import Point, SweepError
from protocols.sweep.saved_points import SavedPoints, lock_file

EXPERIMENT = Experiment.from_text(TINY)
COMMAND = (  # a test that runs in the background may have been told to ignore Ctrl-C
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from cqed_battery.cli import main; sys.argv[0] = 'cqed-battery'; main()"
)
OVER = ("resonator.linewidth_MHz=0.5:5:6", "coupler.g_on_MHz=20:40:10")
FEW = ("resonator.linewidth_MHz=1:4:4",)
PATIENCE_S = 60


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The dataset of a sweep that nothing disturbs, computed by one process."""
    out = tmp_path_factory.mktemp("undisturbed") / "sweep.nc"
    run_sweep(EXPERIMENT, [parse_axis(text) for text in OVER], out, workers=InThisProcess())
    return out.read_bytes()


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The dataset of a small sweep that nothing disturbs."""
    return few_points(tmp_path_factory.mktemp("few") / "sweep.nc").read_bytes()


@pytest.fixture
def command(tmp_path: Path) -> Iterator[list[str]]:
    """The command of the sweep in the folder of the test, for a process of its own."""
    (tmp_path / "tiny.toml").write_text(TINY, encoding="utf-8")
    over = [part for text in OVER for part in ("--over", text)]
    out = ["--out", str(tmp_path / "sweep.nc"), "--workers", "2"]
    yield [sys.executable, "-c", COMMAND, "sweep", str(tmp_path / "tiny.toml"), *over, *out]
    for child in psutil.Process().children(recursive=True):
        if str(tmp_path) in " ".join(child.cmdline()):
            child.kill()


def few_points(out: Path) -> Path:
    """Run the small sweep in this process."""
    run_sweep(EXPERIMENT, [parse_axis(text) for text in FEW], out, workers=InThisProcess())
    return out


def begin(command: list[str]) -> "subprocess.Popen[str]":
    """Start a sweep as a terminal does, in a process group of its own."""
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True)


def wait_for_points(parts: Path, process: "subprocess.Popen[str]") -> None:
    """Wait until several points are saved: the slots of the first ones are there."""
    deadline = time.monotonic() + PATIENCE_S
    file = parts / "points.bin"
    while not (file.exists() and file.stat().st_size > 8000):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)


def workers_of(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    """Return the processes that a sweep computes with."""
    children = psutil.Process(process.pid).children()
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


def test_one_two_and_a_cluster_agree(undisturbed: bytes, tmp_path: Path) -> None:
    """One process, two processes and a dask cluster write the same file, byte for byte."""
    from dask.distributed import LocalCluster

    axes = [parse_axis(text) for text in OVER]
    run_sweep(EXPERIMENT, axes, tmp_path / "one.nc", workers=Workers(1))
    run_sweep(EXPERIMENT, axes, tmp_path / "two.nc", workers=Workers(2))
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster:
        workers = Workers(scheduler=cluster.scheduler_address)
        run_sweep(EXPERIMENT, axes, tmp_path / "cluster.nc", workers=workers)
    for name in ("one", "two", "cluster"):
        assert (tmp_path / f"{name}.nc").read_bytes() == undisturbed


def test_counts_do_not_depend_on_the_workers(tmp_path: Path) -> None:
    """With shots, too, two processes write what one does."""
    axes = [Axis("resonator.linewidth_MHz", (1.0, 2.0, 3.0))]
    for name, workers in (("one", InThisProcess()), ("two", Workers(2))):
        run_sweep(EXPERIMENT, axes, tmp_path / f"{name}.nc", shots=True, workers=workers)
    assert (tmp_path / "one.nc").read_bytes() == (tmp_path / "two.nc").read_bytes()


def test_a_killed_worker_changes_nothing(
    command: list[str], undisturbed: bytes, tmp_path: Path
) -> None:
    """A worker that is killed under way is replaced, and the file is the same."""
    process = begin(command)
    wait_for_points(tmp_path / "sweep.nc.parts", process)
    victim, other = workers_of(process)
    victim.kill()
    out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, err) == (0, "")
    assert out == f"sweep: {tmp_path / 'sweep.nc'}\n"
    assert (tmp_path / "sweep.nc").read_bytes() == undisturbed
    assert not other.is_running()


def test_ctrl_c_and_again(command: list[str], undisturbed: bytes, tmp_path: Path) -> None:
    """Ctrl-C ends with 130 and a word on what is saved; the same command goes on from there."""
    process = begin(command)
    parts = tmp_path / "sweep.nc.parts"
    wait_for_points(parts, process)
    workers = workers_of(process)
    assert len(workers) == 2
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    first, second = err.splitlines()
    assert first.startswith("Interrupted")
    assert f"of 60 points are saved in {parts}; the same command goes on from there" in second
    assert out == ""
    assert not any(worker.is_running() for worker in workers)
    assert not (tmp_path / "sweep.nc").exists()
    again = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout.splitlines()[0] == (
        f"going on: {second.split()[0]} of 60 points were computed before"
    )
    assert (tmp_path / "sweep.nc").read_bytes() == undisturbed
    assert not parts.exists()


def test_ctrl_c_before_the_first_point(command: list[str], tmp_path: Path) -> None:
    """Interrupted while the workers begin, a sweep leaves nothing behind and no word from them."""
    process = begin(command)
    deadline = time.monotonic() + PATIENCE_S
    while len(workers := workers_of(process)) < 1:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, err.count("\n")) == (130, 1)
    assert not any(worker.is_running() for worker in workers)
    assert [file.name for file in tmp_path.iterdir()] == ["tiny.toml"]


def test_ctrl_c_ends_workers_that_hang(command: list[str], tmp_path: Path) -> None:
    """Workers that are stopped, and so would not hear a request to end, are ended all the same."""
    process = begin(command)
    parts = tmp_path / "sweep.nc.parts"
    wait_for_points(parts, process)
    workers = workers_of(process)
    for worker in workers:
        worker.suspend()
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert f"of 60 points are saved in {parts}" in err
    assert not any(worker.is_running() for worker in workers)


def test_a_worker_that_hangs_changes_nothing(
    command: list[str], undisturbed: bytes, tmp_path: Path
) -> None:
    """With --patience a stopped worker is replaced under way, and the file is the same."""
    process = begin([*command, "--patience", "10"])
    wait_for_points(tmp_path / "sweep.nc.parts", process)
    victim = workers_of(process)[0]
    victim.suspend()
    _, err = process.communicate(timeout=2 * PATIENCE_S)
    assert (process.returncode, err) == (0, "")
    assert (tmp_path / "sweep.nc").read_bytes() == undisturbed
    assert not victim.is_running()


def test_a_scheduler_that_goes_away(command: list[str], undisturbed: bytes, tmp_path: Path) -> None:
    """One sentence, code 2, a word on the points; and another command goes on from them."""
    from dask.distributed import LocalCluster

    parts = tmp_path / "sweep.nc.parts"
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as cluster:
        process = begin([*command[:-2], "--scheduler", cluster.scheduler_address])
        wait_for_points(parts, process)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, out) == (2, "")
    assert err.count("\n") == 2, err
    first, second = err.splitlines()
    assert first.startswith("error: the dask cluster at tcp://")
    assert first.endswith("went away")
    assert f"of 60 points are saved in {parts}; the same command goes on from there" in second
    again = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert (again.returncode, again.stderr) == (0, "")
    assert (tmp_path / "sweep.nc").read_bytes() == undisturbed


LAYOUT = '{"versions": {}, "variables": [{"name": "a", "dtype": "<f8", "shape": [2], "dims": []}]}'


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


def test_an_error_of_the_command_is_one_sentence(command: list[str], tmp_path: Path) -> None:
    """A scheduler that does not answer is said in one sentence, and nothing is left behind."""
    command = [*command[:-2], "--scheduler", "foo://nowhere:1"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("error: no dask scheduler answers at foo://nowhere:1")
    assert answer.stderr.count("\n") == 1
    assert [file.name for file in tmp_path.iterdir()] == ["tiny.toml"]


def test_every_error_of_a_sweep_is_one_a_user_sees() -> None:
    """A sweep's own error ends a command with a sentence, as all others do."""
    assert issubclass(SweepError, CqedBatteryError)

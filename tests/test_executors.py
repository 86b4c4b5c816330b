"""Points on workers: every one is computed once, whatever happens to the workers."""

import multiprocessing
import os
import pickle
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import points
import pytest
from points import Memory, calls, job, processes

from cqed_battery.compute import workers
from cqed_battery.compute.points import Workers, available_cores, resumable_map
from cqed_battery.compute.workers import BadResult, WorkError
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import ExperimentError


@pytest.fixture
def _no_orphans() -> Iterator[None]:
    """Check that every process that the test began has ended with it."""
    before = own_children()
    yield
    assert own_children() <= before


def own_children() -> set[int | None]:
    """Return our own processes: dask's cluster begins its dead workers anew when it likes."""
    children = multiprocessing.active_children()
    return {child.pid for child in children if "Dask" not in child.name}


@pytest.mark.usefixtures("_no_orphans")
@pytest.mark.parametrize("count", [1, 2])
def test_every_point_is_computed_once(count: int, tmp_path: Path) -> None:
    """Each point is computed once and stored, by as many processes as asked for."""
    store = Memory()
    resumable_map(job(points.slow, 12, tmp_path), store, Workers(count))
    assert store.points == {number: number**2 for number in range(12)}
    assert set(calls(tmp_path).values()) == {1}
    assert len(processes(tmp_path)) == count


def test_stored_points_are_not_computed(tmp_path: Path) -> None:
    """The store is asked once; what it holds is counted as done and left alone."""
    store, seen = Memory(), list[tuple[int, int, str]]()
    store.points = {1: "kept", 3: "kept"}
    resumable_map(
        job(points.square, 5, tmp_path), store, Workers(1), lambda *report: seen.append(report)
    )
    assert store.points == {0: 0, 1: "kept", 2: 4, 3: "kept", 4: 16}
    assert sorted(calls(tmp_path)) == [0, 2, 4]
    assert seen == [(done, 5, "points") for done in (2, 3, 4, 5)]
    assert store.asked == 1


def test_nothing_left_begins_no_process(tmp_path: Path) -> None:
    """When all points are stored, no worker is needed, not even one that could not be had."""
    store = Memory()
    store.points = {0: 0}
    resumable_map(job(points.square, 1, tmp_path), store, Workers(scheduler="tcp://nowhere:1"))
    assert not calls(tmp_path)


def test_no_more_processes_than_points(tmp_path: Path) -> None:
    """A thousand workers for one point are one worker."""
    resumable_map(job(points.square, 1, tmp_path), store := Memory(), Workers(1000))
    assert store.points == {0: 0}


@pytest.mark.parametrize("count", [1, 2])
def test_a_killed_worker_costs_its_point_alone(count: int, tmp_path: Path) -> None:
    """After kill -9 every point is there, and only the one under way was computed twice."""
    store = Memory()
    resumable_map(job(points.die_once, 12, tmp_path), store, Workers(count))
    assert store.points == {number: number**2 for number in range(12)}
    assert {number for number, times in calls(tmp_path).items() if times > 1} == {3}
    assert calls(tmp_path)[3] == 2


@pytest.mark.usefixtures("_no_orphans")
@pytest.mark.parametrize("count", [1, 2])
def test_a_deadly_point_is_given_up(count: int, tmp_path: Path) -> None:
    """A point that kills its worker three times is named; what was finished is stored."""
    store = Memory()
    with pytest.raises(WorkError, match="point 3 took its worker down 3 times"):
        resumable_map(job(points.die_always, 20, tmp_path), store, Workers(count))
    assert calls(tmp_path)[3] == 3
    assert 2 in store.points


@pytest.mark.usefixtures("_no_orphans")
@pytest.mark.parametrize("count", [1, 2])
def test_a_hanging_worker_is_replaced(count: int, tmp_path: Path) -> None:
    """A worker that is silent for longer than the time limit loses its point, and no other."""
    store = Memory()
    work = job(points.hang_once, 12, tmp_path)
    resumable_map(work, store, Workers(count, time_limit_s=5.0))
    assert store.points == {number: number**2 for number in range(12)}
    assert calls(tmp_path)[3] == 2


@pytest.mark.study
@pytest.mark.usefixtures("_no_orphans")
def test_a_point_that_hangs_always_is_given_up(tmp_path: Path) -> None:
    """After three times the point is named with the limit; what was finished is stored."""
    store = Memory()
    sentence = r"point 3 was not finished within 4 s \(`time_limit_s`\), tried 3 times"
    with pytest.raises(WorkError, match=sentence):
        resumable_map(job(points.hang_always, 6, tmp_path), store, Workers(2, time_limit_s=4.0))
    assert set(store.points) >= {0, 1, 2}


class Choosy(Memory):
    """A store that takes point 2 for garbage so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def save(self, number: int, result: Any) -> None:
        if number == 2 and self.times:
            self.times -= 1
            raise BadResult("with 3 bytes, not the 8 of its layout")
        super().save(number, result)


@pytest.mark.parametrize("count", [1, 2])
def test_garbage_is_computed_again(count: int, tmp_path: Path) -> None:
    """What the store cannot take is not stored, and comes right the next time."""
    store = Choosy(2)
    resumable_map(job(points.square, 5, tmp_path), store, Workers(count))
    assert store.points == {number: number**2 for number in range(5)}
    assert calls(tmp_path)[2] == 3


def test_garbage_again_and_again_is_given_up(tmp_path: Path) -> None:
    """A point that comes back as garbage three times is named, with what is wrong."""
    store = Choosy(3)
    with pytest.raises(WorkError, match=r"point 2 came back with 3 bytes, .* layout, 3 times"):
        resumable_map(job(points.square, 3, tmp_path), store, Workers(1))
    assert set(store.points) == {0, 1}


@pytest.mark.usefixtures("_no_orphans")
def test_a_refused_point_ends_the_work(tmp_path: Path) -> None:
    """The worker's sentence arrives as it is, and no process is left behind."""
    store = Memory()
    with pytest.raises(ExperimentError, match=r"^resonator\.linewidth_MHz must be a number"):
        resumable_map(job(points.refuse, 2000, tmp_path), store, Workers(2))
    assert 2 in store.points
    assert len(calls(tmp_path)) < 2000


@pytest.mark.usefixtures("_no_orphans")
def test_nothing_is_waited_for_in_vain(tmp_path: Path) -> None:
    """When the work ends early, points that still would take long are ended, too."""
    begun = time.monotonic()
    with pytest.raises(ExperimentError, match="linewidth_MHz"):
        resumable_map(job(points.refuse_beside_a_long_one, 9, tmp_path), Memory(), Workers(2))
    assert time.monotonic() - begun < points.LONG_S / 2


@pytest.mark.parametrize(
    ("function", "sentence"),
    [(points.outgrow, "point 0 does not fit into memory"), (points.lack, "qiskit_dynamics")],
)
def test_a_worker_that_cannot_work(
    function: Callable[..., Any], sentence: str, tmp_path: Path
) -> None:
    """Lack of memory and a missing library are said in a sentence."""
    with pytest.raises(WorkError, match=sentence):
        resumable_map(job(function, 1, tmp_path), Memory(), Workers(1))


def test_a_worker_that_cannot_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that ends before it computes anything is not begun again and again."""
    monkeypatch.setattr(workers, "_work", os._exit)
    with pytest.raises(WorkError, match="3 worker processes, one after the other, ended before"):
        resumable_map(job(points.square, 3, tmp_path), Memory(), Workers(1))


@pytest.mark.usefixtures("_no_orphans")
def test_a_worker_killed_while_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is killed before it is at work is replaced, and no point is blamed."""
    begun: list[int] = []
    start = workers._SPAWN.Process.start

    def killed_at_first(process: Any) -> None:
        start(process)
        begun.append(process.pid)
        if len(begun) == 1:
            process.kill()

    monkeypatch.setattr(workers._SPAWN.Process, "start", killed_at_first)
    with closing(workers.LocalPool(1)) as pool:
        (future,) = pool.submit([(os.getpid, ())])
        assert future.result() == begun[1]
        assert [process.pid for process in pool.processes.values()] == begun[1:]


def test_room_for_many_workers() -> None:
    """The limit on open files is raised as far as it may be, and never lowered."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (300, before[1]))
        workers.make_room(100)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= min(1600, before[1])
        workers.make_room(1)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= min(1600, before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_surroundings_of_a_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker has one thread for linear algebra and leaves Ctrl-C to its parent."""
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    before, store = dict(os.environ), Memory()
    resumable_map(job(points.surroundings, 1, tmp_path), store, Workers(1))
    signal.signal(signal.SIGINT, handler)
    assert store.points == {0: (["1", "1", "1"], True, True)}
    assert dict(os.environ) == before
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_workers_do_not_outlive_their_parent(tmp_path: Path) -> None:
    """When the parent is killed without a chance to say so, its workers end themselves."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import points; from pathlib import Path;"
        "from cqed_battery.compute.points import Workers, resumable_map;"
        "resumable_map(points.job(points.slow, 9999, Path(sys.argv[2])), points.Memory(), "
        "Workers(2))"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(Path(__file__).parent), str(tmp_path)],
        stderr=subprocess.DEVNULL,
    )
    while len(calls(tmp_path)) < 4 or len(processes(tmp_path)) < 2:
        assert parent.poll() is None
        time.sleep(0.02)
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 300
    while any(Path(f"/proc/{worker}").exists() for worker in processes(tmp_path)):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((0, None), "`count` must be a whole number from 1 to 1024, but is 0"),
        ((1025, None), "but is 1025"),
        ((2, "tcp://host:1"), "must not stand beside `scheduler`"),
        ((2, None, 0.5), "`time_limit_s` must be a number of seconds >= 1, .* but is 0.5"),
        ((2, None, float("nan")), "but is nan"),
    ],
)
def test_bad_workers(arguments: tuple[Any, ...], sentence: str) -> None:
    """A number out of range, and a number beside a cluster, are refused."""
    with pytest.raises(WorkError, match=sentence):
        Workers(*arguments)


def test_cores_are_counted() -> None:
    """By default there is a worker for each core that this process may use."""
    assert 1 <= available_cores() <= (os.cpu_count() or 1)


def test_errors_travel_between_processes() -> None:
    """Every error that a user may see arrives from a worker as it left."""
    import protocols.prediction.predict
    import protocols.sweep  # noqa: F401

    kinds = [CqedBatteryError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    assert len(kinds) >= 4
    for kind in kinds:
        error = kind("must be so, but is not")
        error.add_note("a note")
        arrived = pickle.loads(pickle.dumps(error))
        assert (type(arrived), str(arrived), arrived.__notes__) == (
            kind,
            "must be so, but is not",
            ["a note"],
        )

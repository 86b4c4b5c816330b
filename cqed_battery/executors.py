"""Many independent points on many workers: resumable, on local processes or a dask cluster.

A point's result is stored as soon as it arrives, so an interruption or a killed worker loses
at most the points in flight. Points carry their own inputs and seeds; results depend neither
on the number of workers nor on the order in which they finish.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, Protocol

from cqed_battery.checks import CqedBatteryError

_ATTEMPTS = 3  # how often a point may take a worker down with it before it is given up
_AHEAD = 3  # points submitted per worker: enough to keep it busy, few enough to stay flat
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class WorkError(CqedBatteryError):
    """Points could not be computed, because their workers died or a cluster went away."""


class Store(Protocol):
    """Where finished points go and which are there already."""

    def finished(self) -> set[int]:
        """Return the numbers of the points that are stored."""
        ...

    def save(self, number: int, result: Mapping[str, Any]) -> None:
        """Store one point whole or not at all."""
        ...


class Workers:
    """A source of executors: local processes, or the executor of a dask cluster.

    A new executor can be made when workers died.
    """

    def __init__(self, count: int, scheduler: str | None = None) -> None:
        self.count, self.scheduler = count, scheduler

    @contextmanager
    def executor(self) -> Iterator[Executor]:
        """Open an executor; on leaving, pending points are cancelled.

        Raises:
            WorkError: the dask scheduler cannot be reached, or dask is not installed.
        """
        if self.scheduler is not None:
            with _dask_executor(self.scheduler) as executor:
                yield executor
            return
        from concurrent.futures import ProcessPoolExecutor

        with _one_thread_each():
            pool = ProcessPoolExecutor(self.count, mp_context=get_context("spawn"))
            try:
                yield pool
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
                _stop_processes(pool)


def _stop_processes(pool: Any) -> None:
    """End workers that are still computing points nobody waits for."""
    for process in list((getattr(pool, "_processes", None) or {}).values()):
        process.terminate()


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let new processes run their linear algebra in one thread: cores are shared by points."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _dask_executor(address: str) -> Iterator[Executor]:
    try:
        from dask.distributed import Client
    except ImportError as error:
        raise WorkError(
            "--scheduler needs dask: install cqed-battery with its extra 'cluster'"
        ) from error
    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise WorkError(f"no dask scheduler answers at {address} ({error})") from error
    with client:
        yield client.get_executor(pure=False)


def resumable_map(
    function: Callable[..., Mapping[str, Any]],
    tasks: Sequence[tuple[Any, ...]],
    store: Store,
    workers: Workers,
    progress: Callable[[int, int, str], None] | None = None,
) -> None:
    """Call function(*task) for every task that the store does not hold, and store each result.

    Args:
        function: importable by the workers; its results must not depend on the process.
        tasks: argument tuples; a task's number is its place.
        store: finished points; asked once at the beginning.
        workers: where to compute.
        progress: called as progress(done, total, "points") after each stored point.

    Raises:
        WorkError: a point took its worker down three times, or the cluster went away.
        CqedBatteryError: a point's input is refused; stored points stay.
    """
    left = [number for number in range(len(tasks)) if number not in store.finished()]
    done, attempts = len(tasks) - len(left), dict.fromkeys(left, 0)
    report = progress or (lambda done, total, what: None)
    report(done, len(tasks), "points")
    while left:
        finished: set[int] = set()
        try:
            with workers.executor() as executor:
                for number in _run(function, tasks, left, store, executor, workers.count):
                    finished.add(number)
                    done += 1
                    report(done, len(tasks), "points")
        except _WorkersDied as died:
            for number in died.in_flight:
                attempts[number] += 1
                if attempts[number] >= _ATTEMPTS:
                    raise WorkError(
                        f"point {number + 1} of {len(tasks)} took its worker down {_ATTEMPTS}"
                        " times, perhaps for lack of memory; finished points are saved"
                    ) from died
        left = [number for number in left if number not in finished]


class _WorkersDied(Exception):
    def __init__(self, in_flight: list[int]) -> None:
        self.in_flight = in_flight


def _run(
    function: Callable[..., Mapping[str, Any]],
    tasks: Sequence[tuple[Any, ...]],
    numbers: Sequence[int],
    store: Store,
    executor: Executor,
    count: int,
) -> Iterator[int]:
    waiting, running = iter(numbers), dict[Future[Mapping[str, Any]], int]()

    def submit() -> None:
        for number in waiting:
            running[executor.submit(function, *tasks[number])] = number
            if len(running) >= _AHEAD * count:
                return

    try:
        submit()
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                number = running[future]
                store.save(number, future.result())
                del running[future]
                yield number
            submit()
    except BrokenExecutor as error:
        raise _WorkersDied(list(running.values())[:count]) from error

"""Many independent points on many workers: resumable, on local processes or a dask cluster.

A point's result is stored as soon as it arrives. Each local worker is an executor of its own,
so a killed one loses the point it was computing and no other. Points carry their own inputs
and seeds; results depend neither on the number of workers nor on the order of finishing.
"""

import os
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from cqed_battery.cluster import DaskCluster
from cqed_battery.lanes import FatalCall, Lane, LocalProcess, WorkError, make_room

MOST_WORKERS = 1024
_ATTEMPTS = 3  # how often a point may take a worker down with it before it is given up

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Job:
    """Points number 0 to count - 1: what to call for each, and how to name it in a sentence.

    The function must be importable by the workers, and what it returns must depend on its
    arguments alone.
    """

    function: Callable[..., Any]
    count: int
    arguments: Callable[[int], tuple[Any, ...]]
    name: Callable[[int], str]


class Store(Protocol):
    """Where finished points go and which are there already."""

    def finished(self) -> set[int]:
        """Return the numbers of the points that are stored."""
        ...

    def save(self, number: int, result: Any) -> None:
        """Store one point whole or not at all."""
        ...


@dataclass(frozen=True)
class Workers:
    """Where to compute: so many local processes, or the workers of a dask cluster.

    Raises:
        WorkError: the number of processes is out of range.
    """

    count: int | None = None
    scheduler: str | None = None

    def __post_init__(self) -> None:
        if self.count is not None and self.scheduler is not None:
            raise WorkError(
                "--workers counts local processes, so it must not stand beside --scheduler, "
                "whose cluster has its own workers: remove the one or the other"
            )
        if self.count is not None and not 1 <= self.count <= MOST_WORKERS:
            raise WorkError(
                f"--workers must be a whole number from 1 to {MOST_WORKERS}, but is {self.count}"
            )

    @contextmanager
    def lanes(self, most: int) -> Iterator[Sequence[Lane]]:
        """Open as many lanes as at most that many points can use; on leaving, all work stops.

        Raises:
            WorkError: the dask scheduler cannot be reached, or dask is not installed.
        """
        with ExitStack() as stack:
            if self.scheduler is not None:
                cluster = DaskCluster(self.scheduler)
                stack.callback(cluster.close)
                yield [cluster]
                return
            processes: list[Lane] = []
            count = min(self.count or available_cores(), most)
            make_room(count)
            for _ in range(count):
                process = LocalProcess()
                stack.callback(process.close)
                processes.append(process)
            yield processes


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def resumable_map(
    job: Job, store: Store, workers: Workers, progress: Progress | None = None
) -> None:
    """Compute every point that the store does not hold, and store each result at once.

    Args:
        job: the points.
        store: finished points; asked once, at the beginning.
        workers: where to compute.
        progress: called as progress(done, total, "points"), first with what was stored before.

    Raises:
        WorkError: a point took its worker down three times or does not fit into memory, or the
            cluster cannot be used or went away.
        CqedBatteryError: a point's input is refused; stored points stay.
    """
    finished = store.finished()
    report = progress or (lambda done, total, what: None)
    done = len(finished)
    report(done, job.count, "points")
    if done == job.count:
        return
    left = (number for number in range(job.count) if number not in finished)
    with workers.lanes(job.count - done) as lanes:
        for number, result in _Run(job, left, lanes).results():
            store.save(number, result)
            done += 1
            report(done, job.count, "points")


class _Run:
    """Points on their way: those still to be given out, and those that cost a worker."""

    def __init__(self, job: Job, left: Iterator[int], lanes: Sequence[Lane]) -> None:
        self._job, self._left, self._lanes = job, left, lanes
        self._again: deque[int] = deque()
        self._deaths: Counter[int] = Counter()

    def results(self) -> Iterator[tuple[int, Any]]:
        """Yield (number, result) as the points are finished, until all are."""
        for lane in self._lanes:
            self._fill(lane)
        while running := [future for lane in self._lanes for future in lane.given]:
            done = wait(running, return_when=FIRST_COMPLETED).done
            for lane in self._lanes:
                yield from self._take(lane, done)
                self._fill(lane)

    def _fill(self, lane: Lane) -> None:
        """Give a lane as many points as it should have, in a new executor if it broke."""
        while len(lane.given) < lane.depth:
            number = self._again.popleft() if self._again else next(self._left, None)
            if number is None:
                return
            try:
                future = lane.submit(self._job.function, *self._job.arguments(number))
            except BrokenExecutor:
                self._again.appendleft(number)
                self._repair(lane)
            else:
                lane.given[future] = number

    def _take(self, lane: Lane, done: set[Future[Any]]) -> Iterator[tuple[int, Any]]:
        for future in [future for future in lane.given if future in done]:
            number = lane.given[future]
            try:
                result = self._result(lane, future, number)
            except BrokenExecutor:
                self._repair(lane)
                return
            del lane.given[future]
            yield number, result

    def _result(self, lane: Lane, future: Future[Any], number: int) -> Any:
        try:
            return lane.result(future)
        except FatalCall:
            raise WorkError(
                f"{self._job.name(number)} took its workers down, perhaps for lack of memory"
            ) from None
        except MemoryError:
            raise WorkError(f"{self._job.name(number)} does not fit into memory") from None
        except ImportError as error:
            raise WorkError(
                f"the workers cannot import what they need ({error}): install the same "
                "cqed-battery there as here"
            ) from None

    def _repair(self, lane: Lane) -> None:
        """Open a broken lane anew; the oldest of its points was the one being computed."""
        lost = list(lane.given.values())
        if lane.renew() and lost:
            self._deaths[lost[0]] += 1
            if self._deaths[lost[0]] >= _ATTEMPTS:
                raise WorkError(
                    f"{self._job.name(lost[0])} took its worker down {_ATTEMPTS} times, perhaps "
                    "for lack of memory"
                )
        self._again.extend(lost)

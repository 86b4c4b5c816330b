"""Many independent points on many workers: resumable, on local processes or a dask cluster.

A point's result is stored as soon as it arrives. Each local worker is an executor of its own,
so a killed one loses the point it was computing and no other. Points carry their own inputs
and seeds; results depend neither on the number of workers nor on the order of finishing.
"""

import os
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from cqed_battery.compute.cluster import DaskCluster
from cqed_battery.compute.workers import (
    BadResult,
    FatalCall,
    Lane,
    LocalProcess,
    WorkError,
    make_room,
)

MOST_WORKERS = 1024
_ATTEMPTS = 3  # how often a point may cost a worker, or come back unusable, before it is given up
_LEAST_PATIENCE_S = 1.0
_DIED = f"took its worker down {_ATTEMPTS} times, perhaps for lack of memory"

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
        """Store one point whole or not at all.

        Raises:
            BadResult: this is no result of the point, which is then computed again.
        """
        ...


@dataclass(frozen=True)
class Workers:
    """Where to compute: so many local processes, or the workers of a dask cluster.

    A process that finishes nothing for `patience_s` seconds counts as dead; by default a point
    may take any time.

    Raises:
        WorkError: the number of processes or the patience is out of range.
    """

    count: int | None = None
    scheduler: str | None = None
    patience_s: float | None = None

    def __post_init__(self) -> None:
        if self.count is not None and self.scheduler is not None:
            raise WorkError(
                "`count` counts local processes, so it must not stand beside `scheduler`, "
                "whose cluster has its own workers: remove the one or the other"
            )
        if self.count is not None and not 1 <= self.count <= MOST_WORKERS:
            raise WorkError(
                f"`count` must be a whole number from 1 to {MOST_WORKERS}, but is {self.count}"
            )
        if self.patience_s is not None and not self.patience_s >= _LEAST_PATIENCE_S:
            raise WorkError(
                f"`patience_s` must be a number of seconds >= {_LEAST_PATIENCE_S:g}, in which also"
                f" the slowest point is finished, but is {self.patience_s:g}"
            )

    @contextmanager
    def lanes(self, most: int) -> Iterator[Sequence[Lane]]:
        """Open as many lanes as at most that many points can use; on leaving, all work stops.

        Raises:
            WorkError: the dask scheduler cannot be reached, or dask is not installed.
        """
        with ExitStack() as stack:
            if self.scheduler is not None:
                cluster = DaskCluster(self.scheduler, self.patience_s)
                stack.callback(cluster.close)
                yield [cluster]
                return
            processes: list[Lane] = []
            count = min(self.count or available_cores(), most)
            make_room(count)
            for _ in range(count):
                process = LocalProcess(self.patience_s)
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
        WorkError: a point took its worker down, was not finished in time or came back unusable
            three times, or does not fit into memory; or the cluster cannot be used or went away.
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
        run = _Run(job, left, lanes)
        for number, result in run.results():
            try:
                store.save(number, result)
            except BadResult as error:
                run.lost(number, f"came back {error}, {_ATTEMPTS} times")
                continue
            done += 1
            report(done, job.count, "points")


class _Run:
    """Points on their way: those still to be given out, and those that cost a worker."""

    def __init__(self, job: Job, left: Iterator[int], lanes: Sequence[Lane]) -> None:
        self._job, self._left, self._lanes = job, left, lanes
        self._again: deque[int] = deque()
        self._losses: Counter[int] = Counter()
        self._heard: dict[int, float] = {}  # when a lane last finished a point or began anew

    def results(self) -> Iterator[tuple[int, Any]]:
        """Yield (number, result) as the points are finished, until all are."""
        for lane in self._lanes:
            self._fill(lane)
        while running := [future for lane in self._lanes for future in lane.given]:
            done = wait(running, self._patience(), return_when=FIRST_COMPLETED).done
            for lane in self._lanes:
                yield from self._take(lane, done)
                self._give_up(lane)
                self._fill(lane)

    def lost(self, number: int, how: str) -> None:
        """Compute a point again, unless it was lost too often."""
        self._losses[number] += 1
        if self._losses[number] >= _ATTEMPTS:
            raise WorkError(f"{self._job.name(number)} {how}")
        self._again.append(number)

    def _patience(self) -> float | None:
        """Return for how long no lane needs to be looked after, None: until it says something."""
        ends = [
            self._heard[id(lane)] + lane.patience_s
            for lane in self._lanes
            if lane.given and lane.patience_s is not None
        ]
        return max(0.0, min(ends) - time.monotonic()) if ends else None

    def _give_up(self, lane: Lane) -> None:
        """Take a lane that has been silent for too long for dead."""
        if not lane.given or lane.patience_s is None or any(f.done() for f in lane.given):
            return
        if time.monotonic() - self._heard[id(lane)] >= lane.patience_s:
            limit = f"{lane.patience_s:g} s (`patience_s`)"
            self._repair(lane, f"was not finished within {limit}, tried {_ATTEMPTS} times")

    def _fill(self, lane: Lane) -> None:
        """Give a lane as many points as it should have, in a new executor if it broke."""
        if not lane.given:
            self._heard[id(lane)] = time.monotonic()
        while len(lane.given) < lane.depth:
            number = self._again.popleft() if self._again else next(self._left, None)
            if number is None:
                break
            try:
                future = lane.submit(self._job.function, *self._job.arguments(number))
            except BrokenExecutor:
                self._again.appendleft(number)
                self._repair(lane)
            else:
                lane.given[future] = number
        lane.flush()

    def _take(self, lane: Lane, done: set[Future[Any]]) -> Iterator[tuple[int, Any]]:
        for future in [future for future in lane.given if future in done]:
            number = lane.given[future]
            try:
                result = self._result(lane, future, number)
            except BrokenExecutor:
                self._repair(lane)
                return
            del lane.given[future]
            self._heard[id(lane)] = time.monotonic()
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

    def _repair(self, lane: Lane, how: str = _DIED) -> None:
        """Open a broken lane anew; the oldest of its points was the one being computed."""
        numbers = list(lane.given.values())
        worked = lane.renew()
        self._heard[id(lane)] = time.monotonic()
        if worked and numbers:
            self.lost(numbers.pop(0), how)
        self._again.extend(numbers)

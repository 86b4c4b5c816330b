"""Many independent points on many workers: resumable, on local processes or a dask cluster.

A point's result is stored as soon as it arrives. Points carry their own inputs and seeds;
results depend neither on the number of workers nor on the order of finishing.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from cqed_battery.compute.cluster import DaskCluster
from cqed_battery.compute.workers import LocalPool, LostCall, WorkError, available_cores

MOST_WORKERS = 1024
"""More processes than cores of the largest machines: a larger number is a slip."""
_LEAST_TIME_LIMIT_S = 1.0  # of which a worker's first imports take most

Progress = Callable[[int, int, str], None]
Pool = LocalPool | DaskCluster


@dataclass(frozen=True)
class Job:
    """Points number 0 to count - 1, what to call for each, and how to name it in a sentence.

    Args:
        function: importable by the workers; its result depends on its arguments alone.
        count: of points.
        arguments: gives the function's arguments from a point's number.
        name: names a point in a sentence, from its number.
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

        Args:
            number: of the point, from 0.
            result: what its worker returned.

        Raises:
            BadResult: this is no result of the point, which is then computed again.
        """
        ...


@dataclass(frozen=True)
class Workers:
    """Where to compute: so many local processes, or the workers of a dask cluster.

    Args:
        count: of local processes, 1 to 1024; by default one for each core.
        scheduler: address of the dask cluster's, such as tcp://host:8786.
        time_limit_s: longest time for a point, >= 1 s; a process that takes longer is replaced.
            By default a point may take any time.

    Raises:
        WorkError: the number of processes or the time limit is out of range.
    """

    count: int | None = None
    scheduler: str | None = None
    time_limit_s: float | None = None

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
        if self.time_limit_s is not None and not self.time_limit_s >= _LEAST_TIME_LIMIT_S:
            raise WorkError(
                f"`time_limit_s` must be a number of seconds >= {_LEAST_TIME_LIMIT_S:g}, in which"
                f" also the slowest point is finished, but is {self.time_limit_s:g}"
            )

    @contextmanager
    def pool(self, most: int) -> Iterator[Pool]:
        """Open a pool for at most so many points at once; on leaving, all work stops.

        Args:
            most: points at once, from 1.

        Raises:
            WorkError: the dask scheduler cannot be reached, or dask is not installed.
        """
        pool: Pool
        if self.scheduler is not None:
            pool = DaskCluster(self.scheduler, self.time_limit_s)
        else:
            pool = LocalPool(min(self.count or available_cores(), most), self.time_limit_s)
        with closing(pool):
            yield pool


def resumable_map(
    job: Job, store: Store, workers: Workers, progress: Progress | None = None
) -> None:
    """Compute every point that the store does not hold, and store each result at once.

    Args:
        job: the points.
        store: finished points; asked once, at the beginning. Those beyond the job's are left alone.
        workers: where to compute.
        progress: called as progress(done, total, "points"), first with what was stored before.

    Raises:
        WorkError: a point took its worker down, was not finished in time or came back unusable
            three times, or does not fit into memory; or the cluster cannot be used or went away.
        CqedBatteryError: a point's input is refused; stored points stay.
    """
    finished = {number for number in store.finished() if number < job.count}
    report = progress or (lambda done, total, what: None)
    done = len(finished)
    report(done, job.count, "points")
    if done == job.count:
        return
    left = (number for number in range(job.count) if number not in finished)
    again, losses = deque[int](), Counter[int]()
    under_way: dict[Future[Any], int] = {}
    with workers.pool(job.count - done) as pool:
        while done < job.count:
            free = range(pool.depth - len(under_way))
            numbers = [again.popleft() if again else next(left, -1) for _ in free]
            numbers = [number for number in numbers if number >= 0]
            calls = [(job.function, job.arguments(number)) for number in numbers]
            under_way.update(zip(pool.submit(calls), numbers, strict=True))
            ready = wait(under_way, pool.longest_silence_s, FIRST_COMPLETED).done
            if not ready:
                raise WorkError(pool.silent)
            for future in [future for future in under_way if future in ready]:
                number = under_way.pop(future)
                try:
                    store.save(number, _result(job, number, future))
                except LostCall as error:
                    losses[number] += 1
                    if losses[number] >= error.attempts:
                        raise WorkError(f"{job.name(number)} {error}") from None
                    again.append(number)
                else:
                    done += 1
                    report(done, job.count, "points")


def _result(job: Job, number: int, future: Future[Any]) -> Any:
    try:
        return future.result()
    except MemoryError:
        raise WorkError(f"{job.name(number)} does not fit into memory") from None
    except ImportError as error:
        raise WorkError(
            f"the workers cannot import what they need ({error}): install the same cqed-battery"
            " there as here"
        ) from None

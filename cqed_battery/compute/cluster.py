"""A dask cluster as a pool: its scheduler hands the points to workers on many machines."""

import asyncio
import logging
import time
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from cqed_battery.compute.workers import Call, LostCall, WorkError

if TYPE_CHECKING:
    from dask.distributed import Future as DaskFuture

_TIMEOUT_S = 10  # for a scheduler to answer, and again for its first worker
_CONNECTION_LOGS = (  # what goes wrong with the connection is said in a WorkError
    "distributed.batched",
    "distributed.client",
    "distributed.comm",
    "distributed.core",
    "tornado.application",
)
_LEAST_DEPTH = 64  # calls under way, so that workers that join the cluster find some
_BATCHES = 8  # tasks under way for each thread, so that none waits for the next
_BATCH_S = 0.3  # s of computing in one task, as dask spends some 10 ms on each
_LARGEST_BATCH = 32  # calls of one task, which are made again when its worker dies
_KILLED = "took its workers down, perhaps for lack of memory"  # dask repeated it already


_Sent = list[tuple[Call, Future[Any]]]  # calls on their way, and the futures of their results


def _several(calls: list[Call]) -> tuple[float, list[Any]]:
    """Make some calls; return how long they took, and their results up to the first that failed.

    One that is alone raises what it raises.
    """
    start, results = time.perf_counter(), []
    for function, arguments in calls:
        try:
            results.append(function(*arguments))
        except Exception:
            if len(calls) == 1:
                raise
            break
    return time.perf_counter() - start, results


class DaskCluster:
    """All workers of a dask cluster; dask itself replaces workers and repeats their calls.

    Calls that take little time are sent several in one task. Those of a task that failed or took
    its workers down are sent again one by one.

    Args:
        address: of the scheduler, such as tcp://host:8786.
        time_limit_s: longest time in s in which nothing comes back, None: any.

    Raises:
        WorkError: dask is not installed, or no scheduler with a worker answers.
    """

    def __init__(self, address: str, time_limit_s: float | None = None) -> None:
        self.longest_silence_s = time_limit_s
        waited = "" if time_limit_s is None else f" for {time_limit_s:g} s (--time-limit)"
        self.silent = f"nothing came back from the dask cluster at {address}{waited}"
        self._gone = f"the dask cluster at {address} went away"
        try:
            from dask.distributed import Client
        except ImportError:
            raise WorkError(
                "`scheduler` needs dask, which is not installed: pip install dask distributed"
            ) from None
        for name in _CONNECTION_LOGS:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            with ThreadPoolExecutor(1) as apart:  # from an event loop that may run here, too
                apart.submit(asyncio.run, _knock(address)).result()
            self._client = Client(address, timeout=_TIMEOUT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise WorkError(f"no dask scheduler answers at {address} ({error})") from None
        try:
            self._client.wait_for_workers(1, timeout=_TIMEOUT_S)
        except OSError:
            self._client.close()
            raise WorkError(f"the dask scheduler at {address} has no workers") from None
        self._threads = sum(self._client.nthreads().values())
        self._learn(_BATCH_S)

    def submit(self, calls: Sequence[Call]) -> list[Future[Any]]:
        """Return the futures of calls, which are sent several in one task where they are quick.

        Args:
            calls: of functions that the workers can import.

        Returns:
            Futures of results; a lost call's raises LostCall, and WorkError if the cluster went
            away.
        """
        sent: _Sent = [(call, Future()) for call in calls]
        size = self._batch
        for start in range(0, len(sent), size):
            self._send(sent[start : start + size])
        return [future for _, future in sent]

    def _send(self, sent: _Sent) -> None:
        from distributed.client import ClosedClientError

        try:
            task = self._client.submit(_several, [call for call, _ in sent], pure=False)
        except ClosedClientError:
            return _fail(sent, WorkError(self._gone))
        outcome = asyncio.run_coroutine_threadsafe(
            self._outcome(task), self._client.loop.asyncio_loop
        )
        outcome.add_done_callback(partial(self._settle, sent))
        return None

    async def _outcome(self, task: "DaskFuture") -> Any:
        """Fetch what a task returned, or raise what it raised; be cancelled if it is out of reach.

        Dask's own executor asks for a task's status after its result is there. When the worker
        leaves at that moment, it takes the result for an error.
        """
        try:
            return await self._client.gather(task, asynchronous=True)
        except OSError:
            if task.status == "error":
                raise
            raise asyncio.CancelledError from None  # the connection broke

    def _settle(self, sent: _Sent, task: Future[Any]) -> None:
        """Hand a task's results to the futures of its calls; the others go again, one by one."""
        from dask.distributed import KilledWorker

        error = CancelledError() if task.cancelled() else task.exception()
        if isinstance(error, CancelledError):
            error = WorkError(self._gone)
        if error is None:
            seconds, results = task.result()
            self._learn(seconds / max(len(results), 1))
            for (_, future), result in zip(sent, results, strict=False):
                future.set_result(result)
            sent = sent[len(results) :]
        elif not isinstance(error, KilledWorker):
            return _fail(sent, error)
        elif len(sent) == 1:
            return _fail(sent, LostCall(_KILLED, attempts=1))
        for one in sent:
            self._send([one])
        return None

    def _learn(self, seconds: float) -> None:
        """Choose batch and depth for calls that take so long."""
        # 1e-9 s keeps the division defined where the clock did not advance.
        self._batch = int(min(max(_BATCH_S / max(seconds, 1e-9), 1), _LARGEST_BATCH))
        self.depth = max(_LEAST_DEPTH, _BATCHES * self._threads * self._batch)

    def close(self) -> None:
        """Leave the cluster; the scheduler forgets what was not computed yet."""
        self._client.close()


def _fail(sent: _Sent, error: BaseException) -> None:
    for _, future in sent:
        future.set_exception(error)


async def _knock(address: str) -> None:
    """Connect once: a dask client that cannot would complain again when it is forgotten."""
    from distributed.comm import connect
    from distributed.security import Security

    options = Security().get_connection_args("client")
    connection = await connect(address, timeout=_TIMEOUT_S, **options)
    await connection.close()

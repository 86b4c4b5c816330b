"""Ways to compute: a local process, or a dask cluster, each behind a `concurrent.futures` executor.

A lane holds the futures that were given to it, oldest first.
"""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import parent_process
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any, Protocol

from cqed_battery.checks import CqedBatteryError

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_CLUSTER_TIMEOUT_S = 10
_DEEPEST = 256  # points on their way to a cluster, so that new workers find some


class WorkError(CqedBatteryError):
    """Points could not be computed, because their workers died or could not work."""


class FatalCall(Exception):
    """A call that took several workers down and is not to be repeated."""


class Lane(Protocol):
    """An executor and what was given to it; `depth` is how much that should be."""

    depth: int
    given: dict[Future[Any], int]

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Begin a call; BrokenExecutor if the worker is dead."""
        ...

    def result(self, future: Future[Any]) -> Any:
        """Return what a finished call returned, or raise what it raised.

        Raises:
            BrokenExecutor: the worker died while it computed the oldest call of this lane.
            FatalCall: this call took several workers down.
            WorkError: nothing can be computed here any more.
        """
        ...

    def renew(self) -> None:
        """Begin anew after the worker died; calls given before are forgotten.

        Raises:
            WorkError: a new worker would not live, either.
        """
        ...

    def close(self) -> None:
        """Stop at once, whatever is being computed."""
        ...


class LocalProcess:
    """One process on this machine, with one thread for linear algebra.

    It ignores Ctrl-C, which is its parent's to handle, and does not outlive its parent.
    """

    depth = 2  # one is computed, and the next is there already

    def __init__(self) -> None:
        self.given: dict[Future[Any], int] = {}
        self._open()

    def _open(self) -> None:
        self._processes = _Processes()
        self._pool = ProcessPoolExecutor(1, mp_context=self._processes, initializer=_begin)
        with _one_thread_each(), _interrupt_held_back():
            self._started = self._pool.submit(os.getpid)  # begins the process

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Begin a call; BrokenExecutor if the process is dead."""
        return self._pool.submit(function, *arguments)

    def result(self, future: Future[Any]) -> Any:
        """Return what a finished call returned, or raise what it raised."""
        return future.result()

    def renew(self) -> None:
        """Begin a new process."""
        if isinstance(self._started.exception(), BrokenExecutor):
            raise WorkError("a worker process ended before it could compute anything")
        self.close()
        self.given = {}
        self._open()

    def close(self) -> None:
        """End the process at once."""
        for process in self._processes.begun:
            process.terminate()
        self._pool.shutdown(wait=True, cancel_futures=True)


class _Processes(SpawnContext):
    """Begins new processes, without a copy of this one's memory, and remembers them."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[SpawnProcess] = []

    def Process(self, *arguments: Any, **options: Any) -> SpawnProcess:  # type: ignore[override]
        process = SpawnProcess(*arguments, **options)
        self.begun.append(process)
        return process


def _begin() -> None:
    """Prepare a new process; it ends when its parent is gone, even if that was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:

        def follow() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=follow, daemon=True).start()


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let a new process run its linear algebra in one thread: cores are shared by points."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _interrupt_held_back() -> Iterator[None]:
    """Hold Ctrl-C back in this thread, and in a process that is begun meanwhile for good."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class DaskCluster:
    """All workers of a dask cluster; dask itself replaces workers and repeats their calls.

    Raises:
        WorkError: dask is not installed, or no scheduler with a worker answers.
    """

    def __init__(self, address: str) -> None:
        self.given: dict[Future[Any], int] = {}
        self._address = address
        try:
            from dask.distributed import Client
        except ImportError:
            raise WorkError(
                "--scheduler needs dask: install cqed-battery with its extra 'cluster', "
                "pip install 'cqed-battery[cluster]'"
            ) from None
        # What goes wrong is said in a WorkError.
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        try:
            asyncio.run(_knock(address))
            self._client = Client(address, timeout=_CLUSTER_TIMEOUT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise WorkError(f"no dask scheduler answers at {address} ({error})") from None
        try:
            self._client.wait_for_workers(1, timeout=_CLUSTER_TIMEOUT_S)
        except OSError:
            self._client.close()
            raise WorkError(f"the dask scheduler at {address} has no workers") from None
        self.depth = max(_DEEPEST, 4 * sum(self._client.nthreads().values()))
        self._executor = self._client.get_executor(pure=False)

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Send a call to the scheduler."""
        return self._executor.submit(function, *arguments)

    def result(self, future: Future[Any]) -> Any:
        """Return what a finished call returned, or raise what it raised."""
        from dask.distributed import KilledWorker

        try:
            return future.result()
        except CancelledError:
            raise WorkError(f"the dask cluster at {self._address} went away") from None
        except KilledWorker:
            raise FatalCall from None

    def renew(self) -> None:
        """Do nothing: the scheduler replaces its workers itself."""

    def close(self) -> None:
        """Take back what was not computed yet and leave the cluster."""
        self._executor.shutdown(wait=False)
        self._client.close()


async def _knock(address: str) -> None:
    """Connect once: a dask client that cannot would complain again when it is forgotten."""
    from distributed.comm import connect
    from distributed.security import Security

    options = Security().get_connection_args("client")
    connection = await connect(address, timeout=_CLUSTER_TIMEOUT_S, **options)
    await connection.close()

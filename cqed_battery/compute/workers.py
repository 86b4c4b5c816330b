"""A lane computes through a `concurrent.futures` executor; here it is a process of this machine.

A lane holds the futures that were given to it, oldest first. Another kind of lane is a dask
cluster (`cqed_battery.compute.cluster`).
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import parent_process
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any, Protocol

from cqed_battery.errors import CqedBatteryError

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_BIRTHS = 3  # how often a process may end before it computes anything
_FILES = 16  # files that a process and its queues keep open here
_OPENING = threading.Lock()  # what surrounds the beginning of a process is that of this one


class WorkError(CqedBatteryError):
    """Points could not be computed, because their workers died or could not work."""


class FatalCall(Exception):
    """A call that took several workers down and is not to be repeated."""


class BadResult(Exception):
    """What a worker returned is not a result: the text goes on "a point came back ..."."""


class Lane(Protocol):
    """An executor and what was given to it; `depth` is how much that should be.

    `patience_s` is how long it may be at work without finishing a call, None: as long as it takes.
    """

    depth: int
    patience_s: float | None
    given: dict[Future[Any], int]

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Begin a call; BrokenExecutor if the worker is dead."""
        ...

    def flush(self) -> None:
        """Begin what was submitted and waits for more."""
        ...

    def result(self, future: Future[Any]) -> Any:
        """Return what a finished call returned, or raise what it raised.

        Raises:
            BrokenExecutor: the worker died while it computed the oldest call of this lane.
            FatalCall: this call took several workers down.
            WorkError: nothing can be computed here any more.
        """
        ...

    def renew(self) -> bool:
        """Begin anew after the worker died or hung, with no calls; say whether it was at work.

        Raises:
            WorkError: workers keep dying before they are, or cannot be replaced from here.
        """
        ...

    def close(self) -> None:
        """Stop at once, whatever is being computed."""
        ...


def make_room(processes: int) -> None:
    """Let this process keep as many files open as so many local processes need, if it may."""
    try:
        import resource
    except ImportError:  # not everywhere is there such a limit
        return
    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES * (processes + 16)
    if limit != resource.RLIM_INFINITY and limit < wanted:
        within = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (within, most))


class LocalProcess:
    """One process on this machine, with one thread for linear algebra.

    It ignores Ctrl-C, which is its parent's to handle, and does not outlive its parent. It does
    not run the user's script anew, which therefore needs no `if __name__ == "__main__":`.
    """

    depth = 2  # one is computed, and the next is there already

    def __init__(self, patience_s: float | None = None) -> None:
        self.given: dict[Future[Any], int] = {}
        self.patience_s = patience_s
        self._stillborn = 0
        self._open()

    def _open(self) -> None:
        self._processes = _Processes()
        self._pool = ProcessPoolExecutor(1, mp_context=self._processes, initializer=_begin)
        with _OPENING, _one_thread_each(), _interrupt_held_back(), _script_hidden():
            self._started = self._pool.submit(os.getpid)  # begins the process

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Begin a call; BrokenExecutor if the process is dead.

        Raises:
            WorkError: the function is defined in the user's script.
        """
        if getattr(function, "__module__", "") == "__main__":
            raise WorkError(
                f"{function.__qualname__} is defined in the script that is run, which workers do"
                " not import: put it into a module of its own"
            )
        return self._pool.submit(function, *arguments)

    def flush(self) -> None:
        """Do nothing: each call begins by itself."""

    def result(self, future: Future[Any]) -> Any:
        """Return what a finished call returned, or raise what it raised."""
        return future.result()

    def renew(self) -> bool:
        """Begin a new process; say whether the old one had been at work."""
        self._kill()
        worked = not isinstance(self._started.exception(), BrokenExecutor)
        self._stillborn = 0 if worked else self._stillborn + 1
        if self._stillborn >= _BIRTHS:
            raise WorkError(
                f"{_BIRTHS} worker processes, one after the other, ended before they could "
                "compute anything"
            )
        self.close()
        self.given = {}
        self._open()
        return worked

    def close(self) -> None:
        """End the process at once."""
        self._kill()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _kill(self) -> None:
        """End the process whatever it does: one that is stopped would not hear a milder word."""
        for process in self._processes.begun:
            process.kill()


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
def _script_hidden() -> Iterator[None]:
    """Let a new process not know which script runs here; it would run all of it again."""
    main = vars(sys.modules["__main__"])
    hidden: dict[str, Any] = {
        name: main.pop(name) for name in ("__spec__", "__file__") if name in main
    }
    main["__spec__"] = None
    try:
        yield
    finally:
        main.update(hidden)


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

"""Worker processes of this machine, each of which makes one call after the other.

A thread here waits for each process, so that a process that dies or runs out of time costs the
one call that it was making, and no lock is shared with it. Pools that exist were tried with
processes that are killed. Those of pebble share pipes and locks among all processes: in 9 of 60
runs, a process killed by signal 9 left the others waiting for ever. Those of loky and of
`concurrent.futures` end as a whole when one process dies, and do not know time limits.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import parent_process, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.pool import ExceptionWithTraceback  # type: ignore[attr-defined]
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any

from cqed_battery.errors import CqedBatteryError

ATTEMPTS = 3
"""How often a point may cost a worker, or come back unusable, before it is given up."""
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_BIRTHS = 3  # how often a process may end before it computes anything
_BIRTH_S = 120.0  # for a process to start on a very busy machine; others take a second
_FILES = 16  # files that a process may need here: a pipe, a sentinel, and those of other libraries
_SPAWN = multiprocessing.get_context("spawn")  # without a copy of this process's memory
_OPENING = threading.Lock()  # what surrounds the beginning of a process is that of this one


Call = tuple[Callable[..., Any], tuple[Any, ...]]
"""A function, which the workers can import, and its arguments."""


class WorkError(CqedBatteryError):
    """Points could not be computed, because their workers died or could not work."""


class LostCall(Exception):
    """A call that gave nothing and may be made again; the text goes on "point 3 ...".

    Args:
        how: what became of it, said after the last attempt.
        attempts: how often it may be lost in this way.
    """

    def __init__(self, how: str, attempts: int = ATTEMPTS) -> None:
        super().__init__(how)
        self.attempts = attempts


class BadResult(LostCall):
    """What a worker returned is not a result: the text goes on "point 3 came back ...".

    Args:
        what: what came back, said after "came back".
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"came back {what}, {ATTEMPTS} times")


def available_cores() -> int:
    """Return how many cores this process may use, which a container or `taskset` may limit."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def make_room(processes: int) -> None:
    """Let this process keep as many files open as so many local processes need, if it may.

    Args:
        processes: that are going to be started.
    """
    try:
        import resource
    except ImportError:  # not everywhere is there such a limit
        return
    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES * (processes + 16)  # with 256 files for this process itself
    if limit != resource.RLIM_INFINITY and limit < wanted:
        within = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (within, most))


class LocalPool:
    """Processes on this machine, each with one thread for linear algebra.

    They ignore Ctrl-C, which is their parent's to handle, and do not outlive their parent. They
    do not run the user's script anew, which needs no `if __name__ == "__main__":`.

    Args:
        count: of processes; each begins when there is a call for it.
        time_limit_s: longest time for a call, None: any. A process that takes longer is replaced.
    """

    longest_silence_s = None  # each process is watched by itself
    silent = ""

    def __init__(self, count: int, time_limit_s: float | None = None) -> None:
        make_room(count)
        self.depth = 2 * count  # one is computed, and the next is there already
        self.processes: dict[Connection, BaseProcess] = {}
        self._time_limit_s = time_limit_s
        self._own = threading.local()  # each thread's pipe to its process
        self._closed = False
        self._threads = ThreadPoolExecutor(count, initializer=_hold_interrupt_back)

    def submit(self, calls: Sequence[Call]) -> list[Future[Any]]:
        """Return the futures of calls: what each returns or raises, or LostCall.

        Args:
            calls: of functions that the workers can import.

        Raises:
            WorkError: a function is defined in the user's script.
        """
        for function, _ in calls:
            if function.__module__ == "__main__":
                raise WorkError(
                    f"{function.__qualname__} is defined in the script that is run, which workers"
                    " do not import: put it into a module of its own"
                )
        return [self._threads.submit(self._made, call) for call in calls]

    def close(self) -> None:
        """End all processes at once, also those that are stopped and would not hear a signal."""
        with _OPENING:
            self._closed = True
            for process in list(self.processes.values()):
                process.kill()
        self._threads.shutdown(cancel_futures=True)
        for pipe in list(self.processes):
            self._end(pipe)

    def _made(self, call: Call) -> Any:
        """Let the process of this thread make a call; a process that fails is not kept."""
        if not hasattr(self._own, "pipe"):
            self._own.pipe = self._begun()
        pipe = self._own.pipe
        how = f"took its worker down {ATTEMPTS} times, perhaps for lack of memory"
        answer = None
        try:
            pipe.send(call)
            if pipe.poll(self._time_limit_s):
                answer = pipe.recv()
            else:
                limit = f"{self._time_limit_s:g} s (--time-limit)"
                how = f"was not finished within {limit}, tried {ATTEMPTS} times"
        except (EOFError, OSError):
            pass  # the process is gone
        if answer is None:
            del self._own.pipe
            self._end(pipe)
            raise LostCall(how)
        returned, result = answer
        if returned:
            return result
        raise result

    def _begun(self) -> Connection:
        """Begin a process and return the pipe to it once it is at work."""
        for _ in range(_BIRTHS):
            with _OPENING, _script_hidden():
                if self._closed:
                    raise CancelledError
                pipe, theirs = _SPAWN.Pipe()
                process = _SPAWN.Process(target=_work, args=(theirs,))
                process.start()
                self.processes[pipe] = process
            theirs.close()
            with suppress(EOFError, OSError):
                if pipe.poll(_BIRTH_S) and pipe.recv():
                    return pipe
            self._end(pipe)
        raise WorkError(
            f"{_BIRTHS} worker processes, one after the other, ended before they could compute"
            " anything"
        )

    def _end(self, pipe: Connection) -> None:
        process = self.processes.pop(pipe)
        process.kill()
        process.join()
        pipe.close()


def _work(pipe: Connection) -> None:
    """Make the calls that arrive, in a new process, until the parent ends it or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))  # before numpy is there; points share cores
    threading.Thread(target=_follow_parent, daemon=True).start()
    pipe.send(True)
    while True:
        function, arguments = pipe.recv()
        try:
            pipe.send((True, function(*arguments)))
        except Exception as error:
            pipe.send((False, ExceptionWithTraceback(error, error.__traceback__)))


def _follow_parent() -> None:
    """End this process when its parent is gone, even if that was killed."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _hold_interrupt_back() -> None:
    """Hold Ctrl-C back in this thread, and so in the processes that it begins.

    The main thread still hears it. The tracker of resources is begun first, because it would
    give Ctrl-C back.
    """
    if hasattr(signal, "pthread_sigmask"):
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


@contextmanager
def _script_hidden() -> Iterator[None]:
    """Let a new process not know which script runs here; it would run all of it again."""
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script

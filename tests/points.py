"""Small jobs for workers: each leaves a line in a file for every call, and some go wrong."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Timer
from typing import Any

from threadpoolctl import ThreadpoolController

from cqed_battery.compute.points import Job, Workers
from cqed_battery.compute.workers import Call
from cqed_battery.experiment import ExperimentError

LONG_S = 600
"""How long a point takes that is not waited for."""

TINY = """
seed = 7
[transmon]
levels = 2
[resonator]
fock_levels = 5
[coupler]
g_on_MHz = 30.0
ramp_ns = 0.0
[drive]
rabi_rate_MHz = 10.0
rise_ns = 0.0
[reset]
shots = 100
[charging]
stop_ns = 8.0
points = 3
[tomography]
pulse = "none"
shots = 100
[readout]
calibration_shots = 100
[vacuum]
shots = 50
points = 3
stop_ns = 20.0
"""


def note(folder: str, number: int) -> None:
    """Leave a line that says that this point was begun, in which process."""
    with (Path(folder) / "calls").open("a") as file:
        file.write(f"{number} {os.getpid()}\n")


def calls(folder: Path) -> Counter[int]:
    """Return how often each point was begun."""
    lines = (folder / "calls").read_text().splitlines() if (folder / "calls").exists() else []
    return Counter(int(line.split()[0]) for line in lines)


def processes(folder: Path) -> set[int]:
    """Return the processes in which points were begun."""
    return {int(line.split()[1]) for line in (folder / "calls").read_text().splitlines()}


def square(folder: str, number: int) -> int:
    note(folder, number)
    return number**2


def slow(folder: str, number: int) -> int:
    note(folder, number)
    time.sleep(0.05)
    return number**2


def die_once(folder: str, number: int) -> int:
    """Take the worker down the first time that point 3 is computed."""
    note(folder, number)
    if number == 3 and calls(Path(folder))[3] == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return number**2


def die_always(folder: str, number: int) -> int:
    """Take the worker down whenever point 3 is computed, a while after the others began."""
    note(folder, number)
    if number == 3:
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return number**2


def hang_once(folder: str, number: int) -> int:
    """Stop the worker, as a lost file server does, the first time that point 3 is computed."""
    note(folder, number)
    if number == 3 and calls(Path(folder))[3] == 1:
        os.kill(os.getpid(), signal.SIGSTOP)
    return number**2


def hang_always(folder: str, number: int) -> int:
    note(folder, number)
    if number == 3:
        time.sleep(60)
    return number**2


def refuse(folder: str, number: int) -> int:
    note(folder, number)
    if number == 3:
        time.sleep(0.1)  # the points before it are over when it is refused
        raise ExperimentError("resonator.linewidth_MHz must be a number >= 0, but is -1.0")
    time.sleep(0.002)  # the others must not be over before the refusal is heard
    return number**2


def refuse_beside_a_long_one(folder: str, number: int) -> int:
    note(folder, number)
    if number == 0:
        time.sleep(LONG_S)
    while 0 not in calls(Path(folder)):
        time.sleep(0.01)
    raise ExperimentError("resonator.linewidth_MHz must be a number >= 0, but is -1.0")


def refuse_late(folder: str, number: int) -> int:
    """Refuse point 300, when many points are computed at once."""
    note(folder, number)
    if number == 300:
        raise ExperimentError("resonator.linewidth_MHz must be a number >= 0, but is -1.0")
    return number**2


def die_late(folder: str, number: int) -> int:
    """Take the worker down whenever point 300 is computed."""
    note(folder, number)
    if number == 300:
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGKILL)
    return number**2


def outgrow(folder: str, number: int) -> int:
    raise MemoryError


def lack(folder: str, number: int) -> int:
    raise ModuleNotFoundError("No module named 'qiskit_dynamics'")


def surroundings(folder: str, number: int) -> tuple[list[str], bool, bool]:
    """Return the threads for linear algebra, and whether Ctrl-C is blocked and ignored."""
    loaded = {library["num_threads"] for library in ThreadpoolController().info()}
    assert loaded <= {1}, "numpy was there before its threads were one"
    return (
        [os.environ[f"{library}_NUM_THREADS"] for library in ("OMP", "OPENBLAS", "MKL")],
        signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()),
        signal.getsignal(signal.SIGINT) is signal.SIG_IGN,
    )


def job(function: Any, count: int, folder: Path) -> Job:
    """Return so many points of a function of this module."""
    return Job(function, count, lambda number: (str(folder), number), lambda n: f"point {n}")


class Memory:
    """A store that keeps its points in memory."""

    def __init__(self, **_: Any) -> None:
        self.points: dict[int, Any] = {}
        self.asked = 0

    def finished(self) -> set[int]:
        self.asked += 1
        return set(self.points)

    def save(self, number: int, result: Any) -> None:
        assert number not in self.points
        self.points[number] = result


class Here:
    """A pool that computes at once in this process."""

    depth = 1
    longest_silence_s: float | None = None
    silent = ""

    def submit(self, calls: Sequence[Call]) -> list[Future[Any]]:
        return [self._made(*call) for call in calls]

    def _made(self, function: Any, arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            with _ONE_AT_A_TIME:
                future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future


class HereOutOfOrder(Here):
    """A pool that computes in this process, and every third result of which comes late."""

    depth = 3

    def submit(self, calls: Sequence[Call]) -> list[Future[Any]]:
        futures = super().submit(calls)
        for place, done in enumerate(futures[::3]):
            futures[3 * place] = late = Future[Any]()
            Timer(0.02, late.set_result, [done.result()]).start()
        return futures


_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True)
class InThisProcess(Workers):
    """Computes every point here, one after the other, for tests of what does not need more."""

    kind: type[Here] = Here

    @contextmanager
    def pool(self, most: int) -> Iterator[Any]:
        yield self.kind()

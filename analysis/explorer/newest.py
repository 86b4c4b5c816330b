"""One call after the other, of which only the newest that waits is ever begun."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock
from typing import Any

Submit = Callable[..., "Future[Any]"]
"""Begins a call of some arguments elsewhere, and returns its future."""


class Newest:
    """Calls made elsewhere, one at a time; what is asked meanwhile replaces what waits.

    Args:
        submit: begins a call.
        deliver: takes the future of each call that has ended, in the thread where it ended, with
            the number of the call and whether none newer was asked for.
    """

    def __init__(self, submit: Submit, deliver: Callable[["Future[Any]", int, bool], None]) -> None:
        self._submit, self._deliver = submit, deliver
        self._lock = Lock()
        self._asked = 0
        self._waiting: tuple[int, tuple[Any, ...]] | None = None
        self._running = self._closed = False

    def ask(self, *arguments: Any) -> int:
        """Ask for a call, and return its number; it begins as soon as the one under way ends.

        Args:
            arguments: of the call.
        """
        with self._lock:
            self._asked += 1
            number = self._asked
            self._waiting = number, arguments
            if self._running:
                return number
            self._running = True
        self._begin()
        return number

    def forget(self) -> None:
        """Drop what waits, and let what is under way be no longer the newest."""
        with self._lock:
            self._asked += 1
            self._waiting = None

    def close(self) -> None:
        """Begin and deliver nothing any more."""
        self._closed = True
        self.forget()

    def _begin(self) -> None:
        """Begin what waits, if anything does."""
        with self._lock:
            waiting, self._waiting = self._waiting, None
            self._running = waiting is not None
        if waiting is not None:
            number, arguments = waiting
            future = self._submit(*arguments)
            future.add_done_callback(lambda done: self._ended(done, number))

    def _ended(self, future: "Future[Any]", number: int) -> None:
        if self._closed or future.cancelled():
            return
        self._deliver(future, number, number == self._asked)
        self._begin()

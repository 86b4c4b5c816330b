"""One progress bar over a whole command, whatever stages the command has."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Report = Callable[[int, int, str], None]


class Bar:
    """A bar that counts k of K over several stages and says how much time is left.

    Each stage reports ``(done, total, what)`` on its own; ``shares`` are the parts of the whole
    time that the stages are expected to take.  The first report fixes K for good.  The bar is
    drawn on stderr, and not at all when stderr is no terminal or the user wants quiet.
    """

    def __init__(self, shares: tuple[float, ...], *, quiet: bool) -> None:
        self._ends = _ends(shares)
        self._total: int | None = None
        self._drawn = not quiet and sys.stderr.isatty()
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if self._drawn:
            self._progress = _rich_progress()
            self._task = self._progress.add_task("starting", total=None)
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def stage(self, number: int) -> Report:
        """Return the function with which stage ``number`` (from 0) reports its pieces of work."""
        start = self._ends[number - 1] if number else 0.0
        end = self._ends[number]

        def report(done: int, total: int, what: str) -> None:
            if self._total is None:
                self._total = max(len(self._ends), math.ceil(total / (end - start)))
            part = start + (end - start) * (done / total if total else 1.0)
            self._draw(round(part * self._total), what)

        return report

    def _draw(self, done: int, what: str) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=done, total=self._total, description=what)


def _ends(shares: tuple[float, ...]) -> tuple[float, ...]:
    whole = math.fsum(shares)
    return tuple(math.fsum(shares[: n + 1]) / whole for n in range(len(shares)))


def _rich_progress() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.table import Column
    from rich.text import Text

    class TimeLeft(TimeRemainingColumn):
        def render(self, task: Task) -> Text:
            time = super().render(task)
            return time + " left" if time.plain else time

    words = Column(no_wrap=True, overflow="ellipsis", min_width=12, max_width=28)
    return Progress(
        TextColumn("{task.description}", table_column=words, markup=False),
        BarColumn(bar_width=20),
        MofNCompleteColumn(separator=" of "),
        TimeLeft(),
        console=Console(stderr=True),
    )

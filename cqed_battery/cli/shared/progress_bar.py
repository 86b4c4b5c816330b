"""One progress bar over a whole command."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Self

import typer

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Pace:
    """How long the rest takes, judged by all that was done since the first report.

    Args:
        clock: gives the time now, in s.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._reports: list[tuple[int, float]] = []  # the first one, and the last that went on
        self._total = 0

    def report(self, done: int, total: int) -> None:
        """Note that `done` of `total` pieces are done now; what was there before costs no time."""
        self._total = total
        if not self._reports or done > self._reports[-1][0]:
            self._reports = [*self._reports[:1], (done, self._clock())]

    def words(self) -> str:
        """Say how much time is left; nothing as long as nothing was done."""
        if len(self._reports) < 2:
            return ""
        (before, begun), (done, last) = self._reports
        expected = (last - begun) * (self._total - done) / (done - before)
        left = expected - (self._clock() - last)
        if done >= self._total:
            return ""
        return f"{timedelta(seconds=ceil(left))} left" if left > 0 else "longer than expected"


class Bar:
    """A bar that counts k of K and says how much time is left.

    It is drawn on stderr, and not at all when stderr is no terminal or the user wants quiet.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._pace = Pace()

    def __enter__(self) -> Self:
        if not self._quiet and sys.stderr.isatty():
            self._progress = _rich_progress(self._pace)
            self._task = self._progress.add_task("starting", total=None)
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def report(self, done: int, total: int, what: str) -> None:
        """Draw the bar at `done` of `total`, beside it what is done now."""
        if self._progress is not None and self._task is not None:
            self._pace.report(done, total)
            self._progress.update(self._task, completed=done, total=total, description=what)

    def say(self, line: str) -> None:
        """Print a line while the work goes on, unless the user wants quiet."""
        if not self._quiet:
            typer.echo(line)


def _rich_progress(pace: Pace) -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
    )
    from rich.table import Column
    from rich.text import Text

    class Count(MofNCompleteColumn):
        """How many of how many, once it is known how many there are."""

        def render(self, task: Task) -> Text:
            return Text() if task.total is None else super().render(task)

    class TimeLeft(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(pace.words(), style="progress.remaining")

    words = Column(no_wrap=True, overflow="ellipsis", min_width=12, max_width=28)
    return Progress(
        TextColumn("{task.description}", table_column=words, markup=False),
        BarColumn(bar_width=20),
        Count(separator=" of "),
        TimeLeft(),
        console=Console(stderr=True),
        redirect_stdout=sys.stdout.isatty(),  # what goes to a file must not go to the terminal
    )

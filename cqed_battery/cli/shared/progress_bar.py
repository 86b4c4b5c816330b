"""One progress bar over a whole command."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

import typer

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Bar:
    """A bar that counts k of K and says how much time is left.

    It is drawn on stderr, and not at all when stderr is no terminal or the user wants quiet.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if not self._quiet and sys.stderr.isatty():
            self._progress = _rich_progress()
            self._task = self._progress.add_task("starting", total=None)
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def report(self, done: int, total: int, what: str) -> None:
        """Draw the bar at `done` of `total`, beside it what is done now."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=done, total=total, description=what)

    def say(self, line: str) -> None:
        """Print a line while the work goes on, unless the user wants quiet."""
        if not self._quiet:
            typer.echo(line)


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

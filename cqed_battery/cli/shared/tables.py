"""Tables and sentences as they are printed."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

PLAIN_WIDTH = 80
WIDEST = 100


def table(
    headers: Sequence[str],
    rows: Iterable[Sequence[str | Text]],
    *,
    words: int = 1,
    numbers: Collection[int] = (),
) -> str:
    """Return rows as a table of text; long cells are wrapped, keys and numbers are not.

    Args:
        headers: of the columns.
        rows: as many cells each.
        words: how many of the first columns hold keys.
        numbers: which columns, from 0, hold numbers, set to the right.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, header in enumerate(headers):
        right = place in numbers
        drawn.add_column(
            header, justify="right" if right else "left", no_wrap=right or place < words
        )
    for row in rows:
        drawn.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    console = Console(width=_width(), highlight=False)
    with console.capture() as capture:
        console.print(drawn)
    return "\n".join(line.rstrip() for line in capture.get().splitlines() if line.strip())


def sentence(text: str) -> str:
    """Return a sentence with a capital letter first, wrapped at the terminal's width."""
    return wrapped(f"{text[:1].upper()}{text[1:]}")


def wrapped(text: str) -> str:
    """Return a text in lines that the terminal holds, all but the first set in."""
    return textwrap.fill(
        text, _width(), subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def _width() -> int:
    if not sys.stdout.isatty():
        return PLAIN_WIDTH
    from rich.console import Console

    return min(Console().width, WIDEST)

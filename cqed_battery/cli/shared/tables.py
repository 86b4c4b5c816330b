"""Tables and sentences as they are printed."""

from __future__ import annotations

import sys
import textwrap
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

PLAIN_WIDTH = 80
WIDEST = 100
_LONGEST_WORD = 30  # a longer one, such as a path, may be broken
_BOUNDLESS = 10_000  # columns


def table(
    headers: Sequence[str],
    rows: Iterable[Sequence[str | Text]],
    *,
    words: int = 1,
    numbers: Collection[int] = (),
) -> str:
    """Return rows as a table of text; long cells are wrapped, keys and numbers are not.

    Nothing is cut: where keys, numbers and single words are wider than the terminal, so is the
    table.

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

    cells = [[cell if isinstance(cell, Text) else Text(cell) for cell in row] for row in rows]
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, header in enumerate(headers):
        right = place in numbers
        whole = right or place < words
        widest = max((len(row[place]) for row in cells), default=0) if whole else 0
        words_of = _words([header], [[row[place]] for row in cells])
        longest = min(max(map(len, words_of), default=0), _LONGEST_WORD)
        drawn.add_column(
            header,
            justify="right" if right else "left",
            no_wrap=whole,
            overflow="fold",
            min_width=max(widest, longest),
        )
    for row in cells:
        drawn.add_row(*row)
    console = Console(width=_width(), highlight=False)
    boundless = console.options.update(max_width=_BOUNDLESS)
    console.width = max(console.width, console.measure(drawn, options=boundless).minimum)
    kept = Counter(word for word in _words(headers, cells) if len(word) <= _LONGEST_WORD)
    for _ in range(1 + len(headers)):  # rich takes a table without padded edges for less wide
        with console.capture() as capture:
            console.print(drawn)
        text = capture.get()
        if kept <= Counter(text.split()):
            break
        console.width += 1
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())


def _words(headers: Sequence[str], cells: Sequence[Sequence[Text]]) -> list[str]:
    texts = [*headers, *(cell.plain for row in cells for cell in row)]
    return [word for text in texts for word in text.split()]


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

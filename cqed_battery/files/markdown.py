"""Tables and links of generated Markdown pages."""

import re
from collections.abc import Iterable, Iterator, Sequence


def slug(heading: str) -> str:
    """Return the anchor of a heading, as GitHub and MyST make it.

    Args:
        heading: without its hashes.

    Example:
        >>> slug("R1: a line, and its centre")
        'r1-a-line-and-its-centre'
    """
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def link(text: str, heading: str) -> str:
    """Return a link to a heading of the same page.

    Args:
        text: that is shown.
        heading: without its hashes.
    """
    return f"[{text}](#{slug(heading)})"


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table.

    Args:
        headers: of the columns.
        rows: as many cells each.
    """
    yield _line(headers)
    yield "|" + "---|" * len(headers)
    yield from (_line([cell.replace("|", "\\|") for cell in row]) for row in rows)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"

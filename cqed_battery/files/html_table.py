"""Small HTML tables with which values show themselves in a notebook."""

from collections.abc import Iterable, Sequence
from html import escape


def html_table(
    title: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[str]],
    notes: Iterable[str] = (),
) -> str:
    """Return a titled table of texts with sentences below it, as HTML.

    Args:
        title: stands above the table.
        headers: of the columns.
        rows: of cells, as many as there are headers.
        notes: sentences below the table. All texts are escaped.

    >>> html_table("a < b", ("key",), [("1",)])[:25]
    '<p><b>a &lt; b</b></p><ta'
    """
    head = _row("th", headers)
    body = "".join(_row("td", row) for row in rows)
    below = "".join(f"<p>{escape(note)}</p>" for note in notes)
    return f"<p><b>{escape(title)}</b></p><table>{head}{body}</table>{below}"


def _row(tag: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"

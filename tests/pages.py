"""A reader for HTML pages: elements with their attributes, text and children."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "br", "link", "img", "hr", "input"})


@dataclass
class Element:
    """One element; its text includes that of its children."""

    tag: str
    attributes: dict[str, str]
    content: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        parts = [part if isinstance(part, str) else part.text for part in self.content]
        return re.sub(r"\s+", " ", " ".join(parts)).strip()

    def walk(self) -> Iterator["Element"]:
        yield self
        for part in self.content:
            if isinstance(part, Element):
                yield from part.walk()

    def all(self, tag: str, klass: str = "") -> list["Element"]:
        """Return the descendants with this tag and, if given, this class."""
        return [
            element
            for element in self.walk()
            if element.tag == tag
            and (not klass or klass in element.attributes.get("class", "").split())
        ]

    def by_id(self, name: str) -> "Element":
        """Return the one element with this identifier."""
        (found,) = [e for e in self.walk() if e.attributes.get("id") == name]
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("document", {})]
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].content.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].content.append(element)

    def handle_endtag(self, tag: str) -> None:
        if self.open[-1].tag == tag:
            self.open.pop()
        else:
            self.faults.append(f"</{tag}> closes <{self.open[-1].tag}>")

    def handle_data(self, data: str) -> None:
        self.open[-1].content.append(data)


def read_page(html: str) -> Element:
    """Return the page as a tree; refuse tags that do not balance."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    unclosed = [element.tag for element in reader.open[1:]]
    assert not reader.faults, reader.faults
    assert not unclosed, unclosed
    return reader.open[0]

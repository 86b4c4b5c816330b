"""From a template to a page that opens offline, and from a figure to a fragment of it."""

import re
from base64 import b64encode
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined, UndefinedError
from markupsafe import Markup

from analysis.report.formatting import sentence, sigmas, typeset, with_interval

TEMPLATES = Path(__file__).parent / "templates"
SCRIPTS = ("numbers.js", "hover.js", "sorting.js")  # each uses those before it

_DROPPED = re.compile(
    r"<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>|<style.*?</style>", re.DOTALL
)
_ROOT = re.compile(r"<svg\b[^>]*?viewBox=\"([^\"]*)\"[^>]*>", re.DOTALL)
_NULL_ROTATION = re.compile(r" transform=\"rotate\(-?0 [^)]*\)\"")
_FONT_FAMILY = re.compile(r" font-family:[^;\"]*;?")
_REFERENCE = re.compile(r"(?:xlink:href=\"#|url\(#)([^\")]+)")
_GEOMETRY = re.compile(r" (?:d|x|y)=\"[^\"]*\"")
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_EMPTY = re.compile(r"<(defs|g)>\s*</\1>")


def render(template: str, context: Mapping[str, Any]) -> str:
    """Return a page of the family: its style and script in it, every text of the context escaped.

    The page's policy lets the browser run this one script, known by its hash, and load nothing.

    Args:
        template: the file's name in templates/.
        context: what the template names; figures are SVG fragments, shown by its `svg`.

    Raises:
        KeyError: the context lacks a value that the page shows.
    """
    try:
        return _environment().get_template(template).render(context)
    except UndefinedError as error:
        raise KeyError(str(error)) from None


@lru_cache(maxsize=1)
def _environment() -> Environment:
    """Return the templates with the family's style and script, read once in a process."""
    sources = {path.name: path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.j2")}
    environment = Environment(
        loader=DictLoader(sources),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    script = "\n" + "\n".join((TEMPLATES / name).read_text(encoding="utf-8") for name in SCRIPTS)
    code = b64encode(sha256(script.encode()).digest()).decode()
    pieces = {"style": Markup(style), "script": Markup(script), "script_hash": Markup(code)}
    environment.globals |= {**pieces, "svg": Markup, "with_interval": with_interval}
    environment.filters |= {"sentence": sentence, "typeset": typeset, "sigmas": sigmas}
    return environment


def inline_svg(raw: str, *, prefix: str, label: str, colours: Mapping[str, str]) -> str:
    """Return the drawing as one `<svg>` element that asks for nothing outside itself.

    Prolog, metadata, fonts and global styles go; identifiers that are used get
    the prefix, so that several drawings share a page; the others go too.

    Args:
        raw: a whole SVG file.
        prefix: what makes this drawing's identifiers its own.
        label: what a screen reader says instead of the drawing; plain text.
        colours: literal colour -> CSS value, for pages with a dark mode.
    """
    text = _DROPPED.sub("", raw)
    text = _NULL_ROTATION.sub("", _FONT_FAMILY.sub("", text))
    text = _GEOMETRY.sub(lambda found: _LONG_NUMBER.sub(_shorten, found.group()), text)
    text = _own_identifiers(text, prefix)
    for literal, value in colours.items():
        text = text.replace(literal, value)
    text = _EMPTY.sub("", re.sub(r"\s*\n\s*", " ", text).replace("> <", "><"))
    words = escape(label)
    return _ROOT.sub(
        lambda root: f'<svg viewBox="{root.group(1)}" role="img" aria-label="{words}">',
        text,
        count=1,
    ).strip()


def _own_identifiers(text: str, prefix: str) -> str:
    used = set(_REFERENCE.findall(text))

    def rename(match: re.Match[str]) -> str:
        name = match.group(1)
        return f' id="{prefix}-{name}"' if name in used else ""

    text = re.sub(r" id=\"([^\"]*)\"", rename, text)
    text = text.replace('xlink:href="#', f'href="#{prefix}-')
    return text.replace("url(#", f"url(#{prefix}-")


def _shorten(found: re.Match[str]) -> str:
    """Keep a hundredth of a point; finer cannot be seen."""
    return f"{round(float(found.group()), 2) + 0.0:.2f}".rstrip("0").rstrip(".")

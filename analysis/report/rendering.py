"""From a template's name and what it says to a page that opens offline."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

__all__ = ["render"]

TEMPLATES = Path(__file__).parent / "templates"
SCRIPTS = ("numbers.js", "hover.js")  # each uses what those before it define


def render(template: str, context: Mapping[str, Any]) -> str:
    """Return a page of the family: its style and script in it, every text of the context escaped.

    The page's policy lets the browser run this one script, known by its hash, and load nothing.

    Args:
        template: the file's name in templates/.
        context: what the template names; figures are SVG fragments, shown by its `svg`.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    script = "\n" + "\n".join((TEMPLATES / name).read_text(encoding="utf-8") for name in SCRIPTS)
    code = b64encode(sha256(script.encode()).digest()).decode()
    pieces = {"style": Markup(style), "script": Markup(script), "script_hash": Markup(code)}
    environment.globals |= {**pieces, "svg": Markup}
    return environment.get_template(template).render(context)

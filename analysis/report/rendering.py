"""From a template's name and what it says to a page that opens offline."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

__all__ = ["render"]

TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, context: Mapping[str, Any]) -> str:
    """Return a page of the family: its style in it, every text of the context escaped.

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
    environment.globals |= {"style": Markup(style), "svg": Markup}
    return environment.get_template(template).render(context)

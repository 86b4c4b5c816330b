"""What `help()` shows of a section: its keys with their meaning, and a signature one can read."""

from inspect import Parameter, Signature, cleandoc
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo


def explain(section: type[BaseModel]) -> None:
    """Give a section's class its keys as arguments: in its docstring, and plain in its signature.

    Args:
        section: whose fields are final.
    """
    fields = section.model_fields
    if not fields:
        return
    keys = [f"    {name}: {_meaning(field)}." for name, field in fields.items()]
    own = cleandoc(section.__doc__ or "")
    section.__doc__ = "\n".join([own, "", "Args:", *keys])
    kind = Parameter.KEYWORD_ONLY
    shown = [
        Parameter(name, kind, annotation=field.annotation, default=_default(field))
        for name, field in fields.items()
    ]
    section.__signature__ = Signature(shown)


def _default(field: FieldInfo) -> Any:
    """Return the default; of a section that is held, only that it has its own."""
    if field.is_required():
        return Parameter.empty
    return ... if isinstance(field.default, BaseModel) else field.default


def _meaning(field: FieldInfo) -> str:
    """Return a key's description, or the first line of the section's that it holds."""
    if field.description:
        return field.description.rstrip(".")
    held = field.annotation
    text = (getattr(held, "__doc__", "") or "").strip() if isinstance(held, type) else ""
    return text.partition("\n")[0].rstrip(".") or "see the experiment file"

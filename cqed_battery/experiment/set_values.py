"""Single values that a user writes as text: KEY=VALUE."""

from collections.abc import Iterable
from typing import Any

from cqed_battery.errors import CqedBatteryError, show_value
from cqed_battery.files import toml


def set_values(texts: Iterable[str] | None, must: str) -> dict[str, Any]:
    """Return the values by key of texts such as "coupler.g_on_MHz=40".

    Args:
        texts: a value is read as TOML, or else as a word.
        must: begins the sentence that refuses a text.

    Raises:
        CqedBatteryError: a text has no key or no value.
    """
    return dict(_key_and_value(text, must) for text in texts or ())


def _key_and_value(text: str, must: str) -> tuple[str, Any]:
    key, equals, value = (part.strip() for part in text.partition("="))
    if not (key and equals and value):
        raise CqedBatteryError(f"{must}, but is {show_value(text)}")
    if "\n" in value:
        return key, value
    try:
        return key, toml.loads(f"value = {value}")["value"]
    except ValueError:
        return key, value

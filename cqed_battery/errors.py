"""The errors a user may see, and the sentences that go into them."""

import datetime
import difflib
import itertools
import json
import math
import re
from collections.abc import Collection, Hashable, Mapping

_UNITS = frozenset({"hz", "khz", "mhz", "ghz", "ns", "us", "ms", "s", "k", "mk", "rad", "deg"})
_SYMBOLS = {
    "alpha": "anharmonicity_GHz",
    "g": "g_on_MHz",
    "kappa": "linewidth_MHz",
    "omega": "rabi_rate_MHz",
    "t2": "t2_us",
    "tphi": "dephasing_rate_MHz",
}
_BARE_KEY = re.compile(r"[A-Za-z0-9_.-]+")
_CLOSE = 0.75  # difflib's ratio from which a name is nearly another
_LONGEST_SHOWN = 60  # characters of a value, so that a sentence stays readable on a terminal
_MOST_SHOWN = 20  # names of one list


class CqedBatteryError(ValueError):
    """Something a user can repair, said in one sentence."""


class ExperimentError(CqedBatteryError):
    """An experiment, or a value of it, that cannot be accepted."""


def show_value(value: object) -> str:
    """Write a refused value the way it looks in an experiment file, cut to a readable length.

    Args:
        value: as Python or TOML gave it.
    """
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        quoted = json.dumps(value, ensure_ascii=False)
        return _shorten(quoted.encode(errors="backslashreplace").decode())
    if isinstance(value, float):
        return repr(float(value))
    if isinstance(value, int):
        return _show_whole_number(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        head = ", ".join(map(_show_entry, value[:8]))
        return _shorten(f"[{head}{', ...' if len(value) > 8 else ''}]")
    return _shorten(" ".join(repr(value).split()))


def explain_unknown_key(section: str, key: str, known: Mapping[str, Collection[str]]) -> str:
    """Say that a key is unknown and which one was probably meant.

    Args:
        section: name of the section that holds the key, "" for the top of the file.
        key: the unknown key.
        known: the keys of each section; the section "" also lists the section names.
    """
    name = f"{section}.{show_key(key)}" if section else show_key(key)
    guesses = _guess(section, key, known)
    if not guesses:
        where = f"[{section}]" if section else "an experiment"
        return f"{name} is not a known key: {where} has {', '.join(known[section])}"
    hints = [_hint(section, *guess, known) for guess in guesses]
    unit = _unit(guesses[0][1])
    differs = unit and unit.lower() != _unit(key).lower() and len(guesses) == 1
    return (
        f"{name} is not a known key: did you mean {join_words(hints, 'or')}"
        f"{f', in {unit}' if differs else ''}?"
    )


def join_words(words: Collection[str], last: str) -> str:
    """Join words as in a sentence: "a, b or c".

    Args:
        words: at least one.
        last: "and" or "or".
    """
    *head, tail = words
    return f"{', '.join(head)} {last} {tail}" if head else tail


def show_key(key: str) -> str:
    """Write a key as a file would: bare where it can be, else in quotes.

    Args:
        key: any text.
    """
    return _shorten(key) if _BARE_KEY.fullmatch(key) else show_value(key)


def quote_name(name: str) -> str:
    """Write a name that a user's file gives, as a column's: in quotes, cut to a readable length.

    Args:
        name: any text.
    """
    return f"'{_shorten(name)}'"


def show_names(names: Collection[Hashable]) -> str:
    """Write what a user's file holds as a list: the first names, and how many there are beyond.

    Args:
        names: of columns, variables or dims; none gives "none".
    """
    shown = ", ".join(show_key(str(name)) for name in itertools.islice(names, _MOST_SHOWN))
    beyond = len(names) - _MOST_SHOWN
    return f"{shown} and {beyond} more" if beyond > 0 else shown or "none"


def _show_entry(entry: object) -> str:
    return "a list" if isinstance(entry, list | tuple) else show_value(entry)


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 3] + "..."


def _show_whole_number(value: int) -> str:
    digits = int(value.bit_length() * math.log10(2.0))
    return str(value) if digits < 40 else f"a whole number of about {digits} digits"


def _unit(key: str) -> str:
    tail = key.rpartition("_")[2]
    return tail if "_" in key and tail.lower() in _UNITS else ""


def _stem(key: str) -> str:
    unit = _unit(key)
    return (key[: -len(unit) - 1] if unit else key).lower()


def _guess(section: str, key: str, known: Mapping[str, Collection[str]]) -> list[tuple[str, str]]:
    """Find the keys most like `key`, its own section before the others."""
    own = [(section, name) for name in known[section]]
    others = [(place, name) for place in known if place != section for name in known[place]]
    symbol = _SYMBOLS.get(_stem(key))
    for places, alike in (
        (own, lambda name: name.lower() == key.lower()),
        (own, lambda name: _stem(name) == _stem(key)),
        (others, lambda name: name.lower() == key.lower()),
        (own + others, lambda name: name == symbol),
    ):
        if found := [place for place in places if alike(place[1])]:
            # The same name elsewhere does not hide one of this section that is nearly the same.
            nearly = _closest(key, own, _CLOSE) if places is others else []
            return [*nearly, *found]
    # difflib's default of 0.6 in the same section; stricter elsewhere, where more names compete.
    if found := _closest(key, own, 0.6):
        return found
    return [place for place in others if _stem(place[1]) == _stem(key)] or _closest(
        key, others, _CLOSE
    )


def _closest(key: str, places: list[tuple[str, str]], cutoff: float) -> list[tuple[str, str]]:
    lowered = {name.lower(): name for _, name in places}
    matches = difflib.get_close_matches(key.lower(), lowered, n=1, cutoff=cutoff)
    return [place for place in places if matches and place[1] == lowered[matches[0]]]


def _hint(section: str, place: str, name: str, known: Mapping[str, Collection[str]]) -> str:
    if place == "" and name in known:
        return f"[{name}]"
    if place == section:
        return name
    return f"[{place}] {name}" if place else f"{name} at the top of the file"

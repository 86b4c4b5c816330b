"""Experiment files as text: reading TOML, writing it with comments."""

import json
from os import PathLike
from pathlib import Path
from typing import Any

from cqed_battery.device.section import Section, describe_requirement
from cqed_battery.errors import ExperimentError
from cqed_battery.files import toml

MAX_FILE_BYTES = 1_000_000
"""Largest experiment file, in bytes, that is read; one with all lists at their longest fits."""

_HEADER = """\
# Units stand in the names of the keys; frequencies and rates in GHz and MHz are cyclic.
# A key that is left out takes its default.
"""
_COMMENT_COLUMN = 36  # most keys with their values are shorter


def read_file(path: str | PathLike[str]) -> str:
    """Read the text of an experiment file.

    Args:
        path: of the file.

    Raises:
        ExperimentError: there is no such file, it is a folder, too large, or not UTF-8 text.
    """
    place = Path(path)
    try:
        with place.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise ExperimentError(
            f"there is no experiment file {place}: `cqed-battery init {place}` writes one"
        ) from None
    except IsADirectoryError:
        raise ExperimentError(f"{place} is a folder: name the experiment file in it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ExperimentError(f"{place} cannot be read: {reason}") from None
    if len(content) > MAX_FILE_BYTES:
        raise ExperimentError(
            f"{place} is larger than {MAX_FILE_BYTES // 1_000_000} MB, which no experiment file is"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ExperimentError(
            f"{place} is not a text file in UTF-8 (byte {error.start + 1}): save it as UTF-8"
        ) from None


def parse(text: str, source: str) -> dict[str, Any]:
    """Parse TOML text.

    Args:
        text: of a whole file.
        source: names the text in the message.

    Raises:
        ExperimentError: the text is not valid TOML.

    Returns:
        Values by key, and mappings of them by section.
    """
    try:
        return toml.loads(text)
    except ValueError as error:
        reason = str(error).partition(";")[0]
        raise ExperimentError(
            f"{source} is not valid TOML: {reason[:1].lower()}{reason[1:]}"
        ) from None


def write(experiment: Section, *, comments: bool) -> str:
    """Write an experiment as TOML.

    Args:
        experiment: with its sections.
        comments: say behind each key what it is and must be, and list keys that are not in force.
    """
    blocks = [_write_keys(experiment, comments)]
    for name, kind in type(experiment).sections().items():
        if not comments and not getattr(experiment, name).in_force():
            continue
        title = _with_comment(f"[{name}]", (kind.__doc__ or "").partition("\n")[0], comments)
        blocks.append(f"{title}\n{_write_keys(getattr(experiment, name), comments)}")
    return (f"{_HEADER}\n" if comments else "") + "\n".join(blocks)


def _write_keys(section: Section, comments: bool) -> str:
    in_force = section.in_force()
    lines = []
    for key, field in type(section).model_fields.items():
        if key in type(section).sections():
            continue
        if key in in_force:
            line = f"{key} = {_format(in_force[key])}"
        elif comments:
            shown = field.examples[0] if field.examples else getattr(section, key)
            shown = section.implied().get(key, shown)
            line = f"# {key} = {_format(shown)}"
        else:
            continue
        must = describe_requirement(field).removeprefix("a ")
        note = f"{field.description} ({must})"
        lines.append(_with_comment(line, note, comments) + "\n")
    return "".join(lines)


def _with_comment(line: str, note: str, comments: bool) -> str:
    return f"{line:{_COMMENT_COLUMN}} # {note}" if comments else line


def _format(value: object) -> str:
    """Write one value as TOML; every string here is free of control characters."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_format, value))}]"
    return repr(value)

"""JSON: a list of settings with their counts, or the results of a Qiskit job.

    [{"arm": "catalysed", "time_ns": 0, "basis": "x", "counts": {"0": 512, "1": 488}}, ...]

Qiskit's keys, with or without 0x, and its own layout with `results`, `header` and `metadata` are
read too. Records without `counts` are rows.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from analysis.data.counts import read_utf8
from analysis.data.formats.format import Format
from analysis.data.mapping import LabNames
from analysis.data.tables.columns import Columns
from cqed_battery.errors import show_value
from cqed_battery.files.datasets import DatasetError

_COUNTS = "counts"
_EXAMPLE = '[{"arm": "catalysed", "time_ns": 0, "basis": "x", "counts": {"0": 512, "1": 488}}]'


class JsonCounts(Format):
    """Text that begins with a bracket or a brace."""

    name = "JSON"

    def recognises(self, head: bytes) -> bool:
        """Say whether it begins like JSON.

        Args:
            head: the first bytes of the file.
        """
        return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"["))

    def read(self, path: Path, names: LabNames) -> Columns:
        """Return a row for each outcome of each setting.

        Args:
            path: of the file.
            names: the laboratory's names of the columns outcome and count.

        Raises:
            DatasetError: the file is no JSON, or of another layout.
        """
        text = read_utf8(path, "file of counts")
        try:
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise DatasetError(f"{path} begins like JSON, but is none ({error})") from None
        return record_columns(_records(content, str(path)), str(path), names)


def record_columns(records: list[Mapping[str, Any]], source: str, names: LabNames) -> Columns:
    """Return records as columns, those with `counts` as a row for each outcome.

    Args:
        records: labels by name, and counts by outcome.
        source: names them in messages.
        names: the laboratory's names of the columns outcome and count.

    Raises:
        DatasetError: there is no record, or its counts are none.
    """
    rows = [row for record in records for row in _rows(_flat(record), source, names)]
    if not rows:
        raise DatasetError(f"{source} has no records; it must be a list such as {_EXAMPLE}")
    keys = dict.fromkeys(key for row in rows for key in row)
    return Columns(source, {key: [_plain(row.get(key)) for row in rows] for key in keys})


def _records(content: Any, source: str) -> list[Mapping[str, Any]]:
    """Return a list of records, those of Qiskit's results too."""
    listed = content.get("results", [content]) if isinstance(content, Mapping) else content
    if not isinstance(listed, list) or not all(isinstance(entry, Mapping) for entry in listed):
        raise DatasetError(
            f"{source} is JSON, but no list of settings; it must be such as {_EXAMPLE}"
        )
    return listed


def _flat(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record whose labels stand beside its counts, wherever Qiskit has put them."""
    found = {key: value for key, value in entry.items() if not isinstance(value, Mapping)}
    header, data = entry.get("header"), entry.get("data")
    for nested in (header, entry.get("metadata")):
        if isinstance(nested, Mapping):
            found |= {key: v for key, v in nested.items() if not isinstance(v, Mapping)}
            inner = nested.get("metadata")
            found |= inner if isinstance(inner, Mapping) else {}
    counts = data.get(_COUNTS) if isinstance(data, Mapping) else entry.get(_COUNTS)
    return found if counts is None else found | {_COUNTS: counts}


def _rows(record: Mapping[str, Any], source: str, names: LabNames) -> Iterator[dict[str, Any]]:
    counts = record.get(_COUNTS)
    if counts is None:
        yield dict(record)
        return
    if not isinstance(counts, Mapping):
        raise DatasetError(
            f"'counts' in {source} must be how often each outcome was read, such as"
            f' {{"0": 512, "1": 488}}, but is {show_value(counts)}'
        )
    shared = {key: value for key, value in record.items() if key != _COUNTS}
    shared.pop("shots", None)  # how many there were in all, which the counts say themselves
    for outcome, count in counts.items():
        own = {names.column("outcome"): _outcome(str(outcome)), names.column("count"): count}
        yield shared | own


def _outcome(key: str) -> str:
    """Return an outcome of one qubit; Qiskit writes it in hexadecimal or as a bit string."""
    text = key.replace(" ", "").lower()
    try:
        return str(int(text, 16)) if text.startswith("0x") else text
    except ValueError:
        return text


def _plain(value: Any) -> Any:
    """Return a value of a row as a number or text."""
    if value is None:
        return ""
    return value if isinstance(value, int | float | str) else str(value)


FORMAT = JsonCounts()

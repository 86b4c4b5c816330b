"""Text with one row a line (CSV, TSV): header, separator, comments, what spreadsheets add.

UTF-8, with or without a byte-order mark; lines that begin with # and empty ones are left out;
fields are separated by commas, semicolons or tabs, or by what a first line `sep=;` names.
"""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from analysis.data.counts import read_utf8, real_number_in
from analysis.data.formats.format import Format
from analysis.data.mapping import LabNames
from analysis.data.tables.columns import Columns, without_index
from cqed_battery.errors import quote_name
from cqed_battery.files.datasets import DatasetError

_SEPARATORS = ",;\t"
_NAMED_SEPARATOR = re.compile(r'"?sep=(.)"?[,;\t]*', re.IGNORECASE)  # of spreadsheets
_NEEDED = "arm, time_ns, basis, outcome, count"
_COMMA_IN_NUMBER = "a decimal comma was read as a point"

Numbered = list[tuple[int, str]]


class Delimited(Format):
    """Text with separated fields; what no other format recognises is tried as such."""

    name = "a table of text (CSV, TSV)"

    def recognises(self, head: bytes) -> bool:
        """Say yes.

        Args:
            head: the first bytes of the file.
        """
        return True

    def read(self, path: Path, names: LabNames) -> Columns:
        """Return the rows of a table.

        Args:
            path: of the file.
            names: the laboratory's names, not used.

        Raises:
            DatasetError: see `read_delimited`.
        """
        return read_delimited(path)


def read_delimited(path: Path) -> Columns:
    """Read a table of text.

    Args:
        path: of the file.

    Raises:
        DatasetError: the file cannot be read, has no rows, or a row has not as many fields as the
            header; the message names the line.
    """
    source, separator, numbered = str(path), None, _lines(path)
    if numbered and (named := _NAMED_SEPARATOR.fullmatch(numbered[0][1].strip(" "))):
        separator, numbered = named[1], numbered[1:]
    if len(numbered) < 2:
        raise DatasetError(
            f"{source} has no rows; a table of counts needs a header with {_NEEDED} and a row for"
            " each count"
        )
    separator = separator or max(_SEPARATORS, key=numbered[0][1].count)
    rows = _split([line for _, line in numbered], separator, source)
    header = [field.strip() for field in rows[0]]
    for (number, _), row in zip(numbered, rows, strict=True):
        if len(row) != len(header):
            raise DatasetError(
                f"line {number} of {source} has {len(row)} fields, but the header has {len(header)}"
            )
    fields = _columns(header, rows[1:], source)
    commas = any(_has_decimal_comma(values) for values in fields.values())
    lines = np.array([number for number, _ in numbered[1:]])
    return Columns(source, fields, lines, notes=(_COMMA_IN_NUMBER,) if commas else ())


def _lines(path: Path) -> Numbered:
    """Return the lines that say something, with their numbers."""
    return [
        (number, line)
        for number, line in enumerate(read_utf8(path, "table of counts").splitlines(), 1)
        if line.strip(_SEPARATORS + " ") and not line.lstrip(' "').startswith("#")
    ]


def _split(lines: list[str], separator: str, source: str) -> list[list[str]]:
    try:
        fields = list(csv.reader(lines, delimiter=separator, skipinitialspace=True))
    except csv.Error as error:
        raise DatasetError(f"{source} cannot be read as a table ({error})") from None
    if len(fields) != len(lines):
        raise DatasetError(f"{source} has a field in quotes that runs over several lines")
    return fields


def _columns(header: list[str], rows: list[list[str]], source: str) -> dict[str, Sequence[str]]:
    """Return the fields by column, without those that only number the rows.

    Raises:
        DatasetError: the header holds a name twice, or numbers.
    """
    if not any(np.isnan(real_number_in(name)) for name in header):
        raise DatasetError(
            f"{source} has numbers on its first line, where the names of the columns must stand;"
            f" write a header such as {_NEEDED} above them"
        )
    columns: dict[str, Sequence[str]] = {}
    for place, (name, values) in enumerate(zip(header, zip(*rows, strict=True), strict=True)):
        left = without_index({name: values})
        shown = name or f"column {place + 1}"
        if left and shown in columns:
            raise DatasetError(f"{source} has the column {quote_name(shown)} more than once")
        columns |= {shown: values} if left else {}
    return columns


def _has_decimal_comma(values: Sequence[str]) -> bool:
    return any("," in value and np.isfinite(real_number_in(value)) for value in values[:1000])


FORMAT = Delimited()

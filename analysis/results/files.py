"""results.json: written whole or not at all, and read with care."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.results.estimates import SCHEMA
from analysis.results.results import Results, ResultsError
from cqed_battery.files.datasets import write_text


def save_results(results: Mapping[str, Any], path: Path | str, *, overwrite: bool = False) -> None:
    """Write results as JSON; numbers that are not finite are refused, never written.

    Args:
        results: as `analyse` returns them, or their plain dictionary.
        path: of the file.
        overwrite: whether a file that exists is replaced.

    Raises:
        ResultsError: a number is not finite, or the file exists and is not to be overwritten.
        OSError: the file cannot be written.
    """
    if Path(path).is_file() and not overwrite:
        raise ResultsError(
            f"`path` must be a new file, but {path} exists; name another one, or give"
            " overwrite=True"
        )
    try:
        text = json.dumps(dict(results), indent=1, allow_nan=False)
    except ValueError as error:
        raise ResultsError(f"the results hold a number that is not finite ({error})") from error
    write_text(path, text + "\n")


_LONGEST_NUMBER = 24  # characters of one that is shown
_LARGEST_NUMBER = 1e300  # beyond, the ticks of an axis overflow


def load_results(path: Path | str) -> Results:
    """Read results.json.

    Raises:
        ResultsError: the file is missing, is not JSON, holds a number that is not finite or beyond
            1e300, or has another schema.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
        results = json.loads(text, parse_float=_finite, parse_int=_whole, parse_constant=_finite)
    except RecursionError:
        raise ResultsError(f"{path} cannot be read as results (it is nested too deeply)") from None
    except (OSError, ValueError) as error:  # the latter also of an encoding and of long numbers
        reason = str(error).partition(";")[0]
        raise ResultsError(f"{path} cannot be read as results ({reason})") from error
    if not isinstance(results, dict) or results.get("schema") != SCHEMA:
        raise ResultsError(f"{path} does not hold results of schema {SCHEMA}")
    return Results(results)


def _whole(text: str) -> int:
    _finite(text)  # a float must be able to hold it
    return int(text)


def _finite(text: str) -> float:
    value = float(text)
    if not abs(value) <= _LARGEST_NUMBER:
        shown = text if len(text) <= _LONGEST_NUMBER else f"{text[:_LONGEST_NUMBER]}..."
        said = "is too large" if math.isfinite(value) else "is not finite"
        raise ValueError(f"the number {shown} in it {said}")
    return value

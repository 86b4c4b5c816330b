"""Results as plain values: what results.json holds, written whole or not at all."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.shown import Results
from cqed_battery.errors import CqedBatteryError
from cqed_battery.files.datasets import write_text

SCHEMA = 1
UNITS = {
    "times": "ns",
    "bloch": "1",
    "energy": "hbar w_q",
    "ergotropy": "hbar w_q",
    "power": "hbar w_q/ns",
    "heat_current": "hbar w_q/ns",
    "heat_integral": "hbar w_q",
    "vacuum_fidelity": "1",
}
SIGN_CONVENTION = (
    "J = dE/dt - P with dE = dW + dQ: J < 0 is energy leaving the battery (the paper calls it"
    " inward); z = P(1) - P(0), the empty battery has z = -1"
)


class ResultsError(CqedBatteryError):
    """A file is not a results file of this tool."""


def quantity(
    value: npt.ArrayLike,
    std: npt.ArrayLike,
    method: str,
    *,
    low: npt.ArrayLike | None = None,
    high: npt.ArrayLike | None = None,
    within: tuple[float, float] = (-np.inf, np.inf),
) -> dict[str, Any]:
    """Return value, std, 95 % interval and method as plain lists.

    The interval is value +- 1.96 std, cut to the physical range, unless given.
    """
    value, std = np.asarray(value, dtype=float), np.asarray(std, dtype=float)
    low = np.clip(value - 1.959964 * std, *within) if low is None else np.asarray(low)
    high = np.clip(value + 1.959964 * std, *within) if high is None else np.asarray(high)
    return {
        "value": value.tolist(),
        "std": std.tolist(),
        "ci_low": np.minimum(low, value).tolist(),
        "ci_high": np.maximum(high, value).tolist(),
        "method": method,
    }


def save_results(results: dict[str, Any], path: Path | str) -> None:
    """Write results as JSON; numbers that are not finite are refused, never written.

    Raises:
        ResultsError: a number is not finite.
        OSError: the file cannot be written.
    """
    try:
        text = json.dumps(results, indent=1, allow_nan=False)
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

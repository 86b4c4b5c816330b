"""The verb that shows the errors of the tomography pulses: pulses."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from cqed_battery.cli.shared.tables import table
from cqed_battery.cli.shared.verb import Answer, Given, verb

_HEADERS = ("pulse", "line", "angle error (rad)", "axis error (rad)", "leakage")
_TUNED_TO = 1e-12  # what is left below it is rounding


@verb("How far to trust it")
def pulses(given: Given) -> Answer:
    """Print the errors of the tuned pulses: angle, axis and leakage of each.

    On the ideal line, behind the file's bandwidth as tuned there and retuned, and with the faults:
    errors of amplitude, phase and DRAG coefficient.
    """
    import cqed_battery as cb

    rows = [asdict(row) for row in cb.pulses(given.experiment)]
    return Answer(lambda: pulse_table(rows), rows)


def pulse_table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the errors of pulses as a printed table."""
    errors = ("angle", "axis", "leakage")
    return table(
        _HEADERS, [(row["pulse"], row["line"], *(_text(row[e]) for e in errors)) for row in rows]
    )


def _text(error: float) -> str:
    return f"{error:.1e}" if abs(error) >= _TUNED_TO else f"< {_TUNED_TO:.0e}"

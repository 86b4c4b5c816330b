"""The published measurements by their keys, found in the files of `cases/`."""

from importlib import import_module
from pkgutil import iter_modules

import analysis.reality.cases
from analysis.reality.case import Case
from cqed_battery.arguments import named


def _cases() -> list[Case]:
    """Return the case of each file."""
    room = analysis.reality.cases
    names = [one.name for one in iter_modules(room.__path__, f"{room.__name__}.")]
    return sorted((import_module(name).CASE for name in names), key=lambda case: int(case.key[1:]))


CASES: dict[str, Case] = {case.key: case for case in _cases()}


def find_case(key: str) -> Case:
    """Return a case by its key, in capitals or not.

    Raises:
        CqedBatteryError: there is no such case.
    """
    return named("CASE", key, CASES)

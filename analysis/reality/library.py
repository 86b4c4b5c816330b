"""The published measurements by their keys, found in the files beside this one."""

from importlib import import_module
from pkgutil import iter_modules

import analysis.reality
from analysis.reality.case import Case
from cqed_battery.arguments import named


def _cases() -> list[Case]:
    """Return the case of each file that holds one."""
    names = [one.name for one in iter_modules(analysis.reality.__path__, "analysis.reality.")]
    modules = [import_module(name) for name in names]
    return sorted(
        (m.CASE for m in modules if hasattr(m, "CASE")), key=lambda case: int(case.key[1:])
    )


CASES: dict[str, Case] = {case.key: case for case in _cases()}


def find_case(key: str) -> Case:
    """Return a case by its key, in capitals or not.

    Raises:
        CqedBatteryError: there is no such case.
    """
    return named("CASE", key, CASES)

"""The seed papers by their short names, found in the folders beside this file."""

from importlib import import_module
from pkgutil import iter_modules

import analysis.papers
from analysis.papers.paper import Paper
from cqed_battery.errors import CqedBatteryError


def _papers() -> list[Paper]:
    """Return what each folder says of its paper, or of the versions of its paper."""
    modules = iter_modules(analysis.papers.__path__, "analysis.papers.")
    found = [import_module(module.name).PAPER for module in modules if module.ispkg]
    versions = [paper if isinstance(paper, tuple) else (paper,) for paper in found]
    return sorted((paper for papers in versions for paper in papers), key=lambda p: p.order)


PAPERS: dict[str, Paper] = {paper.key: paper for paper in _papers()}


def find_paper(key: str) -> Paper:
    """Return a paper by its short name, in capitals or not.

    Raises:
        CqedBatteryError: there is no such paper.
    """
    if key.upper() not in PAPERS:
        raise CqedBatteryError(f"PAPER must be one of {', '.join(PAPERS)}, but was {key!r}")
    return PAPERS[key.upper()]

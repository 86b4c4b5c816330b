"""The seed papers by their short names, found in the folders beside this file."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

import analysis.papers
from analysis.papers.paper import Paper
from cqed_battery.arguments import named
from cqed_battery.errors import CqedBatteryError

if TYPE_CHECKING:
    from analysis.papers.claim import PaperClaim


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
    return named("PAPER", key, PAPERS)


def find_claims(name: str | None = None) -> list[tuple[Paper, PaperClaim]]:
    """Return the claims of every paper, of one paper, or one claim, each with its paper.

    Args:
        name: a paper's short name or a claim's key, in capitals or not; None for all.

    Raises:
        CqedBatteryError: there is no such paper or claim.
    """
    if name is not None and name.upper() not in PAPERS:
        return [_find_claim(name)]
    papers = PAPERS.values() if name is None else [find_paper(name)]
    return [(paper, claim) for paper in papers for claim in paper.claims]


def _find_claim(key: str) -> tuple[Paper, PaperClaim]:
    for paper in PAPERS.values():
        if key.upper().startswith(paper.key):
            found = {claim.key: claim for claim in paper.claims}
            if key.upper() in found:
                return paper, found[key.upper()]
            *_, last = found
            raise CqedBatteryError(f"the claims of {paper.key} end at {last}, but was {key!r}")
    known = ", ".join(PAPERS)
    raise CqedBatteryError(
        f"PAPER must be one of {known}, or a claim's key such as Z1-5 or K3, but was {key!r}"
    )

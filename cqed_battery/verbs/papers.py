"""The seed papers: their figures from their own models, and their claims."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cqed_battery.errors import CqedBatteryError
from cqed_battery.files.run_folder import claimed
from cqed_battery.progress import Progress

if TYPE_CHECKING:
    import xarray as xr

    from analysis.papers.ledger import Entry

__all__ = ["paper", "claims"]

FORMATS = ("png", "svg")
PICTURES = "figures"
"""Folder beside the ledger's page, for the pictures that it shows."""
_PAGE_DPI = 72  # dots per inch: half of a picture's own, since a page shows dozens


def paper(
    name: str | None = None,
    figures: str | Sequence[str] | None = None,
    *,
    changes: Mapping[str, Any] | None = None,
    out: str | PathLike[str] | None = None,
    kind: str = FORMATS[0],
    progress: Progress | None = None,
) -> dict[str, xr.Dataset]:
    """Compute the figures of a paper from its own model.

    Args:
        name: its short name, such as "Z1"; by default every paper.
        figures: keys of figures, or one key; by default all.
        changes: parameters of the model by name, instead of the paper's.
        out: folder for each figure's picture and dataset; by default nothing is written.
        kind: of the pictures, "png" or "svg".
        progress: called as progress(done, total, what) before each figure.

    Returns:
        The curves of each figure, by "paper-figure", such as "K-4".

    Raises:
        CqedBatteryError: there is no such paper, figure, parameter or kind of picture, or another
            run is at work in the folder.
        OSError: a file cannot be written.
    """
    from analysis.papers.figure import find_figure
    from analysis.papers.library import PAPERS, find_paper

    if kind not in FORMATS:
        raise CqedBatteryError(f"`kind` must be {' or '.join(FORMATS)}, but was {kind!r}")
    keys = [figures] if isinstance(figures, str) else figures
    wanted = [
        (f"{paper.key}-{key}", find_figure(paper.figures, paper.key, key))
        for paper in (PAPERS.values() if name is None else (find_paper(name),))
        for key in (paper.figures if keys is None else keys)
    ]
    report = progress or (lambda done, total, what: None)
    found = {}
    with nullcontext() if out is None else claimed(Path(out)) as folder:
        for number, (key, figure) in enumerate(wanted):
            report(number, len(wanted), key.replace("-", " "))
            curves = figure.compute(dict(changes or {}))
            curves.attrs["changes"] = json.dumps(dict(changes or {}))
            if folder is not None:
                _write(curves, folder / key, kind)
            found[key] = curves
    report(len(wanted), len(wanted), "figures")
    return found


def claims(name: str | None = None, *, progress: Progress | None = None) -> list[Entry]:
    """Compute what the papers claim, under each reading, and say what of it holds.

    Args:
        name: a paper's short name, such as "Z1", or a claim's key, such as "Z1-5"; by default
            every paper.
        progress: called as progress(done, total, what) before each claim.

    Raises:
        CqedBatteryError: there is no such paper or claim.
    """
    from analysis.papers.ledger import compute_ledger
    from analysis.papers.library import find_claims

    return compute_ledger(find_claims(name), progress)


def save_pictures(
    entries: Sequence[Entry], folder: str | PathLike[str], *, progress: Progress | None = None
) -> None:
    """Draw the figures that claims name, each once, for the ledger's page.

    Args:
        entries: of the ledger.
        folder: to which "paper-figure.png" is written.
        progress: called as progress(done, total, what) before each picture.

    Raises:
        OSError: a file cannot be written.
    """
    from analysis.report.figures.curves import draw_curves

    report = progress or (lambda done, total, what: None)
    wanted = {(e.paper.key, e.claim.figure): e.paper for e in entries if e.claim.figure}
    for number, ((key, figure), source) in enumerate(wanted.items()):
        report(number, len(wanted), f"{key} {figure}")
        curves = source.figures[figure].compute({})
        draw_curves(curves, Path(folder) / f"{key}-{figure}.png", dpi=_PAGE_DPI)
    report(len(wanted), len(wanted), "pictures")


def _write(curves: xr.Dataset, stem: Path, kind: str) -> None:
    from analysis.report.figures.curves import draw_curves
    from cqed_battery.files.datasets import save_dataset
    from cqed_battery.files.labels import labelled

    save_dataset(labelled(curves), stem.with_suffix(".nc"))
    draw_curves(curves, stem.with_suffix(f".{kind}"))

"""Published measurements beside the emulator: reality."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from cqed_battery.progress import Progress

if TYPE_CHECKING:
    import xarray as xr

    from analysis.reality.case import Case, CaseResult

__all__ = ["reality"]


PICTURES = "figures/reality"
"""Folder beside the page, for the pictures that it shows."""
_PAGE_DPI = 72  # dots per inch: half of a picture's own


def reality(
    name: str | None = None,
    *,
    curves: str | PathLike[str] | Sequence[str | PathLike[str]] = (),
    out: str | PathLike[str] | None = None,
    progress: Progress | None = None,
) -> list[CaseResult]:
    """Compute published measurements and say how near the emulator comes.

    Args:
        name: of a case, such as "R1"; by default every case.
        curves: path or paths of measured curves for a case that has curves, with the columns
            `amplitude,signal` or `frequency_GHz,signal`, or folders of such tables.
        out: folder for the experiment file of each case, and for picture and dataset of its
            curves, emulated or beside the user's; by default nothing is written.
        progress: called as progress(done, total, what) before each case.

    Raises:
        CqedBatteryError: there is no such case, it has no curves, a table is refused, or another
            run is at work in the folder.
        OSError: a file cannot be read or written.
    """
    from analysis.reality.case import compare
    from analysis.reality.library import CASES, find_case
    from cqed_battery.errors import CqedBatteryError

    tables = [curves] if isinstance(curves, str | PathLike) else list(curves)
    if tables and name is None:
        able = " or ".join(case.key for case in CASES.values() if case.curves)
        raise CqedBatteryError(f"`curves` needs the case that they belong to, {able}")
    cases = list(CASES.values()) if name is None else [find_case(name)]
    report = progress or (lambda done, total, what: None)
    found = []
    for number, case in enumerate(cases):
        report(number, len(cases), case.key)
        found.append(compare(case, tables))
    report(len(cases), len(cases), "cases")
    if out is not None:
        _write(found, Path(out))
    return found


def draw_cases(
    outcomes: Sequence[CaseResult], folder: str | PathLike[str], *, dpi: int = _PAGE_DPI
) -> None:
    """Draw the emulated curves of the cases that have some.

    Args:
        outcomes: of the cases.
        folder: to which "R1.png" and its like are written.
        dpi: dots per inch.

    Raises:
        OSError: a file cannot be written.
    """
    from analysis.report.figures.curves import draw_curves

    for case in (outcome.case for outcome in outcomes):
        curves = _emulated(case)
        if curves is not None:
            draw_curves(curves, Path(folder) / f"{case.key}.png", dpi=dpi)


def _emulated(case: Case) -> xr.Dataset | None:
    return case.draw(case.experiment) if case.draw else None


def _write(outcomes: Sequence[CaseResult], folder: Path) -> None:
    from analysis.report.figures.curves import draw_curves
    from cqed_battery.files.datasets import save_dataset, write_text
    from cqed_battery.files.labels import labelled
    from cqed_battery.files.run_folder import claimed

    with claimed(folder) as place:
        for outcome in outcomes:
            case, stem = outcome.case, place / outcome.case.key
            if case.keys:
                write_text(stem.with_suffix(".toml"), case.experiment.to_toml())
            curves = outcome.curves.curves if outcome.curves else _emulated(case)
            if curves is not None:
                save_dataset(labelled(curves), stem.with_suffix(".nc"))
                draw_curves(curves, stem.with_suffix(".png"))

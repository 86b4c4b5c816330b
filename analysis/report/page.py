"""From results and dataset to one HTML file that opens offline."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from analysis.report import summary, tables
from analysis.report.budget import budget_tables
from analysis.report.drawings import draw_all
from analysis.report.fit_table import fit_statement, fit_table
from analysis.report.iq_cloud import draw_clouds
from analysis.report.material import Material
from analysis.report.plans import plan_sections
from analysis.report.rendering import render
from analysis.report.wording import sentence
from cqed_battery.errors import CqedBatteryError
from cqed_battery.files.datasets import write_text

__all__ = ["render_report", "write_report"]


def write_report(results: Mapping[str, Any], dataset: xr.DataTree, path: Path) -> None:
    """Write the report of a run as one self-contained HTML file.

    The file holds its style, its figures (inline SVG) and one script, which shows
    the numbers under the pointer; it asks the network for nothing. The same input
    gives the same bytes.

    Args:
        results: the content of results.json (schema 1), as `analyse` returns it.
        dataset: the dataset those results were computed from.
        path: where the file goes; it appears whole or not at all.

    Raises:
        CqedBatteryError: when results and dataset are not of the same run.
    """
    write_text(path, render_report(results, dataset))


def render_report(results: Mapping[str, Any], dataset: xr.DataTree) -> str:
    """Return the report's HTML.

    Args:
        results: the content of results.json (schema 1).
        dataset: the dataset those results were computed from.

    Raises:
        CqedBatteryError: when results and dataset are not of the same run.
    """
    check_same_run(results, dataset)
    return render("report.html.j2", _context(Material(results=results, dataset=dataset)))


def check_same_run(results: Mapping[str, Any], dataset: xr.DataTree) -> None:
    """Refuse results whose charging times are not those of the dataset.

    Raises:
        CqedBatteryError: when the times differ in number or by more than 1e-6 ns.
    """
    here = np.asarray(results["times"], dtype=np.float64)
    there = np.asarray(dataset["time"].values, dtype=np.float64)
    if here.shape != there.shape or not np.allclose(here, there, rtol=0, atol=1e-6):
        raise CqedBatteryError(
            "results and dataset must be of the same run, but their charging times "
            f"differ ({_span(here)} in the results, {_span(there)} in the dataset); "
            "analyse this dataset again and report on the new results"
        )


def _span(times: np.ndarray[Any, np.dtype[np.float64]]) -> str:
    if not times.size:
        return "none"
    return f"{times.size} from {times[0]:g} to {times[-1]:g} ns"


def _context(material: Material) -> dict[str, Any]:
    """Return everything the template says, as text, rows and drawings."""
    return {
        "title": str(material.results["title"]),
        "kind": str(material.results["kind"]),
        "description": summary.describe(material),
        "sign_convention": sentence(str(material.results["sign_convention"])),
        "cards": summary.verdict_cards(material),
        "parts": summary.parts_of(material),
        "all_three": summary.all_three_card(material),
        "drawings": [*draw_all(material), *draw_clouds(material)],
        "has_truth": material.has_truth,
        "calibration": tables.calibration_table(material),
        "checks": tables.check_rows(material.results),
        "fit_statement": fit_statement(material.results),
        "fit": fit_table(material.results),
        "bias": tables.bias_table(material),
        "budget": budget_tables(material.results),
        "plans": plan_sections(material.results),
        "methods": tables.method_table(material),
        "versions": tables.version_table(material),
        "experiment": tables.experiment_tables(material),
        "experiment_text": material.experiment_text,
    }

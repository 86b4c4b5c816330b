"""From results and dataset to one HTML file that opens offline."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from analysis.observations import ALL_THREE, OBSERVATIONS
from analysis.report import setup_tables, tables
from analysis.report.figures.figures import draw_all
from analysis.report.formatting import grouped, value_text
from analysis.report.html import render
from analysis.report.plans import plan_sections
from analysis.report.run_data import RunData
from analysis.results import Results
from cqed_battery import __version__
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment.axis import AXES
from cqed_battery.files.checkout import commit
from cqed_battery.files.datasets import write_text


def write_report(
    results: Mapping[str, Any], dataset: xr.DataTree, path: Path, *, day: str = ""
) -> None:
    """Write the report of a run as one self-contained HTML file.

    The file holds its style, its figures (inline SVG) and one script, which shows
    the numbers under the pointer; it asks the network for nothing. The same input
    gives the same bytes.

    Args:
        results: the content of results.json, as `analyse` returns it.
        dataset: the dataset those results were computed from.
        path: where the file goes; it appears whole or not at all.
        day: of the counts, for the page's head.

    Raises:
        ResultsError: when the results lack what the report needs.
        CqedBatteryError: when results and dataset are not of the same run.
    """
    write_text(path, render_report(results, dataset, day=day))


def render_report(results: Mapping[str, Any], dataset: xr.DataTree, *, day: str = "") -> str:
    """Return the report's HTML.

    Args:
        results: the content of results.json.
        dataset: the dataset those results were computed from.
        day: of the counts, for the page's head.

    Raises:
        CqedBatteryError: when results and dataset are not of the same run.
    """
    run = RunData(results=Results(results), dataset=dataset)
    check_same_run(run)
    return render("report.html.j2", _context(run) | {"made": _made(day)})


def check_same_run(run: RunData) -> None:
    """Refuse results whose charging settings are not those of the dataset.

    Raises:
        CqedBatteryError: when they differ in number or by more than 1e-6 in their unit.
    """
    here, axis = run.swept, AXES[run.axis.name]
    swept = axis.dim if axis.dim in run.dataset.coords else "time"
    there = np.asarray(run.dataset[swept].values, dtype=np.float64)
    if here.shape != there.shape or not np.allclose(here, there, rtol=0, atol=1e-6):
        raise CqedBatteryError(
            f"results and dataset must be of the same run, but their {axis.plural} "
            f"differ ({axis.span(here)} in the results, {axis.span(there)} in the dataset); "
            "analyse this dataset again and report on the new results"
        )


def _context(run: RunData) -> dict[str, Any]:
    """Return everything the template says: the run, rows and drawings."""
    verdict, fit = run.results.verdict, run.results.global_fit
    judgements = (verdict.heat, verdict.gain, verdict.vacuum)
    return {
        "title": run.results.title,
        "run": run,
        "description": describe(run),
        "control": run.results.get("control", {}).get("statement", ""),
        "verdict": verdict,
        "together": ALL_THREE,
        "cards": list(zip(OBSERVATIONS, judgements, tables.corrections(run), strict=True)),
        "drawings": draw_all(run),
        "calibration": setup_tables.calibration_table(run),
        "checks": tables.check_rows(run.results),
        "fit_statement": fit.statement if fit else "",
        "fit": tables.fit_table(run.results),
        "extraction": tables.extraction_table(run.results),
        "qutrit": tables.qutrit_table(run.results),
        "bias": tables.bias_table(run),
        "budget": tables.budget_tables(run.results),
        "plans": plan_sections(run.results),
        "methods": setup_tables.method_table(run),
        "versions": setup_tables.version_table(run),
        "experiment": setup_tables.experiment_tables(run),
        "idle": setup_tables.idle_tables(run),
    }


def _made(day: str) -> str:
    """Say when the counts were saved, and what wrote the page."""
    by = f"page written by cqed-battery {__version__}"
    if found := commit():
        by += f", commit {found}"
    return f"Counts saved on {day} (UTC); {by}." if day else f"{by[0].upper()}{by[1:]}."


def describe(run: RunData) -> str:
    """Say in one line what was measured: device, times, arms, shots."""
    parts = (device_words(run), _time_words(run), _arm_words(run), _shot_words(run))
    return "; ".join(part for part in parts if part) + "."


def device_words(run: RunData) -> str:
    """Say in one line which device: its frequency, coupling, drive and linewidth."""
    asked = (
        ("transmon", "frequency_GHz", "transmon at {} GHz"),
        ("coupler", "g_on_MHz", "coupling g/2π {} MHz"),
        ("drive", "rabi_rate_MHz", "drive Ω/2π {} MHz"),
        ("resonator", "linewidth_MHz", "resonator linewidth κ/2π {} MHz"),
    )
    found = [(run.setting(section, key), words) for section, key, words in asked]
    words = ", ".join(w.format(value_text(v)) for v, w in found if v is not None)
    return words[:1].upper() + words[1:]


def _time_words(run: RunData) -> str:
    values, axis = run.swept, AXES[run.axis.name]
    unit = "" if axis.units == "1" else f" {axis.units}"
    span = f"{value_text(float(values[0]))} to {value_text(float(values[-1]))}{unit}"
    each = value_text(float(run.results.times[-1]))
    lasting = "" if axis.dim == "time" else f", each for {each} ns"
    return f"{len(values)} {axis.plural} from {span}{lasting}"


def _arm_words(run: RunData) -> str:
    if "control" in run.arms and run.setting("control", "kind") == "detuned":
        moved, by = (run.setting("control", key) for key in ("moved", "detuning_MHz"))
        return f"with the resonator (catalysed) and with the {moved} moved by {by} MHz (control)"
    if "control" in run.arms:
        return "with the resonator (catalysed) and with the coupler kept closed (control)"
    return "with the resonator (catalysed) only, no control arm"


def _shot_words(run: RunData) -> str:
    shots = run.dataset.data_vars["counts"].sum("outcome")
    low, high = int(shots.min()), int(shots.max())
    each = grouped(low) if low == high else f"{grouped(low)} to {grouped(high)}"
    return f"{each} shots per setting, {grouped(int(shots.sum()))} in all"

"""From results and dataset to one HTML file that opens offline."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from analysis.observations import ALL_THREE, GAIN, OBSERVATIONS
from analysis.report import (  # noqa: F401, of which the figures enter themselves in the list
    data_figures,
    observation_figures,
    tables,
)
from analysis.report.drawing import draw_all
from analysis.report.formatting import (
    grouped,
    sentence,
    sigmas,
    typeset,
    value_text,
    with_interval,
)
from analysis.report.html import render
from analysis.report.plans import plan_sections
from analysis.report.run_data import RunData
from cqed_battery.errors import CqedBatteryError
from cqed_battery.files.datasets import write_text

__all__ = ["SYMBOLS", "draw_all", "render_report", "write_report"]

SYMBOLS = {"holds": "✓", "fails": "✗", "undecided": "?"}


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
    return render("report.html.j2", _context(RunData(results=results, dataset=dataset)))


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


def _context(run: RunData) -> dict[str, Any]:
    """Return everything the template says, as text, rows and drawings."""
    return {
        "title": str(run.results["title"]),
        "kind": str(run.results["kind"]),
        "description": describe(run),
        "sign_convention": sentence(str(run.results["sign_convention"])),
        "cards": verdict_cards(run),
        "parts": parts_of(run),
        "together": together_card(run),
        "drawings": draw_all(run),
        "has_truth": run.has_truth,
        "calibration": tables.calibration_table(run),
        "checks": tables.check_rows(run.results),
        "fit_statement": tables.fit_statement(run.results),
        "fit": tables.fit_table(run.results),
        "bias": tables.bias_table(run),
        "budget": tables.budget_tables(run.results),
        "plans": plan_sections(run.results),
        "methods": tables.method_table(run),
        "versions": tables.version_table(run),
        "experiment": tables.experiment_tables(run),
        "experiment_text": run.experiment_text,
    }


@dataclass(frozen=True, kw_only=True)
class Card:
    """One observation: its outcome as a word, its number, its sentence."""

    title: str
    outcome: str
    symbol: str
    letter: str
    unit: str
    value: str
    interval: str
    sigmas: str
    statement: str
    expected: str


def verdict_cards(run: RunData) -> list[Card]:
    """Return the cards of the three observations, in the order of the verdict."""
    verdict = run.results["verdict"]
    return [_card(verdict[o.key], o.title, o.symbol, o.unit) for o in OBSERVATIONS]


def together_card(run: RunData) -> Card:
    """Return the card of the three observations together."""
    return _card(run.results["verdict"][ALL_THREE.key], ALL_THREE.title, "", "")


def parts_of(run: RunData) -> list[Card]:
    """Return the ergotropy gain's parts: at the peak, on average, late."""
    parts = run.results["verdict"][GAIN.key].get("parts") or {}
    return [_card(part, name, "", GAIN.unit) for name, part in parts.items() if part]


def describe(run: RunData) -> str:
    """Say in one line what was measured: device, times, arms, shots."""
    parts = [_device_words(run), _time_words(run), _arm_words(run)]
    parts.append(_shot_words(run))
    return "; ".join(part for part in parts if part) + "."


def _card(entry: Mapping[str, Any], title: str, letter: str, unit: str) -> Card:
    value, interval = with_interval(entry.get("value"), entry.get("ci_low"), entry.get("ci_high"))
    outcome = str(entry["outcome"])
    return Card(
        title=title,
        outcome=outcome,
        symbol=SYMBOLS.get(outcome, "?"),
        letter=letter,
        unit=unit,
        value=value,
        interval=interval,
        sigmas=sigmas(entry.get("significance")),
        statement=sentence(str(entry.get("statement") or "")),
        expected=typeset(str(entry.get("expected") or "")),
    )


def _device_words(run: RunData) -> str:
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
    times = run.times
    span = f"{value_text(float(times[0]))} to {value_text(float(times[-1]))} ns"
    return f"{len(times)} charging times from {span}"


def _arm_words(run: RunData) -> str:
    if "control" in run.arms:
        return "with the resonator (catalysed) and with the coupler kept closed (control)"
    return "with the resonator (catalysed) only, no control arm"


def _shot_words(run: RunData) -> str:
    shots = run.dataset.data_vars["counts"].sum("outcome")
    low, high = int(shots.min()), int(shots.max())
    each = grouped(low) if low == high else f"{grouped(low)} to {grouped(high)}"
    return f"{each} shots per setting, {grouped(int(shots.sum()))} in all"

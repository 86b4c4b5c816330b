"""The report's tables of what was found, as rows of plain text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.error_budget import summary
from analysis.observations import HEAT
from analysis.report.figures.traces import Floats
from analysis.report.formatting import number, setting_text, with_interval
from analysis.report.run_data import RunData
from analysis.results import Check, FittedParameter, Quantity, Results

QUANTITIES = {
    "bloch": ("Bloch components", "1"),
    "energy": ("energy E", "ħω"),
    "ergotropy": ("ergotropy", "ħω"),
    "power": ("power P", "ħω/ns"),
    "heat_current": ("heat current J", "ħω/ns"),
    "heat_integral": ("integral S of J", "ħω"),
}
CHECK_ORDER = ("fail", "warn", "pass")


@dataclass(frozen=True)
class Table:
    """A titled table: the first column names the row."""

    title: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def extraction_table(results: Results) -> Table | None:
    """Return the work that the pulses took out beside tomography's ergotropy; None without."""
    found = results.extraction
    if found is None:
        return None
    rows = [
        (
            name,
            number(float(time), 4),
            *_interval(arm.work[place]),
            *_interval(arm.ergotropy[place]),
            *_interval(arm.ergotropy_less_work[place]),
        )
        for name, arm in found.arms.items()
        for place, time in enumerate(arm.times)
    ]
    quantities = ("work taken out (ħω)", "ergotropy by tomography (ħω)", "their difference")
    pairs = (word for quantity in quantities for word in (quantity, "95 % interval"))
    return Table("Extraction", ("arm", "charging time (ns)", *pairs), rows)


def qutrit_table(results: Results) -> Table | None:
    """Return populations, energy and ergotropy of three levels; None where not measured."""
    if results.qutrit is None:
        return None
    rows = [
        (
            name,
            number(float(time), 4),
            *(number(float(part), 3) for part in arm.populations.value[place]),
            *_interval(arm.energy[place]),
            *_interval(arm.ergotropy[place]),
        )
        for name, arm in results.qutrit.items()
        for place, time in enumerate(arm.times)
    ]
    levels = ("level 0", "level 1", "level 2")
    pairs = ("energy (ħω)", "95 % interval", "ergotropy (ħω)", "95 % interval")
    return Table("Three levels", ("arm", "charging time (ns)", *levels, *pairs), rows)


def _interval(found: Quantity) -> tuple[str, str]:
    return with_interval(*(float(part) for part in (found.value, found.ci_low, found.ci_high)))


def bias_table(run: RunData) -> Table | None:
    """Return the largest correction of each quantity, one column per arm."""
    rows = []
    for name, (words, unit) in QUANTITIES.items():
        cells = [_largest(arm.pipeline_bias.get(name)) for arm in run.arms.values()]
        if any(cell is not None for cell in cells):
            rows.append((words, *(number(cell, 4) for cell in cells), unit))
    if not rows:
        return None
    head = ("quantity", *run.arms, "unit")
    return Table("Largest correction", head, rows)


def corrections(run: RunData) -> tuple[str, str, str]:
    """Say beside each observation what the model took off before it was judged.

    Of S at the time of the verdict, of the state over all times; F of the vacuum is measured with a
    pulse sequence of its own, and nothing is taken off.
    """
    at = run.results["verdict"][HEAT.key].get("time")
    place = None if at is None else int(np.argmin(np.abs(run.swept - at)))
    heat = _correction(run, "heat_integral", place)
    state = _correction(run, "bloch", None)
    return (
        f"Correction of S by then: {heat} ħω" if heat else "",
        f"Correction of the state: up to {state} of a Bloch component" if state else "",
        "",
    )


def _correction(run: RunData, name: str, place: int | None) -> str:
    """Return a correction of every arm as text, at one place or its largest size over all."""
    taken = {arm: found.pipeline_bias.get(name) for arm, found in run.arms.items()}
    sizes = {
        arm: _largest(values) if place is None else float(values[place])
        for arm, values in taken.items()
        if values is not None
    }
    return ", ".join(f"{number(size, 3)} ({arm})" for arm, size in sizes.items())


def check_rows(results: Results) -> list[tuple[str, Check]]:
    """Return the pipeline's checks by name, the failed ones first."""
    rank = {outcome: place for place, outcome in enumerate(CHECK_ORDER)}
    return sorted(results.checks.items(), key=lambda row: rank.get(row[1].outcome, len(rank)))


def _largest(values: Floats | None) -> float | None:
    """Return max |value| over all finite entries, None when there are none."""
    finite = np.abs(values[np.isfinite(values)]) if values is not None else np.empty(0)
    return float(finite.max()) if finite.size else None


def fit_table(results: Results) -> Table | None:
    """Return the fitted parameters beside the experiment file's, None without a fit."""
    if results.global_fit is None or not results.global_fit.parameters:
        return None
    rows = [_fitted_row(name, found) for name, found in results.global_fit.parameters.items()]
    head = ("parameter", "fitted", "95 % interval", "unit", "file says", "prior")
    return Table("What your device is", head, rows)


def _fitted_row(name: str, found: FittedParameter) -> tuple[str, ...]:
    return (
        _parameter_words(name),
        *with_interval(*(float(part) for part in (found.value, found.ci_low, found.ci_high))),
        "" if found.unit == "1" else found.unit,
        setting_text(name, float(f"{found.file:.6g}"))[1],
        "flat" if found.prior is None else f"± {found.prior:.3g}",
    )


def _parameter_words(name: str) -> str:
    """Return a parameter's name as words, without section and unit."""
    bare = name.rpartition(".")[2]
    for unit in ("_MHz2", "_MHz", "_GHz", "_rad", "_ns", "_us"):
        bare = bare.removesuffix(unit)
    named = {
        "g_on": "coupling g",
        "p1_given_0": "P(1|0)",
        "p0_given_1": "P(0|1)",
        "linewidth": "resonator linewidth",
        "t1": "T1",
        "line_time_constant": "drive line's time constant",
        "frequency_variance": "frequency's variance",
        "drive_delay": "drive's delay after the coupling",
        "drive_compression": "compression of the drive",
        "idle_detuning": "flux pulse to idle",
        "detuning": "flux pulse of the control",
        "drag_scale": "DRAG coefficient",
        "readout_drift": "drift of the readout errors",
        "rabi_rate_drift": "drift of the line's amplitude",
        "frequency_drift": "drift of the frequency",
    }
    return named.get(bare, bare.replace("_", " "))


def budget_tables(results: Mapping[str, Any]) -> list[Table]:
    """Return bias and standard error of each arm, cause by cause, and the state's shift."""
    block = results.get("error_budget")
    if not block:
        return []
    tables = []
    for arm in block["arms"]:
        bias, errors = summary.bias_rows(block, arm), summary.std_rows(block, arm)
        tables += [
            Table(f"{arm}: bias", summary.bias_headers(block, arm), bias),
            Table(f"{arm}: standard error", summary.std_headers(block, arm), errors),
        ]
    head = ("arm, estimator", "z, largest", "rms", "coherence, largest", "rms")
    return [*tables, Table("State less that before closing", head, summary.shift_rows(block))]

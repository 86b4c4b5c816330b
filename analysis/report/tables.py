"""The report's tables, as rows of plain text."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.error_budget.summary import (
    bias_headers,
    bias_rows,
    shift_rows,
    std_headers,
    std_rows,
)
from analysis.report.formatting import (
    grouped,
    number,
    sentence,
    setting_text,
    typeset,
    with_interval,
)
from analysis.report.run_data import RunData, counts_to_frequency
from cqed_battery.experiment import Experiment
from protocols.readout import READOUTS, assignment_errors

__all__ = [
    "Table",
    "bias_table",
    "budget_tables",
    "calibration_table",
    "check_rows",
    "experiment_tables",
    "fit_statement",
    "fit_table",
    "method_table",
    "version_table",
]

QUANTITIES = {
    "bloch": ("Bloch components", "1"),
    "energy": ("energy E", "ħω"),
    "ergotropy": ("ergotropy", "ħω"),
    "power": ("power P", "ħω/ns"),
    "heat_current": ("heat current J", "ħω/ns"),
    "heat_integral": ("integral S of J", "ħω"),
}
CHECK_ORDER = ("fail", "warn", "pass")
_STATED_DIGITS = 4


@dataclass(frozen=True, kw_only=True)
class Table:
    """A titled table: the first column names the row."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def experiment_tables(run: RunData) -> list[Table]:
    """Return one table per section of the experiment file: what, and how much."""
    tables = []
    for section, block in run.experiment.items():
        if isinstance(block, Mapping) and block:
            rows = tuple(setting_text(key, value) for key, value in block.items())
            tables.append(Table(title=section, head=(), rows=rows))
    return tables


def calibration_table(run: RunData) -> Table:
    """Return how often a prepared |0> and |1> were read wrongly."""
    counts = run.dataset.data_vars["calibration_counts"]
    rows = []
    for prepared in (0, 1):
        shots = counts.sel(prepared=prepared)
        wrong = np.asarray(shots.sel(outcome=1 - prepared).item(), dtype=float)
        total = np.asarray(shots.sum("outcome").item(), dtype=float)
        rate, low, high = (100 * float(p) for p in counts_to_frequency(wrong, total))
        setting = _stated_error(run, prepared)
        rows.append(
            (
                f"prepared {prepared}, read {1 - prepared}",
                f"{grouped(int(wrong))} of {grouped(int(total))}",
                f"{number(rate, 2)} % ({number(low, 2)} to {number(high, 2)})",
                "–" if setting is None else f"{100 * setting:g} %",
            )
        )
    head = ("calibration shots", "counts", "error with 95 % interval", "file says")
    return Table(title="Readout errors", head=head, rows=tuple(rows))


def _stated_error(run: RunData, prepared: int) -> Any:
    """Return the assignment error of the file, or of its readout's model; None if unknown."""
    key = ("p1_given_0", "p0_given_1")[prepared]
    model = run.setting("readout", "model")
    if model is None or READOUTS[str(model)].errors_in_file:
        return run.setting("readout", key)
    experiment = Experiment.from_text(run.experiment_text)
    return round(getattr(assignment_errors(experiment), key), _STATED_DIGITS)


def bias_table(run: RunData) -> Table | None:
    """Return the largest correction of each quantity, one column per arm."""
    arms = run.results["arms"]
    blocks = [arms[arm].get("pipeline_bias") or {} for arm in run.arms]
    rows = []
    for name, (words, unit) in QUANTITIES.items():
        cells = [_largest(block.get(name)) for block in blocks]
        if any(cell is not None for cell in cells):
            rows.append((words, *(number(cell, 4) for cell in cells), unit))
    if not rows:
        return None
    head = ("quantity", *run.arms, "unit")
    return Table(title="Largest correction", head=head, rows=tuple(rows))


def method_table(run: RunData) -> Table:
    """Return how each number was made, in the words of the analysis."""
    block = run.results["arms"][run.arms[0]]
    rows = [
        (words, typeset(str(block[name]["method"])))
        for name, (words, _) in QUANTITIES.items()
        if block.get(name, {}).get("method")
    ]
    rows += _extra_methods(run)
    return Table(title="How each number was made", head=(), rows=tuple(rows))


def version_table(run: RunData) -> Table:
    """Return seed, kind, schema numbers and versions."""
    results, attrs = run.results, run.dataset.attrs
    seed = results.get("seed")
    rows = [
        ("kind of data", str(results["kind"])),
        ("seed", "–" if seed is None else str(seed)),
        ("schema of the results", str(results["schema"])),
        ("schema of the dataset", str(attrs.get("schema", "–"))),
    ]
    analysed = results.get("versions") or {}
    measured = _versions_of(attrs.get("versions"))
    for name in sorted({*analysed, *measured}):
        here, there = analysed.get(name), measured.get(name)
        text = str(here or there)
        if here and there and here != there:
            text = f"{here} (dataset: {there})"
        rows.append((name, text))
    return Table(title="Seed and versions", head=(), rows=tuple(rows))


def check_rows(results: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the pipeline's checks, the failed ones first."""
    rows = [
        {
            "name": name.replace("_", " "),
            "outcome": str(check["outcome"]),
            "statement": sentence(str(check["statement"])),
        }
        for name, check in (results.get("checks") or {}).items()
    ]
    rank = {outcome: place for place, outcome in enumerate(CHECK_ORDER)}
    return sorted(rows, key=lambda row: rank.get(row["outcome"], len(rank)))


def _largest(values: Sequence[Any] | None) -> float | None:
    """Return max |value| over all finite entries, None when there are none."""
    if values is None:
        return None
    magnitude = np.abs(np.asarray(values, dtype=np.float64))
    magnitude = magnitude[np.isfinite(magnitude)]
    return float(magnitude.max()) if magnitude.size else None


def _extra_methods(run: RunData) -> Iterator[tuple[str, str]]:
    arm = run.results["arms"][run.arms[0]]
    named = (
        ("density matrix", arm.get("density_matrix")),
        ("smooth envelope of E", arm.get("envelope")),
        ("vacuum fidelity F", run.vacuum_fidelity),
        ("lower bound of F", run.sum_rule_bound),
    )
    for words, block in named:
        if block and block.get("method"):
            yield words, typeset(str(block["method"]))


def _versions_of(text: object) -> dict[str, str]:
    try:
        versions = json.loads(str(text))
    except json.JSONDecodeError:
        return {}
    return versions if isinstance(versions, dict) else {}


def fit_statement(results: Mapping[str, Any]) -> str:
    """Return the fit's own sentence, empty where no fit was made."""
    block = results.get("global_fit")
    return sentence(str(block["statement"])) if block else ""


def fit_table(results: Mapping[str, Any]) -> Table | None:
    """Return the fitted parameters beside the experiment file's, None without a fit."""
    parameters = (results.get("global_fit") or {}).get("parameters")
    if not parameters:
        return None
    rows = tuple(_fitted_row(parameter) for parameter in parameters)
    head = ("parameter", "fitted", "95 % interval", "unit", "file says", "prior")
    return Table(title="Fitted device", head=head, rows=rows)


def _fitted_row(parameter: Mapping[str, Any]) -> tuple[str, ...]:
    name = str(parameter["name"])
    value, interval = with_interval(parameter["value"], parameter["ci_low"], parameter["ci_high"])
    prior = parameter.get("prior")
    return (
        _parameter_words(name),
        value,
        interval,
        "" if parameter["unit"] == "1" else str(parameter["unit"]),
        setting_text(name, float(f"{parameter['file']:.6g}"))[1],
        "flat" if prior is None else f"± {prior[1]:.3g}",
    )


def _parameter_words(name: str) -> str:
    """Return a parameter's name as words, without section and unit."""
    bare = name.rpartition(".")[2]
    for unit in ("_MHz", "_GHz", "_rad"):
        bare = bare.removesuffix(unit)
    named = {
        "g_on": "coupling g",
        "p1_given_0": "P(1|0)",
        "p0_given_1": "P(0|1)",
        "linewidth": "resonator linewidth",
    }
    return named.get(bare, bare.replace("_", " "))


def budget_tables(results: Mapping[str, Any]) -> list[Table]:
    """Return bias and standard error of each arm, cause by cause, and the state's shift."""
    block = results.get("error_budget")
    if not block:
        return []
    tables = []
    for arm in block["arms"]:
        bias, errors = bias_rows(block, arm), std_rows(block, arm)
        tables += [
            Table(title=f"{arm}: bias", head=bias_headers(block, arm), rows=tuple(bias)),
            Table(title=f"{arm}: standard error", head=std_headers(block, arm), rows=tuple(errors)),
        ]
    head = ("arm, estimator", "z, largest", "rms", "coherence, largest", "rms")
    shift = Table(title="State less that before closing", head=head, rows=tuple(shift_rows(block)))
    return [*tables, shift]

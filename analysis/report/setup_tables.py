"""The report's tables of how a run was made: its file, its readout, its methods, its versions."""

import json
from collections.abc import Mapping
from typing import Any

from analysis.report.formatting import grouped, number, setting_text, typeset
from analysis.report.run_data import RunData, counts_to_frequency
from analysis.report.tables import QUANTITIES, Table
from cqed_battery.experiment import Experiment
from protocols.readout import READOUTS, assignment_errors
from protocols.settings.settings import Settings

_STATED_DIGITS = 4


def experiment_tables(run: RunData) -> list[Table]:
    """Return one table per section of the experiment file: the keys that play a part, and values.

    Sections without such a key have none.
    """
    return _section_tables(run, idle=False)


def idle_tables(run: RunData) -> list[Table]:
    """Return the keys at their defaults that play no part, one table per section."""
    return _section_tables(run, idle=True)


def _section_tables(run: RunData, *, idle: bool) -> list[Table]:
    aside, found = run.idle_keys, []
    for section, block in run.experiment.items():
        keys = block if isinstance(block, Mapping) else {}
        shown = [key for key in keys if (f"{section}.{key}" in aside) == idle]
        if shown:
            found.append(Table(section, (), [setting_text(key, block[key]) for key in shown]))
    return found


def calibration_table(run: RunData) -> Table:
    """Return how often a prepared |0> and |1> were read wrongly."""
    counts = run.dataset.data_vars["calibration_counts"].astype(float)
    rows = []
    for prepared in (0, 1):
        shots = counts.sel(prepared=prepared)
        wrong, total = shots.sel(outcome=1 - prepared).values, shots.sum("outcome").values
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
    return Table("Readout errors", head, rows)


def _stated_error(run: RunData, prepared: int) -> Any:
    """Return the assignment error of the file, or of its readout's model; None if unknown."""
    if run.setting("readout", "preparation") == "reset":
        return _as_prepared(Experiment.from_text(run.experiment_text), prepared)
    key = ("p1_given_0", "p0_given_1")[prepared]
    model = run.setting("readout", "model")
    if model is None or READOUTS[str(model)].errors_in_file:
        return run.setting("readout", key)
    experiment = Experiment.from_text(run.experiment_text)
    return round(getattr(assignment_errors(experiment), key), _STATED_DIGITS)


def _as_prepared(experiment: Experiment, prepared: int) -> float:
    """Return how often a level that the reset leaves is expected to be read wrongly."""
    errors, one = assignment_errors(experiment), Settings(experiment).expected_prepared[prepared]
    reads_1 = errors.p1_given_0 + errors.contrast * one
    return round(abs(prepared - reads_1), _STATED_DIGITS)


def method_table(run: RunData) -> Table:
    """Return how each number was made, in the words of the analysis."""
    name, arm = next(iter(run.arms.items()))
    methods = {words: getattr(arm, key).method for key, (words, _) in QUANTITIES.items()}
    methods["density matrix"] = run.results["arms"][name]["density_matrix"].get("method")
    if arm.envelope is not None:
        methods["smooth envelope of E"] = arm.envelope.method
    singles = {"vacuum fidelity F": run.vacuum_fidelity, "lower bound of F": run.sum_rule_bound}
    methods |= {words: found.method for words, found in singles.items() if found}
    rows = [(words, typeset(str(method))) for words, method in methods.items() if method]
    return Table("How each number was made", (), rows)


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
    return Table("Seed and versions", (), rows)


def _versions_of(text: object) -> dict[str, str]:
    try:
        versions = json.loads(str(text))
    except json.JSONDecodeError:
        return {}
    return versions if isinstance(versions, dict) else {}

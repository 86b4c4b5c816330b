"""Two runs side by side: what was set differently, what came out, and by how many sigmas."""

from collections.abc import Iterator, Mapping
from operator import ne
from pathlib import Path
from typing import Any

import numpy as np

from analysis.observations import ALL_THREE, GAIN, HEAT, OBSERVATIONS, VACUUM, Judgement
from analysis.report.figures.drawing import FIGURES
from analysis.report.figures.figures import draw_all
from analysis.report.figures.sheet import Drawing, Sheet, drawing_style
from analysis.report.figures.traces import Trace
from analysis.report.formatting import decimals_for, key_and_unit, number, setting_text
from analysis.report.html import render
from analysis.report.run_data import RunData
from analysis.report.tables import QUANTITIES, Table
from analysis.results import Quantity, Results, load_results
from analysis.results.estimates import NINETY_FIVE
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment, ExperimentError
from cqed_battery.files.datasets import load_dataset, write_text
from protocols.in_use import flat_keys

_FITTED = "fit "  # before the names of fitted parameters
_DIFFERENT = 3.0  # sigmas
_OVERLAID = ("energy", "ergotropy", "heat_current", "heat_integral")
_INKS = ("gain", "none")  # of the first run and the second, which are no colours of arms
_GAINS = {
    "peak": f"{GAIN.number} at the peak",
    "mean": f"{GAIN.number}, window mean",
    "late": f"{GAIN.number}, late",
}


def read_run(folder: Path) -> RunData:
    """Return results and dataset of a finished run.

    Raises:
        CqedBatteryError: there is none in the folder, or it cannot be read.
    """
    results, dataset = folder / "results.json", folder / "dataset.nc"
    if not (results.is_file() and dataset.is_file()):
        raise CqedBatteryError(
            f"{folder} must be the folder of a finished run, with results.json and dataset.nc;"
            " cqed-battery run or analyse writes one"
        )
    return RunData(results=load_results(results), dataset=load_dataset(dataset))


def compare_runs(first: RunData, second: RunData) -> dict[str, Any]:
    """Return what differs between two runs, as plain values.

    Returns:
        `settings`: key of the experiment file -> both values, where they differ; `numbers`: name
        -> both values and standard errors, both 95 % intervals, their difference (second less
        first) and its size in combined standard errors, or None; `outcomes` and `checks`: name ->
        both outcomes.
    """
    runs = (first.results, second.results)
    numbers = _beside(*(dict(_numbers(results)) for results in runs))
    settings = _beside(*(dict(flat_keys(_resolved(run))) for run in (first, second)))
    return {
        "settings": {key: settings[key] for key in sorted(settings) if ne(*settings[key])},
        "numbers": {name: _difference(*pair) for name, pair in numbers.items()},
        "outcomes": _outcomes(*(results["verdict"] for results in runs)),
        "checks": _outcomes(*(results["checks"] for results in runs)),
    }


def _beside(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return both values under every name, None where one has none."""
    return {name: [first.get(name), second.get(name)] for name in {**first, **second}}


def _resolved(run: RunData) -> Mapping[str, Any]:
    """Return the experiment file with every default filled in, also of an older version's run."""
    try:
        return Experiment.from_text(run.experiment_text).model_dump(exclude_none=True)
    except ExperimentError:
        return run.experiment


Known = tuple[float, float, tuple[float, float]]
"""A number, its standard error, its 95 % interval."""


def _numbers(results: Results) -> Iterator[tuple[str, Known]]:
    """Yield the numbers of the verdict and of the fitted device with errors and intervals."""
    verdict, fit = results.verdict, results.global_fit
    bound = results.sum_rule_bound
    entries: dict[str, Judgement | Quantity] = {
        HEAT.number: verdict.heat,
        **{_GAINS.get(name, name): part for name, part in verdict.gain.parts.items()},
        VACUUM.number: verdict.vacuum,
        **({} if bound is None else {"bound 1 - n of F": bound}),
    }
    for name, parameter in fit.parameters.items() if fit else ():
        entries[_FITTED + name.rpartition(".")[2]] = parameter
    for name, entry in entries.items():
        if entry.value is not None and entry.ci_low is not None and entry.ci_high is not None:
            low, high = float(entry.ci_low), float(entry.ci_high)
            yield name, (float(entry.value), (high - low) / (2 * NINETY_FIVE), (low, high))


def _difference(first: Known | None, second: Known | None) -> dict[str, Any]:
    both = (first, second)
    found: dict[str, Any] = {
        "runs": [None if part is None else list(part[:2]) for part in both],
        "intervals": [None if part is None else list(part[2]) for part in both],
    }
    if first is None or second is None:
        return {**found, "difference": None, "sigmas": None}
    difference, std = second[0] - first[0], (first[1] ** 2 + second[1] ** 2) ** 0.5
    sigmas = difference / std if std > 0 else None
    return {**found, "difference": difference, "sigmas": sigmas}


def _outcomes(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, list[str | None]]:
    pairs = _beside(first, second).items()
    return {name: [part and part.get("outcome") for part in pair] for name, pair in pairs}


def comparison_tables(found: Mapping[str, Any], names: tuple[str, str]) -> list[Table]:
    """Return what `compare_runs` found as tables of texts, the runs under these names."""
    settings = [
        (key, *(_setting(key, value) for value in pair)) for key, pair in found["settings"].items()
    ]
    numbers = [(_spoken(name), *_cells(entry)) for name, entry in found["numbers"].items()]
    outcomes = [
        (_claim(name), *(outcome or "–" for outcome in pair))
        for group in ("outcomes", "checks")
        for name, pair in found[group].items()
        if group == "outcomes" or pair[0] != pair[1]
    ]
    tables = (
        ("Set differently", ("key", *names), settings),
        ("Numbers", ("quantity", *names, "change", "sigmas"), numbers),
        ("Outcomes", ("claim or check", *names), outcomes),
    )
    return [Table(title, head, rows) for title, head, rows in tables]


def _spoken(name: str) -> str:
    """Return a number's name as words; a fitted parameter's ends in its unit."""
    if not name.startswith(_FITTED):
        return name
    words, unit = key_and_unit(name.removeprefix(_FITTED))
    return f"fitted {words}" + (f" ({unit})" if unit else "")


def _claim(name: str) -> str:
    """Return what a claim is called on the page of a run; a check's own name as words."""
    titles = {entry.key: entry.title for entry in (*OBSERVATIONS, ALL_THREE)}
    return titles.get(name, name.replace("_", " "))


def _setting(key: str, value: Any) -> str:
    return "–" if value is None else setting_text(key.rpartition(".")[2], value)[1]


def _cells(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Return both values with their intervals, the change and its sigmas, as texts.

    The finer interval says how many decimals all of them have.
    """
    intervals = [part for part in entry["intervals"] if part is not None]
    digits = max(decimals_for(*part) for part in intervals)
    runs = [
        "–"
        if interval is None
        else f"{number(value[0], digits)} ({number(interval[0], digits)}"
        f" to {number(interval[1], digits)})"
        for value, interval in zip(entry["runs"], entry["intervals"], strict=True)
    ]
    sigmas = entry["sigmas"]
    return (
        *runs,
        number(entry["difference"], digits) if entry["difference"] is not None else "–",
        "–" if sigmas is None else f"{number(sigmas, 1)}{' !' if abs(sigmas) > _DIFFERENT else ''}",
    )


def overlaid(runs: tuple[RunData, RunData], names: tuple[str, str]) -> list[Drawing]:
    """Return curves of both runs in the same panels, one panel an arm, a figure a quantity.

    Args:
        runs: the two.
        names: what they are called.

    Returns:
        None of a quantity that one of them lacks, or where they sweep different things.
    """
    if runs[0].axis.name != runs[1].axis.name:
        return []
    arms = [arm for arm in runs[0].arms if arm in runs[1].arms]
    swept = np.concatenate([run.swept for run in runs])
    shown, drawings = _OVERLAID[: None if runs[0].axis.truncated else 2], []
    with drawing_style():
        for quantity in shown:
            words, unit = QUANTITIES[quantity]
            titles = [f"{words} ({unit}), {arm}" for arm in arms]
            sheet = Sheet(swept, *titles, xlabel=runs[0].axis.label)
            for row, arm in enumerate(arms):
                for run, name, ink in zip(runs, names, _INKS, strict=True):
                    found = getattr(run.arms[arm], quantity)
                    sheet.draw(row, Trace.of(run.swept, found, f"{ink} band", name))
                sheet.fit(row)
            keys = tuple((f"{ink} band", name) for ink, name in zip(_INKS, names, strict=True))
            parts = sheet.parts(keys, "Shaded: 95 % intervals, one time at a time.", truth=False)
            drawings.append(parts.finish(f"both-{quantity}", f"Both runs: {words}"))
    return drawings


def _short(folders: tuple[Path, Path]) -> tuple[str, str]:
    """Return the folders' own names; where they are the same, A and B."""
    first, second = (folder.resolve().name for folder in folders)
    return (first, second) if first != second else ("A", "B")


def write_comparison(folders: tuple[Path, Path], path: Path) -> dict[str, Any]:
    """Write two runs side by side as one page that opens offline; return `compare_runs`.

    Raises:
        CqedBatteryError: a folder holds no finished run.
    """
    runs = [read_run(folder) for folder in folders]
    found = compare_runs(runs[0], runs[1])
    names = (str(folders[0]), str(folders[1]))
    drawings = [*draw_all(runs[0], "a-"), *draw_all(runs[1], "b-")]
    drawn = {drawing.slug: drawing for drawing in drawings}
    slugs = [each.slug for each in FIGURES if each.compared]
    rows = [tuple(drawn.get(f"{name}-{slug}") for name in "ab") for slug in slugs]
    context = {
        "title": f"{names[0]} beside {names[1]}",
        "titles": [str(run.results["title"]) for run in runs],
        "names": names,
        "tables": comparison_tables(found, names)[::-1],  # what came out stands first
        "overlaid": overlaid((runs[0], runs[1]), _short(folders)),
        "pairs": [row for row in rows if any(row)],
    }
    write_text(path, render("comparison.html.j2", context))
    return found

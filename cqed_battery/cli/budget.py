"""The verbs that say what the laboratory's faults do: budget-errors and pulses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from operator import eq
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cqed_battery.cli.additions import add_to_run, run_in
from cqed_battery.cli.bar import Bar
from cqed_battery.cli.errors import plain_errors
from cqed_battery.cli.folders import prepare_folder
from cqed_battery.cli.options import AsJson, ExperimentFile, Quiet
from cqed_battery.cli.table import print_rows

if TYPE_CHECKING:
    from xarray import DataTree

BUDGET = "error_budget.json"
_TUNED_TO = 1e-12  # what is left below it is rounding


def budget_errors(
    file: ExperimentFile,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Write error_budget.json; a run in DIR gets the budget in its results and report.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Switch each fault and imperfection off in turn, and print what it does to E, J, S and F.

    Bias of the uncorrected pointwise estimators: each cause's share as mean over the charging
    times and root mean square. The means add up. Then the standard errors without each cause,
    and what the sequence does to the reconstructed state.
    """
    with plain_errors():
        from analysis.error_budget.budget import error_budget
        from analysis.error_budget.summary import budget_dict
        from cqed_battery.experiment import Experiment

        experiment = Experiment.from_toml(file)
        folder = None if out is None else prepare_folder(out)
        run = None if folder is None else run_in(folder, experiment, "the budget", eq)
        with Bar((1.0,), quiet=quiet or as_json) as bar:
            block = budget_dict(error_budget(experiment, progress=bar.stage(0)))
        if folder is not None:
            _write(block, folder, run)
        if as_json:
            typer.echo(json.dumps(block, indent=1, allow_nan=False))
        elif not quiet:
            _print(block)


def pulses(file: ExperimentFile, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Print the errors of the tuned pulses: angle, axis and leakage of each.

    On the ideal line, behind the file's bandwidth as tuned there and retuned, and as played with
    the errors of amplitude, phase and DRAG coefficient.
    """
    with plain_errors():
        from cqed_battery.experiment import Experiment
        from protocols.calibration import pulse_errors
        from protocols.prediction.predict import with_enough_levels

        rows = [asdict(row) for row in pulse_errors(with_enough_levels(Experiment.from_toml(file)))]
        if as_json:
            typer.echo(json.dumps(rows, indent=1))
        elif not quiet:
            _print_pulses(rows)


def _write(block: Mapping[str, Any], folder: Path, run: DataTree | None) -> None:
    """Write the budget, and put it into a finished run's results and report."""
    from cqed_battery.files.datasets import write_text

    write_text(folder / BUDGET, json.dumps(block, indent=1, allow_nan=False) + "\n")
    if run is not None:
        add_to_run(folder, run, lambda results: {**results, "error_budget": block})


def _print(block: Mapping[str, Any]) -> None:
    from analysis.error_budget import summary

    for arm in block["arms"]:
        typer.echo(f"{arm} arm: bias (mean and root mean square over the charging times)")
        print_rows(summary.bias_headers(block, arm), summary.bias_rows(block, arm))
        typer.echo(f"\n{arm} arm: standard error")
        print_rows(summary.std_headers(block, arm), summary.std_rows(block, arm))
        typer.echo()
    typer.echo("reconstructed state less that at the end of charging")
    headers = ("arm, estimator", "z, largest", "rms", "coherence, largest", "rms")
    print_rows(headers, summary.shift_rows(block))
    typer.echo("\npulses")
    _print_pulses(block["pulses"])


def _print_pulses(rows: list[dict[str, Any]]) -> None:
    print_rows(
        ("pulse", "line", "angle error (rad)", "axis error (rad)", "leakage"),
        [
            (
                row["pulse"],
                row["line"],
                *(_error_text(row[key]) for key in ("angle", "axis", "leakage")),
            )
            for row in rows
        ],
    )


def _error_text(value: float) -> str:
    return f"{value:.1e}" if abs(value) >= _TUNED_TO else f"< {_TUNED_TO:.0e}"

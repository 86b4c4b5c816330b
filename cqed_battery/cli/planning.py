"""The verb that plans shots before they are taken: plan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cqed_battery.cli.additions import add_to_run, run_in
from cqed_battery.cli.errors import plain_errors
from cqed_battery.cli.folders import REPORT, prepare_file
from cqed_battery.cli.options import AsJson, ExperimentFile, Quiet
from cqed_battery.cli.table import print_rows, print_sentence
from cqed_battery.errors import CqedBatteryError

if TYPE_CHECKING:
    from xarray import DataTree

    from analysis.planning import Plan
    from analysis.planning.summary import Option
    from cqed_battery.experiment import Experiment

_METHODS = ("model-free", "global")


def plan(
    file: ExperimentFile,
    claim: Annotated[
        str,
        typer.Option(
            "--claim",
            metavar="CLAIM",
            help="heat-current-negative; ergotropy-gain-at:TIME_NS, -peak, -mean or -late;"
            " vacuum-fidelity:+-X; ergotropy:+-X@TIME_NS,...",
        ),
    ],
    sigma: Annotated[
        float | None,
        typer.Option("--sigma", metavar="N", help="Standard errors to reach.", show_default="5"),
    ] = None,
    shots: Annotated[
        float | None,
        typer.Option("--shots-budget", metavar="N", help="Shots to spend, in place of --sigma."),
    ] = None,
    hours: Annotated[
        float | None,
        typer.Option("--hours", metavar="H", help="Hours to spend, in place of --sigma."),
    ] = None,
    estimator: Annotated[
        str, typer.Option("--estimator", metavar="NAME", help="model-free or global.")
    ] = "model-free",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Experiment file to write, with its shots."),
    ] = None,
    pilot: Annotated[
        Path | None,
        typer.Option("--pilot", metavar="FILE", help="Experiment file of the pilot to write."),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            "--into",
            metavar="DIR",
            help="Put the plan into results and report of the run in DIR.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Plan the shots and hours that a claim needs, and where to spend them."""
    with plain_errors():
        _check(sigma, shots, hours, estimator)
        from analysis.planning import Budget
        from analysis.planning import plan as plan_shots
        from cqed_battery.experiment import Experiment

        budget = None if shots is None and hours is None else Budget(shots, hours)
        experiment = Experiment.from_toml(file)
        run = None if into is None else _planned_run(into, experiment)
        found = plan_shots(
            experiment,
            claim,
            method="global" if estimator == "global" else "model-free",
            sigma=5.0 if sigma is None else sigma,
            budget=budget,
        )
        written = [
            _write(path, experiment)
            for path, experiment in ((out, found.experiment), (pilot, found.pilot))
            if path is not None and experiment is not None
        ]
        if into is not None and run is not None:
            block = {**found.as_dict(), "shots": found.recommended_shots()}
            add_to_run(into, run, lambda results: _with_plan(results, block))
        if as_json:
            typer.echo(json.dumps(found.as_dict(), indent=1, allow_nan=False))
        elif not quiet:
            _print(found)
            for path in written:
                typer.echo(f"experiment file: {path}")
            if into is not None:
                typer.echo(f"report: {into / REPORT}")


def _planned_run(folder: Path, experiment: Experiment) -> DataTree:
    """Return the run that a plan is put into; it may differ from the file in its shots.

    Raises:
        CqedBatteryError: the folder holds no finished run, or one of another experiment.
    """
    run = run_in(folder, experiment, "the plan", _same_but_for_shots)
    if run is None:
        raise CqedBatteryError(
            f"--into must be the folder of a finished run, but {folder} has none: run FILE into it"
            " first"
        )
    return run


def _same_but_for_shots(one: Experiment, other: Experiment) -> bool:
    """Return whether two experiments differ at most in shots, seed, title and what is left out.

    A plan's own file leaves out the control or the vacuum measurement where its claim needs none.
    """
    changes = {
        "title": "",
        "seed": 0,
        "allocation": {},
        "tomography.shots": 1,
        "vacuum.shots": 1,
        "readout.calibration_shots": 1,
        "reset.shots": 1,
        "control.enabled": False,
        "vacuum.method": "none",
    }
    return one.replace(changes) == other.replace(changes)


def _with_plan(results: dict[str, Any], block: dict[str, Any]) -> dict[str, Any]:
    """Return results with a plan added, in place of one for the same claim and estimator."""
    names = ("claim", "estimator")
    kept = [
        plan
        for plan in results.get("plans", [])
        if any(plan[name] != block[name] for name in names)
    ]
    return {**results, "plans": [*kept, block]}


def _check(sigma: float | None, shots: float | None, hours: float | None, estimator: str) -> None:
    if estimator not in _METHODS:
        raise CqedBatteryError(f"--estimator must be model-free or global, but is {estimator!r}")
    given = {"--sigma": sigma, "--shots-budget": shots, "--hours": hours}
    named = [name for name, value in given.items() if value is not None]
    if len(named) > 1:
        raise CqedBatteryError(f"{' and '.join(named)} exclude each other: give one of them")
    for name in named:
        value = given[name]
        if value is not None and not 0 < value < 1e15:
            raise CqedBatteryError(f"{name} must be a number > 0 and < 1e15, but is {value:g}")


def _write(path: Path, experiment: Experiment) -> Path:
    from cqed_battery.files.datasets import write_text

    prepare_file(path)
    write_text(path, experiment.to_toml(comments=True))
    return path


def _print(plan: Plan) -> None:
    headers = ("plan", "tomography", "vacuum", "readout", "time", "sigmas")
    if plan.options:
        print_rows(headers, [(name, *_cells(option)) for name, option in plan.options.items()])
        typer.echo()
        print_rows(
            ("cause of the variance", "share"),
            [(cause, f"{share:.1%}") for cause, share in plan.shares.items() if share > 5e-4],
        )
        typer.echo()
    print_sentence(f"{plan.outcome}: {plan.statement}.")
    if plan.outcome == "refused":
        print_sentence("No experiment file is written.")
    if plan.floor:
        print_sentence(_floor(plan.floor))
    for note in plan.notes:
        print_sentence(f"{note}.")


def _cells(option: Option) -> tuple[str, ...]:
    from cqed_battery.units import show_hours

    values = option.as_dict()
    if values["total"] is None:
        return ("-", "-", "-", "-", "not reached")
    counts = (option.tomography, option.vacuum, option.calibration)
    return (*(f"{count:.0f}" for count in counts), show_hours(option.hours), f"{option.sigmas:.2f}")


def _floor(floor: dict[str, float]) -> str:
    sentence = (
        "Cramer-Rao floor: an ideal fit of the device model would make"
        f" {floor['sigmas_of_recommended']:.1f} sigmas of the recommended shots"
    )
    if "least_shots" in floor:
        sentence += f", or need {floor['least_shots']:.0f} shots in the best settings"
    return f"{sentence}."

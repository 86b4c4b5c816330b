"""The verb that plans shots before they are taken: plan."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cqed_battery.arguments import real_number
from cqed_battery.cli.shared.completion import claims_of_a_plan
from cqed_battery.cli.shared.finished_run import add_to_run, run_in
from cqed_battery.cli.shared.tables import sentence, table
from cqed_battery.cli.shared.verb import Answer, Given, verb
from cqed_battery.errors import CqedBatteryError
from cqed_battery.files.run_folder import REPORT, claimed, prepare_file

if TYPE_CHECKING:
    from xarray import DataTree

    from analysis.planning import Plan
    from analysis.planning.summary import Option
    from cqed_battery.experiment import Experiment

_METHODS = ("model-free", "global")
_KINDS = {
    "tomography": "tomography",
    "vacuum": "vacuum",
    "readout": "calibration",
    "extraction": "extraction",
}
"""Columns of shots, and what an option of a plan calls them."""

_MOST = 1e15  # of shots, hours and standard errors: far beyond what anybody has


@verb("Before the measurement")
def plan(
    given: Given,
    claim: Annotated[
        str,
        typer.Option(
            "--claim",
            metavar="CLAIM",
            help="heat-current-negative; ergotropy-gain-at:TIME_NS, -peak, -mean or -late;"
            " vacuum-fidelity:+-X; ergotropy:+-X@TIME_NS,...; extracted-work or"
            " extracted-work-at:TIME_NS.",
            autocompletion=claims_of_a_plan,
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
) -> Answer:
    """Plan the shots and hours that a claim needs, and where to spend them."""
    _check(sigma, shots, hours, estimator)
    import cqed_battery as cb
    from analysis.planning import Budget

    budget = None if shots is None and hours is None else Budget(shots, hours)
    with nullcontext() if into is None else claimed(into) as folder:
        run = None if folder is None else _planned_run(folder, given.experiment)
        found = cb.plan(
            given.experiment,
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
        if folder is not None and run is not None:
            block = {**found.as_dict(), "shots": found.recommended_shots()}
            add_to_run(folder, run, lambda results: _with_plan(results, block))
    lines = [f"experiment file: {path}" for path in written]
    lines += [] if into is None else [f"report: {into / REPORT}"]
    return Answer(lambda: "\n".join([*_words(found), *lines]), found.as_dict())


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
        "extraction.unitary": "none",
        "extraction.shots": 1,
        "qutrit.measured": False,
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
    values = {"sigma": sigma, "shots": shots, "hours": hours}
    given = {name: value for name, value in values.items() if value is not None}
    if len(given) > 1:
        named = " and ".join(f"`{name}`" for name in given)
        raise CqedBatteryError(f"{named} exclude each other: give one of them")
    for name, value in given.items():
        real_number(name, value, _MOST)


def _write(path: Path, experiment: Experiment) -> Path:
    from cqed_battery.files.datasets import write_text

    prepare_file(path)
    write_text(path, experiment.to_toml(comments=True))
    return path


def _words(plan: Plan) -> list[str]:
    lines = []
    if plan.options:
        kinds = {head: name for head, name in _KINDS.items() if _spent(plan, name)}
        rows = [(name, *_cells(option, kinds)) for name, option in plan.options.items()]
        shares = [(cause, f"{share:.1%}") for cause, share in plan.shares.items() if share > 5e-4]
        lines += [
            table(("plan", *kinds, "time", "sigmas"), rows),
            "",
            table(("cause of the variance", "share"), shares),
            "",
        ]
    if plan.narrowed:
        better = [(name, f"{1 - part:.1%}") for name, part in plan.narrowed.items()]
        lines += [table(("twice as well known", "narrower by"), better), ""]
    lines.append(sentence(f"{plan.outcome}: {plan.statement}."))
    if plan.outcome == "refused":
        lines.append(sentence("No experiment file is written."))
    if plan.floor:
        lines.append(sentence(_floor(plan.floor)))
    return [*lines, *(sentence(f"{note}.") for note in plan.notes)]


def _spent(plan: Plan, kind: str) -> bool:
    """Say whether a kind of shots has its column: the extraction's, where a plan has some."""
    options = plan.options.values()
    return kind != "extraction" or any(option.as_dict()[kind] for option in options)


def _cells(option: Option, kinds: Mapping[str, str]) -> tuple[str, ...]:
    from cqed_battery.units import show_hours

    values = option.as_dict()
    if values["total"] is None:
        return (*["-"] * (1 + len(kinds)), "not reached")
    counts = (f"{values[kind] or 0:.0f}" for kind in kinds.values())
    return (*counts, show_hours(option.hours), f"{option.sigmas:.2f}")


def _floor(floor: dict[str, float]) -> str:
    text = (
        "Cramer-Rao floor: an ideal fit of the device model would make"
        f" {floor['sigmas_of_recommended']:.1f} sigmas of the recommended shots"
    )
    if "least_shots" in floor:
        text += f", or need {floor['least_shots']:.0f} shots in the best settings"
    return f"{text}."

"""The verb that shows what the reset leaves: reset."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cqed_battery.cli.errors import plain_errors
from cqed_battery.cli.folders import prepare_file
from cqed_battery.cli.options import AsJson, ExperimentFile, Quiet
from cqed_battery.cli.table import print_rows, print_sentence
from cqed_battery.errors import CqedBatteryError

if TYPE_CHECKING:
    import xarray as xr

    from protocols.reset import HistoryRow

_HEADERS = ("round", "time (us)", "residual excitation", "leakage")
_MOST_ROUNDS = 1000
_SUFFIXES = (".png", ".svg")


def reset(
    file: ExperimentFile,
    rounds: Annotated[
        int | None,
        typer.Option("--rounds", metavar="N", help="Rounds, instead of the file's."),
    ] = None,
    as_json: AsJson = False,
    figure: Annotated[
        Path | None,
        typer.Option("--figure", metavar="PNG", help="Picture to draw.", show_default=False),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Print how much excitation and leakage the reset is expected to leave, round by round."""
    with plain_errors():
        from cqed_battery.experiment import Experiment
        from protocols.reset import reset_of

        experiment = Experiment.from_toml(file)
        method = reset_of(experiment)
        _check(experiment.reset.kind, method.has_rounds, rounds, figure)
        steps = method.history(experiment, rounds)
        note = method.note(experiment, steps)
        if figure is not None:
            _draw(steps, prepare_file(figure))
        if as_json:
            content = {"kind": experiment.reset.kind, "steps": [asdict(step) for step in steps]}
            typer.echo(json.dumps({**content, "note": note}, indent=1))
        elif not quiet:
            print_rows(_HEADERS, [_row(step) for step in steps])
            if note is not None:
                print_sentence(f"Note: {note}.")
            if figure is not None:
                typer.echo(f"figure: {figure}")


def _check(kind: str, has_rounds: bool, rounds: int | None, figure: Path | None) -> None:
    if rounds is not None and not has_rounds:
        raise CqedBatteryError(
            f'--rounds counts those of a reset, but reset.kind is "{kind}", which has none: leave'
            " it out"
        )
    if rounds is not None and not 1 <= rounds <= _MOST_ROUNDS:
        raise CqedBatteryError(
            f"--rounds must be a whole number from 1 to {_MOST_ROUNDS}, but is {rounds}"
        )
    if figure is not None and figure.suffix not in _SUFFIXES:
        raise CqedBatteryError(
            f"--figure must end in {' or '.join(_SUFFIXES)}, but is {figure}: name such a file"
        )


def _row(step: HistoryRow) -> tuple[str, ...]:
    from cqed_battery.units import us_from_ns

    count = "-" if step.rounds is None else str(step.rounds)
    time = f"{us_from_ns(step.time_ns):.3g}"
    return count, time, f"{step.residual_excitation:.3g}", f"{step.leakage:.3g}"


def _draw(steps: list[HistoryRow], path: Path) -> None:
    from analysis.report.curves import draw_curves

    draw_curves(reset_figure(steps), path)


def reset_figure(steps: list[HistoryRow]) -> xr.Dataset:
    """Return residual excitation and leakage as curves over rounds, or over the time waited."""
    import xarray as xr

    from analysis.papers.figure import curve
    from cqed_battery.units import us_from_ns

    if steps[0].rounds is None:
        name, values = "time", [us_from_ns(step.time_ns) for step in steps]
        words = {"long_name": "time waited", "units": "us"}
    else:
        name, values = "round", [float(step.rounds or 0) for step in steps]
        words = {"long_name": "rounds of the reset", "units": "1"}
    along = xr.Variable(name, values, words)
    found = {
        key: curve(
            xr.DataArray([getattr(step, key) for step in steps], dims=name, coords={name: along}),
            label=key.replace("_", " "),
            axis="population",
        )
        for key in ("residual_excitation", "leakage")
    }
    return xr.Dataset(found, attrs={"title": "What the reset leaves"})

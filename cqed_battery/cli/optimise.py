"""The verb that shapes the charging pulse: optimise."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cqed_battery.cli.shared.progress_bar import Bar
from cqed_battery.cli.shared.tables import sentence, table
from cqed_battery.cli.shared.verb import Answer, Given, verb
from cqed_battery.files.run_folder import EXPERIMENT

_HEADERS = ("pulse", "energy", "ergotropy", "photons", "leakage")


@verb("Before the measurement", seed=True)
def optimise(
    given: Given,
    bar: Bar,
    goal: Annotated[
        str,
        typer.Option(
            "--goal", metavar="GOAL", help="ergotropy, sustained, power, gain or time (shortest)."
        ),
    ] = "ergotropy",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Output folder.",
            show_default="runs/<name of FILE>-optimise",
        ),
    ] = None,
    arm: Annotated[
        str, typer.Option("--arm", metavar="ARM", help="Arm, catalysed or control.")
    ] = "catalysed",
    duration_ns: Annotated[
        float | None,
        typer.Option(
            "--duration",
            metavar="NS",
            help="Length of the pulse; the longest with the goal time.",
            show_default="the last charging time",
        ),
    ] = None,
    bandwidth_MHz: Annotated[
        float | None,
        typer.Option(
            "--bandwidth",
            metavar="MHZ",
            help="Bandwidth of the envelope (half power).",
            show_default="none",
        ),
    ] = None,
    smoothness: Annotated[
        float, typer.Option("--smoothness", metavar="W", help="Weight of the mean square slope.")
    ] = 0.0,
    target: Annotated[
        float | None,
        typer.Option(
            "--target",
            metavar="W",
            help="Ergotropy that the goal time asks for.",
            show_default="0.99",
        ),
    ] = None,
    robust: Annotated[
        str | None,
        typer.Option(
            "--robust",
            metavar="WORD",
            help="mean or worst of devices drawn as a laboratory's are.",
            show_default="the file's alone",
        ),
    ] = None,
    draws: Annotated[
        int, typer.Option("--draws", metavar="N", help="Devices drawn, with --robust.")
    ] = 8,
    starts: Annotated[
        int, typer.Option("--starts", metavar="N", help="Pulses that the search starts from.")
    ] = 5,
    iterations: Annotated[
        int, typer.Option("--iterations", metavar="N", help="Most iterations of each climb.")
    ] = 200,
) -> Answer:
    """Find the charging pulse that serves a goal best, and write it as an experiment file.

    Its amplitude is at most drive.rabi_rate_MHz. The folder gets experiment.toml with the samples,
    optimum.json and pulse.svg.
    """
    import cqed_battery as cb

    folder = Path("runs") / f"{given.file.stem}-optimise" if out is None else out
    found = cb.optimise(
        given.experiment,
        folder,
        goal=goal,
        arm=arm,
        duration_ns=duration_ns,
        bandwidth_MHz=bandwidth_MHz,
        smoothness=smoothness,
        target=target,
        robust=robust,
        draws=draws,
        starts=starts,
        iterations=iterations,
        progress=bar.report,
    )
    return Answer(lambda: _words(found, folder), found)


def _words(found: Mapping[str, Any], folder: Path) -> str:
    from analysis.optimal_charging.optimise import PICTURE

    curves = {name: found["curves"][name] for name in ("optimal", "square")}
    rows = [
        (name, *(f"{curve[key][-1]:.4f}" for key in _HEADERS[1:])) for name, curve in curves.items()
    ]
    return "\n".join(
        [
            sentence(found["statement"]),
            table(_HEADERS, rows),
            f"experiment: {folder / EXPERIMENT}",
            f"picture: {folder / PICTURE}",
        ]
    )

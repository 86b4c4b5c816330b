"""The verbs that make data: run and emulate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cqed_battery.cli.answers import answer
from cqed_battery.cli.bar import Bar
from cqed_battery.cli.changes import with_changes
from cqed_battery.cli.errors import plain_errors
from cqed_battery.cli.folders import keep_input, prepare_file, prepare_folder
from cqed_battery.cli.learning import keep_and_learn
from cqed_battery.cli.options import AsJson, Changes, ExperimentFile, Quiet, Seed
from cqed_battery.cli.table import answer_verdict

if TYPE_CHECKING:
    from cqed_battery.experiment import Experiment

# Expected parts of the time: emulation, analysis, report.
_RUN_SHARES = (0.5, 0.4, 0.1)


def run(
    file: ExperimentFile,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Output folder.", show_default="runs/<name of FILE>"
        ),
    ] = None,
    changes: Changes = None,
    seed: Seed = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Emulate the experiment, analyse its counts, and write verdict and report.

    DIR receives experiment.toml (the resolved file), dataset.nc, results.json and report.html.
    """
    with plain_errors():
        experiment = _load_experiment(file, changes, seed)
        folder = prepare_folder(Path("runs") / file.stem if out is None else out)
        keep_input(file, folder, experiment.to_toml())
        with Bar(_RUN_SHARES, quiet=quiet or as_json) as bar:
            results = _run(experiment, folder, bar)
        answer_verdict(results, folder, as_json=as_json, quiet=quiet)


def emulate(
    file: ExperimentFile,
    out: Annotated[
        Path,
        typer.Option("--out", metavar="DATASET", help="Dataset to write (netCDF)."),
    ],
    changes: Changes = None,
    seed: Seed = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Emulate the experiment and write its counts as a dataset."""
    with plain_errors():
        experiment = _load_experiment(file, changes, seed)
        prepare_file(out)
        with Bar((1.0,), quiet=quiet or as_json) as bar:
            from cqed_battery.files.datasets import save_dataset
            from protocols.emulation import emulate as emulate_experiment

            save_dataset(emulate_experiment(experiment, progress=bar.stage(0)), out)
        answer(f"dataset: {out}", {"dataset": out}, as_json=as_json, quiet=quiet)


def _load_experiment(file: Path, changes: list[str] | None, seed: int | None) -> Experiment:
    from cqed_battery.experiment import Experiment

    return with_changes(Experiment.from_toml(file), changes, seed)


def _run(experiment: Experiment, folder: Path, bar: Bar) -> dict[str, Any]:
    """Emulate, save the data before anything is learnt from them, then analyse and report."""
    from protocols.emulation import emulate as emulate_experiment

    dataset = emulate_experiment(experiment, progress=bar.stage(0))
    return keep_and_learn(
        experiment.to_toml(), dataset, folder, bar, 1, kept="The dataset of this run is kept in"
    )

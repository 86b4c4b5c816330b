"""The option of run and analyse that writes the fitted device as an experiment file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cqed_battery.errors import CqedBatteryError

if TYPE_CHECKING:
    from analysis.results import Results

FittedFile = Annotated[
    Path | None,
    typer.Option(
        "--fitted",
        metavar="FILE",
        help="Write the fitted device as an experiment file, for the next run.",
    ),
]


def refuse_existing(path: Path | None) -> None:
    """Refuse to write over a file, before anything is calculated.

    Args:
        path: of the file to write, if any.

    Raises:
        CqedBatteryError: there is one.
    """
    if path is not None and path.exists():
        raise CqedBatteryError(f"{path} exists: name a new file for --fitted, or remove it")


def write_fitted(source: Path, results: "Results", path: Path | None) -> None:
    """Write the fitted device, if a file is named.

    Args:
        source: folder of the run, or its dataset, for the experiment.
        results: of the counts.
        path: of the file to write.

    Raises:
        CqedBatteryError: no device describes the counts.
    """
    if path is None:
        return
    import cqed_battery as cb
    from cqed_battery.files.datasets import write_text
    from cqed_battery.files.run_folder import DATASET

    dataset = cb.load_dataset(source / DATASET if source.is_dir() else source)
    experiment = cb.Experiment.from_text(dataset.attrs["experiment"])
    write_text(path, cb.fitted_experiment(experiment, results).to_toml())

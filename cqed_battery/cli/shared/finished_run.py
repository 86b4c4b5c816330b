"""What verbs add to a finished run: a block in its results and a section in its report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cqed_battery.errors import CqedBatteryError
from cqed_battery.files.run_folder import DATASET, REPORT, RESULTS, day_of

if TYPE_CHECKING:
    from xarray import DataTree

    from cqed_battery.experiment import Experiment

    Same = Callable[[Experiment, Experiment], bool]


def run_in(folder: Path, experiment: Experiment, what: str, same: Same) -> DataTree | None:
    """Return the dataset of a finished run in a folder, None where there is no run.

    Args:
        folder: of the run.
        experiment: what is to be added belongs to it.
        what: is to be added, for the message: "the budget".
        same: whether the run's experiment and this one count as the same.

    Raises:
        CqedBatteryError: the run in the folder is of another experiment.
    """
    if not ((folder / RESULTS).exists() and (folder / DATASET).exists()):
        return None
    from cqed_battery.experiment import Experiment
    from cqed_battery.files.datasets import load_dataset

    dataset: DataTree = load_dataset(folder / DATASET)
    ran = Experiment.from_text(dataset.attrs["experiment"])
    if not same(ran, experiment):
        raise CqedBatteryError(
            f"{what} must be of the experiment whose run lies in {folder}, but that run's file"
            f" says otherwise in {_first_difference(ran, experiment)}: name another folder, or run"
            " FILE into this one first"
        )
    return dataset


def _first_difference(one: Experiment, other: Experiment) -> str:
    """Return the first key of the device and the procedure in which two experiments differ."""
    for section, values in one.model_dump().items():
        there = other.model_dump()[section]
        if isinstance(values, dict) and values != there:
            return f"{section}.{next(key for key in values if values[key] != there[key])}"
    return "its title or seed"


def add_to_run(
    folder: Path, run: DataTree, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    """Write a run's results and report anew, its results changed by `change`."""
    from analysis.report import write_report
    from analysis.results import load_results, save_results

    results = change(load_results(folder / RESULTS).to_dict())
    write_report(results, run, folder / REPORT, day=day_of(folder / DATASET))
    save_results(results, folder / RESULTS, overwrite=True)

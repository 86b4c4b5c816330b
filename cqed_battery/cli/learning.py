"""From a dataset to results and report; the dataset is saved before anything is learnt from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cqed_battery.cli.bar import Bar
from cqed_battery.cli.folders import (
    DATASET,
    EXPERIMENT,
    REPORT,
    RESULTS,
    find_workplace,
    publish,
)

if TYPE_CHECKING:
    from xarray import DataTree


def keep_and_learn(
    experiment: str, dataset: DataTree, folder: Path, bar: Bar, stage: int, *, kept: str
) -> dict[str, Any]:
    """Save experiment and dataset, learn from it, and put all files in place once complete.

    `kept` begins the sentence about the dataset where the learning fails.
    """
    from cqed_battery.files.datasets import save_dataset, write_text

    workplace = find_workplace(folder)
    write_text(workplace / EXPERIMENT, experiment)
    save_dataset(dataset, workplace / DATASET)
    try:
        results = learn(dataset, workplace, bar, stage)
    except BaseException as error:
        error.add_note(f"{kept} {workplace / DATASET}.")
        raise
    publish(workplace, folder)
    return results


def learn(dataset: DataTree, folder: Path, bar: Bar, stage: int) -> dict[str, Any]:
    """Analyse a dataset and write what was learnt into a folder, as two stages of the bar."""
    from analysis.pipeline import analyse
    from analysis.report import write_report
    from analysis.results import save_results

    results = analyse(dataset, progress=bar.stage(stage))
    save_results(results, folder / RESULTS)
    report = bar.stage(stage + 1)
    report(0, 1, "report")
    write_report(results, dataset, folder / REPORT)
    report(1, 1, "report")
    return results.to_dict()

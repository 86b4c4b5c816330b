"""From an experiment or counts to results and report: run and analyse."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cqed_battery.errors import CqedBatteryError, show_value
from cqed_battery.files.run_folder import (
    DATASET,
    EXPERIMENT,
    REPORT,
    RESULTS,
    claimed,
    day_of,
    find_workplace,
    keep_dataset,
    keep_input,
    publish,
)
from cqed_battery.progress import Progress, stages

if TYPE_CHECKING:
    import xarray as xr

    from analysis.data.mapping import LabNames
    from analysis.results import Results
    from cqed_battery.experiment import ExperimentLike

__all__ = ["run", "analyse"]

CALIBRATIONS = ("counts", "from-file")
_TABLES = (".csv", ".tsv", ".txt")
# Expected parts of the time, as the default run takes it: emulation, analysis, report.
_EMULATION, _ANALYSIS, _REPORT = 0.5, 0.4, 0.1


def run(
    experiment: ExperimentLike, out: str | PathLike[str], *, progress: Progress | None = None
) -> Results:
    """Emulate an experiment, analyse its counts, and write everything into a folder.

    The dataset is saved before anything is learnt from it, and a folder that held a run before
    keeps it until the new one is complete.

    Args:
        experiment: what is done to which device, or the path of its file.
        out: folder for experiment.toml, dataset.nc, results.json and report.html.
        progress: called as progress(done, total, what) after each piece of work.

    Returns:
        The content of results.json.

    Raises:
        CqedBatteryError: the experiment or the folder is refused, another run is at work in the
            folder, or the dynamics cannot be trusted.
        OSError: a file cannot be written.
    """
    from cqed_battery.experiment import as_experiment
    from protocols.emulation.emulate import emulate

    found = as_experiment(experiment)
    resolved = found.to_toml()
    with claimed(Path(out)) as folder:
        if isinstance(experiment, str | PathLike):
            keep_input(Path(experiment), folder, resolved)
        first, *rest = stages(progress, (_EMULATION, _ANALYSIS, _REPORT))
        dataset = emulate(found, progress=first)
        kept = "The dataset of this run is kept in"
        return _keep_and_learn(resolved, dataset, folder, rest, kept)


def analyse(
    dataset: Any,
    experiment: ExperimentLike | None = None,
    *,
    changes: Mapping[str, Any] | None = None,
    mapping: LabNames | Mapping[str, Any] | str | PathLike[str] | None = None,
    calibration: str = CALIBRATIONS[0],
    out: str | PathLike[str] | None = None,
    progress: Progress | None = None,
    note: Callable[[str], None] | None = None,
) -> Results:
    """Infer states, energies, ergotropy, J, F and the verdict from counts.

    Args:
        dataset: a dataset, which holds its experiment, or the path of its file; with `experiment` a
            laboratory's data, a file or an object as `import_` takes it.
        experiment: what was done to which device in the laboratory, or the path of its file.
        changes: values by key instead of the experiment's, such as {"transmon.t1_us": 40.0}; not
            of what the counts have fixed.
        mapping: the laboratory's names: their file (TOML), its sections, or `LabNames`.
        calibration: "counts", or "from-file": where a level has no calibration counts, take the
            experiment's readout errors.
        out: folder for results.json and report.html; for a laboratory's counts and for a changed
            experiment also experiment.toml and dataset.nc. By default nothing is written.
        progress: called as progress(done, total, what) after each piece of work.
        note: called with each remark on what was done to a laboratory's counts.

    Returns:
        The content of results.json.

    Raises:
        CqedBatteryError: the counts, the experiment or a change of it is refused, or another run
            is at work in the folder.
        OSError: a file cannot be read or written.
    """
    in_place = experiment is None and not changes
    with nullcontext() if out is None else claimed(Path(out)) as folder:
        tree = _counts(dataset, experiment, changes, mapping, calibration)
        if folder is not None:
            _keep_inputs(dataset, experiment, folder, tree, in_place=in_place)
        if note is not None and experiment is not None:
            for line in str(tree.attrs["notes"]).splitlines():
                note(line)
        two = stages(progress, (_ANALYSIS, _REPORT))
        if folder is None or in_place:
            return _learn(tree, folder, two)
        kept = "The counts as they were understood are in"
        return _keep_and_learn(_resolved(tree), tree, folder, two, kept)


def _keep_inputs(
    dataset: object, experiment: object, folder: Path, tree: xr.DataTree, *, in_place: bool
) -> None:
    """Refuse to write over a file that is read, or beside the dataset of another run."""
    source = Path(dataset) if isinstance(dataset, str | PathLike) else None
    if in_place:
        if source is not None:
            keep_dataset(source, folder)
        return
    if isinstance(experiment, str | PathLike):
        keep_input(Path(experiment), folder, _resolved(tree))
    kept = folder / DATASET
    if source is not None and kept.exists() and kept.samefile(source):
        raise CqedBatteryError(
            f"`out` must not be the folder of {source}, which would be written over; name another"
            " folder"
        )


def _resolved(tree: xr.DataTree) -> str:
    """Return the experiment file of a dataset, every default written out."""
    from cqed_battery.experiment import Experiment

    return Experiment.from_text(tree.attrs["experiment"]).to_toml()


def _counts(
    given: Any,
    experiment: ExperimentLike | None,
    changes: Mapping[str, Any] | None,
    mapping: LabNames | Mapping[str, Any] | str | PathLike[str] | None,
    calibration: str,
) -> xr.DataTree:
    """Return the dataset to analyse, its experiment as changed."""
    if calibration not in CALIBRATIONS:
        raise CqedBatteryError(
            f"`calibration` must be {' or '.join(CALIBRATIONS)}, but is {show_value(calibration)}"
        )
    from analysis.data.consistency.fixed_keys import with_beliefs, with_changed_beliefs

    if experiment is None:
        from cqed_battery.files.datasets import as_dataset

        _refuse_options_of_laboratories(given, mapping, calibration)
        return with_changed_beliefs(as_dataset(given), changes or {})
    from analysis.data.laboratory import read_lab_data
    from cqed_battery.experiment import as_experiment

    return read_lab_data(
        given,
        with_beliefs(as_experiment(experiment), changes or {}),
        names=mapping,
        calibration_from_file=calibration == CALIBRATIONS[1],
    )


def _refuse_options_of_laboratories(given: object, mapping: object, calibration: str) -> None:
    if mapping is not None or calibration != CALIBRATIONS[0]:
        option = "mapping" if mapping is not None else "calibration"
        raise CqedBatteryError(
            f"`{option}` is for a laboratory's counts; name their experiment file with `experiment`"
        )
    if not isinstance(given, str | PathLike):
        return
    if Path(given).suffix.lower() in _TABLES and Path(given).is_file():
        raise CqedBatteryError(
            f"{given} is a table, which does not say what was measured; name the experiment file"
            " with `experiment`"
        )


def _keep_and_learn(
    experiment: str, dataset: xr.DataTree, folder: Path, two: Sequence[Progress], kept: str
) -> Results:
    """Save experiment and dataset, learn from it, and put all files in place once complete.

    `kept` begins the sentence about the dataset where the learning fails.
    """
    from cqed_battery.files.datasets import save_dataset, write_text

    workplace = find_workplace(folder)
    write_text(workplace / EXPERIMENT, experiment)
    save_dataset(dataset, workplace / DATASET)
    try:
        results = _learn(dataset, workplace, two)
    except BaseException as error:
        error.add_note(f"{kept} {workplace / DATASET}.")
        raise
    publish(workplace, folder)
    return results


def _learn(dataset: xr.DataTree, folder: Path | None, two: Sequence[Progress]) -> Results:
    """Analyse a dataset and write what was learnt into a folder, in two stages of progress."""
    from analysis import pipeline

    results = pipeline.analyse(dataset, progress=two[0])
    if folder is not None:
        from analysis.report import write_report
        from analysis.results import save_results

        save_results(results, folder / RESULTS, overwrite=True)
        two[1](0, 1, "report")
        write_report(results, dataset, folder / REPORT, day=day_of(folder / DATASET))
    two[1](1, 1, "report")
    return results

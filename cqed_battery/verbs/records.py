"""What is written from what is there: experiment files, reports, tables, comparisons."""

from __future__ import annotations

from collections.abc import Callable
from math import isinf
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cqed_battery.arguments import picture_file
from cqed_battery.errors import CqedBatteryError
from cqed_battery.files.run_folder import (
    DATASET,
    DESIGN,
    REPORT,
    RESULTS,
    claimed,
    day_of,
    prepare_file,
)

if TYPE_CHECKING:
    from analysis.data.summary import Summary
    from cqed_battery.progress import Progress

__all__ = ["init", "schema", "export", "import_", "report", "compare"]

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def init(file: str | PathLike[str] = "experiment.toml", *, force: bool = False) -> Path:
    """Write a commented experiment file of the default experiment, and return its path.

    Args:
        file: file to write.
        force: whether an existing file is written over.

    Raises:
        CqedBatteryError: the file exists, or its place cannot be a file's.
        OSError: the file cannot be written.
    """
    place = new_file(file, "FILE", force)
    from cqed_battery.experiment import Experiment
    from cqed_battery.files.datasets import write_text

    write_text(place, Experiment().to_toml(comments=True))
    return place


def schema() -> dict[str, Any]:
    """Return the JSON Schema of experiment files, for editors that complete and check TOML.

    Defaults that are infinite are left out, because JSON has no such number.
    """
    from cqed_battery.experiment import Experiment

    return {"$schema": _DRAFT, **_without_infinities(Experiment.model_json_schema())}


def _without_infinities(value: Any) -> Any:
    if isinstance(value, dict):
        finite = {key: v for key, v in value.items() if not (isinstance(v, float) and isinf(v))}
        return {key: _without_infinities(entry) for key, entry in finite.items()}
    return [_without_infinities(entry) for entry in value] if isinstance(value, list) else value


def export(
    dataset: Any | str | PathLike[str], table: str | PathLike[str], *, force: bool = False
) -> Path:
    """Write the counts of a dataset as a table (CSV) that `analyse` reads; return its path.

    Args:
        dataset: as `emulate` returns it, or the path of its file.
        table: file to write.
        force: whether an existing file is written over.

    Raises:
        CqedBatteryError: the dataset is refused, or the table exists.
        OSError: a file cannot be read or written.
    """
    place = new_file(table, "TABLE", force)
    from analysis.data.tables.table import table_text
    from cqed_battery.files.datasets import as_dataset, write_text

    write_text(place, table_text(as_dataset(dataset)))
    return place


def import_(
    data: Any,
    kind: str | None = None,
    *,
    mapping: Any = None,
    out: str | PathLike[str] | None = None,
    force: bool = False,
    dry_run: bool = False,
) -> Summary:
    """Read a laboratory's data, and write its counts as a dataset that `analyse` takes.

    Args:
        data: path of a file (CSV, JSON, NPZ, netCDF, HDF5), xarray Dataset, frame of pandas or
            polars, arrays by name, or a list of records with counts.
        kind: what the values are: counts, shots, populations, expectations, iq, soft-iq or
            averaged-iq; by default what the columns tell.
        mapping: the laboratory's names: their file (TOML), its sections, or `LabNames`.
        out: dataset to write (netCDF); by default nothing is written.
        force: whether an existing file is written over.
        dry_run: whether data that cannot be read yet are described, not refused.

    Returns:
        What each column is read as, the settings with their shots, and what is missing.

    Raises:
        CqedBatteryError: the data are refused, or the file exists.
        OSError: a file cannot be read or written.
    """
    from analysis.data.importing import imported, look
    from analysis.data.mapping import as_names
    from cqed_battery.files.datasets import save_dataset

    if dry_run:
        return look(data, as_names(mapping).of_kind(kind))[0]
    place = None if out is None else new_file(out, "`out`", force)
    summary, counts = imported(data, kind, mapping)
    if place is not None:
        save_dataset(counts, place)
    return summary


def report(
    folder: str | PathLike[str],
    *,
    summary: str | PathLike[str] | None = None,
    every: bool = False,
    progress: Progress | None = None,
    say: Callable[[str], None] | None = None,
) -> Path:
    """Write report.html anew from the files of a run or of a search; return its path.

    Args:
        folder: with dataset.nc and results.json, or with design.json.
        summary: picture of a run's verdict for a talk to draw, PNG or SVG; by default none.
        every: whether `folder` holds folders of runs, which runs.html lists.
        progress: called as progress(done, total, what) before each run that is listed.
        say: called with a sentence for each folder in it that holds no run.

    Raises:
        CqedBatteryError: a file is missing or is not such as this program writes, a search has no
            summary, there is no run to list, or another run is at work in the folder.
        OSError: a file cannot be read or written.
    """
    if every:
        from analysis.report.run_list import write_run_list

        if summary is not None:
            raise CqedBatteryError("`summary` is of one run: leave it or `every` out")
        return write_run_list(Path(folder), progress=progress, say=say)
    picture = None if summary is None else picture_file("summary", summary)
    with claimed(Path(folder)) as home:
        if (home / DESIGN).exists() and not (home / DATASET).exists():
            from analysis.report.design.page import write_design_report

            if picture is not None:
                raise CqedBatteryError(
                    f"`summary` must be of a run, but {home} holds a search: leave it out"
                )
            write_design_report(home)
        else:
            _report_of_run(home, picture)
        return home / REPORT


def compare(
    first: str | PathLike[str], second: str | PathLike[str], out: str | PathLike[str] | None = None
) -> dict[str, Any]:
    """Return what differs between two runs: settings, numbers, outcomes, checks.

    Args:
        first: folder of a finished run.
        second: folder of another one.
        out: page to write (HTML); by default none.

    Returns:
        `settings`: key of the experiment file -> both values, where they differ; `numbers`: name
        -> both values and standard errors, both 95 % intervals, their difference and its size in
        combined standard errors; `outcomes` and `checks`: name -> both outcomes.

    Raises:
        CqedBatteryError: a folder holds no finished run.
        OSError: a file cannot be read or written.
    """
    from analysis.report.comparison import compare_runs, read_run, write_comparison

    folders = Path(first), Path(second)
    if out is not None:
        return write_comparison(folders, prepare_file(Path(out)))
    return compare_runs(*map(read_run, folders))


def new_file(given: str | PathLike[str], name: str, force: bool) -> Path:
    """Return the place of a file to write, its folder made; refuse to write over a file.

    Args:
        given: of the file.
        name: of the argument, for the message.
        force: whether an existing file is written over.

    Raises:
        CqedBatteryError: the file exists, or its place cannot be a file's.
    """
    place = Path(given)
    if place.exists() and not force:
        raise CqedBatteryError(
            f"{name} must be a new file, but {place} exists; name another one or use `force`"
        )
    return prepare_file(place)


def _report_of_run(folder: Path, picture: Path | None) -> None:
    """Write the page of a run from its dataset and results, and its summary where one is wanted.

    Raises:
        ResultsError: the results are not such as this program writes.
    """
    from analysis.report import write_report
    from analysis.report.run_data import DISTORTED
    from analysis.results import ResultsError, load_results
    from cqed_battery.files.datasets import load_dataset

    tree = load_dataset(folder / DATASET)
    results = load_results(folder / RESULTS)
    try:
        write_report(results, tree, folder / REPORT, day=day_of(folder / DATASET))
        if picture is not None:
            from analysis.report.summary import write_summary

            write_summary(results, tree, prepare_file(picture))
    except DISTORTED as error:
        raise ResultsError(
            f"{folder / RESULTS} lacks or distorts what the report needs"
            f" ({type(error).__name__}: {error}); `cqed-battery analyse {folder / DATASET}` writes"
            " it anew"
        ) from error

"""The verbs that learn from data: analyse and report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cqed_battery.cli.answers import answer
from cqed_battery.cli.bar import Bar
from cqed_battery.cli.errors import plain_errors
from cqed_battery.cli.folders import (
    DATASET,
    DESIGN,
    REPORT,
    RESULTS,
    keep_dataset,
    keep_input,
    prepare_folder,
)
from cqed_battery.cli.learning import keep_and_learn, learn
from cqed_battery.cli.options import AsJson, Quiet
from cqed_battery.cli.table import answer_verdict
from cqed_battery.errors import CqedBatteryError, show_value

if TYPE_CHECKING:
    from xarray import DataTree

# Expected parts of the time: analysis, report.
_ANALYSE_SHARES = (0.8, 0.2)
_CALIBRATIONS = ("counts", "from-file")
_TABLES = (".csv", ".tsv", ".txt")


def analyse(
    dataset: Annotated[
        Path,
        typer.Argument(
            metavar="DATASET",
            help="Dataset (netCDF), or with --experiment a laboratory's counts (CSV, netCDF).",
            show_default=False,
        ),
    ],
    experiment: Annotated[
        Path | None,
        typer.Option("--experiment", metavar="FILE", help="Experiment file of these counts."),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", metavar="FILE", help="The laboratory's names (TOML)."),
    ] = None,
    calibration: Annotated[
        str,
        typer.Option(
            "--calibration",
            metavar="WORD",
            help="counts, or from-file: where a level has no calibration counts, take the"
            " experiment file's readout numbers.",
        ),
    ] = _CALIBRATIONS[0],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Output folder.",
            show_default="the folder of DATASET; with --experiment runs/<name of DATASET>",
        ),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Analyse the counts of a saved dataset, and write results.json and report.html.

    With --experiment the counts are a laboratory's, a table or netCDF, and DIR also receives
    experiment.toml and dataset.nc.
    """
    with plain_errors():
        _check_options(dataset, experiment, mapping, calibration)
        if experiment is None:
            results, folder = _analyse_dataset(dataset, out, quiet or as_json)
        else:
            tree = _read_lab_data(dataset, experiment, mapping, calibration)
            folder = prepare_folder(Path("runs") / dataset.stem if out is None else out)
            results = _analyse_lab_data(tree, dataset, experiment, folder, quiet or as_json)
        answer_verdict(results, folder, as_json=as_json, quiet=quiet)


def _check_options(
    dataset: Path, experiment: Path | None, mapping: Path | None, calibration: str
) -> None:
    if calibration not in _CALIBRATIONS:
        raise CqedBatteryError(
            f"--calibration must be {' or '.join(_CALIBRATIONS)}, but is {show_value(calibration)}"
        )
    if experiment is not None:
        return
    if mapping is not None or calibration != _CALIBRATIONS[0]:
        option = "--mapping" if mapping is not None else "--calibration"
        raise CqedBatteryError(
            f"{option} is for a laboratory's counts; name their experiment file with --experiment"
        )
    if dataset.suffix.lower() in _TABLES and dataset.is_file():
        raise CqedBatteryError(
            f"{dataset} is a table, which does not say what was measured; name the experiment"
            " file with --experiment"
        )


def _analyse_dataset(dataset: Path, out: Path | None, quiet: bool) -> tuple[dict[str, Any], Path]:
    """Analyse a dataset that holds its experiment file, beside it unless told otherwise."""
    from cqed_battery.files.datasets import load_dataset

    tree = load_dataset(dataset)
    folder = prepare_folder(dataset.parent if out is None else out)
    keep_dataset(dataset, folder)
    with Bar(_ANALYSE_SHARES, quiet=quiet) as bar:
        return learn(tree, folder, bar, 0), folder


def _read_lab_data(
    data: Path, experiment: Path, mapping: Path | None, calibration: str
) -> DataTree:
    from analysis.data.laboratory import read_lab_data
    from analysis.data.mapping import LabNames
    from cqed_battery.experiment import Experiment

    return read_lab_data(
        data,
        Experiment.from_toml(experiment),
        names=None if mapping is None else LabNames.from_toml(mapping),
        calibration_from_file=calibration == _CALIBRATIONS[1],
    )


def _analyse_lab_data(
    tree: DataTree, data: Path, experiment: Path, folder: Path, quiet: bool
) -> dict[str, Any]:
    """Save the counts as a dataset, analyse it, and put all files in place once complete."""
    from cqed_battery.experiment import Experiment

    resolved = Experiment.from_text(tree.attrs["experiment"]).to_toml()
    keep_input(experiment, folder, resolved)
    if (folder / DATASET).exists() and (folder / DATASET).samefile(data):
        raise CqedBatteryError(
            f"--out must not be the folder of {data}, which would be written over; name another"
            " folder"
        )
    if not quiet:
        for note in str(tree.attrs["notes"]).splitlines():
            typer.echo(f"note: {note}.")
    with Bar(_ANALYSE_SHARES, quiet=quiet) as bar:
        return keep_and_learn(
            resolved, tree, folder, bar, 0, kept="The counts as they were understood are in"
        )


def report(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="Folder of a run.", show_default=False),
    ],
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write report.html anew from dataset.nc and results.json in DIR, or from a search's files."""
    with plain_errors():
        if (folder / DESIGN).exists() and not (folder / DATASET).exists():
            from analysis.report.design.page import write_design_report

            write_design_report(folder)
        else:
            _write_report(folder)
        page = folder / REPORT
        answer(f"report: {page}", {"report": page}, as_json=as_json, quiet=quiet)


def _write_report(folder: Path) -> None:
    """Write the page of a run from its dataset and results.

    Raises:
        ResultsError: the results are not such as this program writes.
    """
    from analysis.report import write_report
    from analysis.results import ResultsError, load_results
    from cqed_battery.files.datasets import load_dataset

    tree = load_dataset(folder / DATASET)
    results = load_results(folder / RESULTS)
    try:
        write_report(results, tree, folder / REPORT)
    except CqedBatteryError:
        raise
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ResultsError(
            f"{folder / RESULTS} lacks or distorts what the report needs"
            f" ({type(error).__name__}: {error}); `cqed-battery analyse {folder / DATASET}` writes"
            " it anew"
        ) from error

"""What a laboratory knows of its device, to an experiment file: device and characterise."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cqed_battery.verbs.records import new_file

if TYPE_CHECKING:
    from analysis.characterisation.carried import Characterised
    from analysis.characterisation.traces import Fitted
    from cqed_battery.experiment import ExperimentLike

__all__ = ["device_", "characterise"]


def device_(
    file: str | PathLike[str],
    stack: str,
    *,
    qubit: str = "0",
    experiment: ExperimentLike | None = None,
    out: str | PathLike[str] | None = None,
    force: bool = False,
) -> Characterised:
    """Write an experiment file from a calibration file or backend properties.

    Args:
        file: calibration file, or the folder in which its stack keeps it.
        stack: whose it is, "qibo", "ibm", "scqubits" or "quam".
        qubit: which one, as the file names it.
        experiment: whose other values are kept, or its path; by default those of a new file.
        out: experiment file to write; by default nothing is written.
        force: whether an existing file is written over.

    Returns:
        The experiment, each value with its source, and what was not carried.

    Raises:
        CqedBatteryError: the file or a value is refused, or `out` exists.
        OSError: a file cannot be read or written.
    """
    from analysis.characterisation.device_files import read_device

    place = None if out is None else new_file(out, "`out`", force)
    base = None if experiment is None else _as_experiment(experiment)
    found = read_device(Path(file), stack, qubit, base)
    _write(found, place)
    return found


def characterise(
    data: Any,
    trace: str,
    *,
    experiment: ExperimentLike | None = None,
    x: str | None = None,
    y: str | None = None,
    std: str | None = None,
    unit: str | None = None,
    q: str | None = None,
    group: str | None = None,
    out: str | PathLike[str] | None = None,
    force: bool = False,
) -> tuple[list[Fitted], Characterised]:
    """Fit a trace, and update an experiment with what it tells.

    Args:
        data: path of a file of any format that `import_` reads, or an object as it takes.
        trace: "t1", "ramsey", "echo", "rabi-time", "rabi-amplitude", "line" or "readout".
        experiment: which is updated, or its path; by default a new one.
        x: column of delay, amplitude or frequency; by default the first.
        y: column of the signal, in any unit; by default the second.
        std: column of its standard errors; by default they follow from the residuals.
        unit: of x, where neither the file nor the column's name tells it.
        q: column of the quadrature, where y is I; the signal is their projection on the line along
            which they vary most, and of "readout" both.
        group: of a file that has several, or the qubit of a folder of Qibocal.
        out: experiment file to write; by default nothing is written.
        force: whether an existing file is written over.

    Returns:
        The fitted parameters; the experiment, each changed value with its error and source.

    Raises:
        CqedBatteryError: the data are refused, no curve fits, or `out` exists.
        OSError: a file cannot be read or written.
    """
    from analysis.characterisation.characterise import TraceColumns, fit_trace
    from cqed_battery.experiment import Experiment

    place = None if out is None else new_file(out, "`out`", force)
    base = Experiment() if experiment is None else _as_experiment(experiment)
    fitted, found = fit_trace(data, trace, base, TraceColumns(x, y, std, unit, q, group))
    _write(found, place)
    return fitted, found


def _as_experiment(given: ExperimentLike) -> Any:
    from cqed_battery.experiment import as_experiment

    return as_experiment(given)


def _write(found: Characterised, place: Path | None) -> None:
    from cqed_battery.files.datasets import write_text

    if place is not None:
        write_text(place, found.to_toml())

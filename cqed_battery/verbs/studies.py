"""What is computed of an experiment before and beside its run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Sequence as Listed
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cqed_battery.arguments import picture_file
from cqed_battery.progress import Progress

if TYPE_CHECKING:
    from analysis.explorer.explorer import Explorer
    from analysis.planning.vacuum_table import MethodRow
    from cqed_battery.compute.points import Workers
    from cqed_battery.experiment import ExperimentLike
    from protocols.prediction.refinement import Refinement
    from protocols.reset import HistoryRow
    from protocols.sequence.sequence import Sequence
    from protocols.stages.calibration import PulseError
    from protocols.sweep.grid import Axis
    from protocols.sweep.point import Value

__all__ = ["check", "budget_errors", "pulses", "explore", "sequence", "reset", "vacuum", "sweep"]

_MOST_ROUNDS = 1000  # far beyond the point where another round of the reset changes anything
_LAST_PORT = 65535  # of TCP


def check(
    experiment: ExperimentLike,
    *,
    progress: Progress | None = None,
    note: Callable[[str], None] | None = None,
    each: Callable[[Refinement], None] | None = None,
) -> list[Refinement]:
    """Refine the calculation, one kind at a time, and return what each changes in z, x, J and F.

    Args:
        experiment: what is done to which device, or the path of its file.
        progress: called as progress(done, total, what) after each refinement.
        note: called once, at the beginning, with how long it is expected to take.
        each: called with each refinement as soon as it is computed.

    Raises:
        CqedBatteryError: the experiment is refused, or the dynamics cannot be trusted.
    """
    from cqed_battery.experiment import as_experiment
    from protocols.prediction.refinement import refinements

    found = []
    for refinement in refinements(as_experiment(experiment), progress, note):
        found.append(refinement)
        if each is not None:
            each(refinement)
    return found


def budget_errors(
    experiment: ExperimentLike, *, progress: Progress | None = None
) -> dict[str, Any]:
    """Switch each fault and imperfection off in turn, and return what it does to E, J, S and F.

    Args:
        experiment: its faults included, or the path of its file.
        progress: called as progress(done, total, what) after each piece of work.

    Returns:
        The content of error_budget.json (see docs/files.md).

    Raises:
        CqedBatteryError: there are fewer than 4 charging times, or the dynamics cannot be
            trusted.
    """
    from analysis.error_budget.budget import error_budget
    from analysis.error_budget.summary import budget_dict
    from cqed_battery.experiment import as_experiment

    return budget_dict(error_budget(as_experiment(experiment), progress=progress))


def pulses(experiment: ExperimentLike) -> list[PulseError]:
    """Return angle, axis and leakage errors of the tuned tomography pulses.

    Args:
        experiment: its faults included, or the path of its file.

    Raises:
        CqedBatteryError: the experiment is refused.
    """
    from cqed_battery.experiment import as_experiment
    from protocols.prediction.predict import with_enough_levels
    from protocols.stages.calibration import pulse_errors

    return pulse_errors(with_enough_levels(as_experiment(experiment)))


def explore(experiment: ExperimentLike, *, port: int | None = None) -> Explorer:
    """Return a page with sliders for the keys that matter, with exact curves at each move.

    A notebook shows it; `serve()` serves it until Ctrl-C, `start()` in the background. Its
    `experiment` is what was shown last, in whichever tab.

    Args:
        experiment: what the sliders begin with, or the path of its file.
        port: of this machine, 1 to 65535; by default any that is free.

    Raises:
        CqedBatteryError: the experiment is refused, bokeh is not installed, or the dynamics
            cannot be trusted.
    """
    from analysis.explorer.explorer import Explorer
    from cqed_battery.arguments import whole_number
    from cqed_battery.experiment import as_experiment

    found = as_experiment(experiment)
    chosen = None if port is None else whole_number("port", port, 1, _LAST_PORT)
    name = Path(experiment).name if isinstance(experiment, str | PathLike) else "experiment.toml"
    return Explorer(found, name, chosen)


def sequence(
    experiment: ExperimentLike,
    *,
    arm: str = "catalysed",
    axis: str = "x",
    time_ns: float | None = None,
    value: float | None = None,
    pulse: str | None = None,
    figure: str | PathLike[str] | None = None,
    samples: str | PathLike[str] | None = None,
    setup: str | PathLike[str] | None = None,
) -> Sequence:
    """Return what one repetition of a setting plays: timed steps on named channels.

    Args:
        experiment: what is done to which device, or the path of its file.
        arm: "catalysed" or "control".
        axis: "x", "y" or "z", or "extraction" for the energy after the extraction pulse.
        time_ns: charging time, or exchange time where `pulse` is given; by default the longest.
        value: amplitude or detuning (MHz), where the experiment sweeps it; by default the last.
        pulse: "none" or "pi", a trace of the vacuum measurement, instead of tomography.
        figure: picture of the timeline to draw, PNG or SVG; by default none.
        samples: file to write with the samples of every channel, netCDF or CSV; by default none.
        setup: path of the file of instruments whose rates the samples have; by default they have
            the clock of the experiment.

    Raises:
        CqedBatteryError: the experiment is refused, its device cannot serve reset or vacuum
            measurement, or it has no such setting.
        OSError: a file cannot be written.
    """
    from cqed_battery.experiment import as_experiment
    from protocols.prediction.predict import named, with_enough_levels
    from protocols.reset import check_reset
    from protocols.resonator import check_vacuum
    from protocols.sequence.choice import EXTRACTION, chosen_setting
    from protocols.sequence.sequence import sequence_of

    known = as_experiment(experiment)
    picture = None if figure is None else picture_file("figure", figure)
    setting = chosen_setting(known, arm, axis, time_ns, pulse, value)
    known = with_enough_levels(known)
    check_reset(known)
    if pulse is not None:
        check_vacuum(known)
    found = sequence_of(named(known) if axis == EXTRACTION else known, setting)
    if samples is not None:
        _write_samples(found, Path(samples), setup)
    if picture is not None:
        from analysis.report.figures.timeline import draw_timeline
        from cqed_battery.files.run_folder import prepare_file

        draw_timeline(found, prepare_file(picture))
    return found


def _write_samples(found: Sequence, file: Path, setup: str | PathLike[str] | None) -> None:
    """Write the samples of every channel, in the format that the file's name says."""
    from cqed_battery.errors import CqedBatteryError
    from cqed_battery.files.atomic import write_text
    from cqed_battery.files.datasets import save_dataset
    from cqed_battery.files.run_folder import prepare_file
    from protocols.instruments.setup import read_setup
    from protocols.sequence.samples import sampled, samples_dataset, samples_table

    if file.suffix not in (".nc", ".csv"):
        raise CqedBatteryError(f"`samples` must end in .nc or .csv, but is {file}")
    every = sampled(found, {} if setup is None else read_setup(setup).rates_GHz)
    place = prepare_file(file)
    if file.suffix == ".nc":
        save_dataset(samples_dataset(found, every), place)
    else:
        write_text(place, samples_table(every))


def reset(experiment: ExperimentLike, rounds: int | None = None) -> list[HistoryRow]:
    """Return how much excitation and leakage the reset is expected to leave, step by step.

    Args:
        experiment: what is done to which device, or the path of its file.
        rounds: of an active reset, from 1 to 1000, by default the experiment's.

    Raises:
        CqedBatteryError: rounds are given for another reset, or are out of range.
    """
    from cqed_battery.arguments import whole_number
    from cqed_battery.errors import CqedBatteryError
    from cqed_battery.experiment import as_experiment
    from protocols.reset import reset_of

    found = as_experiment(experiment)
    method = reset_of(found)
    if rounds is not None and not method.has_rounds:
        raise CqedBatteryError(
            f'`rounds` counts those of a reset, but reset.kind is "{found.reset.kind}", which has'
            " none: leave it out"
        )
    count = None if rounds is None else whole_number("rounds", rounds, 1, _MOST_ROUNDS)
    return method.history(found, count)


def vacuum(experiment: ExperimentLike) -> list[MethodRow]:
    """Compare the ways to measure the vacuum fidelity: length, photons lost, bias and shots.

    Args:
        experiment: the device, and the [vacuum] keys that all methods take; or its file's path.

    Returns:
        A row for each method; one that the device cannot serve says why in `refused`.

    Raises:
        CqedBatteryError: the charging itself cannot be computed.
    """
    from analysis.planning.vacuum_table import compare_methods
    from cqed_battery.experiment import as_experiment

    return list(compare_methods(as_experiment(experiment)))


def sweep(
    experiment: ExperimentLike,
    over: Mapping[str, Iterable[Value]] | Listed[str | Axis],
    out: str | PathLike[str],
    *,
    shots: bool = False,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> bool:
    """Map keys of the experiment to one netCDF dataset, point by point.

    Each finished point is saved at once; the same call goes on where it was interrupted.

    Args:
        experiment: what is the same at every point, or the path of its file.
        over: values by key, such as {"coupler.g_on_MHz": [40, 50, 60]}, or texts such as
            "coupler.g_on_MHz=40:60:3" (start, stop, count).
        out: dataset to write.
        shots: whether counts are drawn, too, not only the exact quantities.
        workers: where to compute, by default a process for each core.
        progress: called as progress(done, total, what) after each point.

    Returns:
        False if `out` holds this very sweep already, so that nothing was computed.

    Raises:
        CqedBatteryError: a key or a value is refused, or something else stands at `out`.
        OSError: the dataset cannot be written.
    """
    from cqed_battery.device.section import as_tuple
    from cqed_battery.experiment import as_experiment
    from protocols.sweep import run_sweep
    from protocols.sweep.grid import Axis, parse_axis

    if isinstance(over, str):
        over = [over]
    if isinstance(over, Mapping):
        axes = [Axis(key, as_tuple(values)) for key, values in over.items()]
    else:
        axes = [parse_axis(axis) if isinstance(axis, str) else axis for axis in over]
    return run_sweep(
        as_experiment(experiment),
        axes,
        Path(out),
        shots=bool(shots),
        workers=workers,
        progress=progress,
    )

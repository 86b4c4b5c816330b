"""Sweeps: any parameters of the experiment file mapped to one dataset, point by point."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cqed_battery.compute.points import Job, Progress, Workers, resumable_map
from cqed_battery.compute.saved_points import SavedPoints
from cqed_battery.errors import show_value
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import SCHEMA, versions, versions_text, write_atomically
from protocols.sweep.grid import Axis, Grid
from protocols.sweep.point import SweepError, Value, show_changes, sweep_point

_MOST_CHECKED = 1000  # values of each axis that are checked before anything is computed


def run_sweep(
    experiment: Experiment,
    axes: Sequence[Axis],
    out: Path,
    *,
    shots: bool = False,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> bool:
    """Compute a sweep and write it as one netCDF dataset; go on where it was interrupted.

    Finished points lie in the file `<out>.parts` until the dataset is written. Its dims are
    the swept keys (dots as underscores), then those of the quantities. Its content depends on
    the software's versions and the arguments before `workers` alone.

    Args:
        experiment: what is done to which device at every point, but for the swept keys.
        axes: the grid, the last axis running fastest.
        out: dataset to write.
        shots: whether counts are drawn, too, each point with its own seed.
        workers: where to compute; by default a process for each core.
        progress: called as progress(done, total, "points").

    Returns:
        False if `out` holds this very sweep already, so that nothing was computed.

    Raises:
        ExperimentError: a key is unknown or a value is refused, before anything is computed.
        SweepError: no axis, a key twice, too many points, a value that changes the dataset's
            shape, or something else in the place of `out` or of the points; or a point is
            refused when it is computed.
        WorkError: the workers cannot compute.
    """
    grid = _checked_grid(experiment, axes, shots)
    identity = {
        "experiment": experiment.to_toml(comments=False),
        "axes": [[axis.key, list(axis.values)] for axis in grid.axes],
        "shots": shots,
        "versions": versions(),
    }
    digest = hashlib.sha256(json.dumps(identity).encode()).hexdigest()
    if _is_complete(out, digest):
        return False
    parts = out.with_name(f"{out.name}.parts")
    with SavedPoints(parts, identity, grid.count, finite=True) as saved:
        if _overtaken(out, digest, saved):
            return False
        _compute(experiment, grid, shots, saved, workers or Workers(), progress)
        _write(experiment, grid, saved, out, digest)
        saved.remove()
    return True


def _checked_grid(experiment: Experiment, axes: Sequence[Axis], shots: bool) -> Grid:
    """Return the grid with its values as the experiment takes them, refused where they are bad.

    Checked are the values of each axis beside the first ones of the others, and the corners;
    what is bad only elsewhere is refused by the worker that meets it.
    """
    grid = Grid(axes)
    first = experiment.replace(grid.changes(0))
    for number in grid.sample(_MOST_CHECKED):
        changes = grid.changes(number)
        if _shape(experiment.replace(changes), shots) != _shape(first, shots):
            raise SweepError(
                f"at {show_changes(changes)}, there must be as many times and arms as at "
                f"{show_changes(grid.changes(0))}, because a dataset has one shape: sweep the "
                "one and the other apart"
            )
    return Grid([_as_taken(axis, first) for axis in grid.axes])


def _shape(experiment: Experiment, shots: bool) -> tuple[object, ...]:
    vacuum = experiment.vacuum
    settings = (vacuum.method, not vacuum.measured or vacuum.points) if shots else ()
    return len(experiment.charging_times_ns), experiment.control.enabled, *settings


def _as_taken(axis: Axis, first: Experiment) -> Axis:
    """Return the axis with whole numbers as floats where the experiment has floats."""
    section, dot, key = axis.key.partition(".")
    part = getattr(first, section)
    taken = getattr(part, part.name_of_today(key)) if dot else part
    if not isinstance(taken, float):
        return axis
    return Axis(axis.key, tuple(float(v) if type(v) is int else v for v in axis.values))


def _is_complete(out: Path, digest: str) -> bool:
    """Say whether `out` holds this sweep; refuse to write over anything else."""
    if not out.exists():
        return False
    import h5netcdf

    try:
        with h5netcdf.File(out, "r") as file:
            found = file.attrs.get("sweep")
    except (OSError, ValueError, KeyError):
        found = None
    if found != digest:
        raise SweepError(
            f"{out} exists and is not the result of this sweep; remove it, or give another `out`"
        )
    return True


def _overtaken(out: Path, digest: str, saved: SavedPoints) -> bool:
    """Say whether another process wrote this sweep before its points could be claimed here."""
    try:
        found = _is_complete(out, digest)
    except SweepError:
        saved.remove()
        raise
    if found:
        saved.remove()
    return found


def _compute(
    experiment: Experiment,
    grid: Grid,
    shots: bool,
    saved: SavedPoints,
    workers: Workers,
    progress: Progress | None,
) -> None:
    text, done = experiment.to_toml(comments=False), 0

    def report(now: int, total: int, what: str) -> None:
        """Remember how many points are done and hand it on to `progress`."""
        nonlocal done
        done = now
        if progress is not None:
            progress(now, total, what)

    job = Job(
        function=sweep_point,
        count=grid.count,
        arguments=lambda number: (text, grid.changes(number), shots),
        name=lambda number: f"the point at {show_changes(grid.changes(number))}",
    )
    try:
        resumable_map(job, saved, workers, report)
    except BaseException as error:
        if done:
            error.add_note(
                f"{done} of {grid.count} points are saved in {saved.path}; the same command "
                "goes on from there."
            )
        else:
            saved.remove()
        raise


def _write(experiment: Experiment, grid: Grid, saved: SavedPoints, out: Path, digest: str) -> None:
    import xarray as xr

    from protocols.sweep.dataset import write_sweep

    swept = {}
    for axis in grid.axes:
        attrs = {"long_name": axis.key}
        mixed = len({type(value) for value in axis.values}) > 1
        values: list[Value] = list(axis.values)
        if mixed and any(isinstance(value, str) for value in values):
            values = [v if isinstance(v, str) else show_value(v) for v in values]
        if not isinstance(values[0], str):
            attrs["units"] = axis.unit
        swept[axis.dimension] = xr.Variable(axis.dimension, values, attrs)
    attributes: dict[str, Any] = {
        "schema": SCHEMA,
        "kind": "sweep",
        "sweep": digest,
        "title": experiment.title,
        "experiment": experiment.to_toml(comments=False),
        "versions": versions_text(),
    }
    write_atomically(
        out, lambda part: write_sweep(part, swept, saved.layout, saved.read, attributes)
    )

"""Sweeps: any parameters of the experiment file mapped to one dataset, point by point."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from cqed_battery.checks import CqedBatteryError
from cqed_battery.executors import Workers, resumable_map
from cqed_battery.experiment import Experiment
from cqed_battery.records import (
    COMPONENTS,
    SCHEMA,
    save_dataset,
    versions_text,
    write_atomically,
    write_text,
)
from protocols.emulate import Progress, emulate
from protocols.prediction import predict
from protocols.truth import UNITS, truth_dataset


class SweepError(CqedBatteryError):
    """A sweep that cannot be carried out, or a partial one that belongs to another sweep."""


@dataclass(frozen=True)
class Axis:
    """One swept parameter: its key in the experiment file and its values."""

    key: str
    values: tuple[float | int | str | bool, ...]

    @property
    def dimension(self) -> str:
        """The axis' name in the dataset, with an underscore for the dot."""
        return self.key.replace(".", "_")


def parse_axis(text: str) -> Axis:
    """Read `key=start:stop:count` or `key=a,b,c`.

    >>> parse_axis("coupler.g_on_MHz=50:100:3").values
    (50.0, 75.0, 100.0)

    Raises:
        SweepError: the text has neither form.
    """
    key, equals, given = text.partition("=")
    if not equals or not key.strip() or not given.strip():
        raise SweepError(
            f"--over must be key=start:stop:count or key=a,b,c, but was {text!r}; for example"
            " --over coupler.g_on_MHz=50:100:20"
        )
    parts = given.split(":")
    if len(parts) == 3:
        try:
            start, stop, count = float(parts[0]), float(parts[1]), int(parts[2])
        except ValueError:
            count = 0
        if not 1 <= count <= 1_000_000:
            raise SweepError(
                f"--over {key} must have two numbers and a count from 1 to 1000000, but was"
                f" {given!r}"
            )
        values = tuple(float(value) for value in np.linspace(start, stop, count))
        return Axis(key.strip(), values)
    if len(parts) != 1:
        raise SweepError(f"--over {key} must be start:stop:count or a,b,c, but was {given!r}")
    return Axis(key.strip(), tuple(_literal(value.strip()) for value in given.split(",")))


def _literal(text: str) -> float | int | str | bool:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(text, text)


def grid_points(axes: Sequence[Axis]) -> list[dict[str, Any]]:
    """Return the changes of every point of the grid, the last axis running fastest."""
    shape = [len(axis.values) for axis in axes]
    return [
        {axis.key: axis.values[place] for axis, place in zip(axes, index, strict=True)}
        for index in np.ndindex(*shape)
    ]


def sweep_point(text: str, changes: dict[str, Any], shots: bool) -> dict[str, npt.NDArray[Any]]:
    """Compute one point: the exact quantities of `truth`, and counts when asked for.

    A point with shots has its own seed, spawned from the experiment's and the point's values.
    """
    experiment = Experiment.from_text(text, source="the sweep").replace(changes)
    if not shots:
        truth = truth_dataset(experiment, predict(experiment))
        return {name: truth[name].values for name in UNITS}
    digest = hashlib.sha256(json.dumps(changes, sort_keys=True).encode()).digest()
    entropy = [experiment.seed, *np.frombuffer(digest[:16], dtype=np.uint32).tolist()]
    seed = int(np.random.SeedSequence(entropy).generate_state(1, np.uint64)[0] >> np.uint64(1))
    tree = emulate(experiment.replace({"seed": seed}))
    found = {name: np.asarray(tree["truth"][name]) for name in UNITS}
    return found | {
        name: np.asarray(tree[name])
        for name in ("counts", "calibration_counts", "vacuum_counts")
        if name in tree.data_vars
    }


class PointFiles:
    """Finished points as files in a folder, which is bound to one sweep."""

    def __init__(self, folder: Path, identity: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        label = folder / "sweep.json"
        if not label.exists():
            write_text(label, identity)
        elif label.read_text() != identity:
            raise SweepError(
                f"{folder} holds the points of another sweep; finish that one, remove the"
                " folder, or give another --out"
            )

    def finished(self) -> set[int]:
        """Return the numbers of the stored points."""
        return {int(path.stem) for path in self.folder.glob("*.npz") if path.stem.isdigit()}

    def save(self, number: int, result: Mapping[str, Any]) -> None:
        """Store one point as <number>.npz."""

        def write(part: Path) -> None:
            with part.open("wb") as stream:
                np.savez(stream, **result)

        write_atomically(self.folder / f"{number}.npz", write)

    def load(self, number: int) -> dict[str, npt.NDArray[Any]]:
        """Read one stored point."""
        with np.load(self.folder / f"{number}.npz", allow_pickle=False) as found:
            return {name: found[name] for name in found.files}

    def remove(self) -> None:
        """Delete the folder with its points."""
        for path in self.folder.iterdir():
            path.unlink()
        self.folder.rmdir()


def run_sweep(
    experiment: Experiment,
    axes: Sequence[Axis],
    out: Path,
    *,
    shots: bool,
    workers: Workers,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Compute a sweep and write it as one netCDF dataset; resumes where it was interrupted.

    Finished points lie in the folder `<out>.parts` until the dataset is written. Dims are the
    swept keys (dots as underscores), then those of the quantities.

    Raises:
        SweepError: no axis, a key swept twice, or parts of another sweep in the way.
        CqedBatteryError: a point's values are refused; all are checked before computing.
    """
    keys = [axis.key for axis in axes]
    if not keys or len(set(keys)) < len(keys):
        raise SweepError(f"a sweep needs each key once, but --over names {keys}")
    points = grid_points(axes)
    for changes in points:
        _check_point(experiment, changes)
    text = experiment.to_toml(comments=False)
    identity = json.dumps(
        {"experiment": text, "axes": [[a.key, list(a.values)] for a in axes], "shots": shots}
    )
    store = PointFiles(out.with_name(out.name + ".parts"), identity)
    tasks = [(text, changes, shots) for changes in points]
    resumable_map(sweep_point, tasks, store, workers, progress)
    dataset = _assemble(experiment, axes, store, shots)
    save_dataset(dataset, out)
    store.remove()
    return dataset


def _check_point(experiment: Experiment, changes: dict[str, Any]) -> None:
    grid = experiment.charging.grid_ns()
    changed = experiment.replace(changes).charging.grid_ns()
    if len(changed) != len(grid):
        raise SweepError(
            "the number of charging times must not be swept, because a dataset has one shape;"
            f" {changes} changes it from {len(grid)} to {len(changed)}"
        )


def _assemble(
    experiment: Experiment, axes: Sequence[Axis], store: PointFiles, shots: bool
) -> xr.Dataset:
    shape = tuple(len(axis.values) for axis in axes)
    lead = tuple(axis.dimension for axis in axes)
    first = store.load(0)
    stacked = {name: np.empty((*shape, *part.shape), part.dtype) for name, part in first.items()}
    for number, index in enumerate(np.ndindex(*shape)):
        for name, part in store.load(number).items():
            stacked[name][index] = part
    inner = {
        "counts": ("arm", "time", "basis", "outcome"),
        "calibration_counts": ("prepared", "outcome"),
        "vacuum_counts": ("pulse", "exchange_time", "outcome"),
    }
    variables = {}
    for name, values in stacked.items():
        dims = inner.get(name, ("arm", "time", "component")[: values.ndim - len(shape)])
        attrs = {"units": UNITS.get(name, "counts"), "long_name": name.replace("_", " ")}
        variables[name] = xr.Variable((*lead, *dims), values, attrs)
    coords: dict[str, Any] = {axis.dimension: list(axis.values) for axis in axes}
    coords |= {"arm": ["catalysed", "control"][: first["energy"].shape[0]]}
    coords |= {"component": list(COMPONENTS)}
    if not any(axis.key.startswith("charging.") for axis in axes):
        times = experiment.charging.grid_ns()
        coords["time"] = xr.Variable("time", times, {"units": "ns"})
    if shots:
        coords |= {"basis": list(experiment.tomography.bases), "outcome": [0, 1]}
    return xr.Dataset(
        variables,
        coords=coords,
        attrs={
            "schema": SCHEMA,
            "kind": "sweep",
            "title": experiment.title,
            "experiment": experiment.to_toml(comments=False),
            "versions": versions_text(),
        },
    )

"""One point of a sweep, as a worker computes it: an experiment's quantities as one packed record.

The modules that compute are imported by the worker, not by the process that gives out points.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from cqed_battery.compute.saved_points import Point as Point
from cqed_battery.compute.saved_points import SweepError as SweepError
from cqed_battery.errors import CqedBatteryError, show_value
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import versions

if TYPE_CHECKING:
    import xarray as xr

Value = float | int | str | bool


def show_changes(changes: Mapping[str, Value]) -> str:
    """Write a point's place in a sentence, "coupler.g_on_MHz = 50.0 and seed = 1".

    Args:
        changes: values by key, from `Grid.changes`.
    """
    return " and ".join(f"{key} = {show_value(value)}" for key, value in changes.items())


def sweep_point(text: str, changes: dict[str, Value], shots: bool) -> Point:
    """Compute one point: the exact quantities of `truth`, and counts when asked for.

    With counts, the truth is that of the emulated run, whose reset is sampled, too.

    Args:
        text: the experiment file that is swept.
        changes: the point's values by key.
        shots: whether counts are drawn, from a seed that the experiment's seed and the point's
            values decide.

    Raises:
        SweepError: the point's experiment is refused, or its dynamics cannot be trusted.
    """
    try:
        experiment = _experiment(text).replace(changes)
        return _pack(_emulated(experiment, changes) if shots else _predicted(experiment))
    except CqedBatteryError as error:
        raise SweepError(f"at {show_changes(changes)}, {error}") from None


def point_seed(experiment: Experiment, changes: Mapping[str, Value]) -> int:
    """Return the seed of one point, spawned from the experiment's by the point's values.

    Args:
        experiment: the swept experiment file's content, for its seed.
        changes: the point's values by key.

    Returns:
        From 0 to 2^63 - 1.
    """
    digest = hashlib.sha256(json.dumps(changes, sort_keys=True).encode()).digest()
    place = tuple(np.frombuffer(digest, dtype="<u4").tolist())
    sequence = np.random.SeedSequence(experiment.seed, spawn_key=place)
    return int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))


@lru_cache(maxsize=4)
def _experiment(text: str) -> Experiment:
    return Experiment.from_text(text, source="the swept experiment")


def _predicted(experiment: Experiment) -> xr.Dataset:
    """Return the truth alone; what only the counts of the vacuum measurement need is left out."""
    from protocols.faults.simulated import simulate

    experiment = experiment.replace({"vacuum.method": "none"})
    return _flat(simulate(experiment).truth)


def _emulated(experiment: Experiment, changes: Mapping[str, Value]) -> xr.Dataset:
    from protocols.emulation.emulate import emulate

    seed = point_seed(experiment, changes)
    tree = emulate(experiment.replace({"seed": seed}))
    dataset = _flat(tree["truth"].to_dataset()).merge(tree.to_dataset(inherit=False))
    dataset["point_seed"] = ((), np.int64(seed), {"units": "1", "long_name": "seed of the point"})
    return dataset


def _flat(truth: xr.Dataset) -> xr.Dataset:
    """Return the truth with the numbers among its attributes as variables."""
    numbers = {}
    for key, value in truth.attrs.items():
        if not isinstance(value, str):
            name = f"kept_{key}" if key.endswith("levels") else key  # transmon_levels may be swept
            numbers[name] = ((), value, {"units": "1", "long_name": name.replace("_", " ")})
    truth = truth.assign(numbers)
    truth.attrs = {"frame": truth.attrs["frame"]}
    return truth


def _pack(dataset: xr.Dataset) -> Point:
    """Pack all variables and the numeric coordinates; the other coordinates are labels."""
    arrays = dict(dataset.data_vars)
    arrays |= {name: array for name, array in dataset.coords.items() if array.dtype.kind == "f"}
    variables, data = [], []
    for name, array in arrays.items():
        values = np.asarray(array.values, dtype="<f8" if array.dtype.kind == "f" else "<i8")
        variables.append(
            {
                "name": name,
                "dims": array.dims,
                "shape": values.shape,
                "dtype": values.dtype.str,
                "attrs": array.attrs,
            }
        )
        data.append(values.tobytes())
    layout = {
        "variables": variables,
        "labels": {
            name: array.values.tolist()
            for name, array in dataset.coords.items()
            if name not in arrays
        },
        "attrs": dataset.attrs,
        "versions": _versions(),
    }
    return Point(json.dumps(layout), b"".join(data))


@lru_cache(maxsize=1)
def _versions() -> dict[str, str]:
    return versions()

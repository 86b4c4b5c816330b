"""Load: a large sweep in part, a large dataset analysed, more IQ points than are read at once."""

import json
import resource
import time
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from drawn_counts import drawn_dataset
from fuzz.values import toml

from analysis.data.inputs import read_inputs
from cqed_battery.compute.saved_points import SavedPoints
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import load_dataset, save_dataset
from cqed_battery.files.foreign_netcdf import MOST_BYTES
from protocols.sweep.dataset import write_sweep
from protocols.sweep.grid import Grid, parse_axis
from protocols.sweep.point import sweep_point


def memory_mib() -> float:
    """Return the most memory that this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def large_sweep(folder: Path, side: int, computed: int) -> dict[str, Any]:
    """Plan a sweep of side^2 points, compute some at its begin and end, and write the whole.

    The points between are copies of computed ones: what is measured is planning, storing,
    finding and writing, which must not need memory for all points at once.
    """
    experiment = Experiment.from_text(toml({}))
    axes = [parse_axis(f"{key}={values}:{side}") for key, values in _AXES.items()]
    begun = time.perf_counter()
    grid = Grid(axes)
    text = experiment.to_toml(comments=False)
    planned = time.perf_counter() - begun
    seconds, points = [], []
    for number in np.linspace(0, grid.count - 1, computed).astype(int).tolist():
        start = time.perf_counter()
        points.append(sweep_point(text, grid.changes(number), False))
        seconds.append(time.perf_counter() - start)
    before = memory_mib()
    with SavedPoints(folder / "parts", {"versions": _versions(points[0])}, grid.count) as saved:
        start = time.perf_counter()
        for number in range(grid.count):
            saved.save(number, points[number % computed])
        stored = time.perf_counter() - start
        start = time.perf_counter()
        found = len(saved.finished())
        searched = time.perf_counter() - start
        start = time.perf_counter()
        swept = {axis.dimension: xr.Variable(axis.dimension, list(axis.values)) for axis in axes}
        write_sweep(folder / "sweep.nc", swept, saved.layout, saved.read, {})
        written = time.perf_counter() - start
    third = max(1, computed // 3)
    return {
        "points": grid.count,
        "computed": computed,
        "planned_s": planned,
        "first_ms": 1e3 * float(np.median(seconds[1 : 1 + third])),
        "last_ms": 1e3 * float(np.median(seconds[-third:])),
        "stored_ms": 1e3 * stored / grid.count,
        "found": found,
        "searched_s": searched,
        "written_s": written,
        "file_mb": (folder / "sweep.nc").stat().st_size / 1e6,
        "memory_grew_mib": memory_mib() - before,
    }


_AXES = {"coupler.g_on_MHz": "20:40", "resonator.linewidth_MHz": "1:5"}


def _versions(point: Any) -> Any:

    return json.loads(point.layout)["versions"]


def large_dataset(folder: Path, times: int, shots: int) -> dict[str, Any]:
    """Write counts of many times as a dataset, then read and check them."""
    experiment = Experiment.from_text(toml({"charging.points": times, "tomography.shots": shots}))
    tree = drawn_dataset(experiment)
    save_dataset(tree, folder / "large.nc")
    start = time.perf_counter()
    inputs = read_inputs(load_dataset(folder / "large.nc"))
    return {
        "times": len(inputs.times),
        "shots": int(inputs.counts["control"].sum()) * 2,
        "read_s": time.perf_counter() - start,
        "file_mb": (folder / "large.nc").stat().st_size / 1e6,
    }


def lazy_shots(folder: Path, shots: int) -> dict[str, Any]:
    """Write more IQ points than are read at once, and read one setting of them."""
    import h5py

    large_dataset(folder, 4, 100)
    path = folder / "large.nc"
    with h5py.File(path, "r+") as file:
        shape = (2, 4, 3, shots, 2)
        file.create_dataset("shot", data=np.zeros(shots, dtype="i1")).make_scale("shot")
        file.create_dataset("quadrature", data=np.zeros(2, dtype="i1")).make_scale("quadrature")
        points = file.create_dataset("iq", shape, dtype="f4", chunks=(1, 1, 1, shots, 2))
        for place, dim in enumerate(("arm", "time", "basis", "shot", "quadrature")):
            points.dims[place].attach_scale(file[dim])
        for index in np.ndindex(2, 4, 3):
            points[index] = float(index[1])
    before = memory_mib()
    tree = load_dataset(path)
    one = tree["iq"][0, 3, 0].values
    grew = memory_mib() - before
    tree.close()
    size = 4.0 * float(np.prod(shape))
    return {
        "file_mb": size / 1e6,
        "bound_mb": MOST_BYTES / 1e6,
        "memory_grew_mib": grew,
        "right": bool((one == 3.0).all()),
    }


def analysis(times: int, *, fitted: bool) -> dict[str, Any]:
    """Analyse so many charging times with 10^4 shots of each setting.

    Fitted: the default device, its model fitted to all counts; otherwise a small one, model-free.
    """
    from analysis import analyse

    experiment = Experiment() if fitted else Experiment.from_text(toml({}))
    stop = 300.0 if fitted else 100.0
    changes = {"charging.points": times, "charging.stop_ns": stop, "tomography.shots": 10**4}
    tree = drawn_dataset(experiment.replace(changes))
    start = time.perf_counter()
    analyse(tree)
    return {"times": times, "analysed_s": time.perf_counter() - start, "memory_mib": memory_mib()}

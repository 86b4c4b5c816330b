"""What the analysis takes from a dataset, checked: counts, and the experiment file's text."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from analysis.readout import Assignment, assignment_from
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, IntArray
from cqed_battery.records import COMPONENTS, DatasetError


@dataclass(frozen=True)
class Inputs:
    """What the analysis takes from a dataset: counts only, and the experiment file."""

    experiment: Experiment
    times: FloatArray
    counts: dict[str, IntArray]
    assignment: Assignment
    vacuum_counts: IntArray | None


def read_inputs(dataset: xr.DataTree) -> Inputs:
    """Check a dataset against its experiment file and return what the analysis needs.

    Raises:
        DatasetError: bases, times, arms or counts are missing or do not fit.
    """
    experiment = Experiment.from_text(dataset.attrs["experiment"], source="the dataset")
    counts = dataset["counts"]
    if sorted(counts["basis"].values.tolist()) != sorted(COMPONENTS):
        raise DatasetError(
            f"'counts' must hold the bases x, y and z, but holds {counts['basis'].values.tolist()}"
        )
    times = np.asarray(counts["time"].values, dtype=float)
    if len(times) < 4 or (np.diff(times) <= 0).any():
        raise DatasetError(
            f"the analysis needs at least 4 increasing charging times, but 'counts' has"
            f" {len(times)}; set charging.points to 4 or more"
        )
    grid = experiment.charging.grid_ns()
    if len(grid) != len(times) or not np.allclose(grid, times, atol=1e-6):
        raise DatasetError("the dataset's times are not the charging times of its experiment file")
    if "catalysed" not in counts["arm"].values:
        raise DatasetError("'counts' has no arm 'catalysed'")
    ordered = counts.sel(basis=list(COMPONENTS), outcome=[0, 1])
    per_arm = {
        str(arm): np.asarray(ordered.sel(arm=arm).values, dtype=np.int64)
        for arm in counts["arm"].values
    }
    for arm, values in per_arm.items():
        if (values.sum(axis=-1) == 0).any():
            raise DatasetError(f"'counts' of the {arm} arm has a setting without a single shot")
    calibration = dataset["calibration_counts"].sel(prepared=[0, 1], outcome=[0, 1]).values
    vacuum = dataset["vacuum_counts"].values if "vacuum_counts" in dataset.data_vars else None
    return Inputs(experiment, times, per_arm, assignment_from(calibration), vacuum)

"""A small experiment's counts as a laboratory might hand them in."""

from functools import lru_cache

import numpy as np
import xarray as xr
from sampled import dataset

from analysis.data.laboratory import read_lab_data
from analysis.data.tables.table import table_text
from cqed_battery.experiment import Experiment

EXPERIMENT = Experiment().replace(
    {
        "transmon.levels": 2,
        "charging.points": 7,  # steps of 10 ns
        "tomography.pulse": "none",
        "tomography.bases": ["z", "x", "y"],
        "vacuum.points": 4,  # exchange times in thirds of 100 ns
    }
)


@lru_cache
def tree():
    """The emulated dataset, its bases in measuring order."""
    return dataset(EXPERIMENT, np.random.default_rng(1)).isel(basis=[2, 0, 1])


def rows():
    """Its table: header and rows, without the comments."""
    return [line for line in table_text(tree()).splitlines() if not line.startswith("#")]


def written(folder, lines):
    """Write lines as a table."""
    path = folder / "counts.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read(folder, lines, experiment=EXPERIMENT, **options):
    """Write lines as a table and read it."""
    return read_lab_data(written(folder, lines), experiment, **options)


def assert_same_counts(found, expected):
    """All three kinds of counts, their labels and their dims are the same."""
    for name in ("counts", "calibration_counts", "vacuum_counts"):
        xr.testing.assert_equal(found[name], expected[name])
        assert found[name].dtype == np.int64

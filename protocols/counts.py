"""Counts of every setting as the variables of a dataset: the one place that lays them out."""

import numpy as np
import xarray as xr

from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import COMPONENTS, SCHEMA, versions_text
from cqed_battery.operators import FloatArray, IntArray
from protocols.resonator import PULSES, measurement_of
from protocols.sequence.timing import timing_notes
from protocols.settings import Settings


def counts_dataset(settings: Settings, counts: IntArray) -> xr.Dataset:
    """Return counts as `counts`, `calibration_counts` and, where measured, `vacuum_counts`.

    Args:
        settings: the table of settings.
        counts: of outcomes 0 and 1 in every setting, (M, 2).

    Returns:
        Dataset with dims (arm, time, basis, outcome), (prepared, outcome) and (pulse,
        exchange_time, outcome); bases in the order of the experiment file.
    """
    bases = settings.experiment.tomography.bases
    axes = [COMPONENTS.index(basis) for basis in bases]
    charged = np.stack([settings.arm_part(counts, name)[:, axes] for name in settings.arms])
    time = times_coordinate(settings.times)
    found = xr.Dataset(
        {
            "counts": _counts(
                charged,
                {"arm": list(settings.arms), "time": time, "basis": list(bases)},
                "tomography counts; each axis is P(1) - P(0)",
            ),
            "calibration_counts": _counts(
                counts[settings.calibration], {"prepared": [0, 1]}, "readout calibration counts"
            ),
        }
    )
    if len(settings.exchange_times):
        times = xr.Variable("exchange_time", settings.exchange_times, {"units": "ns"})
        found["vacuum_counts"] = _counts(
            settings.vacuum_part(counts),
            {"pulse": list(PULSES), "exchange_time": times},
            measurement_of(settings.experiment).labels.counts,
        )
    return found


def leaked_counts(settings: Settings, leaked: IntArray) -> dict[str, xr.DataArray]:
    """Return the shots of outcome 2, (M,), each variable of counts as `leaked_` and its name.

    Args:
        settings: the table of settings.
        leaked: shots read as level 2, (M,).

    Returns:
        By name, dims (arm, time, basis), (prepared,) and, where measured, (pulse, exchange_time).
    """
    three = np.stack([leaked, leaked], axis=-1)
    found = counts_dataset(settings, three).isel(outcome=0, drop=True)
    return {
        f"leaked_{name}": found[name].drop_attrs().assign_attrs(units="counts")
        for name in map(str, found.data_vars)
    }


def times_coordinate(times: FloatArray) -> xr.Variable:
    """Return the charging times as a coordinate in ns.

    Args:
        times: charging times in ns, (T,).
    """
    return xr.Variable("time", times, {"units": "ns", "long_name": "charging time"})


def _counts(counts: IntArray, coords: dict[str, object], name: str) -> xr.DataArray:
    """Return counts (..., 2) whose first dims the coordinates name in their order."""
    return xr.DataArray(
        counts,
        dims=(*coords, "outcome"),
        coords={**coords, "outcome": [0, 1]},
        attrs={"units": "counts", "long_name": name},
    )


def dataset_attributes(experiment: Experiment, kind: str) -> dict[str, str | int]:
    """Return what every dataset of counts says of itself.

    Args:
        experiment: what was done to which device.
        kind: where the counts come from: "emulated", "laboratory" or "validation".
    """
    return {
        "schema": SCHEMA,
        "kind": kind,
        "title": experiment.title,
        "seed": experiment.seed,
        "experiment": experiment.to_toml(comments=False),
        "versions": versions_text(),
        **({"timing": "; ".join(notes)} if (notes := timing_notes(experiment)) else {}),
    }

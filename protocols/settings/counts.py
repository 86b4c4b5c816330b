"""Counts of every setting as the variables of a dataset: the one place that lays them out."""

import numpy as np
import xarray as xr

from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import COMPONENTS, SCHEMA, versions_text
from cqed_battery.operators import IntArray
from protocols.resonator import PULSES, measurement_of
from protocols.sequence.timing import timing_notes
from protocols.settings.axis import axis_coordinate
from protocols.settings.settings import Settings
from protocols.stages.extraction import READINGS
from protocols.stages.qutrit import ROTATIONS


def counts_dataset(settings: Settings, counts: IntArray) -> xr.Dataset:
    """Return counts as `counts`, `calibration_counts` and what else is measured.

    `vacuum_counts`, `extraction_counts` and `qutrit_counts`.

    Args:
        settings: the table of settings.
        counts: of outcomes 0 and 1 in every setting, (M, 2).

    Returns:
        Dataset with dims (arm, time, basis, outcome), (prepared, outcome), (pulse, exchange_time,
        outcome) and (arm, extraction_time, reading, outcome); bases in the order of the experiment
        file. Where another axis is swept, its name stands for time.
    """
    found = _charging_counts(settings, counts)
    if len(settings.exchange_times):
        times = xr.Variable("exchange_time", settings.exchange_times, {"units": "ns"})
        found["vacuum_counts"] = _counts(
            settings.vacuum_part(counts),
            {"pulse": list(PULSES), "exchange_time": times},
            measurement_of(settings.experiment).labels.counts,
        )
    if settings.extraction_places:
        times = xr.Variable(
            "extraction_time", settings.times[settings.extraction_places], {"units": "ns"}
        )
        found["extraction_counts"] = _counts(
            settings.extraction_part(counts),
            {"arm": list(settings.arms), "extraction_time": times, "reading": list(READINGS)},
            "counts of the energy before and after extraction",
        )
    if settings.qutrit_places:
        at = settings.times[settings.qutrit_places]
        times = xr.Variable("qutrit_time", at, {"units": "ns"})
        found["qutrit_counts"] = _counts(
            settings.qutrit_part(counts),
            {"arm": list(settings.arms), "qutrit_time": times, "rotation": list(ROTATIONS)},
            "counts of three levels",
        )
    return found


def _charging_counts(settings: Settings, counts: IntArray) -> xr.Dataset:
    """Return what every run has: the counts of the arms, and those of the calibration."""
    bases = settings.experiment.tomography.bases
    axes = [COMPONENTS.index(basis) for basis in bases]
    charged = np.stack([settings.arm_part(counts, name)[:, axes] for name in settings.arms])
    axis = settings.experiment.axis.dim
    return xr.Dataset(
        {
            "counts": _counts(
                charged,
                {
                    "arm": list(settings.arms),
                    axis: axis_coordinate(settings.experiment),
                    "basis": list(bases),
                },
                "tomography counts; each axis is P(1) - P(0)",
            ),
            "calibration_counts": _counts(
                counts[settings.calibration], {"prepared": [0, 1]}, "readout calibration counts"
            ),
        }
    )


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

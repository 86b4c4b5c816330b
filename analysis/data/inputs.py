"""What the analysis takes from a dataset, checked: counts, and the experiment file's text."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from analysis.estimators.assignment import Assignment, assignment_from
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import COMPONENTS, DatasetError
from cqed_battery.operators import FloatArray, IntArray
from protocols.charging import arms
from protocols.resonator import PULSES, exchange_times
from protocols.settings import Settings

_PLURALS = {
    "arm": "arms",
    "basis": "bases",
    "outcome": "outcomes",
    "prepared": "prepared levels",
    "pulse": "pulses",
}


@dataclass(frozen=True)
class ThreeOutcomes:
    """Counts of outcomes 0, 1 and 2: each arm's (T, 3, 3), and of the prepared levels (2, 3)."""

    counts: dict[str, IntArray]
    calibration: IntArray


@dataclass(frozen=True)
class Inputs:
    """What the analysis takes from a dataset: counts only, and the experiment file.

    settings: the table of what was measured; table: counts of outcomes 0 and 1 in its rows,
    (M, 2). notes: what was done to the data before they became counts.
    """

    experiment: Experiment
    settings: Settings
    table: IntArray
    assignment: Assignment
    notes: tuple[str, ...] = ()
    three_outcomes: ThreeOutcomes | None = None

    @property
    def times(self) -> FloatArray:
        """Charging times in ns, (T,)."""
        return self.settings.times

    @cached_property
    def counts(self) -> dict[str, IntArray]:
        """Counts (T, 3, 2) of each arm, axes in the order x, y, z."""
        return {arm: self.settings.arm_part(self.table, arm) for arm in self.settings.arms}

    @property
    def vacuum_counts(self) -> IntArray | None:
        """Counts (2, K, 2) of the vacuum measurement, None where it was not made."""
        if not len(self.settings.exchange_times):
            return None
        return self.settings.vacuum_part(self.table)


def read_inputs(dataset: xr.DataTree) -> Inputs:
    """Check a dataset against its experiment file and return what the analysis needs.

    Raises:
        DatasetError: bases, times, arms or counts are missing or do not fit.
    """
    experiment = Experiment.from_text(dataset.attrs["experiment"], source="the dataset")
    calibration = _counts(dataset, "calibration_counts", {"prepared": [0, 1], "outcome": [0, 1]})
    counts = _tomography_counts(dataset, experiment)
    _check_charging_times(dataset, experiment)
    vacuum = _vacuum_counts(dataset, experiment)
    settings = Settings(measured_part(experiment, counts, vacuum is not None))
    return Inputs(
        experiment=experiment,
        settings=settings,
        table=settings.joined(calibration, counts, vacuum),
        assignment=assignment_from(calibration),
        notes=tuple(str(dataset.attrs.get("notes", "")).splitlines()),
        three_outcomes=_three_outcomes(dataset, experiment, counts, calibration),
    )


def measured_part(experiment: Experiment, arms: Collection[str], vacuum: bool) -> Experiment:
    """Return the experiment without the control and the vacuum measurement that are absent."""
    changes: dict[str, Any] = {"control.enabled": "control" in arms}
    if not vacuum:
        changes["vacuum.method"] = "none"
    return experiment.replace(changes)


def _check_charging_times(dataset: xr.DataTree, experiment: Experiment) -> None:
    times = np.asarray(dataset["counts"]["time"], dtype=float)
    if len(times) < 4 or (np.diff(times) <= 0).any():
        raise DatasetError(
            f"the analysis needs at least 4 increasing charging times, but 'counts' has"
            f" {len(times)}; set charging.points to 4 or more"
        )
    if not _same(experiment.charging_times_ns, times):
        raise DatasetError("the dataset's times are not the charging times of its experiment file")


def _tomography_counts(dataset: xr.DataTree, experiment: Experiment) -> dict[str, IntArray]:
    """Return counts (T, 3, 2) of each arm, the axes in the order x, y, z."""
    held = np.asarray(dataset["counts"]["arm"]).tolist()
    if "catalysed" not in held:
        raise DatasetError("'counts' has no arm 'catalysed'")
    known = [arm for arm in arms(experiment) if arm in held]
    labels = {"arm": known, "time": None, "basis": list(COMPONENTS), "outcome": [0, 1]}
    counts = _counts(dataset, "counts", labels)
    for arm, values in zip(known, counts, strict=True):
        if (values.sum(axis=-1) == 0).any():
            raise DatasetError(f"'counts' of the {arm} arm has a setting without a single shot")
    return dict(zip(known, counts, strict=True))


def _three_outcomes(
    dataset: xr.DataTree,
    experiment: Experiment,
    counts: dict[str, IntArray],
    calibration: IntArray,
) -> ThreeOutcomes | None:
    """Take the leaked shots back out of the outcome that they were counted as, if they are kept."""
    if not {"leaked_counts", "leaked_calibration_counts"} <= set(dataset.data_vars):
        return None
    labels = {"arm": list(counts), "time": None, "basis": list(COMPONENTS)}
    leaked = _counts(dataset, "leaked_counts", labels)
    if not leaked.any():  # none of the arms leaked; there is nothing to infer
        return None
    prepared = _counts(dataset, "leaked_calibration_counts", {"prepared": [0, 1]})
    column = int(experiment.readout.leaked_reads_1)

    def apart(folded: IntArray, shots: IntArray) -> IntArray:
        """Return three outcomes from two, the leaked shots taken out of the one they read as."""
        three = np.concatenate([folded, shots[..., None]], axis=-1)
        three[..., column] -= shots
        if (three < 0).any():
            raise DatasetError(
                f"'leaked_counts' must be part of the counts of outcome {column}, but exceed them"
            )
        return three

    arms_apart = {
        arm: apart(folded, shots)
        for (arm, folded), shots in zip(counts.items(), leaked, strict=True)
    }
    return ThreeOutcomes(arms_apart, apart(calibration, prepared))


def _vacuum_counts(dataset: xr.DataTree, experiment: Experiment) -> IntArray | None:
    """Return counts (2, K, 2), without and with the pi pulse, or None."""
    if "vacuum_counts" not in dataset.data_vars:
        return None
    if not experiment.vacuum.measured:
        raise DatasetError(
            "the dataset holds 'vacuum_counts', but its experiment file says vacuum.method = 'none'"
        )
    labels = {"pulse": list(PULSES), "exchange_time": None, "outcome": [0, 1]}
    counts = _counts(dataset, "vacuum_counts", labels)
    found = np.asarray(dataset["vacuum_counts"]["exchange_time"])
    if not _same(exchange_times(experiment), found):
        raise DatasetError(
            "the exchange times of 'vacuum_counts' are not those of the dataset's experiment file"
        )
    if (counts.sum(axis=-1) == 0).any():
        raise DatasetError("'vacuum_counts' has a setting without a single shot")
    return counts


def _counts(dataset: xr.DataTree, name: str, labels: dict[str, list[Any] | None]) -> IntArray:
    """Return a variable's whole numbers with these dims and labels, in this order."""
    variable = dataset[name]
    if set(variable.dims) != set(labels) or variable.dtype.kind not in "iu":
        raise DatasetError(f"'{name}' must hold whole numbers with the dims {', '.join(labels)}")
    for dim, wanted in labels.items():
        held = np.asarray(variable[dim]).tolist()
        if wanted is not None and (len(held) != len(wanted) or set(held) != set(wanted)):
            raise DatasetError(f"'{name}' must hold the {_PLURALS[dim]} {wanted}, but holds {held}")
    chosen = variable.sel({dim: wanted for dim, wanted in labels.items() if wanted is not None})
    return np.asarray(chosen.transpose(*labels).values, dtype=np.int64)


def _same(expected: FloatArray, found: FloatArray) -> bool:
    return len(expected) == len(found) and np.allclose(expected, found, atol=1e-6)

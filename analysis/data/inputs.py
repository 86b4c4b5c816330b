"""What the analysis takes from a dataset, checked: counts, and the experiment file's text."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from analysis.estimators.state.assignment import Assignment, assignment_from
from cqed_battery.experiment import Experiment
from cqed_battery.experiment.axis import FEWEST_SETTINGS
from cqed_battery.files.datasets import COMPONENTS, DatasetError
from cqed_battery.operators import FloatArray, IntArray
from protocols.prediction.predict import named
from protocols.resonator import PULSES, exchange_times
from protocols.settings.settings import Settings
from protocols.stages.charging import arms
from protocols.stages.extraction import READINGS, extraction_places, is_named
from protocols.stages.qutrit import ROTATIONS, qutrit_places

_PLURALS = {
    "arm": "arms",
    "basis": "bases",
    "outcome": "outcomes",
    "prepared": "prepared levels",
    "pulse": "pulses",
    "reading": "readings",
    "rotation": "rotations",
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
        """Charging times in ns, (T,); all the same where amplitude or detuning is swept."""
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
    _check_axis(dataset, experiment)
    counts = _tomography_counts(dataset, experiment)
    vacuum = _vacuum_counts(dataset, experiment)
    extraction = _extraction_counts(dataset, experiment, list(counts))
    qutrit = _qutrit_counts(dataset, experiment, list(counts))
    further = {"extraction": extraction is not None, "qutrit": qutrit is not None}
    measured = measured_part(experiment, counts, vacuum is not None, **further)
    settings = Settings(named(measured))
    return Inputs(
        experiment=experiment,
        settings=settings,
        table=settings.joined(calibration, counts, vacuum, extraction, qutrit),
        assignment=assignment_from(calibration, settings.expected_prepared),
        notes=(*str(dataset.attrs.get("notes", "")).splitlines(), *_left_out(dataset, settings)),
        three_outcomes=_three_outcomes(dataset, experiment, counts, calibration),
    )


def measured_part(
    experiment: Experiment,
    arms: Collection[str],
    vacuum: bool,
    extraction: bool = False,
    qutrit: bool = False,
) -> Experiment:
    """Return the experiment without the control and the measurements that are absent."""
    changes: dict[str, Any] = {"control.enabled": "control" in arms}
    if not vacuum:
        changes["vacuum.method"] = "none"
    if not extraction:
        changes["extraction.unitary"] = "none"
    if not qutrit:
        changes["qutrit.measured"] = False
    return experiment.replace(changes)


def _check_axis(dataset: xr.DataTree, experiment: Experiment) -> None:
    """Refuse counts whose charging settings are too few, or others than the file's."""
    axis = experiment.axis
    if axis.dim not in dataset["counts"].dims:
        raise DatasetError(
            f"'counts' has no dim '{axis.dim}', but its experiment file says charging.axis ="
            f' "{axis.name}"'
        )
    values = np.asarray(dataset["counts"][axis.dim], dtype=float)
    if len(values) < FEWEST_SETTINGS or (np.diff(values) <= 0).any():
        plural = "charging times" if axis.name == "time" else f"values of the {axis.title}"
        raise DatasetError(
            f"the analysis needs at least {FEWEST_SETTINGS} increasing {plural}, but 'counts'"
            f" has {len(values)}; set charging.points to {FEWEST_SETTINGS} or more"
        )
    if not _same(experiment.axis_values, values):
        plural = "times" if axis.dim == "time" else f"{axis.dim}s"
        its = "charging times" if axis.dim == "time" else f"{axis.dim}s"
        raise DatasetError(f"the dataset's {plural} are not the {its} of its experiment file")


def _tomography_counts(dataset: xr.DataTree, experiment: Experiment) -> dict[str, IntArray]:
    """Return counts (T, 3, 2) of each arm, the axes in the order x, y, z."""
    held = np.asarray(dataset["counts"]["arm"]).tolist()
    if "catalysed" not in held:
        raise DatasetError("'counts' has no arm 'catalysed'")
    known = [arm for arm in arms(experiment) if arm in held]
    labels = {"arm": known, experiment.axis.dim: None, "basis": list(COMPONENTS), "outcome": [0, 1]}
    counts = _counts(dataset, "counts", labels)
    for arm, values in zip(known, counts, strict=True):
        seen = np.count_nonzero(values[:, COMPONENTS.index("z")].sum(axis=-1))
        if seen < FEWEST_SETTINGS:
            raise DatasetError(
                f"'counts' of the {arm} arm has z, of which its energy is made, at {seen} times; at"
                f" least {FEWEST_SETTINGS} are needed"
            )
    return dict(zip(known, counts, strict=True))


def _has_three_outcomes(dataset: xr.DataTree) -> bool:
    return {"leaked_counts", "leaked_calibration_counts"} <= set(dataset.data_vars)


def _left_out(dataset: xr.DataTree, settings: Settings) -> tuple[str, ...]:
    """Return what is not made of the data, and why."""
    if settings.heralded or not _has_three_outcomes(dataset):
        return ()
    return (
        "the counts of outcome 2 are not told apart, for which the prepared levels must be pure:"
        ' readout.preparation is "reset"',
    )


def _three_outcomes(
    dataset: xr.DataTree,
    experiment: Experiment,
    counts: dict[str, IntArray],
    calibration: IntArray,
) -> ThreeOutcomes | None:
    """Take the leaked shots back out of the outcome that they were counted as, if they are kept."""
    if not _has_three_outcomes(dataset) or not Settings(experiment).heralded:
        return None
    labels = {"arm": list(counts), experiment.axis.dim: None, "basis": list(COMPONENTS)}
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
    return counts if counts.any() else None


def _extraction_counts(
    dataset: xr.DataTree, experiment: Experiment, arms: list[str]
) -> IntArray | None:
    """Return counts (arms, K, 2, 2), before and after the pulses, or None."""
    if "extraction_counts" not in dataset.data_vars:
        return None
    if not experiment.extraction.measured:
        raise DatasetError(
            "the dataset holds 'extraction_counts', but its experiment file says"
            ' extraction.unitary = "none": say what named the pulses'
        )
    if experiment.extraction.unitary == "tomography" and not is_named(experiment):
        raise DatasetError(
            "the dataset holds 'extraction_counts', but its experiment file does not say which"
            " pulses tomography named: give extraction.catalysed_angle_rad and"
            " extraction.catalysed_phase_rad, and those of the control if there is one"
        )
    held = {"arm": arms, "extraction_time": None, "reading": list(READINGS), "outcome": [0, 1]}
    counts = _counts(dataset, "extraction_counts", held)
    found = np.asarray(dataset["extraction_counts"]["extraction_time"], dtype=float)
    if not _same(experiment.charging_times_ns[extraction_places(experiment)], found):
        raise DatasetError(
            "the extraction times of 'extraction_counts' are not those of the dataset's experiment"
            " file"
        )
    return counts if counts.any() else None


def _qutrit_counts(
    dataset: xr.DataTree, experiment: Experiment, arms: list[str]
) -> IntArray | None:
    """Return counts of three levels (arms, K, 9, 2), or None."""
    if "qutrit_counts" not in dataset.data_vars:
        return None
    if not experiment.qutrit.measured:
        raise DatasetError(
            "the dataset holds 'qutrit_counts', but its experiment file says qutrit.measured ="
            " false: set it to true"
        )
    held = {"arm": arms, "qutrit_time": None, "rotation": list(ROTATIONS), "outcome": [0, 1]}
    counts = _counts(dataset, "qutrit_counts", held)
    found = np.asarray(dataset["qutrit_counts"]["qutrit_time"], dtype=float)
    if not _same(experiment.charging_times_ns[qutrit_places(experiment)], found):
        raise DatasetError(
            "the times of 'qutrit_counts' are not those of the dataset's experiment file"
        )
    return counts if counts.any() else None


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

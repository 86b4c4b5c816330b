"""Laboratory data in: the same DataTree that the emulator returns, for the same analysis.

What the counts cannot say comes from the experiment file: the device, the pulses, the options
of the analysis. The charging and exchange times are those of the data.
"""

from collections.abc import Mapping
from os import PathLike
from typing import Any

import xarray as xr

from analysis.data.consistency.after_charging import (
    check_steps,
    fit_steps,
    held_steps,
    with_named_pulses,
    without_absent,
)
from analysis.data.consistency.consistency import (
    check_arms,
    check_calibration,
    check_settings,
    fill_calibration,
    fit_axis,
    fit_exchange_times,
    fold_leaked,
    note_unequal_shots,
    without_empty_times,
)
from analysis.data.counts import VARIABLES, same_value
from analysis.data.inputs import measured_part, read_inputs
from analysis.data.mapping import LabNames, as_names
from analysis.data.sources import counts_of
from cqed_battery.experiment import Experiment
from cqed_battery.files.labels import labelled
from protocols.settings.counts import counts_dataset, dataset_attributes, leaked_counts
from protocols.settings.settings import Settings

_OWN = ("source", "axis")  # attributes of the counts alone


def read_lab_data(
    data: object,
    experiment: Experiment,
    *,
    names: LabNames | Mapping[str, Any] | str | PathLike[str] | None = None,
    calibration_from_file: bool = False,
) -> xr.DataTree:
    """Read a laboratory's counts and return them as the emulator returns its own.

    Args:
        data: a file in any format of `analysis.data.formats`, or an object of Python
            (`analysis.data.sources`).
        experiment: what was done to which device.
        names: the laboratory's names where they are not ours (`analysis.data.mapping`), or the
            path of a mapping file, or its sections.
        calibration_from_file: whether the experiment's `readout` stands in for calibration
            counts of levels that have none, as if `readout.calibration_shots` had been counted:
            P(1|0) and P(0|1) with standard errors sqrt(p (1 - p) / shots).

    Returns:
        DataTree with `counts(arm, time, basis, outcome)`,
        `calibration_counts(prepared, outcome)`, `vacuum_counts(pulse, exchange_time, outcome)`
        where it was measured, `extraction_counts(arm, extraction_time, reading, outcome)` and
        `qutrit_counts(arm, qutrit_time, rotation, outcome)` likewise, and
        `leaked_counts(arm, time, basis)` and
        `leaked_calibration_counts(prepared)` where an outcome 2 occurred. The attribute
        `notes` says, line by line, what was done to the data.

    Raises:
        DatasetError: the data cannot be read, or do not fit the experiment.
        ExperimentError: the data's times are refused as those of an experiment.
    """
    found = counts_of(data, as_names(names).sweeping(experiment.axis), same_value(experiment))
    found = without_empty_times(found)
    check_settings(found)
    check_arms(experiment, found)
    found = note_unequal_shots(found)
    experiment, found = without_absent(experiment, found)
    check_steps(experiment, found)
    experiment, found = fit_axis(experiment, found)
    found = fit_steps(experiment, found)
    experiment, found = fit_exchange_times(experiment, found)
    found = fold_leaked(experiment, found)
    source = "counts"
    if calibration_from_file:
        found, source = fill_calibration(experiment, found), "experiment file"
    check_calibration(found)
    tree = _tree(with_named_pulses(experiment), found, source)
    read_inputs(tree)
    return tree


def _tree(experiment: Experiment, found: xr.Dataset, calibration: str) -> xr.DataTree:
    """Return the dataset, its attributes as the emulator writes them."""
    charged, prepared, vacuum, *further = (found[name].values for name in VARIABLES)
    arms, held = found["arm"].values.tolist(), held_steps(found)
    settings = Settings(measured_part(experiment, arms, vacuum.size > 0, **held))
    after = [part if part.any() else None for part in further]
    table = settings.joined(prepared, dict(zip(arms, charged, strict=True)), vacuum, *after)
    laid = counts_dataset(settings, table[:, :2])
    if table[:, 2].any():
        laid = laid.assign(leaked_counts(settings, table[:, 2]))
    laid.attrs = dataset_attributes(experiment, "laboratory") | {"calibration": calibration}
    laid.attrs |= {key: value for key, value in found.attrs.items() if key not in _OWN}
    laid.attrs["notes"] = "\n".join(found.attrs["notes"])
    return xr.DataTree(labelled(laid))

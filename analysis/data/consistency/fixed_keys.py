"""Which keys of an experiment counts have fixed, and how the others change before an analysis.

What was done is in the counts: times, settings, shots, readout, faults. What the laboratory
believes of its device, and how counts are analysed, may change.
"""

from collections.abc import Mapping
from typing import Any

import xarray as xr

from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment

FIXED = {
    "seed": "the counts are drawn",
    "allocation": "the shots of each setting are counted",
    "charging": "the charging times are those of the counts",
    "control": "the counts say which arms were measured",
    "drive.timing": "the times of the counts are as they were played",
    "extraction": "the energies were read after the pulses that were played",
    "qutrit": "the counts say where three levels were read",
    "faults": "the counts were taken with the faults that there were",
    "readout.preparation": "the calibration was prepared as it was",
    "readout.calibration_shots": "the calibration shots are counted",
    "readout.model": "the counts were taken with the readout that there was",
    "dispersive.delay_ns": "the counts were taken with the readout that there was",
    "dispersive.start_ns": "the counts were taken with the readout that there was",
    "dispersive.integration_ns": "the counts were taken with the readout that there was",
    "dispersive.weights": "the counts were taken with the readout that there was",
    "dispersive.save_iq": "the points that were saved are in the dataset",
    "reset": "the counts were taken after the reset that there was",
    "tomography": "the counts are of the settings and pulses that were measured",
    "vacuum.method": "the resonator was measured in one way",
    "vacuum.shots": "the shots of each setting are counted",
    "vacuum.stop_ns": "the exchange times are those of the counts",
    "vacuum.points": "the exchange times are those of the counts",
    "vacuum.reset_ns": "the counts were taken after the pulses of their own run",
    "vacuum.selective_pulse_ns": "the counts were taken after the pulses of their own run",
}
"""Keys, and sections for all their keys, that counts have fixed: why."""


def with_beliefs(experiment: Experiment, changes: Mapping[str, Any]) -> Experiment:
    """Return the experiment of counts with other values of what the counts have not fixed.

    Args:
        experiment: of the counts.
        changes: values by key, such as {"transmon.t1_us": 40.0}.

    Raises:
        CqedBatteryError: the counts have fixed a key.
        ExperimentError: a key is unknown, or a value is refused.
    """
    for key in changes:
        section = key.partition(".")[0]
        if reason := FIXED.get(key, FIXED.get(section)):
            raise CqedBatteryError(
                f"{key} cannot be changed for counts that were taken, because {reason}: leave it"
                " out, or emulate or measure anew"
            )
    return experiment.replace(changes) if changes else experiment


def with_changed_beliefs(dataset: xr.DataTree, changes: Mapping[str, Any]) -> xr.DataTree:
    """Return a dataset whose experiment is changed; the given one stays as it is.

    Raises:
        CqedBatteryError: the counts have fixed a key, or a value is refused.
    """
    if not changes:
        return dataset
    experiment = with_beliefs(Experiment.from_text(str(dataset.attrs["experiment"])), changes)
    changed = dataset.copy()
    changed.attrs |= {
        "experiment": experiment.to_toml(comments=False),
        "title": experiment.title,
    }
    return changed

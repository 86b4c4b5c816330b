"""From an experiment to a dataset: the emulated laboratory run, end to end."""

from collections.abc import Callable

import numpy as np
import xarray as xr

from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from cqed_battery.records import COMPONENTS, SCHEMA, versions_text
from protocols.prediction import Prediction, predict
from protocols.reset import expected_excitation
from protocols.resonator import PULSES, exchange_times
from protocols.sampling import IntArray, Sampler, sampled_excitation, setting_seed
from protocols.truth import truth_dataset

Progress = Callable[[int, int, str], None]


def emulate(experiment: Experiment, *, progress: Progress | None = None) -> xr.DataTree:
    """Run the experiment on the emulated device and return its dataset.

    The reset runs first; its residual excitation is where the charging starts. Then every
    setting (calibration, arm x time x basis, vacuum measurement) is sampled with its own seed.

    Args:
        experiment: what is done to which device; its seed fixes every count.
        progress: called as progress(done, total, what) after each piece of work.

    Returns:
        DataTree with `counts(arm, time, basis, outcome)`,
        `calibration_counts(prepared, outcome)`, `vacuum_counts(pulse, exchange_time, outcome)`
        (unless vacuum.method is "none") and the group `truth`.

    Raises:
        CqedBatteryError: the dynamics cannot be trusted at any affordable size.
    """
    steps = _Steps(experiment, progress)
    active = experiment.reset.kind == "active"
    residual = sampled_excitation(experiment) if active else expected_excitation(experiment)
    steps.done("reset")
    prediction = predict(experiment, residual)
    steps.done("dynamics")
    sampler = Sampler(experiment)
    root = xr.Dataset(
        {
            "counts": _tomography_counts(experiment, prediction, sampler, steps),
            "calibration_counts": _calibration_counts(experiment, sampler, steps),
        },
        attrs={
            "schema": SCHEMA,
            "kind": "emulated",
            "title": experiment.title,
            "seed": experiment.seed,
            "experiment": experiment.to_toml(comments=False),
            "versions": versions_text(),
        },
    )
    if prediction.vacuum_probability is not None:
        root["vacuum_counts"] = _vacuum_counts(
            experiment, prediction.vacuum_probability, sampler, steps
        )
    truth = truth_dataset(experiment, prediction)
    return xr.DataTree.from_dict({"/": root, "/truth": truth})


class _Steps:
    """Counts finished pieces of work for a progress display."""

    def __init__(self, experiment: Experiment, progress: Progress | None) -> None:
        arms = 2 if experiment.control.enabled else 1
        settings = arms * len(experiment.charging.grid_ns()) * len(COMPONENTS) + 2
        if experiment.vacuum.method != "none":
            settings += len(PULSES) * experiment.vacuum.points
        self._done, self._total, self._progress = 0, settings + 2, progress

    def done(self, what: str) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total, what)


def _tomography_counts(
    experiment: Experiment, prediction: Prediction, sampler: Sampler, steps: _Steps
) -> xr.DataArray:
    bases, shots = experiment.tomography.bases, experiment.tomography.shots
    times = prediction.times
    counts = np.zeros((len(prediction.arms), len(times), len(bases), 2), dtype=np.int64)
    for i, arm in enumerate(prediction.arms.values()):
        for j in range(len(times)):
            for k, basis in enumerate(bases):
                axis = COMPONENTS.index(basis)
                seed = setting_seed(experiment.seed, "tomography", i, j, axis)
                counts[i, j, k] = sampler.counts(float(arm.probability[j, axis]), shots, seed)
                steps.done("tomography")
    return _counts_array(
        counts,
        ("arm", "time", "basis"),
        {"arm": list(prediction.arms), "time": times_coordinate(times), "basis": list(bases)},
        "tomography counts; each axis is P(1) - P(0)",
    )


def _calibration_counts(experiment: Experiment, sampler: Sampler, steps: _Steps) -> xr.DataArray:
    """Counts of |0> and |1>, prepared by heralding and so taken as pure."""
    rows = []
    for prepared in (0, 1):
        seed = setting_seed(experiment.seed, "calibration", prepared)
        rows.append(sampler.counts(float(prepared), experiment.readout.calibration_shots, seed))
        steps.done("calibration")
    return _counts_array(
        np.array(rows), ("prepared",), {"prepared": [0, 1]}, "readout calibration counts"
    )


def _vacuum_counts(
    experiment: Experiment, probability: FloatArray, sampler: Sampler, steps: _Steps
) -> xr.DataArray:
    counts = np.zeros((*probability.shape, 2), dtype=np.int64)
    for index in np.ndindex(probability.shape):
        seed = setting_seed(experiment.seed, "vacuum", *index)
        counts[index] = sampler.counts(float(probability[index]), experiment.vacuum.shots, seed)
        steps.done("vacuum measurement")
    times = xr.Variable("exchange_time", exchange_times(experiment), {"units": "ns"})
    return _counts_array(
        counts,
        ("pulse", "exchange_time"),
        {"pulse": list(PULSES), "exchange_time": times},
        "vacuum-Rabi counts after exchange with the drive off, without and with a pi pulse",
    )


def times_coordinate(times: FloatArray) -> xr.Variable:
    """Return the charging times as a coordinate in ns."""
    return xr.Variable("time", times, {"units": "ns", "long_name": "charging time"})


def _counts_array(
    counts: IntArray, dims: tuple[str, ...], coords: dict[str, object], name: str
) -> xr.DataArray:
    return xr.DataArray(
        counts,
        dims=(*dims, "outcome"),
        coords={**coords, "outcome": [0, 1]},
        attrs={"units": "counts", "long_name": name},
    )

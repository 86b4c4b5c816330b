"""From an experiment to a dataset: the emulated laboratory run, end to end."""

from collections.abc import Callable

import numpy as np
import xarray as xr

from cqed_battery.compute.threads import one_thread
from cqed_battery.experiment import Experiment, ExperimentLike, as_experiment
from cqed_battery.files.datasets import COMPONENTS, SCHEMA, versions_text
from cqed_battery.files.labels import labelled
from cqed_battery.operators import FloatArray
from protocols.faults.simulated import play
from protocols.prediction.predict import Prediction
from protocols.reset import expected_excitation
from protocols.resonator import COUNTED, PULSES, exchange_times
from protocols.sampling import IntArray, sampled_levels, setting_seed
from protocols.settings import calibration_shots, tomography_shots, vacuum_shots
from protocols.shots import CountsSampler, Source, source_of

Progress = Callable[[int, int, str], None]


@one_thread()
def emulate(experiment: ExperimentLike, *, progress: Progress | None = None) -> xr.DataTree:
    """Run the experiment on the emulated device and return its dataset.

    The reset runs first; its residual excitation is where the charging starts. Then every
    setting (calibration, arm x time x basis, vacuum measurement) is sampled with its own seed.

    Args:
        experiment: what is done to which device, or the path of its file; its seed fixes every
            count.
        progress: called as progress(done, total, what) after each piece of work.

    Returns:
        DataTree with `counts(arm, time, basis, outcome)`,
        `calibration_counts(prepared, outcome)`, `vacuum_counts(pulse, exchange_time, outcome)`
        (unless vacuum.method is "none") and the group `truth`; with the dispersive readout
        `calibration_iq(prepared, calibration_shot, quadrature)` and, if asked for, `iq`.

    Raises:
        CqedBatteryError: the dynamics cannot be trusted at any affordable size.
    """
    experiment = as_experiment(experiment)
    steps = _Steps(experiment, progress)
    active = experiment.reset.kind == "active"
    left = sampled_levels(experiment) if active else (expected_excitation(experiment), 0.0)
    steps.done("reset")
    played = play(experiment, *left)
    prediction = played.prediction
    steps.done("dynamics")
    source = source_of(experiment, prediction)
    root = xr.Dataset(
        {
            "counts": _tomography_counts(experiment, prediction, source, steps),
            "calibration_counts": _calibration_counts(experiment, source, steps),
            **source.points,
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
    if source.vacuum is not None:
        root["vacuum_counts"] = _vacuum_counts(experiment, source.vacuum, source.sampler, steps)
    return xr.DataTree.from_dict({"/": labelled(root), "/truth": played.truth})


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
    experiment: Experiment, prediction: Prediction, source: Source, steps: _Steps
) -> xr.DataArray:
    bases, times = experiment.tomography.bases, prediction.times
    counts = np.zeros((len(prediction.arms), len(times), len(bases), 2), dtype=np.int64)
    for i, (name, chances) in enumerate(source.arms.items()):
        shots = tomography_shots(experiment, name)
        for j in range(len(times)):
            for k, basis in enumerate(bases):
                axis = COMPONENTS.index(basis)
                seed = setting_seed(experiment.seed, "tomography", i, j, axis)
                chance, number = chances[j, axis], int(shots[j, axis])
                counts[i, j, k] = source.sampler.counts(chance, number, seed)
                steps.done("tomography")
    return _counts_array(
        counts,
        ("arm", "time", "basis"),
        {"arm": list(prediction.arms), "time": times_coordinate(times), "basis": list(bases)},
        "tomography counts; each axis is P(1) - P(0)",
    )


def _calibration_counts(experiment: Experiment, source: Source, steps: _Steps) -> xr.DataArray:
    """Counts of |0> and |1>, prepared by heralding and so taken as pure."""
    rows = []
    for prepared, shots in enumerate(calibration_shots(experiment)):
        seed = setting_seed(experiment.seed, "calibration", prepared)
        rows.append(source.sampler.counts(source.calibration[prepared], int(shots), seed))
        steps.done("calibration")
    return _counts_array(
        np.array(rows), ("prepared",), {"prepared": [0, 1]}, "readout calibration counts"
    )


def _vacuum_counts(
    experiment: Experiment, chances: FloatArray, sampler: CountsSampler, steps: _Steps
) -> xr.DataArray:
    shots = vacuum_shots(experiment)
    counts = np.zeros((*shots.shape, 2), dtype=np.int64)
    for index in np.ndindex(shots.shape):
        seed = setting_seed(experiment.seed, "vacuum", *index)
        counts[index] = sampler.counts(chances[index], int(shots[index]), seed)
        steps.done("vacuum measurement")
    times = xr.Variable("exchange_time", exchange_times(experiment), {"units": "ns"})
    return _counts_array(
        counts,
        ("pulse", "exchange_time"),
        {"pulse": list(PULSES), "exchange_time": times},
        COUNTED[experiment.vacuum.method],
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

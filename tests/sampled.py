"""Datasets drawn with numpy from what an experiment predicts: one prediction, many runs."""

from functools import lru_cache
from typing import Any

import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray

from analysis.estimators import expectation as model
from analysis.estimators.expectation import Expectation
from analysis.estimators.observed import Observed
from analysis.estimators.state.assignment import Assignment
from analysis.pipeline import analyse
from cqed_battery.experiment import Experiment
from protocols.prediction.predict import predict
from protocols.prediction.truth import truth_dataset
from protocols.resonator import PULSES, exchange_times
from protocols.settings.settings import Settings

predicted = lru_cache(maxsize=16)(predict)


def dataset(
    experiment: Experiment, rng: np.random.Generator, *, device: Experiment | None = None
) -> xr.DataTree:
    """Return a dataset whose file says `experiment` and whose counts come from `device`.

    Args:
        experiment: what the experiment file claims.
        rng: draws every count.
        device: what was really measured, by default the same.
    """
    device = device or experiment
    prediction = predicted(device)
    bloch_ones = np.stack([arm.probability for arm in prediction.arms.values()])
    shots = experiment.tomography.shots
    variables = {
        "counts": (("arm", "time", "basis", "outcome"), counted(bloch_ones, shots, device, rng)),
        "calibration_counts": (
            ("prepared", "outcome"),
            counted(np.array([0.0, 1.0]), experiment.readout.calibration_shots, device, rng),
        ),
    }
    if prediction.vacuum_probability is not None:
        vacuum = counted(prediction.vacuum_probability, experiment.vacuum.shots, device, rng)
        variables["vacuum_counts"] = (("pulse", "exchange_time", "outcome"), vacuum)
    coords = {
        "arm": list(prediction.arms),
        "time": prediction.times,
        "basis": ["x", "y", "z"],
        "outcome": [0, 1],
        "prepared": [0, 1],
        "pulse": list(PULSES),
        "exchange_time": exchange_times(experiment),
    }
    attrs = {
        "schema": 1,
        "kind": "emulated",
        "title": experiment.title,
        "seed": experiment.seed,
        "experiment": experiment.to_toml(comments=False),
    }
    return xr.DataTree.from_dict(
        {
            "/": xr.Dataset(variables, coords, attrs=attrs),
            "/truth": truth_dataset(device, prediction),
        }
    )


def counted(
    excited: NDArray[np.float64], shots: int, device: Experiment, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw counts (..., 2) of outcomes 0 and 1 through the device's assignment errors."""
    wrong_1, wrong_0 = device.readout.p1_given_0, device.readout.p0_given_1
    ones = rng.binomial(shots, wrong_1 + (1 - wrong_1 - wrong_0) * excited)
    return np.stack([shots - ones, ones], axis=-1)


def vacuum_observed(
    expected: Expectation, counts: NDArray[Any], assignment: Assignment
) -> Observed:
    """Return what the estimators see of the vacuum measurement's counts (2, K, 2) alone."""
    settings = Settings(expected.prediction.experiment)
    table = settings.joined(np.zeros((2, 2)), {}, counts)
    shots = table.sum(axis=-1)
    frequency = table[:, 1] / np.maximum(shots, 1)
    return Observed(settings, frequency, shots, expected, assignment, 0.0, table)


def analysed(tree: xr.DataTree) -> dict[str, Any]:
    """Analyse a dataset, predicting each experiment only once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "predict", predicted)
        return analyse(tree)

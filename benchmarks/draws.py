"""Simulated runs for the planner: counts drawn by numpy, and the analysis's own estimators."""

from unittest.mock import patch

import numpy as np
import xarray as xr

from analysis.estimators.model_free import ModelFree
from analysis.estimators.observed import Observed
from cqed_battery.files.datasets import SCHEMA
from cqed_battery.operators import FloatArray, IntArray
from protocols.settings.counts import counts_dataset
from protocols.settings.settings import Settings


def draw(planned: ModelFree, shots: IntArray, rng: np.random.Generator) -> IntArray:
    """Return counts (M, 2) of outcomes 0 and 1 in every setting, of shots (M,)."""
    ones = rng.binomial(shots, planned.frequency)
    return np.stack([shots - ones, ones], axis=-1)


def estimates(
    planned: ModelFree, shots: IntArray, repeats: int, rng: np.random.Generator
) -> FloatArray:
    """Return what the analysis makes of each of many draws: the estimator's first number, (R,).

    Spared is what these estimates do not depend on: the most likely state in the Bloch ball.
    """
    with patch("analysis.estimators.state.bloch.maximum_likelihood", lambda *_: None):
        return np.array([_estimate(planned, draw(planned, shots, rng)) for _ in range(repeats)])


def _estimate(planned: ModelFree, table: IntArray) -> float:
    data = Observed.drawn(planned.expected, planned.settings, table)
    return float(planned.estimate(data).value[0])


def last_time(weights: FloatArray) -> int:
    """Return the last time that weights (T, 3) look at: Simpson's rule may take one beyond."""
    return int(np.flatnonzero(weights.any(axis=1))[-1])


def dataset(settings: Settings, counts: IntArray) -> xr.DataTree:
    """Return a dataset of counts (M, 2), as the emulation would write it."""
    experiment = settings.experiment
    found = counts_dataset(settings, counts)
    found.attrs = {
        "schema": SCHEMA,
        "kind": "emulated",
        "title": experiment.title,
        "seed": experiment.seed,
        "experiment": experiment.to_toml(comments=False),
    }
    return xr.DataTree(found)

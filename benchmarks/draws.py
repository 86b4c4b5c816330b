"""Simulated runs for the planner: counts drawn by numpy, and the analysis's own estimators."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

import numpy as np
import xarray as xr

from analysis.estimators.assignment import assignment_from
from analysis.estimators.bloch import BlochEstimate, estimate_bloch
from analysis.estimators.ergotropy import debiased_ergotropy
from analysis.estimators.expectation import Expectation
from analysis.estimators.heat import heat_integral_functional
from analysis.estimators.vacuum import estimate_vacuum_fidelity
from analysis.estimators.windows import heat_window_end
from analysis.planning.claims import GAIN_AT, HEAT, VACUUM
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, IntArray
from protocols.resonator import vacuum_effects
from protocols.settings import Schedule


def draw(
    experiment: Experiment, frequency: FloatArray, shots: IntArray, rng: np.random.Generator
) -> dict[str, IntArray]:
    """Return counts of calibration (2, 2), arms (T, 3, 2) and vacuum (2, K, 2) by name."""
    schedule = Schedule.of(experiment)
    ones = rng.binomial(shots, frequency)
    counts = np.stack([shots - ones, ones], axis=-1)
    parts = {name: counts[schedule.arm(name)].reshape(-1, 3, 2) for name in schedule.arms}
    vacuum = counts[schedule.vacuum].reshape(2, schedule.exchanges, 2)
    return {"calibration": counts[:2], "vacuum": vacuum, **parts}


def _bloch(
    expected: Expectation, counts: dict[str, IntArray], arm: str, places: slice
) -> BlochEstimate:
    assignment = assignment_from(counts["calibration"])
    likely = assignment.frequency(expected.prediction.arms[arm].probability)[places]
    offset = expected.offset(arm)[places]
    return estimate_bloch(counts[arm][places], assignment, offset, 0.1, likely)


def estimators(
    experiment: Experiment, expected: Expectation, time: float
) -> dict[str, Callable[[dict[str, IntArray]], float]]:
    """Return what the analysis makes of counts: -S, the gain at a time, and F."""
    times = experiment.charging.grid_ns()
    end, place = heat_window_end(experiment, expected, times), int(abs(times - time).argmin())
    weights = heat_integral_functional(experiment, times).weights[end]
    window, at = slice(0, last_time(weights) + 1), slice(place, place + 1)
    weights = weights[window]

    def heat(counts: dict[str, IntArray]) -> float:
        return -float((weights * _bloch(expected, counts, "catalysed", window).linear).sum())

    def gain(counts: dict[str, IntArray]) -> float:
        found = []
        for arm in ("catalysed", "control"):
            data = _bloch(expected, counts, arm, at)
            found.append(debiased_ergotropy(data.linear, data.covariance)[0][0])
        return float(found[0] - found[1])

    def fidelity(counts: dict[str, IntArray]) -> float:
        assignment = assignment_from(counts["calibration"])
        return estimate_vacuum_fidelity(expected, counts["vacuum"], assignment).value

    return {HEAT: heat, GAIN_AT: gain, VACUUM: fidelity}


def last_time(weights: FloatArray) -> int:
    """Return the last time that weights (T, 3) look at: Simpson's rule may take one beyond."""
    return int(np.flatnonzero(weights.any(axis=1))[-1])


@contextmanager
def light(expected: Expectation, vacuum: bool = False) -> Iterator[None]:
    """Spare each draw what these estimates do not depend on: the ball, the same operators anew."""
    operators = None
    if vacuum:
        prediction = expected.prediction
        operators = vacuum_effects(prediction.experiment, prediction.liouvillian)
    with (
        patch("analysis.estimators.bloch.maximum_likelihood", lambda *_: None),
        patch("analysis.estimators.vacuum.vacuum_effects", lambda *_: operators),
    ):
        yield


def dataset(experiment: Experiment, counts: dict[str, IntArray]) -> xr.DataTree:
    """Return a dataset of the catalysed arm's counts, as the emulation would write it."""
    variables = {
        "counts": (("arm", "time", "basis", "outcome"), counts["catalysed"][None]),
        "calibration_counts": (("prepared", "outcome"), counts["calibration"]),
    }
    coords = {
        "arm": ["catalysed"],
        "time": experiment.charging.grid_ns(),
        "basis": ["x", "y", "z"],
        "outcome": [0, 1],
        "prepared": [0, 1],
    }
    attrs = {
        "schema": 1,
        "kind": "emulated",
        "title": experiment.title,
        "seed": experiment.seed,
        "experiment": experiment.to_toml(comments=False),
    }
    return xr.DataTree(xr.Dataset(variables, coords, attrs))

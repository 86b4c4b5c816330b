"""Null runs by the thousand: how often J < 0 is seen where there is no coupling at all.

The Rabi rate is off by its calibration error in every run; probabilities follow it to second
order, so that one run costs no evolution. The test itself is the analysis' own.
"""

from typing import Any

import numpy as np

from analysis.estimators.expectation import expectation
from analysis.estimators.global_fit.model.parameters import COUPLING, RABI
from analysis.estimators.observed import Observed
from analysis.estimators.windows import heat_window_end
from analysis.validation.outcomes.number import rate
from analysis.validation.outcomes.statistics import ONE_SIDED
from analysis.validation.repeats.estimators import heat_significance
from cqed_battery.experiment import Experiment
from protocols.prediction.predict import predict
from protocols.settings.settings import Settings


def null_rates(experiment: Experiment, shots: tuple[int, ...], runs: int) -> dict[str, Any]:
    """Return the rates of false positives at one-sided 5 % for each number of shots."""
    coupled = expectation(experiment)
    index = heat_window_end(experiment, coupled, experiment.charging_times_ns)
    quiet = {"vacuum.method": "none", "control.enabled": False, COUPLING: 0.0}
    return {str(n): _rates(experiment.replace(quiet), n, runs, index) for n in shots}


def _rates(experiment: Experiment, shots: int, runs: int, index: int) -> dict[str, Any]:
    file = experiment.replace({"tomography.shots": shots})
    expected, settings = expectation(file), Settings(file)
    curve = _probabilities(file)
    rng = np.random.default_rng(np.random.SeedSequence(file.seed, spawn_key=(9, shots)))
    levels, found = np.array([0.0, 1.0]), []
    for _ in range(runs):
        charged = {"catalysed": curve(float(rng.standard_normal()))}
        counts = _counted(settings.joined(levels, charged, None), settings, rng)
        data = Observed.drawn(expected, settings, counts)
        found.append(heat_significance(data, index))
    verdict = np.array([one.verdict for one in found])
    statistical = np.array([one.statistical for one in found])
    return {
        "window_ns": float(settings.times[index]),
        "runs": runs,
        **_rate("shots_and_rabi_rate", statistical),
        **_rate("verdict", verdict),
    }


def _rate(name: str, sigmas: np.ndarray) -> dict[str, Any]:
    share = rate((sigmas > ONE_SIDED).astype(float))
    return {name: share.value, f"{name}_error": share.error, f"{name}_spread": float(sigmas.std())}


def _probabilities(file: Experiment) -> Any:
    """Return the probability of reading 1 as a function of the Rabi rate's error in sigmas."""
    width = file.priors.rabi_rate
    rabi = file.drive.rabi_rate_MHz
    low, middle, high = (
        predict(file.replace({RABI: rabi * (1 + step * width)})).arms["catalysed"].probability
        for step in (-1.0, 0.0, 1.0)
    )
    slope, bend = (high - low) / 2, (high + low) / 2 - middle
    return lambda error: np.clip(middle + error * slope + error**2 * bend, 0.0, 1.0)


def _counted(probability: np.ndarray, settings: Settings, rng: np.random.Generator) -> np.ndarray:
    readout, shots = settings.experiment.readout, settings.shots
    contrast = 1 - readout.p1_given_0 - readout.p0_given_1
    ones = rng.binomial(shots, readout.p1_given_0 + contrast * probability)
    return np.stack([shots - ones, ones], axis=-1)

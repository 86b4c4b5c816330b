"""How far off a fit ends when there is no shot noise: what its model leaves out of a device."""

from functools import lru_cache

import numpy as np
import pytest

from analysis.estimators.global_fit import Counts, ForwardModel, default_parameters, fit_counts
from analysis.validation.laboratory import with_errors
from cqed_battery import Experiment
from protocols.faults.simulated import simulate
from protocols.settings import Settings
from protocols.shots import source_of

FILE = Experiment().replace(
    {
        "transmon.levels": 2,
        "resonator.fock_levels": 5,
        "charging.points": 9,
        "charging.stop_ns": 40.0,
        "vacuum.points": 9,
        "tomography.pulse": "none",
        "tomography.shots": 5000,
        "vacuum.shots": 50_000,
    }
)
OFF = {
    "line and long ramp": ({"bandwidth": 1.0, "coupler ramp": 2.0}, 0.4),
    "line and short ramp": ({"bandwidth": 1.0, "coupler ramp": -2.0}, 0.4),
    "coupling that settles": ({"coupling tail": 3.0, "tail time": 1.0}, 2.6),
}
"""In standard deviations of a laboratory, and by how many standard errors a fit may be off."""


@lru_cache(maxsize=1)
def model():
    return ForwardModel(FILE, default_parameters(FILE))


@pytest.mark.parametrize("case", OFF)
def test_what_the_model_leaves_out_is_small_beside_the_shots(case):
    """Line and ramp are exact where the fit ends; a tail, which no parameter is, nearly."""
    errors, most = OFF[case]
    actual, settings = with_errors(FILE, errors), Settings(FILE)
    simulated = simulate(actual)
    frequency = source_of(actual, simulated.prediction).frequencies
    fit = fit_counts(model(), Counts(settings.shots * frequency, settings.shots))
    truth = simulated.truth.assign(energy_rate=simulated.truth.power + simulated.truth.heat_current)
    for arm, found in fit.response.quantities.items():
        for name in found:
            value, std = fit.quantity(arm, name)
            known = std > 1e-6 * std.max(initial=0.0)
            off = np.abs(value - truth[name].sel(arm=arm).values)[known]
            assert (off < most * std[known]).all(), (arm, name)

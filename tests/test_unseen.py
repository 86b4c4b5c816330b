"""How far off a fit ends when there is no shot noise: what its model leaves out of a device."""

from functools import lru_cache

import numpy as np
import pytest
from commands import SMALL

import cqed_battery as cb
from analysis.estimators.global_fit import Counts, ForwardModel, default_parameters, fit_counts
from analysis.estimators.global_fit.model.parameters import PHASE, SETTLING
from analysis.validation.devices.off_file import with_errors
from cqed_battery import Experiment
from protocols.emulation.shots import source_of
from protocols.faults.simulated import simulate
from protocols.settings.settings import Settings

pytestmark = pytest.mark.study

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


def test_states_behind_a_slow_line_have_their_own_derivatives():
    """After a whole turn the phase moves no state that the line did not delay; this one it does."""
    names = [parameter.name for parameter in model().free]
    theta = model().start()
    theta[names.index(SETTLING)] = 0.8
    turned = theta.copy()
    turned[names.index(PHASE)] = 0.01
    slope = model().slope(theta, model().response(theta)).quantities["control"]["bloch"]
    ends = [model().exact(each).arms["control"].bloch for each in (theta, turned)]
    quotient = (ends[1] - ends[0]) / 0.01
    assert abs(quotient[4, 1]) > 0.2
    np.testing.assert_allclose(slope[..., names.index(PHASE)], quotient, atol=0.06)


def test_a_device_that_nothing_drives_is_fitted():
    """Behind the fit's slow line, too, there are no samples to join and no drive to delay."""
    still = {"drive.rabi_rate_MHz": 0.0, "drive.rise_ns": 0.0, "coupler.g_on_MHz": 0.0}
    rest = {"coupler.ramp_ns": 0.0, "resonator.linewidth_MHz": 0.0, "tomography.pulse": "none"}
    file = Experiment.from_text(SMALL).replace(still | rest | {"tomography.shots": 1})
    assert cb.analyse(cb.emulate(file))["verdict"]

"""How far off a fit ends when there is no shot noise: what its model leaves out of a device."""

from functools import lru_cache

import numpy as np
import pytest
from commands import SMALL

import cqed_battery as cb
from analysis.estimators.global_fit import Counts, ForwardModel, default_parameters, fit_counts
from analysis.estimators.global_fit.model.parameters import DELAY, PHASE, RABI, SETTLING
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


@pytest.mark.parametrize(
    ("name", "step", "most"), [(PHASE, 1e-3, 1e-5), (DELAY, 1e-3, 0.02), (RABI, 0.01, 2e-3)]
)
def test_states_behind_a_slow_line_have_their_own_derivatives(name, step, most):
    """By the phase exactly, also next to the start, where hardly anything of the drive has come."""
    early = FILE.replace({"charging.stop_ns": 8.0, "vacuum.method": "none"})
    model = ForwardModel(early, default_parameters(early))
    names, theta = [parameter.name for parameter in model.free], model.start()
    theta[names.index(SETTLING)], theta[names.index(DELAY)] = 0.6, 0.5
    exact = model.slope(theta, model.response(theta)).quantities["control"]["bloch"]
    ends = []
    for sign in (1, -1):
        moved = theta.copy()
        moved[names.index(name)] += sign * step
        ends.append(model.exact(moved).arms["control"].bloch)
    quotient = (ends[0] - ends[1]) / (2 * step)
    assert np.abs(quotient).max() > 0.01
    np.testing.assert_allclose(exact[..., names.index(name)], quotient, rtol=0, atol=most)


def test_a_device_that_nothing_drives_is_fitted():
    """Behind the fit's slow line, too, there are no samples to join and no drive to delay."""
    still = {"drive.rabi_rate_MHz": 0.0, "drive.rise_ns": 0.0, "coupler.g_on_MHz": 0.0}
    rest = {"coupler.ramp_ns": 0.0, "resonator.linewidth_MHz": 0.0, "tomography.pulse": "none"}
    file = Experiment.from_text(SMALL).replace(still | rest | {"tomography.shots": 1})
    assert cb.analyse(cb.emulate(file))["verdict"]

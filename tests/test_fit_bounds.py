"""The global fit at its bounds: parameters that end there, steps beyond, no maximum at all."""

import numpy as np
import pytest
from small_fits import exact_counts, laboratory, small

from analysis.estimators.global_fit import (
    FitError,
    ForwardModel,
    choose,
    default_parameters,
    fit,
    fit_counts,
)
from analysis.estimators.global_fit.model.parameters import (
    COUPLING,
    RABI,
)
from analysis.validation.devices.scenarios import this_device
from analysis.validation.repeats.estimators import fit_run
from analysis.validation.repeats.simulated_runs import SimulatedRuns
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment

pytestmark = pytest.mark.study

BOUNDARIES = {
    "no loss of photons": {"resonator.linewidth_MHz": 0.0},
    "no dephasing": {"transmon.dephasing_rate_MHz": 0.0},
    "no control": {"control.enabled": False},
    "no vacuum measurement": {"vacuum.method": "none"},
    "no drive": {"drive.rabi_rate_MHz": 0.0},
    "no coupling": {"coupler.g_on_MHz": 0.0},
    "perfect readout": {"readout.p1_given_0": 0.0, "readout.p0_given_1": 0.0},
    "passive reset": {"reset.kind": "passive"},
}


def test_a_step_to_what_no_experiment_has_is_halved(monkeypatch):
    """A trial that the device model refuses shortens the step; the maximum is still found."""
    experiment = small(control__enabled=False)
    model = ForwardModel(experiment, choose(default_parameters(experiment), (COUPLING, RABI)))
    counts = exact_counts(model, model.start() + 0.5, 10**5)
    expected = fit_counts(model, counts)
    true, calls = ForwardModel.response, []

    def response(self, theta, near=None):
        calls.append(theta)
        if len(calls) == 3:  # the first two are at the start
            raise CqedBatteryError("coupler.g_on_MHz must be a number >= 0 and <= 5000")
        return true(self, theta, near)

    monkeypatch.setattr(ForwardModel, "response", response)
    found = fit_counts(model, counts)
    assert np.abs((found.theta - expected.theta) / expected.std).max() < 0.02


def test_bounds_stay_within_what_an_experiment_file_admits():
    """A hundred priors about the file's value, but no farther than its keys go."""
    widest = {"coupler.g_on_MHz": 5000.0, "resonator.linewidth_MHz": 100.0}
    for parameter in default_parameters(small(**widest)):
        assert parameter.low <= parameter.start <= parameter.high
        if parameter.name.startswith(("coupler.", "resonator.")):
            small(**widest).replace({parameter.name: parameter.high})
    coupling, rabi, *_ = default_parameters(small())
    assert coupling.high == coupling.start + 100 * coupling.prior
    assert rabi.high == 2 * rabi.start


@pytest.mark.parametrize("changes", BOUNDARIES.values(), ids=BOUNDARIES)
def test_boundaries_converge(changes):
    """At 50 shots and at the edge of what is possible the fit converges within its bounds."""
    few = {
        "tomography.shots": 50,
        "vacuum.shots": 50,
        "charging.points": 6,
        "reset.resonator_photons": 0.0,
    }
    lab = SimulatedRuns(this_device(small().replace(few | changes)))
    found = fit_run(lab, lab.measure(np.random.default_rng(1)))
    assert np.isfinite(found.std).all()
    inside = [p.low <= x <= p.high for p, x in zip(found.parameters, found.theta, strict=True)]
    assert all(inside)
    # within six standard deviations of a chi-square of as many settings
    assert found.deviance < found.settings + 6 * np.sqrt(2 * found.settings)


def test_what_does_not_converge_says_so(monkeypatch):
    """A search that is stopped early is an error with its last values, never a result."""
    monkeypatch.setattr(fit, "_MOST_STEPS", 1)
    monkeypatch.setattr(fit, "_DIRECT_STEPS", 1)
    lab = laboratory(1000)
    run = lab.measure(np.random.default_rng(1))
    with pytest.raises(FitError, match=r"did not converge in 1 steps.*coupler\.g_on_MHz = "):
        fit_run(lab, run)


def test_unknown_parameters_are_refused():
    """A misspelt name is answered with those there are."""
    with pytest.raises(CqedBatteryError, match=r"no parameter 'g' to fit; there are coupler\.g"):
        choose(default_parameters(Experiment()), ("g",))

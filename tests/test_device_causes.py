"""Every parameter of the device as a cause: a device that is off moves each estimate as it says."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from commands import SMALL

from analysis.estimators.ergotropy.ergotropy import ErgotropyAt
from analysis.estimators.expectation import DEVICE, Expectation
from analysis.estimators.global_fit import default_parameters
from analysis.estimators.global_fit.device import planned_expectation
from analysis.estimators.heat.exchange import Exchange
from analysis.estimators.observed import Observed
from analysis.estimators.vacuum.fidelity import Vacuum
from cqed_battery.experiment import Experiment
from cqed_battery.units import mhz_from_angular
from protocols.faults.simulated import simulate
from protocols.settings.settings import Settings

SMALL_STEP = 0.02  # of a prior: what is not linear is then below a per cent
FILE = Experiment.from_text(SMALL).replace({"charging.points": 13})
PRIORS = {parameter.name: parameter.prior for parameter in default_parameters(FILE)}
RAMP_NS, G, KAPPA = FILE.coupler.ramp_ns, FILE.coupler.g_on_MHz, FILE.resonator.linewidth_MHz
OFF = {
    "drive.rabi_rate_MHz": lambda x: {"faults.rabi_rate_error": x / FILE.drive.rabi_rate_MHz},
    "coupler.g_on_MHz": lambda x: {"coupler.g_on_MHz": G + x},
    "resonator.linewidth_MHz": lambda x: {"resonator.linewidth_MHz": KAPPA + x},
    "transmon_detuning_MHz": lambda x: {"faults.transmon_detuning_MHz": x},
    "resonator_detuning_MHz": lambda x: {"faults.resonator_detuning_MHz": x},
    "pulse_amplitude_error": lambda x: {"faults.pulse_amplitude_error": x},
    "pulse_phase_error_rad": lambda x: {"faults.pulse_phase_error_rad": x},
    "line_time_constant_ns": lambda x: {"faults.drive_bandwidth_MHz": mhz_from_angular(1 / x)},
    "drive_delay_ns": lambda x: {"faults.drive_delay_ns": x},
    "coupler_ramp_error": lambda x: {"coupler.ramp_ns": RAMP_NS * (1 + x)},
    "frequency_variance_MHz2": lambda x: {"faults.frequency_noise_MHz": float(np.sqrt(x))},
    "readout_drift": lambda x: {"faults.readout_drift": x},
}
COARSE = {
    "line_time_constant_ns": 0.25,
    "drive_delay_ns": 0.25,
    "coupler_ramp_error": 0.25,
    "frequency_variance_MHz2": 1.0,
}
CLAIMS = {
    "exchange": lambda model: Exchange(model),
    "ergotropy": lambda model: ErgotropyAt(model, (6, 9)),
    "vacuum": lambda model: Vacuum(model),
}


@lru_cache(maxsize=1)
def model() -> Expectation:
    """Return the file's device, known as well as its priors say and no better."""
    found = planned_expectation(FILE)
    shots = np.full(Settings(FILE).size, 1e-9)
    return replace(found, device=found.planned(shots), planned=None)


def truth_of(claim, found, simulated):
    arms = simulated.truth.sel(arm="catalysed")
    if claim == "exchange":
        return -np.full(2, arms["exchange"].values[found.window_end])
    if claim == "ergotropy":
        return arms["ergotropy"].values[[6, 9]]
    return arms["vacuum_fidelity"].values[[-1]]


@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize("name", OFF)
def test_a_device_that_is_off_moves_each_estimate_as_its_cause_says(name, claim):
    """Exact frequencies of a device that is off by part of a prior: estimate less its truth."""
    part = COARSE.get(name, SMALL_STEP)
    found = CLAIMS[claim](model())
    settings = found.settings

    def error(changes):
        actual = FILE.replace(changes)
        simulated = simulate(actual)
        frequency = Settings(actual).frequencies(simulated.prediction, drifting=True)
        data = Observed.exact(model(), settings, frequency, settings.shots)
        estimate = found.estimate(data)
        return estimate.value - truth_of(claim, found, simulated), estimate

    still, at_file = error({})
    moved, _ = error(OFF[name](part * PRIORS[name]))
    stated = at_file.causes[f"{DEVICE}: {name}"]
    corrected = slice(0, 1) if claim == "exchange" else slice(None)
    scale = max(np.abs(stated[corrected]).max(), 1e-3)
    difference = (moved - still) / part - stated
    np.testing.assert_allclose(difference[corrected], 0.0, atol=0.1 * scale)

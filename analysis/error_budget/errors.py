"""Exact errors of the pointwise estimators: noiseless probabilities in, bias and variance out."""

from dataclasses import dataclass

import numpy as np

from analysis.estimators.expectation import expectation_of
from analysis.estimators.heat.current import LinearFunctional, difference_current
from analysis.estimators.heat.integral import HeatIntegral
from analysis.estimators.observed import Observed
from analysis.estimators.state.bloch import BlochEstimate
from analysis.estimators.vacuum.fidelity import Vacuum
from cqed_battery.energetics import qubit_ergotropy, qubit_ergotropy_gradient
from cqed_battery.operators import FloatArray
from protocols.faults.causes import Situation
from protocols.resonator import measurement_of
from protocols.settings.settings import Settings

FIDELITY = "vacuum_fidelity"
QUANTITIES = ("ergotropy", "heat_current", "heat_integral")

Values = dict[tuple[str, str], FloatArray]
"""By arm and quantity: curves (T,), or (1,) for the fidelity, which is the catalysed arm's."""


@dataclass(frozen=True)
class Errors:
    """Bias without and with the model's correction, and standard error by shot noise.

    `shift` is what the reconstructed Bloch vectors (T, 3) of each arm differ by from those at
    the end of charging, without and with correction.
    """

    raw: Values
    corrected: Values
    std: Values
    shift: dict[str, tuple[FloatArray, FloatArray]]


def errors_of(situation: Situation) -> Errors:
    """Return the errors of every quantity in a situation.

    The readout is inverted with exact calibration frequencies, as they are at the calibration's
    time within the run. Standard errors hold the shot noise of the experiment's shots.

    Args:
        situation: the experiment with some causes off, and what it and its file predict.
    """
    settings = Settings(situation.experiment)
    frequency = settings.frequencies(situation.simulated.prediction, drifting=True)
    expected = expectation_of(situation.experiment, situation.model)
    data = Observed.exact(expected, settings, frequency, settings.shots)
    found = Errors({}, {}, {}, {})
    for name in settings.arms:
        _note_arm(situation, name, data, found)
    if len(settings.exchange_times):
        _note_fidelity(situation, data, found)
    return found


def _note_arm(situation: Situation, name: str, data: Observed, found: Errors) -> None:
    """Add one arm's errors."""
    truth, model = situation.simulated.truth.sel(arm=name), data.expected.arms[name]
    measured = data.measured(name)
    likely = measured - data.expected.offset(name)
    found.shift[name] = (measured - truth["bloch"].values, likely - truth["bloch"].values)
    noise = _noise(data, name)
    experiment, times = situation.experiment, data.settings.times
    true = truth["ergotropy"].values
    found.raw[name, "ergotropy"] = qubit_ergotropy(measured) - true
    found.corrected[name, "ergotropy"] = qubit_ergotropy(likely) - true
    gradient = qubit_ergotropy_gradient(likely)
    found.std[name, "ergotropy"] = np.sqrt((gradient**2 * noise.shot).sum(axis=1))
    functionals: dict[str, LinearFunctional | HeatIntegral] = {
        "heat_current": difference_current(experiment, times, name),
        "heat_integral": HeatIntegral.at(experiment, times, name),
    }
    for quantity, functional in functionals.items():
        key, true = (name, quantity), truth[quantity].values
        known = functional.of(model["bloch"]) - model[quantity]
        found.raw[key] = functional.of(measured) - true
        found.corrected[key] = functional.of(likely) - known - true
        found.std[key] = functional.estimate(noise).std


def _noise(data: Observed, name: str) -> BlochEstimate:
    """Return an arm's Bloch vectors with the shot noise of its shots, and nothing else."""
    settings, contrast = data.settings, data.assignment.contrast
    frequency = settings.arm_part(data.frequency, name)
    variance = 4 * frequency * (1 - frequency) / settings.arm_part(settings.shots, name)
    measured = data.measured(name)
    nothing = np.zeros((*measured.shape, 0))
    return BlochEstimate(measured, measured, variance / contrast**2, nothing, ())


def _note_fidelity(situation: Situation, data: Observed, found: Errors) -> None:
    """Add the errors of the vacuum fidelity at the last charging time."""
    key = ("catalysed", FIDELITY)
    estimate = Vacuum(data.expected).estimate(data)
    true = situation.simulated.truth["vacuum_fidelity"].sel(arm="catalysed").values[-1]
    shaped = data.settings.vacuum_part(data.frequency)
    probability = (shaped - data.assignment.p1_given_0) / data.assignment.contrast
    model = situation.model
    method = measurement_of(model.experiment)
    plain = method.textbook_fidelity(model.experiment, probability, model.fock.levels)
    own, shots = data.settings.vacuum, data.settings.shots
    variance = data.frequency * (1 - data.frequency) / shots
    found.raw[key] = np.array([plain - true])
    found.corrected[key] = estimate.value - true
    found.std[key] = np.sqrt(estimate.weights[:, own] ** 2 @ variance[own])

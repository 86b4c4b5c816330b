"""Exact errors of the pointwise estimators: noiseless probabilities in, bias and variance out."""

from dataclasses import dataclass

import numpy as np

from analysis.estimators.heat import LinearFunctional, heat_integral_functional, power_weights
from analysis.estimators.vacuum import optimal_weights
from cqed_battery.energetics import qubit_ergotropy
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, IntArray
from protocols.faults.causes import Situation
from protocols.order import calibration_frequencies, reading_frequencies
from protocols.prediction.truth import arm_truth
from protocols.resonator import measurement_of, vacuum_effects
from protocols.settings import tomography_shots, vacuum_shots

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


@dataclass(frozen=True)
class _Seen:
    """Calibrated probabilities (...) of level 1 and their variance by shots."""

    probability: FloatArray
    variance: FloatArray


def errors_of(situation: Situation) -> Errors:
    """Return the errors of every quantity in a situation.

    The readout is inverted with exact calibration frequencies, as they are at the calibration's
    moments of the run. Standard errors hold the shot noise of the experiment's shots.
    """
    experiment, prediction = situation.experiment, situation.played.prediction
    read = reading_frequencies(experiment, prediction)
    found = Errors({}, {}, {}, {})
    for name, arm in read.arms.items():
        seen = _calibrated(experiment, arm.probability, tomography_shots(experiment, name))
        _note_arm(situation, name, seen, found)
    if read.vacuum_probability is not None:
        shots = vacuum_shots(experiment)
        _note_fidelity(situation, _calibrated(experiment, read.vacuum_probability, shots), found)
    return found


def _calibrated(experiment: Experiment, frequency: FloatArray, shots: IntArray) -> _Seen:
    zero, one = calibration_frequencies(experiment)
    variance = frequency * (1 - frequency) / shots
    return _Seen((frequency - zero) / (one - zero), variance / (one - zero) ** 2)


def _note_arm(situation: Situation, name: str, seen: _Seen, found: Errors) -> None:
    """Add one arm's errors."""
    truth = situation.played.truth.sel(arm=name)
    model = arm_truth(situation.experiment, situation.model, situation.model.arms[name])
    measured, variance = 2 * seen.probability - 1, 4 * seen.variance
    likely = measured - (model["measured_bloch"] - model["bloch"])
    found.shift[name] = (measured - truth["bloch"].values, likely - truth["bloch"].values)
    true = truth["ergotropy"].values
    found.raw[name, "ergotropy"] = qubit_ergotropy(measured) - true
    found.corrected[name, "ergotropy"] = qubit_ergotropy(likely) - true
    found.std[name, "ergotropy"] = np.sqrt((_ergotropy_gradient(likely) ** 2 * variance).sum(1))
    times = situation.played.prediction.times
    for quantity, functional in (
        ("heat_current", current_functional(situation.experiment, times)),
        ("heat_integral", heat_integral_functional(situation.experiment, times)),
    ):
        key, true = (name, quantity), truth[quantity].values
        known = functional.of(model["bloch"]) - model[quantity]
        found.raw[key] = functional.of(measured) - true
        found.corrected[key] = functional.of(likely) - known - true
        found.std[key] = np.sqrt(np.einsum("qti,ti->q", functional.weights**2, variance))


def _note_fidelity(situation: Situation, seen: _Seen, found: Errors) -> None:
    """Add the errors of the vacuum fidelity at the last charging time."""
    model, key = situation.model, ("catalysed", FIDELITY)
    operators = vacuum_effects(model.experiment, model.liouvillian)
    flat = operators.reshape(-1, operators.shape[-1])
    states, fock = model.arms["catalysed"].joint_states, model.fock.levels
    variance = seen.variance.ravel()
    weights, constant = optimal_weights(flat, states, fock, variance)
    true = situation.played.truth["vacuum_fidelity"].sel(arm="catalysed").values[-1]
    method = measurement_of(model.experiment)
    plain = method.textbook_fidelity(model.experiment, seen.probability, fock)
    value = weights @ seen.probability.ravel() + constant
    found.raw[key] = np.array([plain - true])
    found.corrected[key] = np.array([value - true])
    found.std[key] = np.array([np.sqrt(weights**2 @ variance)])


def _ergotropy_gradient(bloch: FloatArray) -> FloatArray:
    """Return the gradient (T, 3) of (r + z)/2."""
    length = np.maximum(np.linalg.norm(bloch, axis=-1, keepdims=True), 1e-12)
    return np.asarray(bloch / length / 2 + np.array([0.0, 0.0, 0.5]))


def current_functional(experiment: Experiment, times: FloatArray) -> LinearFunctional:
    """Return J = (dz/dt)/2 - P with second-order differences, as a functional of (T, 3)."""
    weights = np.zeros((len(times), len(times), 3))
    weights[:, :, 2] = np.asarray(np.gradient(np.eye(len(times)), times, axis=0, edge_order=2)) / 2
    for axis, _, weight in power_weights(experiment, times):
        weights[:, :, axis] = -np.diag(weight)
    return LinearFunctional(weights)

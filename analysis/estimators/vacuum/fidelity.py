"""The resonator's vacuum fidelity from counts of any method, and the sum rule's bound.

The textbook estimate of each method (`protocols.resonator`), for vacuum-Rabi
traces F = -(zbar + zbar_pi), is biased where photons decay before and during the pulses, and
where a third level shifts the swing. So the settings' weights are chosen such that the weighted
sum of their measurement operators comes closest to the vacuum projector, on states like those
that occur.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from analysis.estimators.linear import Linear
from analysis.estimators.model_free import ModelFree
from analysis.estimators.observed import Observed
from analysis.estimators.vacuum.photon_distribution import photon_distribution
from cqed_battery.dynamics.hermitian import to_real
from cqed_battery.operators import FloatArray
from protocols.resonator import measurement_of, photon_response, vacuum_effects

_UNKNOWN = 1.0  # how large a state's entries may be, in units of sqrt(p_i p_j): not known at all
_FLOOR = 1e-4  # least population that the weights allow for


@dataclass(frozen=True)
class VacuumFidelity:
    """F with standard error; `systematic` is the part of it that shots do not lower.

    `plain` is the textbook's estimate, None where a setting was not measured; `photons` the
    maximum-likelihood photon distribution beside the emptied transmon, (n,), of the methods that
    empty it.
    """

    value: float
    std: float
    systematic: float
    plain: float | None
    photons: FloatArray | None = None


def estimate_vacuum_fidelity(data: Observed) -> VacuumFidelity:
    """Return F at the end of charging from the counts of a vacuum measurement.

    The estimate is linear in the frequencies. `systematic` holds the estimator's root-mean-square
    error over the states that the model passes through while charging, and the readout's errors.

    Args:
        data: frequencies of all settings, and the model.

    Raises:
        ValueError: the experiment has no vacuum measurement.
    """
    prediction, assignment = data.expected.prediction, data.assignment
    if prediction.vacuum_probability is None:
        raise ValueError("the experiment has no vacuum measurement")
    method, estimator = measurement_of(prediction.experiment), Vacuum(data.expected)
    found = estimator.estimate(data)
    rows, calibration = data.settings.vacuum, data.settings.calibration
    # A setting without shots has no weight, so its large variance adds nothing.
    own, variance = found.weights[0, rows], _smoothed_variance(data)
    readout = found.weights[0, calibration] * (
        assignment.p1_given_0_std,
        assignment.p0_given_1_std,
    )
    systematic = float(np.sqrt(found.systematic_variance[0] + (readout**2).sum()))
    shaped = data.settings.vacuum_part(data.frequency)
    probability = (shaped - assignment.p1_given_0) / assignment.contrast
    return VacuumFidelity(
        value=float(found.value[0]),
        std=float(np.sqrt(own**2 @ variance + systematic**2)),
        systematic=systematic,
        plain=method.textbook_fidelity(prediction.experiment, probability, prediction.fock.levels)
        if (data.shots[rows] > 0).all()
        else None,
        photons=_photons(data),
    )


STATES = "states that the measurement does not tell apart"
"""Cause: what the estimator gets wrong of the states that occur, without any shot noise."""

DISAGREEMENT = "model that the counts do not agree with"
"""Cause: F less the model's own, where counts and model disagree: its weights are as wrong."""

_LEAST_SHOTS = 1e-9  # of a setting that was left out, so that its weight vanishes


@dataclass(frozen=True)
class Vacuum(ModelFree):
    """The vacuum fidelity F at the end of charging, by the weights that are best for the shots."""

    @cached_property
    def own(self) -> FloatArray:
        """1 in the settings of the vacuum measurement, (M,)."""
        found = np.zeros(self.settings.size)
        found[self.settings.vacuum] = 1.0
        return found

    @cached_property
    def operators(self) -> FloatArray:
        """What each setting measures, real vectors (2 K, D^2)."""
        prediction = self.expected.prediction.last
        found = vacuum_effects(prediction.experiment, prediction.liouvillian)
        return found.reshape(-1, found.shape[-1])

    def estimate(self, data: Observed) -> Linear:
        """Return F, (1,).

        Args:
            data: frequencies of all settings, and the model.

        Returns:
            F, no unit.
        """
        assignment = data.assignment
        weights, constant = self._best(data)
        cause = np.sqrt((self._errors(weights, constant) ** 2).mean(keepdims=True))
        probability = data.frequency[data.settings.vacuum] - assignment.p1_given_0
        probability = probability / assignment.contrast
        shift = np.array([weights @ (probability - 1), -weights @ probability])
        pure = shift / assignment.contrast
        counted = assignment.on_counts(pure)
        row = data.settings.joined(counted, {}, weights / assignment.contrast)
        value, causes = np.array([weights @ probability + constant]), {STATES: cause}
        causes |= data.preparation_causes(np.array([pure @ assignment.by_excitation]))
        value = value - self._by_line(data, weights, constant)
        causes |= self._device_causes(data, weights)
        if not data.consistent:
            causes[DISAGREEMENT] = value - self._model_value(weights, constant)
        return Linear(value, row[None], causes)

    def _by_line(self, data: Observed, weights: FloatArray, constant: float) -> float:
        """Return the model's own error of F by line, ramp and noise, which no operator has.

        They move the state before the measurement, too: that is no error but the truth.
        """
        if data.device is None:
            return 0.0
        fitted = self.expected.arms["catalysed"]["vacuum_fidelity"][-1]
        error = self._model_value(weights, constant) - float(fitted)
        return error - float(self._errors(weights, constant)[-1])

    def _device_causes(self, data: Observed, weights: FloatArray) -> dict[str, FloatArray]:
        if data.device is None:
            return {}
        measured = data.device.measured[data.settings.vacuum] / 2
        truth = data.device.arms["catalysed"]["vacuum_fidelity"][-1]
        return data.device.named((weights @ measured - truth)[None])

    def _model_value(self, weights: FloatArray, constant: float) -> float:
        """Return what the model's own traces would make of F."""
        vacuum = self.settings.vacuum
        likely = self.settings.probabilities(self.expected.prediction)[vacuum]
        return float(weights @ likely + constant)

    def state_errors(self, data: Observed) -> FloatArray:
        """Return the estimator's error, without shot noise, in each state while charging, (S,).

        Args:
            data: frequencies and shots for which the weights are made.

        Returns:
            Estimate less truth, no unit; the last state is that at the end of charging.
        """
        return self._errors(*self._best(data))

    @property
    def true_values(self) -> FloatArray:
        """F of each state while charging, the last one at the end, (S,)."""
        prediction = self.expected.prediction
        states = prediction.arms["catalysed"].joint_states
        return np.asarray(states @ vacuum_projector(states.shape[1], prediction.fock.levels))

    def _best(self, data: Observed) -> tuple[FloatArray, float]:
        prediction = self.expected.prediction
        variance = self._planned_variance(data) / data.assignment.contrast**2
        states = prediction.arms["catalysed"].joint_states
        weights, constant = optimal_weights(
            self.operators, states, prediction.fock.levels, variance
        )
        measured = data.shots[data.settings.vacuum] > _LEAST_SHOTS
        return np.where(measured, weights, 0.0), constant

    def _errors(self, weights: FloatArray, constant: float) -> FloatArray:
        states = self.expected.prediction.arms["catalysed"].joint_states
        return np.asarray(states @ (weights @ self.operators) + constant - self.true_values)

    def _planned_variance(self, data: Observed) -> FloatArray:
        """Return the variance of each frequency that the weights are made for, (2 K,).

        That which the model expects: weights by the counts' own variance would prefer settings
        that happened to count few of the rarer outcome, and F would come out too large.
        """
        if not data.counted:
            given = np.maximum(data.shots[data.settings.vacuum], _LEAST_SHOTS)
            own = data.frequency[data.settings.vacuum]
            return np.asarray(own * (1 - own) / given)
        likely = data.assignment.frequency(data.settings.probabilities(self.expected.prediction))
        return _smoothed_variance(replace(data, frequency=likely))


def _smoothed_variance(data: Observed) -> FloatArray:
    """Return the variance of each frequency by shots, (2 K,), half a count added to both ends."""
    rows = data.settings.vacuum
    shots = data.shots[rows]
    likely = (data.frequency[rows] * shots + 0.5) / (shots + 1)
    return np.asarray(likely * (1 - likely) / np.maximum(shots, _LEAST_SHOTS))


def _photons(data: Observed) -> FloatArray | None:
    prediction, assignment = data.expected.prediction.last, data.assignment
    if not measurement_of(prediction.experiment).empties_transmon:
        return None
    response = photon_response(prediction.experiment, prediction.liouvillian)
    return photon_distribution(response, data.settings.vacuum_part(data.table), assignment)


def vacuum_projector(size: int, fock_levels: int) -> FloatArray:
    """Return 1 x |0><0| as a real vector for joint states of D^2 = size entries.

    Args:
        size: D^2, entries of a joint state.
        fock_levels: of the resonator, a divisor of D.

    Returns:
        A real vector (D^2,); its inner product with a state is F.
    """
    dimension = round(size**0.5)
    diagonal = (np.arange(dimension) % fock_levels == 0).astype(complex)
    return to_real(np.diag(diagonal))


def optimal_weights(
    operators: FloatArray, states: FloatArray, fock_levels: int, variance: FloatArray
) -> tuple[FloatArray, float]:
    """Return weights (N,) and a constant that estimate F from N probabilities.

    They minimise the mean-square error for states with random entries of size `_UNKNOWN`
    sqrt(p_i p_j), p the model's mean populations, plus the shot noise. Operators (N, D^2) and
    states (S, D^2) as real vectors, variance of the probabilities (N,).

    Args:
        operators: what each setting measures, real vectors (N, D^2).
        states: that the model passes through, real vectors (S, D^2).
        fock_levels: of the resonator.
        variance: of each probability by shots, (N,).
    """
    dimension = round(operators.shape[1] ** 0.5)
    population = np.maximum(states[:, :dimension].mean(axis=0), _FLOOR)
    above, beside = np.triu_indices(dimension, k=1)
    pairs = np.sqrt(population[above] * population[beside])
    scale = np.concatenate([population, pairs, pairs])
    rows = np.vstack([operators, to_real(np.eye(dimension, dtype=complex))[None]]) * scale
    target = vacuum_projector(operators.shape[1], fock_levels) * scale
    gram = rows @ rows.T
    noise = np.append(variance, 0.0) / _UNKNOWN**2
    ridge = 1e-12 * np.trace(gram) / len(gram)
    solution = np.linalg.solve(gram + np.diag(noise + ridge), rows @ target)
    return solution[:-1], float(solution[-1])

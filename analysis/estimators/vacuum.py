"""The resonator's vacuum fidelity from counts of any method, and the sum rule's bound.

The textbook estimate of each method (`protocols.resonator`), for vacuum-Rabi
traces F = -(zbar + zbar_pi), is biased where photons decay before and during the pulses, and
where a third level shifts the swing. So the settings' weights are chosen such that the weighted
sum of their measurement operators comes closest to the vacuum projector, on states like those
that occur.
"""

from dataclasses import dataclass

import numpy as np

from analysis.estimators.assignment import Assignment
from analysis.estimators.bloch import BlochEstimate
from analysis.estimators.expectation import Expectation
from analysis.estimators.heat import (
    Estimate,
    LinearFunctional,
    corrected,
    with_rabi_uncertainty,
)
from analysis.estimators.heat_integral import HeatIntegral
from analysis.estimators.photon_distribution import photon_distribution
from cqed_battery.dynamics.hermitian import to_real
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, IntArray
from cqed_battery.units import angular_from_mhz, rate_from_t1_us
from protocols.resonator import measurement_of, photon_response, vacuum_effects

_UNKNOWN = 1.0  # how large a state's entries may be, in units of sqrt(p_i p_j): not known at all
_FLOOR = 1e-4  # least population that the weights allow for


@dataclass(frozen=True)
class VacuumFidelity:
    """F with standard error; `systematic` is the part of it that shots do not lower.

    `plain` is the textbook's estimate; `photons` the maximum-likelihood photon distribution
    beside the emptied transmon, (n,), of the methods that empty it.
    """

    value: float
    std: float
    systematic: float
    plain: float
    photons: FloatArray | None = None


def estimate_vacuum_fidelity(
    expected: Expectation, counts: IntArray, assignment: Assignment
) -> VacuumFidelity:
    """Return F at the end of charging from a vacuum measurement's counts (2, K, 2).

    The estimate is linear in the frequencies. `systematic` is the estimator's root-mean-square
    error over the states that the model passes through while charging.
    """
    prediction = expected.prediction
    if prediction.vacuum_probability is None:
        raise ValueError("the experiment has no vacuum measurement")
    operators = vacuum_effects(prediction.experiment, prediction.liouvillian)
    flat = operators.reshape(-1, operators.shape[-1])
    states = expected.prediction.arms["catalysed"].joint_states
    shots = counts.sum(axis=-1).ravel()
    frequency = counts[..., 1].ravel() / shots
    smoothed = (counts[..., 1].ravel() + 0.5) / (shots + 1)
    probability = (frequency - assignment.p1_given_0) / assignment.contrast
    variance = smoothed * (1 - smoothed) / shots / assignment.contrast**2
    planned = variance
    method = measurement_of(prediction.experiment)
    if method.empties_transmon:
        planned = _planned_variance(expected, shots, assignment)
    weights, constant = optimal_weights(flat, states, prediction.fock.levels, planned)
    vacuum = vacuum_projector(states.shape[1], expected.prediction.fock.levels)
    errors = states @ (weights @ flat - vacuum) + constant
    readout = np.array(
        [
            weights @ (probability - 1) / assignment.contrast * assignment.p1_given_0_std,
            weights @ probability / assignment.contrast * assignment.p0_given_1_std,
        ]
    )
    systematic = float(np.sqrt((errors**2).mean() + (readout**2).sum()))
    shaped = probability.reshape(counts.shape[:-1])
    return VacuumFidelity(
        value=float(weights @ probability + constant),
        std=float(np.sqrt(weights**2 @ variance + systematic**2)),
        systematic=systematic,
        plain=method.textbook_fidelity(prediction.experiment, shaped, prediction.fock.levels),
        photons=_photons(expected, counts, assignment),
    )


def _planned_variance(expected: Expectation, shots: IntArray, assignment: Assignment) -> FloatArray:
    """Return the variance of each probability that the model expects, (2 K,).

    Where readings of 1 are rare, weights by the counts' own variance would prefer settings that
    happened to count few, and F would come out too large.
    """
    probability = np.ravel(np.asarray(expected.prediction.vacuum_probability))
    frequency = (assignment.frequency(probability) * shots + 0.5) / (shots + 1)
    return np.asarray(frequency * (1 - frequency) / shots / assignment.contrast**2)


def _photons(expected: Expectation, counts: IntArray, assignment: Assignment) -> FloatArray | None:
    prediction = expected.prediction
    if not measurement_of(prediction.experiment).empties_transmon:
        return None
    response = photon_response(prediction.experiment, prediction.liouvillian)
    return photon_distribution(response, counts, assignment)


def vacuum_projector(size: int, fock_levels: int) -> FloatArray:
    """Return 1 x |0><0| as a real vector for joint states of D^2 = size entries."""
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


def photon_number_estimate(
    experiment: Experiment,
    times: FloatArray,
    data: BlochEstimate,
    expected: Expectation | None,
    trust: float = 0.0,
) -> Estimate:
    """Return the mean photon number at the last time from the battery's own data, shape (1,).

    Sum rule: what left the battery, N(t) = -S(t) - Gamma1 integral (1+z)/2, is n(t) + kappa
    integral of n, so n(t) = N(t) - kappa integral exp(-kappa (t-s)) N(s) ds. The vacuum
    fidelity is at least 1 - n. The model's own n, where there is one, corrects for the third
    level and the grid, known to the relative standard error `trust`.
    """
    kappa = angular_from_mhz(experiment.resonator.linewidth_MHz)
    relaxation = rate_from_t1_us(experiment.transmon.t1_us) / 2
    heat = HeatIntegral.at(experiment, times)
    last = np.zeros(len(times))
    last[-1] = 1.0
    kernel = -kappa * np.exp(-kappa * (times[-1] - times)) * heat.rule.adjoint(last)
    kernel[-1] += 1.0
    weights = -heat.adjoint(kernel)
    weights[:, 2] -= relaxation * heat.rule.adjoint(kernel)
    functional = LinearFunctional(weights[None])
    constant = -relaxation * float(kernel @ (times - times[0]))
    estimate = functional.estimate(data)
    estimate = Estimate(estimate.value + constant, estimate.std, estimate.bias)
    work = LinearFunctional(functional.weights * np.array([1.0, 1.0, 0.0])).of(data.linear)
    estimate = with_rabi_uncertainty(estimate, work, experiment.analysis.rabi_rate_uncertainty)
    if expected is None:
        return estimate
    model = expected.arms["catalysed"]
    bias = functional.of(model["bloch"]) + constant - model["photon_number"][-1:]
    return corrected(estimate, bias, trust)

"""The state of levels 0, 1 and 2 from its nine settings: energy and ergotropy of three levels.

Each P(1) is a known linear function of the state (`protocols.stages.qutrit.known_operators`) once
what the readout sequence does beside the pulses is taken off by the model. Weighted least squares
with trace 1 give the state; of the nine numbers one is left over, as a check. The energy is
linear in the state. The ergotropy is Tr[rho H] less the energy of the passive state; its plug-in
is biased, since noise drives eigenvalues apart. The bias is what noise drawn around the estimate
adds, and is taken off.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import chdtrc

from analysis.estimators.linear import Linear, binomial_variance
from analysis.estimators.observed import SEQUENCE, Observed
from analysis.results import quantity
from analysis.results.tested import tested
from cqed_battery.dynamics.hermitian import from_real, to_real
from cqed_battery.operators import ComplexArray, FloatArray
from protocols.prediction.ladder import ladder_energies
from protocols.stages.qutrit import LEVELS, ROTATIONS, known_operators

_DRAWS = 400  # of noise around an estimate
_SEED = 5  # of these draws, which are the same for every run
_UNLIKELY = 1e-3  # probability below which the settings are of no state of three levels
_METHOD = "nine settings of three levels, least squares, readout and sequence corrected"


@dataclass(frozen=True)
class QutritStates:
    """States of one arm at K times: real vectors (K, 9).

    left: chi-square of each time's left-over number, (K,). linear: the states' entries, (9 K,), to
    first order in all frequencies. covariance: of each state, shots and causes, (K, 9, 9).
    """

    vectors: FloatArray
    linear: Linear
    covariance: FloatArray
    left: FloatArray

    @property
    def matrices(self) -> ComplexArray:
        """The density matrices, (K, 3, 3), which noise may drive out of the states."""
        return from_real(self.vectors)


def qutrit_states(data: Observed, arm: str) -> QutritStates:
    """Return an arm's states of three levels.

    Args:
        data: of a run in which they were measured.
        arm: "catalysed" or "control".
    """
    settings, number = data.settings, data.settings.arms.index(arm)
    assignment = data.assignment
    model = data.expected.prediction.arms[arm]
    places = settings.qutrit_places
    known = to_real(known_operators(data.expected.experiment, arm))
    frequency = settings.qutrit_part(data.frequency)[number]
    seen = (frequency - assignment.p1_given_0) / assignment.contrast
    truth = to_real(model.transmon[places][:, :LEVELS, :LEVELS])
    offset = model.qutrit[places] - truth @ known.T if data.uses_model else np.zeros_like(seen)
    probability = seen - offset
    shots = np.maximum(settings.qutrit_part(data.shots)[number], 1)
    likely = settings.qutrit_part(data.likely)[number]
    variance = binomial_variance(likely, shots) / assignment.contrast**2
    parts = [_fit(known, *row) for row in zip(probability, variance, strict=True)]
    vectors, weights, left = (np.array(part) for part in zip(*parts, strict=True))
    linear = _linear(data, number, seen, offset, vectors, weights)
    return QutritStates(vectors, linear, _covariance(data, linear, len(places)), left)


def _fit(
    known: FloatArray, probability: FloatArray, variance: FloatArray
) -> tuple[FloatArray, FloatArray, float]:
    """Return a state (9,) of trace 1, its weights (9, 9), and chi-square of what is left over."""
    trace = to_real(np.eye(LEVELS, dtype=complex))
    mixed = trace / LEVELS
    free = np.linalg.svd(trace[None])[2][1:].T  # the directions that keep the trace, (9, 8)
    size = 1 / np.sqrt(variance)
    rows = size[:, None] * (known @ free)
    weights = free @ np.linalg.pinv(rows) * size
    vector = mixed + weights @ (probability - known @ mixed)
    gap = size * (probability - known @ vector)
    return vector, weights, float(gap @ gap)


def _linear(
    data: Observed,
    number: int,
    seen: FloatArray,
    offset: FloatArray,
    vectors: FloatArray,
    weights: FloatArray,
) -> Linear:
    """Return the states' entries to first order in the frequencies, (9 K,)."""
    settings, contrast = data.settings, data.assignment.contrast
    pure = np.stack([seen - 1, -seen], axis=-1) / contrast
    rows, prepared, sequence = [], [], []
    for place, own in enumerate(weights):
        for row in own:
            part = np.zeros(settings.qutrit_part(data.frequency).shape)
            part[number, place] = row / contrast
            shift = row @ pure[place]
            counted = data.assignment.on_counts(shift)
            rows.append(settings.joined(counted, {}, None, None, part))
            prepared.append(shift @ data.assignment.by_excitation)
            sequence.append(-data.correction_uncertainty * (row @ offset[place]))
    causes = data.preparation_causes(np.array(prepared))
    if data.uses_model:
        causes[SEQUENCE] = np.array(sequence)
    return Linear(vectors.ravel(), np.array(rows), causes)


def _covariance(data: Observed, linear: Linear, count: int) -> FloatArray:
    noise = binomial_variance(data.likely, np.maximum(data.shots, 1))
    found = []
    for place in range(count):
        own = slice(place * LEVELS**2, (place + 1) * LEVELS**2)
        weights = linear.weights[own]
        total = (weights * noise) @ weights.T
        for cause in linear.causes.values():
            total = total + np.outer(cause[own], cause[own])
        found.append(total)
    return np.array(found)


def ladder_ergotropy(vectors: FloatArray, energies: FloatArray) -> FloatArray:
    """Return Tr[rho H] less the energy of the passive state, (...,), of any Hermitian matrices.

    Args:
        vectors: real vectors of matrices of trace 1, (..., 9); eigenvalues may be below 0.
        energies: of the levels, increasing, (3,).

    Source: Allahverdyan, Balian and Nieuwenhuizen, Europhys. Lett. 67, 565 (2004).
    """
    eigenvalues = np.linalg.eigvalsh(from_real(vectors))[..., ::-1]
    return np.asarray(vectors[..., :LEVELS] @ energies - eigenvalues @ energies)


def qutrit_dict(data: Observed) -> dict[str, Any]:
    """Return the part of results.json on three levels.

    Args:
        data: of a run in which they were measured.

    Returns:
        By arm: times in ns, density matrices, populations, energy and ergotropy in hbar w_q.
    """
    return {arm: _arm_dict(data, arm) for arm in data.settings.arms}


def _arm_dict(data: Observed, arm: str) -> dict[str, Any]:
    states, settings = qutrit_states(data, arm), data.settings
    energies = ladder_energies(data.experiment, arm, LEVELS)
    rng = np.random.default_rng(_SEED)
    ergotropy, spread = [], []
    for vector, covariance in zip(states.vectors, states.covariance, strict=True):
        noise = rng.multivariate_normal(np.zeros(LEVELS**2), covariance, _DRAWS, method="eigh")
        plain = float(ladder_ergotropy(vector, energies))
        around = ladder_ergotropy(vector + noise, energies)
        ergotropy.append(2 * plain - float(around.mean()))
        spread.append(float(around.std()))
    value = np.clip(ergotropy, 0.0, energies[-1])
    populations = states.vectors[:, :LEVELS]
    std = np.sqrt(np.diagonal(states.covariance, axis1=1, axis2=2))[:, :LEVELS]
    error = np.sqrt(np.einsum("i,kij,j->k", energies, states.covariance[:, :3, :3], energies))
    matrices, limits = states.matrices, (-0.5, float(energies[-1]) - 0.5)
    return {
        "times": settings.times[settings.qutrit_places].tolist(),
        "density_matrix": {"real": matrices.real.tolist(), "imag": matrices.imag.tolist()},
        "populations": quantity(populations, std, _METHOD, within=(0.0, 1.0)),
        "energy": quantity(populations @ energies - 0.5, error, _METHOD, within=limits),
        "ergotropy": quantity(
            value, spread, f"{_METHOD}, bias of the eigenvalues removed", within=(0, energies[-1])
        ),
    }


def qutrit_check(data: Observed) -> dict[str, Any]:
    """Return the check that the nine numbers are those of states of three levels.

    Args:
        data: of a run in which they were measured.
    """
    left = np.concatenate([qutrit_states(data, arm).left for arm in data.settings.arms])
    square, count = float(left.sum()), len(left)
    chance = float(chdtrc(count, square))
    agrees = chance >= _UNLIKELY
    numbers = f"chi-square {square:.1f} for {count}, p = {chance:.1e}"
    text = (
        f"the {len(ROTATIONS)} settings of three levels agree with each other ({numbers})"
        if agrees
        else f"no state of three levels gives the {len(ROTATIONS)} settings ({numbers}): calibrate"
        " the pulses, or raise their length if level 3 is reached"
    )
    return tested("pass" if agrees else "fail", text, square, count, chance)

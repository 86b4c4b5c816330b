"""What a textbook would make of each vacuum measurement, and the photon distribution behind it.

These estimates forget decay, ramps and imperfect pulses; they are kept beside the optimal linear
estimator (`analysis.estimators.vacuum`), whose operators hold all of that.

    vacuum-rabi       F = -(zbar + zbar_pi)
    swap              P(1) = sum_n p_n sin^2(sqrt(n) g tau), solved for p_n >= 0
    number-selective  F = mean over tau of P(1) with less P(1) without the pulse
    displaced-parity  (pi/2) W(alpha) = sum_n p_n (-1)^n exp(-2 alpha^2) L_n(4 alpha^2), likewise
"""

import numpy as np
from scipy.optimize import nnls
from scipy.special import eval_laguerre

from analysis.estimators.assignment import Assignment
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, IntArray
from cqed_battery.units import angular_from_mhz
from protocols.resonator import displacements, exchange_times

WORDS = {
    "vacuum-rabi": "vacuum-Rabi traces with and without a pi pulse, optimal linear estimator",
    "swap": "swap to the emptied transmon at several times, optimal linear estimator",
    "number-selective": "number-selective pi pulse on the emptied transmon, optimal linear"
    " estimator",
    "displaced-parity": "Wigner points by displaced parity, optimal linear estimator",
}
"""How results.json names each method."""

_SURE = 1e3  # how much closer the populations add up to 1 than any point is met
_ROUNDS = 5000
_SETTLED = 1e-9


def plain_fidelity(experiment: Experiment, probability: FloatArray, fock_levels: int) -> float:
    """Return the textbook estimate of F from P(1) of both traces, (2, K)."""
    method = experiment.vacuum.method
    if method in ("vacuum-rabi", "none"):
        return float(-(2 * probability - 1).ravel().sum() / probability.shape[1])
    swing = probability[0] - probability[1]
    if method == "number-selective":
        return float(-swing.mean())
    if method == "swap":
        return float(_populations(swap_curves(experiment, fock_levels), (1 + swing) / 2)[0])
    return float(_populations(parity_curves(displacements(experiment), fock_levels), swing)[0])


def swap_curves(experiment: Experiment, fock_levels: int) -> FloatArray:
    """Return sin^2(sqrt(n) g tau_k), the lossless swap of n photons, (K, n)."""
    g = angular_from_mhz(experiment.coupler.g_on_MHz)
    roots = np.sqrt(np.arange(float(fock_levels)))
    return np.asarray(np.sin(g * exchange_times(experiment)[:, None] * roots) ** 2)


def parity_curves(amplitudes: FloatArray, fock_levels: int) -> FloatArray:
    """Return (-1)^n exp(-2 alpha^2) L_n(4 alpha^2), the parity of displaced n photons, (K, n)."""
    number, square = np.arange(fock_levels), amplitudes[:, None] ** 2
    signs = 1.0 - 2.0 * (number % 2)
    return np.asarray(signs * np.exp(-2 * square) * eval_laguerre(number, 4 * square))


def _populations(curves: FloatArray, points: FloatArray) -> FloatArray:
    """Return p_n >= 0 of sum 1 whose curves (K, n) come closest to the points (K,)."""
    rows = np.vstack([curves, np.full(curves.shape[1], _SURE)])
    return np.asarray(nnls(rows, np.append(points, _SURE))[0])


def photon_distribution(
    response: FloatArray, counts: IntArray, assignment: Assignment
) -> FloatArray:
    """Return the maximum-likelihood photon distribution p_n, (n,), beside the emptied transmon.

    Expectation maximisation, which never leaves p_n >= 0 and sum 1, over the method's response
    (2, K, n) to n photons and its counts (2, K, 2), through the assignment errors
    (Dempster, Laird, Rubin, J. R. Stat. Soc. B 39, 1).
    """
    ones = assignment.frequency(response.reshape(-1, response.shape[-1])).clip(1e-12, 1 - 1e-12)
    chances = np.concatenate([1 - ones, ones])
    seen = np.concatenate([counts[..., outcome].ravel() for outcome in (0, 1)]) / counts.sum()
    found = np.full(response.shape[-1], 1 / response.shape[-1])
    for _ in range(_ROUNDS):
        before, found = found, found * (chances.T @ (seen / (chances @ found)))
        if np.abs(found - before).max() < _SETTLED:
            break
    return np.asarray(found)

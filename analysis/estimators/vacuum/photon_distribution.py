"""The photon distribution beside the emptied transmon, by maximum likelihood."""

import numpy as np

from analysis.estimators.state.assignment import Assignment
from cqed_battery.operators import FloatArray, IntArray

_ROUNDS = 5000  # of expectation maximisation at most
_SETTLED = 1e-9  # change of the populations in a round at which it ends, far below shot noise


def photon_distribution(
    response: FloatArray, counts: IntArray, assignment: Assignment
) -> FloatArray:
    """Return the maximum-likelihood photon distribution p_n, (n,), beside the emptied transmon.

    Expectation maximisation, which never leaves p_n >= 0 and sum 1, over the method's response
    (2, K, n) to n photons and its counts (2, K, 2), through the assignment errors
    (Dempster, Laird, Rubin, J. R. Stat. Soc. B 39, 1).

    Args:
        response: probability of level 1 for each photon number, (2, K, n), in [0, 1].
        counts: of outcomes 0 and 1, (2, K, 2).
        assignment: the readout's errors.
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
